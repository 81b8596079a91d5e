"""The forms of the agencies' reports as seed files, so that dbt reads them as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ingestion.sources.agency_reports.forms_model import Form, FormVersion
from ingestion.sources.agency_reports.judging.settings import Rules

Cell = str | int | float | bool | date | None
Table = tuple[tuple[str, ...], list[tuple[Cell, ...]]]

_FORM_COLUMNS = (
    "form_code", "resource", "form_version", "valid_from", "valid_to", "name_vi", "name_en",
    "reports_for", "lists_tasks", "document", "certainty",
)  # fmt: skip
_FIELD_COLUMNS = (
    "form_code", "resource", "form_version", "field_code", "section", "label_vi", "label_en",
    "type", "unit_vi", "nature", "is_required", "weight", "agencies", "indicator_code",
    "reading_code", "part",
)  # fmt: skip


def report_tables(forms: Iterable[Form], rules: Rules) -> dict[str, Table]:
    """The seeds ``report_forms``, ``report_fields`` and ``report_parameters``, by name.

    The grid of the plan's tasks is not among the fields: its rows are the tasks that an agency
    leads, which ``plan_tasks`` tells.

    Args:
        forms: all report forms.
        rules: of judging, for what the marts judge by too.
    """
    versions = [(form, version) for form in forms for version in form.versions]
    return {
        "report_forms": (
            _FORM_COLUMNS,
            [
                (
                    form.code,
                    form.resource,
                    version.version,
                    version.valid_from,
                    version.valid_to,
                    form.name_vi,
                    form.name_en,
                    form.reports_for,
                    version.task_list is not None,
                    version.document,
                    version.certainty,
                )
                for form, version in versions
            ],
        ),
        "report_fields": (
            _FIELD_COLUMNS,
            [row for form, version in versions for row in _field_rows(form, version)],
        ),
        "report_parameters": (
            ("parameter", "value"),
            [
                ("copied_from_agency_least_nonzero", rules.copied_from_agency_least_nonzero),
                ("copied_from_period_least_nonzero", rules.copied_from_period_least_nonzero),
            ],
        ),
    }


def _field_rows(form: Form, version: FormVersion) -> Iterator[tuple[Cell, ...]]:
    for section in version.sections:
        for row in section.rows:
            for field in row.fields:
                counts = field.counts
                yield (
                    form.code,
                    form.resource,
                    version.version,
                    field.code,
                    section.code,
                    row.label_vi,
                    row.label_en,
                    field.type,
                    field.unit_vi,
                    field.nature,
                    field.is_required,
                    field.weight,
                    ";".join(row.agencies),
                    counts.indicator if counts else None,
                    counts.reading if counts else None,
                    counts.part if counts else None,
                )
