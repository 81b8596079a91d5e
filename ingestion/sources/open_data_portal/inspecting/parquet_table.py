"""The table of a Parquet file: its columns always, its rows where they are not too many."""

from __future__ import annotations

import sys

from ingestion.reading.bounds import Bounds
from ingestion.reading.grid import FileRefused
from ingestion.reading.refusals import refuse
from ingestion.sources.open_data_portal.inspecting.table import Table, Tables
from ingestion.sources.open_data_portal.inspecting.workbook_table import text_of

_NUMPY = "numpy"
if _NUMPY not in sys.modules:
    # numpy sets an environment variable when it is imported, which a reader may not; pyarrow does
    # without it (its documentation, "optional dependencies").
    sys.modules[_NUMPY] = None  # type: ignore[assignment]
    import pyarrow as pa
    import pyarrow.parquet as pq

    del sys.modules[_NUMPY]
else:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH = 1_000


def read_parquet(content: bytes, bounds: Bounds, *, is_sample: bool) -> Tables:
    """The table of a Parquet file."""
    if is_sample:  # what it holds is said at its end
        return Tables("parquet")
    try:
        return Tables("parquet", [_table(content, bounds)])
    except FileRefused as refusal:
        return Tables("parquet", problem=refusal)
    except (pa.ArrowException, ValueError, OSError, KeyError):
        return Tables("parquet", problem=refuse("truncated_file"))


def _table(content: bytes, bounds: Bounds) -> Table:
    file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
    names = file.schema_arrow.names
    count = file.metadata.num_rows
    if len(names) > bounds.columns or len(names) * count > bounds.cells:
        raise refuse("too_many_cells", f"{count} dòng")
    rows = [list(names)]
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        columns = [column.to_pylist() for column in batch.columns]
        rows += [[text_of(value) for value in row] for row in zip(*columns, strict=True)]
    return Table(rows, list(range(len(rows))), has_keys=True)
