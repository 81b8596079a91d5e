"""Versions of documents: what a window holds when the offers of today meet what was known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ingestion.core.web import PROBLEMS_VI, ProblemCode
from ingestion.sources.budget_publications.known import KnownRow, Row
from ingestion.sources.budget_publications.offers import DoorName, Offer

FILE_FACTS = ("file_sha256", "file_bytes", "file_kind", "http_validator")
"""Facts of a version that stand for its bytes; the others are the listing's."""


@dataclass(frozen=True)
class Fetched:
    """A file that was had, now or before.

    Attributes:
        sha256: of its bytes, lower-case hex.
        validator: what to ask "changed since?" with.
    """

    sha256: str
    byte_count: int
    kind: str
    validator: str | None = None

    def facts(self) -> dict[str, str]:
        """As facts of a version."""
        found = {
            "file_sha256": self.sha256,
            "file_bytes": str(self.byte_count),
            "file_kind": self.kind,
        }
        return {**found, "http_validator": self.validator} if self.validator else found


def version_of(
    offer: Offer,
    file: Fetched | None,
    problem: ProblemCode | None,
    before: Sequence[KnownRow],
    now: str,
) -> Row:
    """The current version of an offered document.

    A file that cannot be had today does not undo that it was had: the version known before stays
    the current one and says what the problem is.

    Args:
        offer: what the listing says.
        file: its file, if it could be had.
        problem: why it could not.
        before: versions of the same document known before, oldest first.
        now: moment at which a version is first seen.
    """
    facts: dict[str, str] = {}
    if file is not None:
        facts = file.facts()
    elif last := last_with_file(before):
        facts = {name: last.row[name] for name in FILE_FACTS if name in last.row}
    sha256 = facts.get("file_sha256")
    key = f"{offer.document_key}@{sha256[:16] if sha256 else 'none'}"
    seen = [item.row["first_seen_at"] for item in before if item.row["version_key"] == key]
    row = {
        **offer.facts(),
        **facts,
        "version_key": key,
        "document_key": offer.document_key,
        "first_seen_at": min([*seen, now]),
        "is_current": "true",
    }
    if problem is not None:
        row |= {"file_problem_code": problem, "file_problem_vi": PROBLEMS_VI[problem]}
    return row


def last_with_file(before: Iterable[KnownRow]) -> KnownRow | None:
    """The version with a file that was current last."""
    with_file = [item for item in before if "file_sha256" in item.row]
    return next(
        (item for item in reversed(with_file) if item.is_current),
        with_file[-1] if with_file else None,
    )


def folded(current: Iterable[Row], known: Iterable[Row], asked: Collection[DoorName]) -> list[Row]:
    """All versions of a window, by key: those offered now and those known before.

    Args:
        current: versions offered now.
        known: rows that raw holds for the window.
        asked: doors that were asked; what others had offered stays as it was. A file dropped by
            hand may be taken away once it is loaded, so only a newer one makes it a former one.
    """
    rows = {row["version_key"]: row for row in current}
    documents = {row["document_key"] for row in rows.values()}
    for row in known:
        if row["version_key"] in rows:
            continue
        replaced = row["document_key"] in documents
        gone = row["door"] in asked and row["door"] != "manual"
        rows[row["version_key"]] = {**row, "is_current": "false"} if replaced or gone else row
    return [rows[key] for key in sorted(rows)]
