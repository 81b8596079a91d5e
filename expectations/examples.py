"""The examples of the rules, as rows that can be loaded.

Every rule carries a good and a bad example. Each is written here onto an agency of its own, as
differences from a clean row, so that all of them can stand in one warehouse and be checked at
once: a rule must fire on its bad example, and stay silent on its good one and on all the others'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from expectations.observation import UNKNOWN_AGENCY
from expectations.registry import Rule
from ingestion.core.environment import TIMEZONE

AS_OF = datetime(2026, 11, 20, 17, 0, tzinfo=TIMEZONE)
"""The time of the data in the examples."""

HARVESTED_ON = date(2026, 11, 19)
"""The last day of the open-data portal in the examples."""

MONTHS = (date(2026, 9, 1), date(2026, 11, 1))
"""First and last month of the examples."""

Row = tuple[str, dict[str, Any]]
"""A table's name and one row of it."""


@dataclass(frozen=True)
class Example:
    """One example of one rule on an agency of its own."""

    rule: Rule
    is_bad: bool
    agency_key: int
    rows: tuple[Row, ...]

    @property
    def expected(self) -> Mapping[str, Any]:
        """What a bad example must give: record_count, and period_start or agency if unusual."""
        return dict(self.rule.examples["bad"]) if self.is_bad else {}


def make_examples(rules: Sequence[Rule]) -> list[Example]:
    """Two examples per rule; agency keys from 1001 on."""
    sequence = count(1)
    examples = []
    for position, rule in enumerate(rules):
        for kind in ("bad", "good"):
            agency_key = 1001 + 2 * position + (kind == "good")
            rows = [_agency(agency_key)]
            for group in rule.examples[kind]["rows"]:
                rows += _group(group, agency_key, sequence)
            examples.append(Example(rule, kind == "bad", agency_key, tuple(rows)))
    return examples


def background() -> list[Row]:
    """A calendar, and an agency without fault that sends on every working day to the end."""
    rows: list[Row] = [_agency(999)]
    day = date(2026, 1, 1)
    while day.year == 2026:
        rows.append(("marts.dim_date", {"date_day": day, "is_working_day": day.weekday() < 5}))
        day += timedelta(days=1)
    weekdays = {"first": "2026-08-03", "last": "2026-11-19"}
    group = {"table": "marts.fct_dossier", "weekdays": weekdays}
    rows += _group({"table": "marts.fct_open_data_publisher"}, 999, count())
    rows += [("reference.open_data_rules", rule) for rule in _OPEN_DATA_RULES]
    rows += [("reference.open_data_reasons", reason) for reason in _OPEN_DATA_REASONS]
    rows += [("reference.report_forms", form) for form in _REPORT_FORMS]
    rows += [("marts.dim_period", period) for period in _PERIODS]
    rows.append(("ops.ledger", _DOOR))
    return rows + _group(group, 999, count(900_000))


def _group(group: Mapping[str, Any], agency_key: int, sequence: Iterator[int]) -> list[Row]:
    table, changes = group["table"], group.get("set", {})
    rows: list[Row] = []
    if table != "marts.fct_dossier":
        return [(table, _changed(_CLEAN[table], changes, agency_key))]
    for received_at in _received(group):
        clean = _dossier(agency_key, next(sequence), received_at)
        rows.append((table, _changed(clean, changes, agency_key)))
    return rows


def _received(group: Mapping[str, Any]) -> Iterator[datetime]:
    span = group.get("weekdays")
    if span is None:
        start = datetime(2026, 11, 3, 9, 0, tzinfo=TIMEZONE)
        yield from (start + timedelta(hours=5 * i) for i in range(group.get("repeat", 1)))
        return
    day, last = date.fromisoformat(span["first"]), date.fromisoformat(span["last"])
    while day <= last:
        if day.weekday() < 5:
            yield datetime(day.year, day.month, day.day, 9, 0, tzinfo=TIMEZONE)
        day += timedelta(days=1)


def _changed(
    clean: Mapping[str, Any], changes: Mapping[str, Any], agency_key: int
) -> dict[str, Any]:
    named = {"$agency": agency_key, "$code": str(agency_key), "$unknown": UNKNOWN_AGENCY}
    row = {**clean, **changes}
    row = {
        column: row[value[1:]] if isinstance(value, str) and value.startswith("=") else value
        for column, value in row.items()
    }
    return {
        column: named.get(value, value) if isinstance(value, str) else value
        for column, value in row.items()
    }


def _agency(agency_key: int) -> Row:
    own = {"agency_key": agency_key, "agency_code": str(agency_key)}
    name = {"name_vi": f"Xã Ví dụ {agency_key}", "name_en": f"Example commune {agency_key}"}
    return "marts.dim_agency", {**_CLEAN["marts.dim_agency"], **own, **name}


def _dossier(agency_key: int, number: int, received_at: datetime) -> dict[str, Any]:
    finished_at = min(received_at + timedelta(hours=30), AS_OF - timedelta(hours=2))
    due_at = received_at + timedelta(days=21)
    return {
        "dossier_code": f"H52.{agency_key:05d}-{received_at:%y%m%d}-{number:06d}",
        "agency_key": agency_key,
        "procedure_code": "1.004199",
        "status_code": "returned",
        "channel": "online" if number % 2 else "direct",
        "payment_channel": "national_portal",
        "submitted_at": received_at - timedelta(minutes=42),
        "received_at": received_at,
        "due_at": due_at,
        "statutory_due_at": due_at,
        "finished_at": finished_at,
        "returned_at": finished_at + timedelta(hours=1),
        "updated_at": AS_OF,
        "received_month": received_at.date().replace(day=1),
        "finished_month": finished_at.date().replace(day=1),
        "supplement_count": 0,
        "supplement_wait_days": None,
        "is_finished": True,
        "is_on_time_system": True,
        "is_on_time_recomputed": True,
        "yields_result": True,
        "has_result_link": True,
        "is_flagged_digitised": True,
        "document_count": 2,
        "digitised_document_count": 2,
        "result_count": 1,
        "linked_result_count": 1,
        "input_as_result_count": 0,
        "summary_class": "given",
        "identity_class": "valid_12",
        "vneid_flag": "0",
        "unit_code": f"H52.{agency_key:05d}",
        "is_agency_mapped": True,
    }


_OPEN_DATA_RULES = [
    {"rule_id": f"OPEN-{number:03d}", "severity": severity, "valid_from": "2020-01-01"}
    for number, severity in ((14, "critical"), (15, "major"), (16, "minor"))
]

_OPEN_DATA_REASONS = [
    {"reason_code": "contact_absent", "reason_vi": "không nêu đầu mối", "reason_en": "no contact"},
    {"reason_code": "title_missing", "reason_vi": "không có tên", "reason_en": "no title"},
    {"reason_code": "dead_link", "reason_vi": "liên kết hỏng", "reason_en": "the link is dead"},
]

_REPORT_FORMS = [
    {
        "form_code": "BC-CCHC-Q",
        "resource": "reform_quarter",
        "name_vi": "Báo cáo cải cách hành chính quý",
        "name_en": "Quarterly report on the reform",
    },
    {
        "form_code": "BC-NV-Q",
        "resource": "plan_tasks_quarter",
        "name_vi": "Báo cáo nhiệm vụ của Kế hoạch",
        "name_en": "Report on the tasks of the plan",
    },
]

_PERIODS = [
    {"period_type": "quarter", "period_start": "2026-07-01", "label_vi": "Quý III/2026"},
    {"period_type": "month", "period_start": "2026-10-01", "label_vi": "Tháng 10/2026"},
]

_DOOR = {
    "source": "agency_reports",
    "resource": "submissions",
    "agency_key": 1,
    "period_type": "day",
    "period_start": HARVESTED_ON,
    "due_on": "2026-11-20",
    "outcome": "accepted",
    "cause": None,
}
"""The last day on which the door of the reports was open, in the examples."""

_CLEAN: Mapping[str, Mapping[str, Any]] = {
    "marts.dim_agency": {
        "kind": "commune",
        "valid_from": "2020-01-01",
        "valid_to": None,
        "is_current": True,
    },
    "marts.fct_publication": {
        "agency_key": "$agency",
        "responsible_agency_key": "$agency",
        "document_kind": "execution",
        "label_vi": "Thực hiện dự toán 9 tháng/2026",
        "label_en": "Execution nine months of 2026",
        "is_expected": True,
        "is_published": True,
        "due_on": "2026-11-10",
        "published_on": "2026-11-09",
        "days_late": None,
        "missing_form_keys": None,
        "legal_basis": "NĐ 73/2026/NĐ-CP, Điều 37",
        "data_as_of": AS_OF,
    },
    "marts.fct_publication_document": {
        "agency_key": "$agency",
        "responsible_agency_key": "$agency",
        "is_current": True,
        "publisher_name": "UBND xã Ví dụ",
        "label_vi": "Thực hiện dự toán 9 tháng/2026",
        "label_en": "Execution nine months of 2026",
        "title": "Công khai",
        "form_text": "113/CK-NSNN",
        "budget_year": 2026,
        "content_budget_year": 2026,
        "content_period_type": "nine_months",
        "known_on": "2026-11-09",
        "file_name": "bieu.xlsx",
        "page_url": None,
        "reading_state": "read",
        "reason_vi": None,
        "has_period_conflict": False,
    },
    "marts.fct_budget_line": {
        "form_key": "execution.113.commune",
        "sheet": "Sheet1",
        "cell": "C10",
        "item_text": "Thu",
        "measure_code": "actual",
        "published_value": 5,
        "state": "value",
        "hold_code": None,
        "hold_vi": None,
    },
    "marts.dim_open_dataset": {"title": "Danh sách chợ trên địa bàn"},
    "marts.fct_open_dataset_check": {
        "agency_key": "$agency",
        "checked_on": HARVESTED_ON,
        "state": "passed",
        "severity": "critical",
        "reason_code": None,
        "detail_vi": None,
        "resource_count": 1,
        "failed_count": 0,
        "failed_resource_ids": None,
    },
    "marts.fct_open_data_publisher": {
        "agency_key": "$agency",
        "checked_on": HARVESTED_ON,
        "is_obliged": True,
        "dataset_count": 1,
        "live_dataset_count": 1,
        "has_live_dataset": True,
    },
    "marts.fct_open_data_change": {
        "agency_key": "$agency",
        "entity": "dataset",
        "dataset_title": "Danh sách chợ trên địa bàn",
        "resource_key": None,
        "resource_name": None,
        "previous_on": None,
    },
    "marts.fct_indicator_reading": {
        "indicator_code": "TTHC-01",
        "agency_key": "$agency",
        "period_type": "month",
        "basis": "current",
        "reading_code": "eligible_full",
    },
    "reference.agency_source_codes": {"source": "tthc", "valid_from": "2020-01-01"},
    "reference.agency_succession": {"effective_on": "2025-07-01", "kind": "merge"},
    "marts.fct_report": {
        "agency_key": "$agency",
        "claimed_agency_code": None,
        "form_code": "BC-CCHC-Q",
        "resource": "reform_quarter",
        "period_type": "quarter",
        "period_start": "2026-07-01",
        "received_at": "2026-11-10T09:00:00+07:00",
        "received_on": "2026-11-10",
        "file_name": "bao-cao.xlsx",
        "state": "accepted",
        "hollow_kind": None,
        "copied_from": None,
        "reason_code": None,
        "reason_vi": None,
        "problem_count": 0,
        "completeness": 1,
        "repeats": None,
        "is_current": True,
    },
    "marts.fct_reporting_cell": {
        "source": "agency_reports",
        "resource": "reform_quarter",
        "agency_key": "$agency",
        "period_type": "quarter",
        "period_start": "2026-07-01",
        "due_on": "2026-10-15",
        "cause": None,
        "reason_vi": None,
        "received_on": None,
        "working_days_late": None,
    },
    "ops.ledger": {
        "source": "tthc",
        "resource": "dossiers",
        "agency_key": "$agency",
        "period_type": "day",
        "period_start": "2026-11-10",
        "due_on": "2026-11-11",
        "cause": None,
    },
}
"""A clean row of each table but ``fct_dossier``; examples say what differs."""
