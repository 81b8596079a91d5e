"""What the job knows of the forms: which rows they have, by code and by every wording.

Made of what `options.plain_forms` says. Rows of all versions of a form are one list: which version
a period asks for is judged later, and a workbook of an older one is read as far as it goes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingestion.reading.labels import within_one
from ingestion.reading.text import clean, key
from ingestion.sources.agency_reports.forms_model import FieldType
from ingestion.sources.agency_reports.reading.words import parts_of

_NUMBERED = re.compile(r"^(?:\d{1,2}(?: \d{1,2})*|[a-z]|[ivx]{1,5}) ")
_LONG_ENOUGH = 15
"""Letters of a label from which one wrong letter leaves no doubt which it is."""


@dataclass(frozen=True, slots=True)
class AskedField:
    """One cell of a row."""

    code: str
    column: str
    type: FieldType
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row of a form.

    Attributes:
        labels: folded wordings.
        fields: by column.
    """

    code: str
    section: str
    labels: frozenset[str]
    fields: Mapping[str, AskedField]


@dataclass(frozen=True, slots=True)
class AskedForm:
    """A form, all versions.

    Attributes:
        names: folded names and number.
        sections: codes by folded title; a title may have other codes in other versions.
        columns: codes of columns by folded label.
        rows: by code.
        by_code: rows by the code as typed, folded in case.
        by_label: rows by folded wording; several where a wording stands in several sections.
        by_length: the wordings by their number of letters.
    """

    code: str
    names: frozenset[str]
    sections: Mapping[str, Sequence[str]]
    columns: Mapping[str, str]
    rows: Mapping[str, AskedRow]
    by_code: Mapping[str, AskedRow]
    by_label: Mapping[str, Sequence[AskedRow]]
    by_length: Mapping[int, Sequence[str]]

    def named(self, text: str) -> Sequence[AskedRow]:
        """The rows that a text may name: those of its wording, or the one a letter away from it.

        Args:
            text: a cell, which may number the row or name it in two languages.
        """
        return self._exactly(text) or self._nearly(key(clean(text)))

    def _exactly(self, text: str) -> list[AskedRow]:
        for part in parts_of(text):
            for words in dict.fromkeys((part, _NUMBERED.sub("", part))):
                if words in self.by_label:
                    return list(self.by_label[words])
        return []

    def _nearly(self, folded: str) -> list[AskedRow]:
        """The one row that a wrong letter separates from the text."""
        if len(folded) < _LONG_ENOUGH:
            return []
        near = {
            row.code: row
            for words in {folded, _NUMBERED.sub("", folded)}
            for length in range(max(_LONG_ENOUGH, len(words) - 1), len(words) + 2)
            for label in self.by_length.get(length, ())
            if within_one(label, words)
            for row in self.by_label[label]
        }
        return list(near.values()) if len(near) == 1 else []


@dataclass(frozen=True, slots=True)
class Layouts:
    """Every form, by code."""

    forms: Mapping[str, AskedForm]


def layouts_of(given: Sequence[Mapping[str, Any]]) -> Layouts:
    """What `options.plain_forms` made, ready to be looked up."""
    return Layouts({form["code"]: _form(form) for form in given})


def _form(given: Mapping[str, Any]) -> AskedForm:
    rows = {row["code"]: _row(row) for row in given["rows"]}
    by_label: dict[str, list[AskedRow]] = defaultdict(list)
    for row in rows.values():
        for label in row.labels:
            by_label[label].append(row)
    by_length: dict[int, list[str]] = defaultdict(list)
    for label in by_label:
        by_length[len(label)].append(label)
    return AskedForm(
        code=given["code"],
        names=frozenset(map(key, given["names"])),
        sections={key(title): codes for title, codes in given["sections"].items()},
        columns={key(label): code for label, code in given["columns"].items()},
        rows=rows,
        by_code={code.casefold(): row for code, row in rows.items()},
        by_label=dict(by_label),
        by_length=dict(by_length),
    )


def _row(given: Mapping[str, Any]) -> AskedRow:
    return AskedRow(
        code=given["code"],
        section=given["section"],
        labels=frozenset(_wordings(given["labels"])),
        fields={
            column: AskedField(
                field["code"],
                column,
                field["type"],
                {key(label): code for label, code in field["choices"].items()}
                | {key(code): code for code in field["choices"].values()},
            )
            for column, field in given["fields"].items()
        },
    )


def _wordings(labels: Iterable[str]) -> Iterator[str]:
    for label in labels:
        folded = key(clean(label))
        if folded:
            yield folded
