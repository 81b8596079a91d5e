"""Files that publishers bring by hand: put where a person would put them, each with its note."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.core.environment import landing_url
from ingestion.core.period import Period
from sandbox.budget.calendar import Calendar, Publication, Version
from sandbox.budget.habits import print_file, unit_text
from sandbox.budget.wording import STAGES, period_on_page

SOURCE: Final = "budget_publications"
# The windows of the source: months in the years before the plan, days since.
DAYS_FROM: Final = dt.date(2026, 1, 1)


def local_landing() -> Path:
    """The warehouse's landing folder; files are brought by hand to a folder only."""
    return Path(landing_url().removeprefix("file://"))


def drop_files(calendar: Calendar, landing: Path, first: dt.date | None = None) -> list[Path]:
    """Write what was brought by hand up to the day of the calendar; what is there is replaced.

    Each file lies in ``manual/budget_publications/<period>/`` beside a note of the same name
    with ``.yml`` behind it. A file that replaces an earlier one comes with the address of the
    earlier one: the number of the document in the department's files.

    Args:
        calendar: of the publishers.
        landing: folder of the landing zone.
        first: leave out what was brought before this day.

    Returns:
        The files, without their notes.
    """
    written: list[Path] = []
    for publication in calendar.publications:
        if publication.door != "manual":
            continue
        for version in publication.versions:
            if (first or dt.date.min) <= version.published_on <= calendar.until:
                written.append(_drop(publication, version, landing))
    return written


def _drop(publication: Publication, version: Version, landing: Path) -> Path:
    note = _note(publication, version)
    folder = landing / "manual" / SOURCE / _window(note.get("published_on", note["approved_on"]))
    folder.mkdir(parents=True, exist_ok=True)
    again = f"-lan-{version.number}" if version.number > 1 else ""
    path = folder / f"{publication.address}{again}-{publication.file_name}"
    path.write_bytes(print_file(version.order).content)
    text = yaml.safe_dump(note, allow_unicode=True, sort_keys=False)
    path.with_name(f"{path.name}.yml").write_text(text, encoding="utf-8")
    return path


def _window(day: dt.date) -> str:
    if day < DAYS_FROM:
        return str(Period(day.replace(day=1), "month"))
    return str(Period(day))


def _note(publication: Publication, version: Version) -> dict[str, Any]:
    owed = publication.obligation
    note = {
        "publisher": publication.publisher_name,
        "publisher_code": owed.publisher.code,
        "title": publication.title,
        "form": publication.form_text,
        "stage": STAGES[owed.kind],
        "period": period_on_page(owed.period, owed.budget_year),
        "budget_year": owed.budget_year,
        "circular": owed.circular,
        "unit": unit_text(version.order.style),
        "approved_on": owed.approved_on,
        "address": f"ho-so/{publication.address}",
    }
    if publication.states_published_on:
        note["published_on"] = version.published_on
    return note
