"""SQL text with values written into it, for statements that other people run later.

The evidence of a finding is stored as one statement that a BI user can paste; it has no
parameters left to bind. Values are quoted by psycopg itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from psycopg import sql

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)\b")
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


def literal(value: object) -> str:
    """A Python value as an SQL literal."""
    return sql.Literal(value).as_string(None).strip()


def fill(statement: str, values: Mapping[str, Any]) -> str:
    """The statement with every ``:name`` replaced by a literal, comments left out.

    Raises:
        KeyError: a parameter has no value.
    """
    bare = _COMMENT.sub("", statement).strip()
    return _PARAMETER.sub(lambda match: literal(values[match.group(1)]), bare)
