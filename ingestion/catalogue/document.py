"""YAML documents that remember on which line each value stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingestion.catalogue.problem import Problem

Step = str | int
Where = tuple[Step, ...]


@dataclass(frozen=True)
class Document:
    """One YAML file.

    Attributes:
        file: The file as messages name it.
        value: Its content as plain values; None when it could not be read.
        lines: 1-based line of every key, item and value by its path.
        problems: Why it could not be read, and repeated keys.
    """

    file: str
    value: Any
    lines: dict[Where, int]
    problems: tuple[Problem, ...]

    def line(self, path: Sequence[Step]) -> int:
        """The line of a path, or of its nearest ancestor that stands in the file."""
        for length in range(len(path), -1, -1):
            found = self.lines.get(tuple(path[:length]))
            if found is not None:
                return found
        return 1

    def problem(self, path: Sequence[Step], rule: str, message_vi: str) -> Problem:
        """A problem at a path of this document."""
        return Problem(self.file, self.line(path), rule, message_vi)


def read_document(path: Path, file: str) -> Document:
    """Read one YAML file; a broken one is returned with its problems, never raised.

    Args:
        path: The file to read (UTF-8).
        file: Its name in messages.

    Returns:
        The document. Values are those of YAML's safe schema.
    """
    lines: dict[Where, int] = {}
    problems: list[Problem] = []
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return _unreadable(file, line, f"tệp không phải UTF-8 (byte thứ {error.start})")
    try:
        # Not the faster C loader: it dies on deeply nested input instead of raising.
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return _unreadable(file, 1, "tệp trống")
            _note_lines(node, (), file, lines, problems)
            value = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        reason = getattr(error, "problem", None) or "ký tự không đọc được"
        return _unreadable(file, line, f"YAML hỏng: {reason}")
    except (RecursionError, ValueError) as error:
        # ValueError: a scalar that looks like a date and is none (2026-02-30).
        return _unreadable(file, 1, f"YAML hỏng: {error}")
    return Document(file, value, lines, tuple(problems))


def _unreadable(file: str, line: int, message_vi: str) -> Document:
    return Document(file, None, {}, (Problem(file, line, "unreadable", message_vi),))


def _note_lines(
    node: yaml.Node,
    path: Where,
    file: str,
    lines: dict[Where, int],
    problems: list[Problem],
) -> None:
    """Record the line of every path below a node and report repeated keys."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            step = (*path, str(key.value))
            line = key.start_mark.line + 1
            if step in lines:
                message = f"khóa “{key.value}” lặp lại (đã có ở dòng {lines[step]})"
                problems.append(Problem(file, line, "duplicate_key", message))
            lines[step] = line
            _note_lines(value, step, file, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            _note_lines(item, (*path, index), file, lines, problems)
