"""From a judged delivery to its receipt: what counts, what to mend, what else was delivered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from ingestion.catalogue.agencies import Agency
from ingestion.core.landing import Landing
from ingestion.core.period import Period
from ingestion.ledger.due import all_agencies
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.forms_model import Form, FormVersion
from ingestion.sources.agency_reports.intake import register
from ingestion.sources.agency_reports.intake.copies import (
    flows_of,
    is_copied,
    numbers_of,
)
from ingestion.sources.agency_reports.intake.judgements import KeptJudgement, kept_judgement
from ingestion.sources.agency_reports.intake.receipt import AcceptedCell, CellToMend, Receipt
from ingestion.sources.agency_reports.intake.register import Registered
from ingestion.sources.agency_reports.judging.settings import rules
from ingestion.sources.agency_reports.previous import period_before
from ingestion.sources.agency_reports.receipts.words import period_vi, value_vi, warning


class Answers:
    """Makes receipts of judged deliveries."""

    def __init__(self, engine: Engine, landing: Landing) -> None:
        """Prepare.

        Args:
            engine: the warehouse, as ``cchc_ingest``.
            landing: where judgements are kept.
        """
        self._engine = engine
        self._landing = landing

    def copied_from(self, judged: Registered) -> Registered | None:
        """The earlier report whose figures a report repeats; None where they are its own."""
        version = _version(judged)
        if judged.state == "refused" or judged.repeats or version is None:
            return None
        given = numbers_of(self._judgement(judged).record)
        before = self._report_before(judged)
        if before is not None and is_copied(
            given,
            numbers_of(self._judgement(before).record),
            flows_of(version),
            rules().copied_from_period_least_nonzero,
        ):
            return before
        for other in register.standing_of_others(self._engine, judged):
            figures = numbers_of(self._judgement(other).record)
            if is_copied(given, figures, None, rules().copied_from_agency_least_nonzero):
                return other
        return None

    def receipt(self, judged: Registered) -> Receipt:
        """The receipt of a judged delivery.

        Raises:
            LandingCorrupted: its judgement is not what it was.
        """
        if judged.state == "received":
            raise ValueError(f"{judged.receipt_no} is not judged yet")
        judgement = self._judgement(judged)
        record = judgement.record
        form = read_forms().by_code(judged.form_code) if judged.form_code else None
        repeats = self._receipt_no(judged.repeats)
        standing = self._standing(judged)
        counts_instead = supersedes = None
        if standing is not None and standing.receipt_no != repeats:
            if judged.state == "refused" or repeats or judged.hollow_kind:
                counts_instead = standing.receipt_no
            else:
                supersedes = standing.receipt_no
        agency = _agency(judged.agency_key)
        completeness = record.get("completeness")
        return Receipt(
            receipt_no=judged.receipt_no,
            submission_id=judged.submission_id,
            received_at=judged.received_at,
            door=judged.door,
            file_name=judged.file_name,
            sha256=judged.file_sha256,
            byte_count=judged.byte_count,
            is_synthetic=judged.is_synthetic,
            reply_by=judged.reply_by,
            state=judged.state,
            reason_code=judged.reason_code,
            reason_vi=str(record.get("reason_vi") or ""),
            agency_key=judged.agency_key,
            agency_code=judged.agency_code,
            agency_name=agency.name_vi if agency else "",
            form_code=judged.form_code,
            form_name=form.name_vi if form else "",
            period_vi=_period_vi(judged),
            hollow_kind=judged.hollow_kind,
            asked_count=int(record.get("asked_count") or 0),
            filled_count=int(record.get("filled_count") or 0),
            completeness=None if completeness is None else float(completeness),
            accepted=_accepted(judgement, _version(judged)),
            problems=_problems(judgement),
            warnings=tuple(self._warnings(judged, judgement, repeats, supersedes, counts_instead)),
            repeats=repeats,
            supersedes=supersedes,
            counts_instead=counts_instead,
        )

    def _warnings(
        self,
        judged: Registered,
        judgement: KeptJudgement,
        repeats: str | None,
        supersedes: str | None,
        counts_instead: str | None,
    ) -> list[str]:
        told = []
        if repeats:
            told.append(warning("repeated", receipt_no=repeats))
        if counts_instead:
            told.append(warning("counts_instead", receipt_no=counts_instead))
        if supersedes:
            told.append(warning("supersedes", receipt_no=supersedes))
        if judged.hollow_kind == "copied" and (origin := self.copied_from(judged)) is not None:
            agency = _agency(origin.agency_key)
            told.append(
                warning("copied_before", receipt_no=origin.receipt_no)
                if origin.agency_key == judged.agency_key
                # Of another office's delivery its name is told, not its number.
                else warning("copied_other", agency=agency.name_vi if agency else "")
            )
        told += [str(remark["message_vi"]) for remark in judgement.remarks]
        return told

    def _standing(self, judged: Registered) -> Registered | None:
        if judged.agency_key is None or judged.form_code is None or judged.period_start is None:
            return None
        return register.standing_before(self._engine, judged)

    def _report_before(self, judged: Registered) -> Registered | None:
        period = _period(judged)
        if period is None:
            return None
        return register.standing_for_period(self._engine, judged, period_before(period).start)

    def _judgement(self, judged: Registered) -> KeptJudgement:
        return kept_judgement(self._landing, judged.judgement_path or "")

    def _receipt_no(self, submission_id: str | None) -> str | None:
        earlier = register.by_id(self._engine, submission_id) if submission_id else None
        return earlier.receipt_no if earlier else None


def _period(judged: Registered) -> Period | None:
    if judged.period_type is None or judged.period_start is None:
        return None
    return Period(judged.period_start, judged.period_type)


def _period_vi(judged: Registered) -> str:
    period = _period(judged)
    return period_vi(period) if period else ""


def _agency(key: int | None) -> Agency | None:
    return next((agency for agency in all_agencies() if agency.key == key), None)


def _version(judged: Registered) -> FormVersion | None:
    form: Form | None = read_forms().by_code(judged.form_code) if judged.form_code else None
    if form is None:
        return None
    return next((v for v in form.versions if v.version == judged.form_version), None)


def _choices(version: FormVersion | None) -> dict[str, dict[str, str]]:
    """Labels of answers by field, or by column for the grid of tasks, then by code."""
    found: dict[str, dict[str, str]] = {}
    for section in version.sections if version else ():
        for field in section.fields:
            found[field.code] = {choice.code: choice.label_vi for choice in field.choices}
    for field in version.task_list.fields if version and version.task_list else ():
        found[field.column] = {choice.code: choice.label_vi for choice in field.choices}
    return found


def _accepted(judgement: KeptJudgement, version: FormVersion | None) -> tuple[AcceptedCell, ...]:
    choices = _choices(version)
    return tuple(
        AcceptedCell(
            sheet=str(value.get("_sheet", "")),
            cell=str(value.get("_cell", "")),
            label_vi=label,
            value_vi=value_vi(
                value, choices.get(value["field_code"]) or choices.get(value["column_code"]) or {}
            ),
        )
        for value, label in _told(judgement)
        if value["state"] == "accepted"
    )


def _problems(judgement: KeptJudgement) -> tuple[CellToMend, ...]:
    return tuple(
        CellToMend(
            sheet=str(value.get("_sheet", "")),
            cell=str(value.get("_cell", "")),
            label_vi=label,
            sentence_vi=str(value.get("problem_vi", "")),
            code=str(value["problem_code"]),
        )
        for value, label in _told(judgement)
        if value.get("problem_code")
    )


def _told(judgement: KeptJudgement) -> list[tuple[dict[str, Any], str]]:
    return list(zip(judgement.values, judgement.labels, strict=True))
