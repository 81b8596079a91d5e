"""A copy of the dbt project that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingestion.core.environment import engine
from tests.integration.raw_fill import RawFill

PROJECT = Path(__file__).parents[2] / "dbt_project"
_LEFT_OUT = shutil.ignore_patterns("target", "logs", "dbt_packages", "catalogue")


def copy_of_project(root: Path) -> Path:
    """Copy the project under a root of its own, to be named by ``CCHC_ROOT``; gives the copy."""
    project = root / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=_LEFT_OUT)
    return project


@contextmanager
def filled_copy(
    url: str, tmp_path_factory: pytest.TempPathFactory, fill_in: Callable[[RawFill], None]
) -> Iterator[tuple[Engine, Path]]:
    """A filled warehouse and a copy of the project, both named to whoever builds inside."""
    root = tmp_path_factory.mktemp("root")
    project = copy_of_project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("CCHC_ROOT", str(root))
        patch.setenv("CCHC_VAR", str(tmp_path_factory.mktemp("var")))
        fill = RawFill(url)
        fill_in(fill)
        fill.close()
        warehouse = engine(None, url)
        yield warehouse, project
        warehouse.dispose()


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of a text."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
