"""The report forms as typed values: what is asked of whom, version by version.

A form is one reporting obligation (a `resource` of ``reporting_obligations.csv`` with source
``agency_reports``). A row of a form holds one field in each column that it fills: in a list that is
the one column ``value``; in a grid (the plan's tasks) there are several.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

FieldType = Literal["count", "amount", "decimal", "level", "yes_no", "date", "choice", "text"]
Nature = Literal["stock", "flow"]
Part = Literal["numerator", "denominator", "value"]
ReportsFor = Literal["self", "province"]
ValueStatus = Literal["estimate", "preliminary", "official"]


@dataclass(frozen=True)
class Counts:
    """What a field counts as: a part of a reading of an indicator.

    ``value`` is a figure that is no ratio: it is the numerator over a denominator of 1.
    """

    indicator: str
    reading: str
    part: Part


@dataclass(frozen=True)
class Choice:
    """One of the answers that a field of type ``choice`` allows."""

    code: str
    label_vi: str


@dataclass(frozen=True)
class Field:
    """One cell that an office fills in.

    Attributes:
        code: unique in the form, such as ``CV-01.approved_in_force.numerator``.
        column: code of the column it stands in.
        type: what may be written there; ``count`` a whole number, ``level`` an ordinal.
        unit_vi: as printed; an amount's money unit.
        nature: ``stock`` on the period's last day, or ``flow`` within the period.
        is_required: the report is not complete without it, unless its section is declared nil.
        minimum, maximum: bounds, included; None where there is none.
        at_most: code of a field of the form that this one may not exceed.
        choices: of a choice.
        weight: share in the completeness of the report.
        counts: the part of a reading that it is; None for what no indicator counts.
    """

    code: str
    column: str
    type: FieldType
    unit_vi: str
    nature: Nature
    is_required: bool
    minimum: Decimal | None
    maximum: Decimal | None
    at_most: str | None
    choices: tuple[Choice, ...]
    weight: int
    counts: Counts | None


@dataclass(frozen=True)
class Row:
    """A line of a section.

    Attributes:
        code: printed beside it; how it is found again when rows were moved.
        labels_also_vi: other wordings that older versions and offices use.
        agencies: codes of the agencies that are asked for it; empty: every agency with the form.
    """

    code: str
    label_vi: str
    label_en: str
    labels_also_vi: tuple[str, ...]
    guidance_vi: str
    agencies: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Column:
    """A column of a section that an office fills in.

    Attributes:
        guidance_vi: how it is filled in; empty where the rows say it.
    """

    code: str
    label_vi: str
    label_en: str
    guidance_vi: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a form.

    Attributes:
        may_be_nil: the office may declare that nothing occurred; then nothing in it is required.
    """

    code: str
    title_vi: str
    title_en: str
    may_be_nil: bool
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, row by row."""
        return tuple(field for row in self.rows for field in row.fields)


@dataclass(frozen=True)
class TaskList:
    """A section with one row per task of the plan that the agency leads.

    Attributes:
        code: of the section.
        guidance_vi: of a row; ``{result}`` and ``{deadline}`` stand for the task's own.
        fields: what is asked of each task, one field a column; the code of a field is that of its
            column, and becomes ``<task_ref>.<column>`` in a row.
    """

    code: str
    title_vi: str
    title_en: str
    guidance_vi: str
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class FormVersion:
    """A form as it holds for periods that begin from ``valid_from`` until before ``valid_to``.

    Attributes:
        has_form_id: workbooks of this version carry a form id; older ones are known by labels.
        task_list: the grid of the plan's tasks that is added; None in most forms.
    """

    version: int
    valid_from: date
    valid_to: date | None
    document: str
    certainty: str
    has_form_id: bool
    sections: tuple[Section, ...]
    task_list: TaskList | None = None

    @property
    def lists_tasks(self) -> bool:
        """Whether a grid of the plan's tasks that the agency leads is added."""
        return self.task_list is not None


@dataclass(frozen=True)
class Form:
    """One form in all its versions, ascending.

    Attributes:
        code: printed on it, such as ``BC-CCHC-Q``.
        resource: name in the obligations and in the ledger.
        reports_for: ``self``: figures of the agency (and what is under it); ``province``: the
            agency reports for the whole province, and the figures belong to the province.
    """

    code: str
    resource: str
    number_vi: str
    name_vi: str
    name_en: str
    reports_for: ReportsFor
    versions: tuple[FormVersion, ...]

    def version_on(self, start: date) -> FormVersion | None:
        """The version for a period that begins on ``start``; None before the first."""
        for version in self.versions:
            if version.valid_from <= start and (
                version.valid_to is None or start < version.valid_to
            ):
                return version
        return None
