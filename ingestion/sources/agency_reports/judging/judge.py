"""The judgement of a reading: whose report of which form and period it is, and what of it counts.

Pure: the same reading, forms, agencies and claim give the same judgement. What counts in the end
among several deliveries is not decided here but in the warehouse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from ingestion.catalogue.agencies import Agency, Succession
from ingestion.core.log import quote_foreign
from ingestion.core.period import Kind, Period
from ingestion.ledger.obligations import Obligation
from ingestion.reading.text import key
from ingestion.sources.agency_reports.forms import (
    DueReport,
    Forms,
    FormsError,
    due_reports,
    sections_for,
)
from ingestion.sources.agency_reports.forms_model import Form, FormVersion, Section, ValueStatus
from ingestion.sources.agency_reports.identity import FormId, FormKey, parse
from ingestion.sources.agency_reports.judging.cells import NUMBERS, judge_cells
from ingestion.sources.agency_reports.judging.judgement import (
    CellJudged,
    Claim,
    FormIdState,
    HollowKind,
    Judgement,
    Remark,
)
from ingestion.sources.agency_reports.judging.names import Names, is_addressed, of_day
from ingestion.sources.agency_reports.judging.settings import rules
from ingestion.sources.agency_reports.plan_tasks import PlanTask
from ingestion.sources.agency_reports.reading.reader import reader_version
from ingestion.sources.agency_reports.reading.words import meant, words
from ingestion.sources.agency_reports.template.wording import day_vi, read_wording

_MOST_CELLS_NAMED = 8


@dataclass(frozen=True)
class Law:
    """What reports are judged by, besides the rules of ``judging.yml``.

    Attributes:
        forms: every form, all versions.
        agencies: every agency through the eras.
        succession: what became of those that ended.
        obligations: who owes what.
        tasks: the plan's tasks.
        key: under which form ids were issued.
    """

    forms: Forms
    agencies: Sequence[Agency]
    succession: Sequence[Succession]
    obligations: Sequence[Obligation]
    tasks: Sequence[PlanTask]
    key: FormKey


class _Refused(Exception):
    """Nothing of the report counts."""

    def __init__(self, code: str, sentence: str = "", **told: str) -> None:
        super().__init__(code)
        self.code = code
        self.message_vi = rules().reasons[sentence or code].format(**told)


def judge(reading: Mapping[str, Any], law: Law, claim: Claim) -> Judgement:
    """Say what a reading is worth.

    Args:
        reading: from `reading.reader.Reader.reading_of`; that of a refused file is judged too, into
            a refusal.
        law: forms, agencies and what else is in force.
        claim: what the door knows.
    """
    return _Judge(reading, law, claim).judgement()


@cache
def judging_version() -> str:
    """Version of the code, rules and forms that judgements are made with: 12 hex digits."""
    digest = hashlib.sha256(reader_version().encode())
    for path in sorted(Path(__file__).parent.glob("*")):
        if path.suffix in (".py", ".yml"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class _About:
    """What a report is about."""

    form: Form
    period: Period


class _Judge:
    """Judges one reading, step by step; what is known so far is kept for a refusal."""

    def __init__(self, reading: Mapping[str, Any], law: Law, claim: Claim) -> None:
        self._reading = reading
        self._law = law
        self._claim = claim
        self._remarks = [Remark(**remark) for remark in reading.get("remarks", ())]
        self._form_id: FormId | None = None
        self._id_state: FormIdState = "absent"
        self._form: Form | None = None
        self._version: FormVersion | None = None
        self._agency: Agency | None = None
        self._period: Period | None = None

    def judgement(self) -> Judgement:
        """The judgement."""
        if self._reading.get("state") == "refused":
            code, why = str(self._reading["reason_code"]), str(self._reading["reason_vi"])
            return replace(self._nothing(), reason_code=code, reason_vi=why)
        try:
            form = self._find_form()
            about = _About(form, self._find_period(form))
            agency = self._find_agency(about)
            return self._judged(self._asked(about, agency))
        except _Refused as refused:
            return replace(self._nothing(), reason_code=refused.code, reason_vi=refused.message_vi)

    def _nothing(self) -> Judgement:
        """A refusal, with what is known."""
        agency, form, period = self._agency, self._form, self._period
        return Judgement(
            file_kind=str(self._reading.get("file_kind", "")),
            agency_key=agency.key if agency else None,
            agency_code=agency.code if agency else None,
            form_code=form.code if form else None,
            form_version=self._version.version if self._version else None,
            form_id_state=self._id_state,
            period_type=period.kind if period else None,
            period_start=period.start if period else None,
            value_status=None,
            state="refused",
            hollow_kind=None,
            reason_code=None,
            reason_vi=None,
            remark_codes=" ".join(sorted({remark.code for remark in self._remarks})),
            asked_count=0,
            required_count=0,
            filled_count=0,
            accepted_count=0,
            problem_count=0,
            completeness=Decimal(0),
            judged_with=judging_version(),
            remarks=tuple(self._remarks),
        )

    def _remark(self, code: str, where: str = "", **told: str) -> None:
        sentence = rules().remarks[code].format(**told)
        self._remarks.append(Remark(code, where, sentence))

    # --- which form, whose, of when ---------------------------------------------------------------

    def _find_form(self) -> Form:
        ids = self._reading["form_ids"]
        if len({told["text"] for told in ids}) > 1:
            what = ", ".join(quote_foreign(told["text"], 60) for told in ids[:4])
            raise _Refused("ambiguous_form", what=what)
        if ids:
            parsed = parse(ids[0]["text"], self._law.key, self._law.agencies)
            if not isinstance(parsed, FormId):
                self._id_state = "broken"
                shown = quote_foreign(ids[0]["text"], 60)
                raise _Refused("form_id_broken", form_id=shown, cell=ids[0]["cell"])
            self._id_state, self._form_id = "intact", parsed
        codes = self._reading["form_codes"]
        if len(codes) > 1:
            raise _Refused("ambiguous_form", what=", ".join(codes))
        if not codes:
            raise _Refused("unknown_form")
        form = self._law.forms.by_code(codes[0])
        if form is None:
            raise _Refused("unknown_form")
        if self._form_id is not None and self._form_id.form_code != form.code:
            raise _Refused("ambiguous_form", what=f"{self._form_id.form_code}, {form.code}")
        self._form = form
        return form

    def _find_period(self, form: Form) -> Period:
        kinds = {o.period_type for o in self._law.obligations if o.resource == form.resource}
        stated = {
            Period(date.fromisoformat(told["start"]), told["kind"]): told
            for told in self._reading["periods"]
            if told["kind"] in kinds and told["kind"] in get_args(Kind)
        }
        if self._form_id is not None:
            period = self._form_id.period
            for other, told in stated.items():
                if other != period:
                    raise _Refused(
                        "wrong_period",
                        "period_title",
                        title=quote_foreign(told["text"], 80),
                        cell=told["cell"],
                        period=read_wording().period(period),
                    )
        elif not stated:
            raise _Refused("wrong_period", "period_not_said")
        elif len(stated) > 1:
            periods = ", ".join(map(read_wording().period, stated))
            raise _Refused("wrong_period", "period_two", periods=periods)
        else:
            (period,) = stated
        self._period, self._version = period, form.version_on(period.start)
        if self._claim.received_on < period.end - timedelta(days=1):
            raise _Refused(
                "wrong_period",
                "period_not_over",
                period=read_wording().period(period),
                day=day_vi(self._claim.received_on),
            )
        return period

    def _find_agency(self, about: _About) -> Agency:
        names = Names(self._law.agencies)
        if self._form_id is not None:
            agency_key = self._form_id.agency_key
            agency = next(a for a in self._law.agencies if a.key == agency_key)
            self._agency = agency
            self._hold_against_heading(names, agency)
        else:
            agency = self._agency_named(names, about)
            self._agency = agency
            self._remark("form_id_absent")
        claimed = self._claim.agency_code
        if claimed is None or claimed == agency.code:
            return agency
        became = self._successors(agency)
        heir = next((a for a in self._law.agencies if a.code == claimed and a.key in became), None)
        if heir is not None:
            self._remark("successor", told=agency.name_vi, agency=heir.name_vi)
            return agency
        sender = self._sender(about)
        by = rules().reasons["wrong_agency_by_door"]
        by = by.format(agency=sender.name_vi if sender else claimed)
        raise _Refused("wrong_agency", told=agency.name_vi, by=by)

    def _hold_against_heading(self, names: Names, agency: Agency) -> None:
        """Refuse a form of one agency that names another one."""
        for told in self._reading["agencies"]:
            named = names.exactly(told["text"])
            if any(a.code == agency.code for a in named):
                continue
            shown = quote_foreign(told["text"], 80)
            if named:
                by = rules().reasons["wrong_agency_by_heading"]
                by = by.format(agency=shown, cell=told["cell"])
                raise _Refused("wrong_agency", told=agency.name_vi, by=by)
            self._remark("name_unknown", told["cell"], name=shown)

    def _agency_named(self, names: Names, about: _About) -> Agency:
        """The agency that the heading names, or else the one that sent it."""
        labelled = [told["text"] for told in self._reading["agencies"]]
        texts = labelled or [
            told["text"] for told in self._reading["titles"] if not is_addressed(told["text"])
        ]
        found = self._existing((a for text in texts for a in names.exactly(text)), about)
        if not found:
            near = [(text, a) for text in texts for a in names.nearly(text)]
            found = self._existing((agency for _, agency in near), about)
            if len(found) == 1:
                shown = quote_foreign(near[0][0], 80)
                self._remark("name_misspelt", name=shown, agency=found[0].name_vi)
        if len(found) > 1:
            found = [a for a in found if a.code == self._claim.agency_code] or found
        if len(found) > 1:
            shown = ", ".join(sorted(f"{a.name_vi} ({a.code})" for a in found)[:4])
            why = rules().reasons["agency_two"].format(names=shown)
            raise _Refused("agency_unknown", why=why)
        if found:
            return found[0]
        if labelled:
            why = rules().reasons["agency_not_found"].format(name=quote_foreign(labelled[0], 80))
            raise _Refused("agency_unknown", why=why)
        sender = self._sender(about)
        if sender is None:
            raise _Refused("agency_unknown", why=rules().reasons["agency_not_said"])
        self._remark("agency_of_sender", agency=sender.name_vi)
        return sender

    def _existing(self, agencies: Iterable[Agency], about: _About) -> list[Agency]:
        """Of agencies of any era those that owe the form, or else those of the period's days."""
        unique = list({agency.key: agency for agency in agencies}.values())
        owing = [agency for agency in unique if self._owed_by(agency, about) is not None]
        period = about.period
        last_day = period.end - timedelta(days=1)
        found = owing or of_day(unique, (last_day, self._claim.received_on, period.start))
        return found or sorted(unique, key=lambda agency: agency.valid_from)[-1:]

    def _sender(self, about: _About) -> Agency | None:
        """Whom the door knows, of the era that the report is of."""
        coded = [a for a in self._law.agencies if a.code == self._claim.agency_code]
        return next(iter(self._existing(coded, about)), None)

    def _owed_by(self, agency: Agency, about: _About) -> DueReport | None:
        """The report that an agency owes by this form for this period."""
        due = due_reports(agency, about.period, self._law.forms, self._law.obligations)
        return next((report for report in due if report.form.code == about.form.code), None)

    def _successors(self, agency: Agency) -> set[int]:
        """Keys of those that an agency became, by the day of receipt."""
        found, ahead = set[int](), [agency.key]
        while ahead:
            before = ahead.pop()
            for edge in self._law.succession:
                if (
                    edge.predecessor == before
                    and edge.effective_on <= self._claim.received_on
                    and edge.successor not in found
                ):
                    found.add(edge.successor)
                    ahead.append(edge.successor)
        return found

    def _asked(self, about: _About, agency: Agency) -> tuple[Section, ...]:
        """What the agency is asked for the period.

        Raises:
            _Refused: it does not owe the form, or owed it too long ago.
        """
        form, period = about.form, about.period
        owed = self._owed_by(agency, about)
        told = {
            "agency": agency.name_vi,
            "form": form.name_vi,
            "period": read_wording().period(period),
        }
        if owed is None or self._version is None:
            raise _Refused("not_owed", **told)
        stale = timedelta(days=rules().stale_after_due_days)
        if self._claim.received_on > owed.due_on + stale:
            raise _Refused(
                "wrong_period", "period_stale", period=told["period"], day=day_vi(owed.due_on)
            )
        if self._form_id is not None and self._form_id.version != self._version.version:
            self._remark(
                "other_version",
                version=str(self._form_id.version),
                wanted=str(self._version.version),
            )
        try:
            return sections_for(form, self._version, agency, self._law.tasks)
        except FormsError:
            raise _Refused("not_owed", **told) from None

    # --- what counts ------------------------------------------------------------------------------

    def _judged(self, sections: tuple[Section, ...]) -> Judgement:
        found = {cell["field"]: cell for cell in self._reading["cells"]}
        asked = [field for section in sections for field in section.fields]
        nil = self._nil_sections(sections)
        cells = judge_cells(sections, found, nil, self._claim.received_on)
        if not any(field.code in found for field in asked):
            raise _Refused("nothing_read", "no_table")
        self._remark_cells(cells, found)
        status = self._status()
        filled = [cell for cell in cells if cell.state in ("accepted", "refused")]
        accepted = [cell for cell in cells if cell.state == "accepted"]
        problems = [cell for cell in cells if cell.problem_code is not None]
        hollow = _hollow(sections, cells, nil)
        if hollow == "zero":
            self._remark("hollow_zero")
        weights = {field.code: field.weight for field in asked}
        answered = sum(weights[c.field_code] for c in cells if c.state in ("accepted", "nil"))
        judged = replace(
            self._nothing(),
            value_status=status,
            state="partial" if problems else "accepted",
            hollow_kind=hollow,
            asked_count=len(cells),
            required_count=sum(
                field.is_required
                for section in sections
                if section.code not in nil
                for field in section.fields
            ),
            filled_count=len(filled),
            accepted_count=len(accepted),
            problem_count=len(problems),
            completeness=_share(answered, sum(weights.values())),
            values=tuple(cells),
        )
        if accepted or any(cell.state == "nil" for cell in cells):
            return judged
        sentence = "nothing_filled" if hollow == "empty" else "nothing_accepted"
        return replace(
            judged,
            state="refused",
            reason_code="nothing_read",
            reason_vi=rules().reasons[sentence],
        )

    def _nil_sections(self, sections: Iterable[Section]) -> frozenset[str]:
        declared = {
            title
            for told in self._reading["nils"]
            if told["is_declared"]
            for title in told["titles"]
        }
        contradicted = {
            title
            for told in self._reading["nils"]
            if not told["is_declared"]
            for title in told["titles"]
        }
        return frozenset(
            section.code
            for section in sections
            if section.may_be_nil
            and (titles := {key(section.title_vi), key(section.title_en)}) & declared
            and not titles & contradicted
        )

    def _status(self) -> ValueStatus:
        assumed = rules().status_if_not_said
        said = {meant(told["text"], words().statuses): told for told in self._reading["statuses"]}
        if len(said) == 1 and None not in said:
            return cast("ValueStatus", said.popitem()[0])
        status_vi = rules().statuses[assumed]
        if said:
            told = next(iter(said.values()))
            raw = quote_foreign(told["text"], 60)
            self._remark("status_unclear", told["cell"], raw=raw, status=status_vi)
        else:
            self._remark("status_not_said", status=status_vi)
        return assumed

    def _remark_cells(
        self, cells: Sequence[CellJudged], found: Mapping[str, Mapping[str, Any]]
    ) -> None:
        accepted = [found[cell.field_code] for cell in cells if cell.state == "accepted"]
        for code, flag in (("number_as_text", "was_text"), ("hidden_cells", "is_hidden")):
            flagged = [cell["cell"] for cell in accepted if cell[flag]]
            if flagged:
                more = "; …" if len(flagged) > _MOST_CELLS_NAMED else ""
                self._remark(code, cells=", ".join(flagged[:_MOST_CELLS_NAMED]) + more)


def _hollow(
    sections: Sequence[Section], cells: Sequence[CellJudged], nil: frozenset[str]
) -> HollowKind | None:
    """Whether a report says nothing, by itself alone."""
    filled = [cell for cell in cells if cell.state in ("accepted", "refused")]
    if not filled:
        return None if nil else "empty"
    types = {field.code: field.type for section in sections for field in section.fields}
    figures = [cell for cell in filled if types[cell.field_code] in NUMBERS]
    is_zero = (
        not nil
        and len(figures) == len(filled) >= rules().zero_least_figures
        and all(cell.number_value == 0 for cell in figures)
    )
    return "zero" if is_zero else None


def _share(part: int, whole: int) -> Decimal:
    if not whole:
        return Decimal(0)
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"))
