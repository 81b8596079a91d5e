"""What an agency's report of the period before said, for reference in its next workbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine, text

from ingestion.core.period import Period
from ingestion.sources.agency_reports.forms_model import Form

_ACCEPTED = text("""
    with counting as (
        select submission_id, _file_sha256, received_at
        from raw.agency_reports__submissions
        where agency_key = :agency_key
            and form_code = :form_code
            and period_type = :period_type
            and period_start = :period_start
            and state in ('accepted', 'partial')
            and hollow_kind is null
    ),

    first_received as (
        select submission_id, _file_sha256, received_at
        from counting
        where not exists (
            select * from counting as earlier
            where earlier._file_sha256 = counting._file_sha256
                and (earlier.received_at, earlier.submission_id)
                < (counting.received_at, counting.submission_id)
        )
    ),

    latest as (
        select submission_id, _file_sha256
        from first_received
        order by received_at desc, submission_id desc
        limit 1
    )

    select
        told.field_code,
        coalesce(
            told.choice_code, cast(told.number_value as text), cast(told.date_value as text),
            told.text_value
        ) as said
    from latest
    inner join raw.agency_reports__values as told
        on told.submission_id = latest.submission_id
            and told._file_sha256 = latest._file_sha256
    where told.state = 'accepted'""")


def period_before(period: Period) -> Period:
    """The period of the same kind that ends the day before this one begins."""
    last = period.start - timedelta(days=1)
    match period.kind:
        case "day":
            return Period(last)
        case "month":
            first_month = last.month
        case "quarter":
            first_month = (last.month - 1) // 3 * 3 + 1
        case "half_year":
            first_month = (last.month - 1) // 6 * 6 + 1
        case "year":
            first_month = 1
    return Period(last.replace(month=first_month, day=1), period.kind)


def previous_values(
    warehouse: Engine, form: Form, agency_key: int, period: Period
) -> Mapping[str, str]:
    """Accepted values of the period before, as `write_template` takes them.

    The latest file counts; what is refused or hollow does not, nor does an old file that was sent
    again. Values of an agency that was merged into this one are not its own and are left out.

    Args:
        warehouse: read only.
        form: which form.
        agency_key: of the agency.
        period: the period of the new workbook.

    Returns:
        Texts by field code; empty where there is no such report.
    """
    before = period_before(period)
    asked = {
        "agency_key": agency_key,
        "form_code": form.code,
        "period_type": before.kind,
        "period_start": before.start,
    }
    with warehouse.connect() as connection:
        found = connection.execute(_ACCEPTED, asked)
        return {row.field_code: row.said for row in found if row.said is not None}
