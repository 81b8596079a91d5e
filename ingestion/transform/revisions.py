"""What publications changed and why, and what an unexplained change looks like, in Vietnamese."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, text

from ingestion.core.environment import TIMEZONE

CAUSES_VI = {
    "first": "công bố lần đầu",
    "late_data": "số liệu về sau",
    "correction": "điều chỉnh, khóa hoặc mở lại kỳ",
    "formula": "công thức hoặc định nghĩa",
    "agency_map": "bản đồ cơ quan",
    "unexplained": "chưa rõ căn cứ",
}
"""Causes of ``fct_indicator_revision`` as officers call them."""

SHOWN = 5
"""How many unexplained changes a message shows."""

_PUBLICATIONS = text("""
    select publication_id, published_at, restated_reason
    from ops.publication
    where publication_id > :after
    order by publication_id desc
    limit :count""")

_CHANGES = text("""
    select publication_id, indicator_code, cause, is_held, change_count, largest_change,
        first_period, last_period
    from ops.publication_change
    where publication_id = any(:publications)
    order by is_held, cause, indicator_code""")

_UNEXPLAINED = text("""
    select compared.indicator_code, compared.reading_code, compared.agency_key, agencies.name_vi,
        compared.period_type, compared.period_start, compared.basis, compared.is_present,
        trim_scale(compared.was_numerator) as was_numerator,
        trim_scale(compared.was_denominator) as was_denominator,
        trim_scale(compared.numerator) as numerator,
        trim_scale(compared.denominator) as denominator,
        count(*) over () as change_count
    from intermediate.int_readings__compared as compared
    left join reference.agencies as agencies on compared.agency_key = agencies.agency_key
    where compared.cause = 'unexplained'
    order by compared.period_start desc, compared.indicator_code, compared.reading_code,
        compared.agency_key, compared.period_type, compared.basis
    limit :shown""")


@dataclass(frozen=True)
class Change:
    """Changed values of one indicator with one cause.

    Attributes:
        indicator_code: the indicator.
        cause: key of `CAUSES_VI`.
        is_held: held back because the period is locked; not published.
        change_count: values over all readings, agencies, periods and bases.
        largest_change: in the indicator's unit; None where no value was there before or after.
        first_period: start of the earliest period changed.
        last_period: start of the latest period changed.
    """

    indicator_code: str
    cause: str
    is_held: bool
    change_count: int
    largest_change: Decimal | None
    first_period: date
    last_period: date


@dataclass(frozen=True)
class Publication:
    """One publication of the marts with all that it changed.

    Attributes:
        publication_id: its number.
        published_at: when readers began to see it.
        restated_reason: why changes without evidence were published on purpose, if any.
        changes: by cause and indicator; empty when only newer data without new values came.
    """

    publication_id: int
    published_at: datetime
    restated_reason: str | None
    changes: tuple[Change, ...]


def last_publication_id(warehouse: Engine) -> int:
    """The number of the newest publication, 0 when there is none."""
    with warehouse.connect() as connection:
        found = connection.scalar(text("select max(publication_id) from ops.publication"))
    return int(found or 0)


def publications(warehouse: Engine, count: int = 1, after: int = 0) -> list[Publication]:
    """The newest publications, newest first.

    Args:
        warehouse: the warehouse.
        count: at most so many.
        after: only those with a higher number.
    """
    with warehouse.connect() as connection:
        rows = connection.execute(_PUBLICATIONS, {"after": after, "count": count}).all()
        changes = _changes(connection, [int(row.publication_id) for row in rows])
    return [
        Publication(
            int(row.publication_id),
            row.published_at,
            row.restated_reason,
            tuple(changes.get(int(row.publication_id), [])),
        )
        for row in rows
    ]


def _changes(connection: Connection, numbers: list[int]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    for row in connection.execute(_CHANGES, {"publications": numbers}):
        change = Change(
            row.indicator_code,
            row.cause,
            row.is_held,
            row.change_count,
            row.largest_change,
            row.first_period,
            row.last_period,
        )
        found.setdefault(int(row.publication_id), []).append(change)
    return found


def report(publication: Publication) -> list[str]:
    """The revision report of one publication as lines in Vietnamese, by cause."""
    moment = publication.published_at.astimezone(TIMEZONE).strftime("%d/%m/%Y %H:%M:%S")
    lines = [f"Lần công bố {publication.publication_id} ({moment}):"]
    if publication.restated_reason:
        lines.append(f"  Công bố lại có chủ đích: {publication.restated_reason}")
    if not publication.changes:
        lines.append("  Không có giá trị nào thay đổi.")
    published = [change for change in publication.changes if not change.is_held]
    held = [change for change in publication.changes if change.is_held]
    for cause, name in CAUSES_VI.items():
        lines += _listed(name, [change for change in published if change.cause == cause])
    lines += _listed("bị giữ vì kỳ đã khóa, chưa công bố", held)
    return lines


def _listed(title: str, changes: list[Change]) -> list[str]:
    if not changes:
        return []
    lines = [f"  {title}: {sum(change.change_count for change in changes)} giá trị"]
    for change in changes:
        first, last = (f"{day:%m/%Y}" for day in (change.first_period, change.last_period))
        span = first if first == last else f"{first} đến {last}"
        largest = change.largest_change
        moved = "" if not largest else f", nhiều nhất {_number(largest)}"
        lines.append(
            f"    {change.indicator_code}: {change.change_count} giá trị, kỳ {span}{moved}"
        )
    return lines


def _number(value: Decimal) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def unexplained_changes(warehouse: Engine) -> str | None:
    """What the last comparison could not explain, as a message; None when it explained all.

    The message says what changed where, that readers still see the publication before, and what
    may be done.
    """
    with warehouse.connect() as connection:
        there = connection.scalar(text("select to_regclass('intermediate.int_readings__compared')"))
        rows = connection.execute(_UNEXPLAINED, {"shown": SHOWN}).all() if there else []
    if not rows:
        return None
    shown = [
        f"  {row.indicator_code} ({row.reading_code}), {row.name_vi or 'cơ quan'}"
        f" [{row.agency_key}], {row.period_type} {row.period_start}, {row.basis}:"
        f" {_part(row.was_numerator, row.was_denominator)} →"
        f" {_part(row.numerator, row.denominator) if row.is_present else 'không còn dòng'}"
        for row in rows
    ]
    more = rows[0].change_count - len(rows)
    if more:
        shown.append(f"  … và {more} giá trị nữa (intermediate.int_readings__compared)")
    return "\n".join(
        [
            f"Dừng công bố: {rows[0].change_count} giá trị thay đổi mà không có căn cứ (không có số"
            " liệu mới, phiếu điều chỉnh, phiên bản công thức hay bản đồ cơ quan mới). Người đọc"
            " vẫn thấy trọn bộ số liệu của lần công bố trước.",
            *shown,
            "Cách xử lý: đổi công thức thì thêm phiên bản vào formula_versions trong"
            " dbt_project/indicators/<mã>.yml; số liệu nguồn sai thì khai trong"
            " dbt_project/seeds/corrections; sửa lỗi chương trình hoặc danh mục dùng chung thì"
            ' công bố lại có chủ đích: cchc marts build --restate "<lý do>".',
        ]
    )


def _part(numerator: Decimal | None, denominator: Decimal | None) -> str:
    return "trống" if denominator is None else f"{numerator}/{denominator}"
