"""Chooses the writer of a kind of file."""

from __future__ import annotations

from sandbox.budget.paper import Paper
from sandbox.budget.styles import FileStyle
from sandbox.budget.writers.written import Written, plain_addresses
from sandbox.budget.writers.xlsx import write_xlsx


def write_file(papers: list[Paper], style: FileStyle) -> Written:
    """Write papers as a file of the style's kind.

    Raises:
        ValueError: no writer for this kind.
    """
    if style.kind in ("xlsx", "xlsx_as_xls"):
        return Written(write_xlsx(papers), plain_addresses(papers))
    raise ValueError(f"no writer for files of kind {style.kind!r}")
