"""How days are written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from sandbox.reports.spoiling.scene import Scene, on_paper

_FROM_1904: Final = 1_462


@on_paper
def days_from_1904(scene: Scene) -> None:
    """Count days from 1904, as old Macintosh programs do."""
    scene.draft.is_1904 = True
    for entry in scene.days():
        if isinstance(entry.ink.value, Decimal):
            entry.ink.value -= _FROM_1904
        scene.touch(entry)


@on_paper
def no_such_day(scene: Scene) -> None:
    """Write a day that there is not."""
    day = scene.one_of("day", ("31/02/2026", "30/02/2025", "31/11/2025", "2025-13-01"))
    scene.write(scene.one_of("entry", scene.days()), day)


@on_paper
def two_digit_year(scene: Scene) -> None:
    """Write the year with two digits."""
    for entry in scene.days():
        scene.write(entry, f"{entry.day:%d/%m/%y}")


@on_paper
def future_day(scene: Scene) -> None:
    """Write a day after the receipt."""
    day = scene.subject.received_on + dt.timedelta(days=40)
    scene.write(scene.one_of("entry", scene.days()), f"{day:%d/%m/%Y}")


@on_paper
def far_day(scene: Scene) -> None:
    """Write the first or the last day that programs know."""
    day = scene.one_of("day", ("01/01/1900", "31/12/9999"))
    scene.write(scene.one_of("entry", scene.days()), day)


@on_paper
def words_for_days(scene: Scene) -> None:
    """Write words in place of a day."""
    word = scene.one_of("word", ("hôm nay", "Quý I", "trong tháng", "6 tháng"))
    scene.write(scene.one_of("entry", scene.days()), word)


@on_paper
def american_day(scene: Scene) -> None:
    """Write the month before the day, where that cannot be another day."""
    found = [e for e in scene.days() if isinstance(e.value, dt.date) and e.value.day > 12]
    entry = scene.one_of("entry", found)
    scene.write(entry, f"{entry.day:%m/%d/%Y}")
