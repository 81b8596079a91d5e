"""What a check found wrong, and where."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of the catalogue or the seeds.

    Attributes:
        file: The file, as given to the reader.
        line: 1-based line in that file; 1 where the whole file is meant.
        rule: Stable name of the rule, such as ``unknown_key``.
        message_vi: What is wrong and what to do, for the officer who edits the file.
    """

    file: str
    line: int
    rule: str
    message_vi: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message_vi} [{self.rule}]"

    def as_json(self) -> dict[str, str | int]:
        """The problem as plain values."""
        return asdict(self)


class CatalogueError(Exception):
    """The catalogue is not valid; nothing is rendered from it.

    Attributes:
        problems: Everything that is wrong, sorted by file and line.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} lỗi trong danh mục")
        self.problems = problems


def shown(path: Path, root: Path) -> str:
    """The path as messages name it: relative to the root where it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
