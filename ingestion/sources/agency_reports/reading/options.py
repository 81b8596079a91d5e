"""What the job has to know of the forms, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ingestion.sources.agency_reports.forms_model import Field, Form, Section, TaskList
from ingestion.sources.agency_reports.plan_tasks import PlanTask


def plain_forms(forms: Iterable[Form], tasks: Iterable[PlanTask]) -> list[dict[str, Any]]:
    """The forms as the job takes them: JSON."""
    listed = list(tasks)
    return [_plain_form(form, listed) for form in forms]


def _plain_form(form: Form, tasks: Sequence[PlanTask]) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {}
    sections: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    for version in form.versions:
        for section in version.sections:
            _add_titles(sections, section)
            for row in section.rows:
                labels = (row.label_vi, row.label_en, *row.labels_also_vi)
                _add(rows, row.code, section.code, labels, row.fields)
        asked = version.task_list
        if asked is None:
            continue
        _add_titles(sections, asked)
        for column in asked.columns:
            columns |= {column.label_vi: column.code, column.label_en: column.code}
        for task in tasks:
            _add(rows, task.task_ref, asked.code, (task.task_vi,), asked.fields, task.task_ref)
    return {
        "code": form.code,
        "names": [form.name_vi, form.name_en, form.number_vi],
        "sections": sections,
        "columns": columns,
        "rows": list(rows.values()),
    }


def _add_titles(sections: dict[str, list[str]], section: Section | TaskList) -> None:
    for title in (section.title_vi, section.title_en):
        codes = sections.setdefault(title, [])
        if section.code not in codes:
            codes.append(section.code)


def _add(
    rows: dict[str, dict[str, Any]],
    code: str,
    section: str,
    labels: Iterable[str],
    fields: Iterable[Field],
    task_ref: str = "",
) -> None:
    """Add a row, or the wordings of another version to it."""
    row = rows.setdefault(code, {"code": code, "section": section, "labels": [], "fields": {}})
    row["labels"] = list(dict.fromkeys([*row["labels"], *filter(None, labels)]))
    for field in fields:
        row["fields"][field.column] = {
            "code": f"{task_ref}.{field.column}" if task_ref else field.code,
            "type": field.type,
            "choices": {choice.label_vi: choice.code for choice in field.choices},
        }
