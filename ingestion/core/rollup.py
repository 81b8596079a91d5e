"""Child lists rolled up to one value per record, column by column in Arrow and numpy."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingestion.core.contract import ARROW_TYPES, Column
from ingestion.core.dates import Flags

_MOST_DECIMALS = 3


class ChildLists:
    """The child lists of a batch, each flattened once and reused by every column."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        """Wrap the landed ``batch``."""
        self._batch = batch
        self._flat: dict[str, tuple[pa.StructArray, NDArray[np.int64], NDArray[np.int64]]] = {}

    def flat(self, name: str) -> tuple[pa.StructArray, NDArray[np.int64], NDArray[np.int64]]:
        """Elements of list ``name``, the row each belongs to, and the list length per row."""
        if name not in self._flat:
            lists = self._batch.column(name)
            lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0), dtype=np.int64)
            parents = np.repeat(np.arange(len(lists), dtype=np.int64), lengths)
            self._flat[name] = (lists.flatten(), parents, lengths)
        return self._flat[name]

    def texts(self, name: str, field: str) -> pa.Array:
        """One field of all elements of a list."""
        elements = self.flat(name)[0]
        return elements.field(elements.type.get_field_index(field))


def roll_up(lists: ChildLists, column: Column) -> tuple[pa.Array, Flags | None]:
    """Compute a rolled-up column.

    Returns:
        The column, and per record a flag that is true where an amount could not be read
        (None when the roll-up reads no amounts).
    """
    _, parents, lengths = lists.flat(column.source)
    rows = len(lengths)
    bad: Flags | None = None
    values: NDArray[np.int64]
    match column.roll_up:
        case "count":
            values = _count(lists, column, parents, lengths)
        case "sum" | "positive":
            amounts, unreadable = parse_numbers(lists.texts(column.source, column.child_field))
            values = np.zeros(rows, dtype=np.int64)
            whole = np.asarray(pc.fill_null(amounts, 0)).astype(np.float64)
            unreadable |= (whole < 0) | (whole != np.floor(whole))
            if column.roll_up == "sum":
                np.add.at(values, parents, whole.astype(np.int64))
            else:
                values = np.bincount(parents[whole > 0], minlength=rows)
            bad = np.zeros(rows, dtype=bool)
            bad[parents[unreadable]] = True
        case "member":
            values = _members(lists, column, rows)
        case "join":
            return _joined(lists, column, lengths), None
        case None:
            raise AssertionError(f"{column.name} is no roll-up")
    return pa.array(values, type=pa.int64()).cast(ARROW_TYPES[column.type]), bad


def parse_numbers(texts: pa.Array) -> tuple[pa.Array, Flags]:
    """Plain decimal numbers (``15``, ``0.5``); up to three decimals, no grouping signs.

    Returns:
        Numbers (null where absent or unreadable) and a flag per value that cannot be read.
    """
    try:
        return pc.cast(texts, pa.int64()), np.zeros(len(texts), dtype=bool)
    except pa.ArrowInvalid:
        pass
    numbers: list[Decimal | None] = []
    unreadable = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts.to_pylist()):
        number = Decimal(text) if text is not None and _is_plain(text) else None
        if text is not None and (
            number is None or number != round(number, _MOST_DECIMALS) or abs(number) >= 10**15
        ):
            unreadable[row] = True
            number = None
        numbers.append(number)
    return pa.array(numbers, type=ARROW_TYPES["numeric"]), unreadable


def parse_decimals(texts: pa.Array) -> tuple[pa.Array, Flags]:
    """Plain decimal numbers of up to 29 digits before the point and nine after it.

    Returns:
        Exact decimals (null where absent or unreadable) and a flag per value that cannot be read.
    """
    numbers: list[Decimal | None] = []
    unreadable = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts.to_pylist()):
        number = Decimal(text) if text is not None and _is_plain(text) else None
        if text is not None and (number is None or not _fits(number)):
            unreadable[row] = True
            number = None
        numbers.append(number)
    return pa.array(numbers, type=ARROW_TYPES["decimal"]), unreadable


def _fits(number: Decimal) -> bool:
    """Whether nothing of a number is lost in 38 digits, nine of them decimals."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -9 and number.adjusted() < 29


def parse_flags(texts: pa.Array) -> tuple[pa.Array, Flags]:
    """``true`` and ``false``, nothing else.

    Returns:
        Booleans (null where absent or unreadable) and a flag per value that cannot be read.
    """
    given = texts.to_pylist()
    meant = {"true": True, "false": False}
    flags = pa.array([meant.get(text) for text in given], pa.bool_())
    unreadable = np.array([text is not None and text not in meant for text in given], dtype=bool)
    return flags, unreadable


def _is_plain(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and not text.endswith(".")


def _count(
    lists: ChildLists, column: Column, parents: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    counted: Flags | None = None
    for wanted, filters in ((True, column.where), (False, column.unless)):
        for name, values in filters.items():
            found = _is_any(lists.texts(column.source, name), values)
            found = found if wanted else ~found
            counted = found if counted is None else counted & found
    if counted is None:
        return lengths
    return np.bincount(parents[counted], minlength=len(lengths))


def _is_any(texts: pa.Array, values: tuple[str, ...]) -> Flags:
    lowered = pc.utf8_lower(texts) if any(v.isalpha() for v in values) else texts
    return np.asarray(pc.is_in(lowered, value_set=pa.array(values)), dtype=bool)


def _members(lists: ChildLists, column: Column, rows: int) -> NDArray[np.int64]:
    """How many elements per record have an id that another list of the same record has too."""
    other, other_field = column.other
    texts = lists.texts(column.source, column.child_field)
    candidates = lists.texts(other, other_field)
    counts = np.zeros(rows, dtype=np.int64)
    somewhere = pc.and_(texts.is_valid(), pc.is_in(texts, value_set=candidates))
    hits = np.flatnonzero(np.asarray(somewhere, dtype=bool))
    if not len(hits):
        return counts
    parents, other_parents = lists.flat(column.source)[1], lists.flat(other)[1]
    with_hit = np.flatnonzero(np.isin(other_parents, parents[hits]))
    known = set(
        zip(other_parents[with_hit].tolist(), candidates.take(with_hit).to_pylist(), strict=True)
    )
    for row, text in zip(parents[hits].tolist(), texts.take(hits).to_pylist(), strict=True):
        counts[row] += (row, text) in known
    return counts


def _joined(lists: ChildLists, column: Column, lengths: NDArray[np.int64]) -> pa.Array:
    texts = lists.texts(column.source, column.child_field)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), type=pa.int32())
    joined = (
        pc.binary_join(pa.ListArray.from_arrays(offsets, texts.drop_null()), ";")
        if (texts.null_count == 0)
        else pa.array([";".join(filter(None, row)) for row in _lists(texts, lengths)], pa.string())
    )
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _lists(texts: pa.Array, lengths: NDArray[np.int64]) -> list[list[str | None]]:
    values = texts.to_pylist()
    ends = np.cumsum(lengths).tolist()
    return [values[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]
