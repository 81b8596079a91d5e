"""One agency's digest: reports that are due, at most five findings in full, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import formatdate
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from expectations.findings import OpenFinding
from expectations.notices.reminders import Reminder
from expectations.registry import SEVERITIES, Rule, Severity
from ingestion.core.mail import MailPolicy
from ingestion.core.wording import month_name, one_line, plain, written

SHOWN_FINDINGS = 5
SHOWN_RECORDS = 10

SEVERITY_VI: dict[Severity, str] = {
    "critical": "Nghiêm trọng",
    "warning": "Cảnh báo",
    "info": "Lưu ý",
}

DATA_VI = {
    "tthc": "hồ sơ thủ tục hành chính",
    "budget_publications": "công khai ngân sách",
    "open_data_portal": "công bố dữ liệu mở",
    "agency_reports": "báo cáo của cơ quan",
}
"""What the data of a source are called towards an agency."""

_RECORDS_VI = {
    "budget_publications": "Văn bản",
    "open_data_portal": "Bộ dữ liệu",
    "agency_reports": "Báo cáo, biên nhận",
}
"""What the records of a source are that a finding lists."""


@dataclass(frozen=True)
class Item:
    """One finding as a reader sees it."""

    severity_vi: str
    title_vi: str
    period_vi: str
    sentence_vi: str
    observed: str
    expected: str
    records_label_vi: str
    record_ids: tuple[str, ...]
    more_records: int
    mend_vi: str
    reference: str
    is_new: bool


@dataclass(frozen=True)
class Digest:
    """What one agency is told on one day."""

    agency_key: int
    agency_code: str
    agency_name: str
    on: date
    is_synthetic: bool
    about_vi: str
    total: int
    items: tuple[Item, ...]
    rest_by_severity: tuple[tuple[str, int], ...]
    reminders: tuple[Reminder, ...] = ()

    @property
    def rest_count(self) -> int:
        """Findings that are only counted."""
        return self.total - len(self.items)

    @property
    def heading(self) -> str:
        """What the letter is."""
        names = [
            name
            for name, is_told in (
                ("NHẮC HẠN BÁO CÁO", self.reminders),
                ("RÀ SOÁT SỐ LIỆU", self.total),
            )
            if is_told
        ]
        return "THÔNG BÁO " + " VÀ ".join(names)

    @property
    def reference(self) -> str:
        """The digest's reference number."""
        return f"CCHC/{self.on:%Y%m%d}/{self.agency_code}"

    @property
    def subject(self) -> str:
        """The subject line, always one line."""
        mark = "[MÔ PHỎNG] " if self.is_synthetic else ""
        told = _listed(
            [
                f"{written(number, 'vi')} {what}"
                for number, what in (
                    (len(self.reminders), "báo cáo đến hạn"),
                    (self.total, "nội dung cần rà soát số liệu"),
                )
                if number
            ]
        )
        return one_line(
            f"{mark}[CCHC Sơn La] {told} – {self.agency_name} – {written(self.on, 'vi')}"
        )


def make_digest(
    findings: Sequence[OpenFinding],
    rules: dict[str, Rule],
    list_records: Callable[[str, int], list[str]],
    *,
    on: date,
    as_of: Mapping[str, datetime],
    is_synthetic: bool,
    last_told_at: datetime | None,
    reminders: Sequence[Reminder] = (),
) -> Digest:
    """Make the digest of one agency.

    Args:
        findings: its open findings, most serious first; at least one, or a reminder.
        rules: the registry by id.
        list_records: gives the first n record ids of an evidence statement.
        on: the day of the digest.
        as_of: the time of the data by source.
        is_synthetic: whether the warehouse holds simulated data.
        last_told_at: when the agency got its last digest; findings seen first since are new.
        reminders: reports that it is reminded of, soonest due first.
    """
    key, code, name = (
        (findings[0]["agency_key"], findings[0]["agency_code"], findings[0]["agency_name"])
        if findings
        else (reminders[0].agency_key, reminders[0].agency_code, reminders[0].agency_name)
    )
    rest = Counter(finding["severity"] for finding in findings[SHOWN_FINDINGS:])
    told = {rules[finding["rule_id"]].source for finding in findings}
    return Digest(
        agency_key=key,
        agency_code=code,
        agency_name=name,
        on=on,
        is_synthetic=is_synthetic,
        about_vi=_listed(
            [
                f"{vi} đến {written(as_of[source], 'vi')}" if source in as_of else vi
                for source, vi in DATA_VI.items()
                if source in told
            ]
        ),
        total=len(findings),
        items=tuple(
            _item(finding, rules[finding["rule_id"]], list_records, last_told_at)
            for finding in findings[:SHOWN_FINDINGS]
        ),
        rest_by_severity=tuple(
            (SEVERITY_VI[severity], rest[severity]) for severity in SEVERITIES if rest[severity]
        ),
        reminders=tuple(reminders),
    )


def make_message(digest: Digest, sender: str, recipient: str) -> EmailMessage:
    """The digest as a mail: plain text and HTML, Vietnamese subject, machine-readable headers."""
    message = EmailMessage(MailPolicy())
    message["Subject"] = digest.subject
    message["From"] = sender
    message["To"] = recipient
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = message_id(digest, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["X-CCHC-Reference"] = one_line(digest.reference)
    message["X-CCHC-Agency"] = one_line(digest.agency_code)
    message["X-CCHC-Digest-On"] = digest.on.isoformat()
    message["X-CCHC-Finding-Count"] = str(digest.total)
    message["X-CCHC-Reminder-Count"] = str(len(digest.reminders))
    message["X-CCHC-Synthetic"] = "true" if digest.is_synthetic else "false"
    message.set_content(_templates().get_template("digest.txt.j2").render(digest=digest))
    message.add_alternative(
        _templates().get_template("digest.html.j2").render(digest=digest), subtype="html"
    )
    message["Content-Language"] = "vi"  # before the parts it would have become the first one's
    return message


def message_id(digest: Digest, sender: str) -> str:
    """The same for every attempt, so that a mail sent twice after a crash is shown once."""
    domain = sender.rpartition("@")[2]
    return f"<digest.{digest.on:%Y%m%d}.{digest.agency_key}@{domain}>"


def _item(
    finding: OpenFinding,
    rule: Rule,
    list_records: Callable[[str, int], list[str]],
    last_told_at: datetime | None,
) -> Item:
    record_ids = list_records(finding["evidence_sql"], SHOWN_RECORDS)
    return Item(
        severity_vi=SEVERITY_VI[finding["severity"]],
        title_vi=rule.texts["title_vi"],
        period_vi=_period(rule, finding["period_start"]),
        sentence_vi=finding["sentence_vi"],
        observed=finding["observed"],
        expected=finding["expected"],
        records_label_vi=_records_label(rule, finding["evidence_sql"]),
        record_ids=tuple(plain(record_id) for record_id in record_ids),
        more_records=max(finding["record_count"] - len(record_ids), 0),
        mend_vi=rule.texts["mend_vi"],
        reference=finding["finding_key"],
        is_new=last_told_at is not None and finding["first_seen_at"] > last_told_at,
    )


def _listed(names: Sequence[str]) -> str:
    """``a``, ``a và b`` or ``a, b và c``."""
    return " và ".join(name for name in (", ".join(names[:-1]), *names[-1:]) if name)


def _period(rule: Rule, start: date) -> str:
    """The month that was judged, or since when a state has lasted."""
    if start.day != 1:
        return f"từ ngày {written(start, 'vi')}"
    since = "từ " if rule.scope == "as_of" else ""
    return since + month_name(start, "vi")


def _records_label(rule: Rule, evidence_sql: str) -> str:
    """What the records are that a finding lists."""
    if rule.source in _RECORDS_VI:
        return _RECORDS_VI[rule.source]
    return "Mã hồ sơ" if "dossier_code" in evidence_sql else "Kỳ đối chiếu"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "messages"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["written"] = lambda value: written(value, "vi")
    return environment
