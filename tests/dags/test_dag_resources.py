"""What a DAG lists of sources is what there is: a DAG file may not read it itself."""

from __future__ import annotations

import ast
from pathlib import Path

from ingestion.backfill.orders import read_orders
from ingestion.core.source import read_source

DAGS = Path(__file__).resolve().parents[2] / "dags"


def listed(file: str, name: str) -> list[str]:
    """The list that a DAG file gives a name."""
    [found] = [
        ast.literal_eval(node.value)
        for node in ast.parse((DAGS / file).read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return list(found)


def test_the_ingestion_maps_over_every_resource_of_its_source() -> None:
    mapped = listed("ingest_dossiers.py", "RESOURCES")
    assert sorted(mapped) == sorted(read_source("tthc").resources)


def test_the_history_is_of_every_source_that_a_back_fill_asks_for() -> None:
    asked = {source for order in read_orders() for source in order.sources}
    assert asked == set(listed("backfill_history.py", "SOURCES"))
