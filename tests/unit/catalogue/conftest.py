"""The catalogue of the checkout, and a copy that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingestion.catalogue.load import CatalogueFolder

PROJECT = Path(__file__).resolve().parents[3] / "dbt_project"


@pytest.fixture(scope="session")
def folder() -> CatalogueFolder:
    """Read once: no test may change it."""
    return CatalogueFolder(PROJECT)


@pytest.fixture
def broken_folder(tmp_path: Path) -> CatalogueFolder:
    """A copy of the catalogue: the test breaks it, then checks it."""
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT / "indicators", project / "indicators")
    (project / "macros").mkdir(parents=True)
    for name in ("readings.sql", "corrections.sql"):
        shutil.copy(PROJECT / "macros" / name, project / "macros" / name)
    shutil.copytree(PROJECT / "seeds" / "corrections", project / "seeds" / "corrections")
    reference = project / "seeds" / "reference"
    reference.mkdir(parents=True)
    for name in (
        "agencies.csv",
        "agency_succession.csv",
        "agency_source_codes.csv",
        "reporting_obligations.csv",
        "target_milestones.csv",
    ):
        shutil.copy(PROJECT / "seeds" / "reference" / name, reference / name)
    return CatalogueFolder(project)
