"""The resources a DAG maps over are those of its source: a DAG file may not read them itself."""

from __future__ import annotations

import ast
from pathlib import Path

from ingestion.core.source import read_source

DAGS = Path(__file__).resolve().parents[2] / "dags"


def test_the_ingestion_maps_over_every_resource_of_its_source() -> None:
    tree = ast.parse((DAGS / "ingest_dossiers.py").read_text())
    [mapped] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RESOURCES"
    ]
    assert sorted(mapped) == sorted(read_source("tthc").resources)
