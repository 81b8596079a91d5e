"""A copy of the dbt project that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "dbt_project"
_LEFT_OUT = shutil.ignore_patterns("target", "logs", "dbt_packages", "catalogue")


def copy_of_project(root: Path) -> Path:
    """Copy the project under a root of its own, to be named by ``CCHC_ROOT``; gives the copy."""
    project = root / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=_LEFT_OUT)
    return project


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of a text."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
