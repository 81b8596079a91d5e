"""Reading the report forms (``forms/*.yml``), and what a form asks of one agency in one period."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingestion.catalogue.agencies import Agency
from ingestion.catalogue.document import Document, Step, read_document
from ingestion.catalogue.problem import Problem
from ingestion.catalogue.schema_check import check_schema
from ingestion.core.environment import ConfigurationError
from ingestion.core.period import Period
from ingestion.ledger.due import due_cells
from ingestion.ledger.obligations import Obligation, read_obligations
from ingestion.sources.agency_reports.forms_model import (
    Choice,
    Column,
    Counts,
    Field,
    Form,
    FormVersion,
    Row,
    Section,
    TaskList,
)
from ingestion.sources.agency_reports.plan_tasks import PlanTask, tasks_led_by

SOURCE = "agency_reports"
VALUE_COLUMN = Column("value", "Kỳ này", "This period")
"""The one column of a list."""

_FOLDER = Path(__file__).resolve().parent
_OF_A_VERSION = re.compile(r"^versions\.\d+\.")
_MEASURED = ("count", "amount", "decimal", "level")


class FormsError(ConfigurationError):
    """The forms do not hold together; the message names every file, line and fault.

    Attributes:
        problems: everything that is wrong, sorted by file and line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Forms:
    """Every form, by code."""

    all: tuple[Form, ...]

    def by_code(self, code: str) -> Form | None:
        """The form printed with this code; None when there is none: it may come from outside."""
        return next((form for form in self.all if form.code == code), None)

    def by_resource(self, resource: str) -> Form:
        """The form of an obligation.

        Raises:
            FormsError: no form is asked for under that name.
        """
        for form in self.all:
            if form.resource == resource:
                return form
        message = f"không có mẫu nào cho nghĩa vụ “{resource}”; hãy thêm tệp vào forms/"
        raise FormsError([Problem("forms", 1, "no_form", message)])


@dataclass(frozen=True)
class DueReport:
    """A form that an agency owes for a period, and until when."""

    form: Form
    period: Period
    due_on: date


def read_forms(folder: Path | None = None) -> Forms:
    """The forms of a folder, read once.

    Args:
        folder: another folder than ``forms/``.

    Raises:
        FormsError: a file cannot be read, breaks the schema or contradicts itself or another.
    """
    return _read((folder or _FOLDER / "forms").resolve())


def check_forms(folder: Path) -> list[Problem]:
    """Everything that is wrong with the forms of a folder, sorted by file and line."""
    return _load(folder)[1]


def sections_for(
    form: Form, version: FormVersion, agency: Agency, tasks: Iterable[PlanTask]
) -> tuple[Section, ...]:
    """What one agency is asked.

    Args:
        form: the form.
        version: the version of it that holds for the period.
        agency: who is asked; rows meant for others are left out, and sections without rows.
        tasks: the plan's tasks; those that the agency leads become the section of tasks.

    Raises:
        FormsError: nothing is left: the form is none of this agency's.
    """
    sections = []
    for section in version.sections:
        rows = tuple(r for r in section.rows if not r.agencies or agency.code in r.agencies)
        if rows:
            sections.append(replace(section, rows=rows))
    if version.task_list is not None:
        led = tasks_led_by(agency, tasks)
        if led:
            sections.append(_task_section(version.task_list, led))
    if not sections:
        message = f"{form.code} v{version.version} không hỏi {agency.name_vi} ({agency.code}) gì"
        raise FormsError([Problem("forms", 1, "nothing_asked", message)])
    return tuple(sections)


def due_reports(
    agency: Agency,
    period: Period,
    forms: Forms | None = None,
    obligations: Iterable[Obligation] | None = None,
) -> tuple[DueReport, ...]:
    """The forms that an agency owes for a period, by resource.

    Args:
        agency: the unit, as it was between two dates.
        period: what the report speaks of.
        forms: other forms than those of the folder.
        obligations: other obligations than those of the seed.

    Raises:
        FormsError: an obligation has no form.
    """
    forms = forms or read_forms()
    asked = [
        item
        for item in (read_obligations() if obligations is None else obligations)
        if item.source == SOURCE and item.party == "agency" and item.period_type == period.kind
    ]
    cells = due_cells(asked, [agency], period.start, period.end)
    return tuple(
        DueReport(forms.by_resource(cell.resource), period, cell.due_on)
        for cell in cells
        if cell.period == period
    )


def _task_section(asked: TaskList, tasks: Sequence[PlanTask]) -> Section:
    rows = tuple(
        Row(
            code=task.task_ref,
            label_vi=task.task_vi,
            label_en="",
            labels_also_vi=(),
            guidance_vi=asked.guidance_vi.format(
                result=task.expected_result_vi.rstrip(" .") or "–",
                deadline=task.deadline_vi.rstrip(" ."),
            ),
            agencies=(),
            fields=tuple(replace(f, code=f"{task.task_ref}.{f.column}") for f in asked.fields),
        )
        for task in tasks
    )
    return Section(asked.code, asked.title_vi, asked.title_en, False, asked.columns, rows)


@cache
def _read(folder: Path) -> Forms:
    forms, problems = _load(folder)
    if problems:
        raise FormsError(problems)
    return forms


def _load(folder: Path) -> tuple[Forms, list[Problem]]:
    schema: dict[str, Any] = json.loads((_FOLDER / "forms.schema.json").read_text(encoding="utf-8"))
    forms: list[Form] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yml")):
        document = read_document(path, f"{folder.name}/{path.name}")
        found = list(document.problems) or _once(check_schema(document, schema))
        found = found or list(_contradictions(document))
        problems += found
        if found:
            continue
        form = _form(document.value)
        for other in forms:
            if form.code == other.code or form.resource == other.resource:
                message = f"mã {form.code} hoặc nghĩa vụ {form.resource} đã có ở mẫu {other.code}"
                problems.append(document.problem(("code",), "repeated_form", message))
        forms.append(form)
    return Forms(tuple(sorted(forms, key=lambda form: form.code))), sorted(set(problems))


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Each fault of a part that two versions share once: they name it by two paths."""
    by_place = {(p.line, p.rule, _OF_A_VERSION.sub("", p.message_vi)): p for p in problems}
    return list(by_place.values())


def _contradictions(document: Document) -> Iterator[Problem]:
    """What a schema cannot say: days that exist, versions that follow each other, references."""
    versions: list[Mapping[str, Any]] = document.value["versions"]
    spans: list[tuple[date, date | None]] = []
    for at, version in enumerate(versions):
        try:
            ends = version.get("valid_to")
            start = date.fromisoformat(version["valid_from"])
            end = date.fromisoformat(ends) if ends else None
        except ValueError as error:
            yield document.problem(("versions", at), "no_day", f"ngày không có thật: {error}")
            return
        if end is not None and end <= start:
            message = f"phiên bản {version['version']}: valid_to không sau valid_from"
            yield document.problem(("versions", at, "valid_to"), "empty_validity", message)
        spans.append((start, end))
        yield from _row_problems(document, at, version)
    for at, ((one, other), (earlier, later)) in enumerate(
        zip(pairwise(versions), pairwise(spans), strict=True), start=1
    ):
        if other["version"] != one["version"] + 1:
            message = f"phiên bản {other['version']} phải là {one['version'] + 1}"
            yield document.problem(("versions", at, "version"), "version_order", message)
        if earlier[1] != later[0]:
            message = (
                f"phiên bản {one['version']} hết hiệu lực {earlier[1]}, "
                f"phiên bản {other['version']} bắt đầu {later[0]}; hai ngày phải trùng nhau"
            )
            yield document.problem(("versions", at, "valid_from"), "version_gap", message)


def _row_problems(document: Document, at: int, version: Mapping[str, Any]) -> Iterator[Problem]:
    rows: dict[str, Mapping[str, Any]] = {}
    places: dict[str, tuple[Step, ...]] = {}
    codes: set[str] = set()
    sections = [*version["sections"], *filter(None, [version.get("task_list")])]
    if not sections:
        yield document.problem(("versions", at, "sections"), "empty_form", "mẫu không hỏi gì")
    for number, section in enumerate(sections):
        where: tuple[Step, ...] = ("versions", at, "sections", number)
        if section["code"] in codes:
            message = f"phần {section['code']} lặp lại trong một phiên bản"
            yield document.problem(where, "repeated_section", message)
        codes.add(section["code"])
        for line, row in enumerate(section.get("rows", [])):
            place = (*where, "rows", line)
            if row["code"] in rows:
                message = f"dòng {row['code']} lặp lại trong một phiên bản"
                yield document.problem(place, "repeated_row", message)
            rows[row["code"]] = row
            places[row["code"]] = place
    for code, row in rows.items():
        for rule, message in _faults(code, row, rows):
            yield document.problem(places[code], rule, message)
    task_list = version.get("task_list")
    for number, column in enumerate(task_list["columns"] if task_list else []):
        if (column["type"] == "choice") != ("choices" in column):
            message = f"cột {column['code']}: choices đi với type choice và chỉ với nó"
            place = ("versions", at, "task_list", "columns", number)
            yield document.problem(place, "choices", message)


def _faults(
    code: str, row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Rule and message of what is wrong with a row beside the others."""
    if (row["type"] == "choice") != ("choices" in row):
        yield "choices", f"{code}: choices đi với type choice và chỉ với nó"
    bounded = row.keys() & {"min", "max", "at_most"}
    if bounded and row["type"] not in _MEASURED:
        yield "bounds", f"{code}: {row['type']} không có min, max, at_most"
    if row.get("min", row.get("max", 0)) > row.get("max", row.get("min", 0)):
        yield "bounds", f"{code}: min lớn hơn max"
    if row["type"] == "level" and not row.keys() >= {"min", "max"}:
        yield "bounds", f"{code}: level cần min và max"
    if "at_most" not in row:
        return
    whole = rows.get(row["at_most"])
    if whole is None:
        yield "at_most", f"{code}: at_most chỉ {row['at_most']}, dòng này không có"
    elif (whole["type"], whole["unit_vi"]) != (row["type"], row["unit_vi"]):
        yield "at_most", f"{code}: khác loại hoặc đơn vị tính với {row['at_most']} (at_most)"
    elif whole.get("at_most") == code:
        yield "at_most", f"{code}: at_most quay vòng với {row['at_most']}"


def _form(given: Mapping[str, Any]) -> Form:
    return Form(
        code=given["code"],
        resource=given["resource"],
        number_vi=given["number_vi"],
        name_vi=given["name"]["vi"],
        name_en=given["name"]["en"],
        reports_for=given["reports_for"],
        versions=tuple(_version(version) for version in given["versions"]),
    )


def _version(given: Mapping[str, Any]) -> FormVersion:
    valid_to = given.get("valid_to")
    return FormVersion(
        version=given["version"],
        valid_from=date.fromisoformat(given["valid_from"]),
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
        document=given["document"],
        certainty=given["certainty"],
        has_form_id=given["has_form_id"],
        sections=tuple(_section(section) for section in given["sections"]),
        task_list=_task_list(given["task_list"]) if "task_list" in given else None,
    )


def _section(given: Mapping[str, Any]) -> Section:
    rows = tuple(
        Row(
            code=row["code"],
            label_vi=row["label"]["vi"],
            label_en=row["label"]["en"],
            labels_also_vi=tuple(row.get("labels_also_vi", ())),
            guidance_vi=row.get("guidance_vi", ""),
            agencies=tuple(row.get("agencies", ())),
            fields=(_field(row["code"], VALUE_COLUMN.code, row),),
        )
        for row in given["rows"]
    )
    title = given["title"]
    may_be_nil = given["may_be_nil"]
    return Section(given["code"], title["vi"], title["en"], may_be_nil, (VALUE_COLUMN,), rows)


def _task_list(given: Mapping[str, Any]) -> TaskList:
    columns = given["columns"]
    return TaskList(
        code=given["code"],
        title_vi=given["title"]["vi"],
        title_en=given["title"]["en"],
        guidance_vi=given["guidance_vi"],
        columns=tuple(
            Column(c["code"], c["label"]["vi"], c["label"]["en"], c["guidance_vi"]) for c in columns
        ),
        fields=tuple(_field(c["code"], c["code"], c) for c in columns),
    )


def _field(code: str, column: str, given: Mapping[str, Any]) -> Field:
    counts = given.get("counts")
    return Field(
        code=code,
        column=column,
        type=given["type"],
        unit_vi=given.get("unit_vi", ""),
        nature=given.get("nature", "stock"),
        is_required=given.get("required", True),
        minimum=_decimal(given.get("min")),
        maximum=_decimal(given.get("max")),
        at_most=given.get("at_most"),
        choices=tuple(Choice(c["code"], c["vi"]) for c in given.get("choices", ())),
        weight=given.get("weight", 1),
        counts=Counts(counts["indicator"], counts["reading"], counts["part"]) if counts else None,
    )


def _decimal(given: float | None) -> Decimal | None:
    return None if given is None else Decimal(str(given))
