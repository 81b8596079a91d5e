"""What is said of a delivered report: the judgement and its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from ingestion.sources.agency_reports.forms_model import ValueStatus

State = Literal["accepted", "partial", "refused"]
HollowKind = Literal["empty", "zero"]
FormIdState = Literal["intact", "broken", "absent"]
CellState = Literal["accepted", "refused", "missing", "blank", "nil"]
Door = Literal["inbox", "mailbox", "upload", "archive"]


@dataclass(frozen=True)
class Claim:
    """What is known of a delivery before it is read.

    Attributes:
        agency_code: who delivered, as the door knows it; None where it does not.
        received_on: local day of receipt.
        door: where it came in.
    """

    agency_code: str | None
    received_on: date
    door: Door


@dataclass(frozen=True)
class Remark:
    """Something the sender should know that costs no value, in one Vietnamese sentence."""

    code: str
    where: str
    message_vi: str


@dataclass(frozen=True)
class CellJudged:
    """One asked field and what was found for it.

    Attributes:
        section_code, row_code, column_code, field_code: the field.
        label_vi: how the form names it.
        state: ``accepted``: its value counts. ``refused``: something stands there that has to be
            mended. ``missing``: required and empty. ``blank``: may be empty and is. ``nil``: empty
            in a section that was declared nil.
        sheet, cell: where it stands (``C12``); empty where the form's row was not found.
        raw_text: as it stands there, cut.
        number_value: of counts, amounts, decimals, levels; 1 or 0 of yes_no.
        date_value, text_value, choice_code: of the other types.
        has_note: something stands in the column of notes; what, stays in the file.
        problem_code, problem_vi: why it is refused or missing, and what to mend, one sentence; the
            codes are the keys of ``problems`` in ``judging.yml``.
    """

    section_code: str
    row_code: str
    column_code: str
    field_code: str
    label_vi: str
    state: CellState
    sheet: str = ""
    cell: str = ""
    raw_text: str = ""
    number_value: Decimal | None = None
    text_value: str | None = None
    date_value: date | None = None
    choice_code: str | None = None
    has_note: bool = False
    problem_code: str | None = None
    problem_vi: str | None = None

    def as_record(self) -> dict[str, Any]:
        """The row of the child list ``values`` of the contract."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        del told["label_vi"]
        told["_sheet"], told["_cell"] = told.pop("sheet"), told.pop("cell")
        return _plain(told)


@dataclass(frozen=True)
class Judgement:
    """What is said of a delivery by its file, the forms, the agencies and its claim alone.

    Attributes:
        file_kind: what the content is; empty where even that is not known.
        agency_key, agency_code: whose report it is.
        form_code, form_version: which form; the version is the one that the period asks for.
        form_id_state: ``intact``, ``broken`` (does not fit its check code) or ``absent``.
        period_type, period_start: which period.
        value_status: of all its figures.
        state: ``accepted``: all required cells are. ``partial``: some cells have to be mended, the
            accepted ones count. ``refused``: nothing counts.
        hollow_kind: ``empty`` (nothing filled; refused as ``nothing_read``) or ``zero`` (all
            figures are 0 and no section was declared nil; its zeros do not count).
        reason_code, reason_vi: of a refusal.
        remark_codes: codes of the remarks, sorted, separated by blanks.
        asked_count: fields that the agency is asked for in this form and period.
        required_count: those that must be filled, nil sections left out.
        filled_count: those with something in them.
        accepted_count, problem_count: cells accepted; refused or missing.
        completeness: weight of accepted asked fields by weight of asked fields; nil sections count
            as answered. 0 to 1.
        judged_with: version of code, rules and forms.
        values: the asked fields in the order of the form; none for a refusal other than
            ``nothing_read``.
        remarks: for the receipt; not part of the record.
    """

    file_kind: str
    agency_key: int | None
    agency_code: str | None
    form_code: str | None
    form_version: int | None
    form_id_state: FormIdState
    period_type: str | None
    period_start: date | None
    value_status: ValueStatus | None
    state: State
    hollow_kind: HollowKind | None
    reason_code: str | None
    reason_vi: str | None
    remark_codes: str
    asked_count: int
    required_count: int
    filled_count: int
    accepted_count: int
    problem_count: int
    completeness: Decimal
    judged_with: str
    values: tuple[CellJudged, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def problems(self) -> tuple[CellJudged, ...]:
        """Cells that have to be mended, in the order of the form."""
        return tuple(cell for cell in self.values if cell.problem_code is not None)

    def as_record(self) -> dict[str, Any]:
        """The fields of the contract that come from the file, as plain JSON."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        del told["remarks"]
        told["values"] = [cell.as_record() for cell in self.values]
        return _plain(told)


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals and days as text, nothing where there is nothing."""
    return {
        name: str(value) if isinstance(value, Decimal | date) else value
        for name, value in told.items()
        if value is not None and value != ""
    }
