"""Looks for the fake citizens' personal values in everything an installation has stored.

The simulated province knows every personal value it has ever emitted; none of them may be found
behind the landing edge. A value is found wherever its words stand in a row, so that neither
quoting nor punctuation hides it.
"""

from __future__ import annotations

import email
import email.policy
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

_WORD = re.compile(r"\w+")
_LONGEST_TEXT = 64 * 1024 * 1024
"""Characters of one stored thing that are looked at; a longer one is itself reported."""


@dataclass(frozen=True)
class Leak:
    """A personal value that got through.

    Attributes:
        place: file, or ``database:schema.table``.
        field: the published field it stood in.
        value: the value; it is invented, so it may be shown.
    """

    place: str
    field: str
    value: str


class PersonalValues:
    """An index over the personal values, by their first word.

    Args:
        listed: `sandbox.province.Province.people`, each with ``field`` and ``value``.
    """

    def __init__(self, listed: Iterable[dict[str, str]]) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], tuple[str, str]]] = defaultdict(dict)
        for entry in listed:
            words = tuple(_WORD.findall(entry["value"].lower()))
            if words:
                self._by_first[words[0]][words[1:]] = (entry["field"], entry["value"])

    def __len__(self) -> int:
        return sum(len(rest) for rest in self._by_first.values())

    def found_in(self, text: str) -> Iterator[tuple[str, str]]:
        """Field and value of each personal value whose words stand in ``text``."""
        words = _WORD.findall(text.lower())
        for position, word in enumerate(words):
            for rest, found in self._by_first.get(word, {}).items():
                end = position + 1 + len(rest)
                if tuple(words[position + 1 : end]) == rest:
                    yield found


def search_folder(values: PersonalValues, folder: Path) -> Iterator[Leak]:
    """Search every file below ``folder``: gzip is unpacked, mails are decoded."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for text in _texts(path):
                for field, value in values.found_in(text[:_LONGEST_TEXT]):
                    yield Leak(str(path), field, value)


def search_database(values: PersonalValues, url: str) -> Iterator[Leak]:
    """Search every row of every table the login may read.

    Args:
        values: what to look for.
        url: libpq URL.
    """
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' "
            "and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
        ).fetchall()
        for schema, table in tables:
            statement = sql.SQL("copy (select * from {}) to stdout").format(
                sql.Identifier(schema, table)
            )
            place = f"database:{schema}.{table}"
            with connection.cursor().copy(statement) as rows:
                for row in rows:
                    for field, value in values.found_in(bytes(row).decode()):
                        yield Leak(place, field, value)


def _texts(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    if path.suffix == ".eml":
        message = email.message_from_bytes(content, policy=email.policy.default)
        yield "\n".join(str(value) for value in message.values())
        for part in message.walk():
            if part.get_content_maintype() == "text":
                yield str(part.get_content())
        return
    yield content.decode("utf-8", errors="replace")
