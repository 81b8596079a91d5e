"""The check holds the agencies' indicators against the forms and who owes them by when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingestion.catalogue.check import check_catalogue
from ingestion.catalogue.dbt_lists import reported_readings
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.report_check import check_reports
from ingestion.ledger.obligations import read_obligations
from ingestion.sources.agency_reports.forms import read_forms
from ingestion.sources.agency_reports.forms_model import Form


def rules(folder: CatalogueFolder, forms: tuple[Form, ...]) -> list[str]:
    """Rule and message of what is found with other forms."""
    problems: Iterator[object] = check_reports(
        folder.indicator_documents,
        reported_readings(folder.formulas),
        "readings.sql",
        forms,
        read_obligations(),
    )
    return sorted(str(problem) for problem in problems)


def with_form(code: str, changed: Form) -> tuple[Form, ...]:
    """All forms, one of them changed."""
    return tuple(changed if form.code == code else form for form in read_forms().all)


def form_of(code: str) -> Form:
    """A form by its code."""
    form = read_forms().by_code(code)
    assert form is not None
    return form


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ("due_days: 15", "due_days: 20", "due_days_differ", "BC-CCHC-Q: 15 ngày"),
        ("frequency: quarter", "frequency: month", "frequency_differs", "BC-CCHC-Q: quarter"),
    ],
)
def test_a_report_is_asked_for_as_the_indicator_says(
    broken_folder: CatalogueFolder, old: str, new: str, rule: str, said: str
) -> None:
    path = broken_folder.indicators / "CV-01.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")
    [problem] = check_catalogue(broken_folder)
    assert (problem.rule, said in problem.message_vi) == (rule, True)
    assert problem.file.endswith("CV-01.yml")


def test_what_a_form_counts_stands_in_the_list_of_the_marts(broken_folder: CatalogueFolder) -> None:
    path = broken_folder.formulas
    text = path.read_text(encoding="utf-8")
    entry = "        {'indicator': 'TT-07', 'reading': 'reported'},\n"
    assert entry in text
    path.write_text(text.replace(entry, ""), encoding="utf-8")
    [problem] = check_catalogue(broken_folder)
    assert (problem.rule, problem.file.rsplit("/", 1)[-1]) == ("form_without_reading", "TT-07.yml")


def test_every_indicator_of_the_agencies_is_asked_for_by_a_form(folder: CatalogueFolder) -> None:
    forms = tuple(form for form in read_forms().all if form.code != "BC-QTDL-N")
    found = rules(folder, forms)
    assert len(found) == 2  # the list of the marts, and the indicator itself
    assert all("not_in_a_form" in problem for problem in found)
    assert any("SO-03.yml" in problem for problem in found)


def test_a_level_is_never_added_over_agencies(folder: CatalogueFolder) -> None:
    form = form_of("BC-QTDL-N")
    [found] = rules(folder, with_form(form.code, replace(form, reports_for="self")))
    assert "added_ordinal" in found
    assert "SO-03.yml" in found


def test_a_ratio_is_asked_for_in_both_parts(folder: CatalogueFolder) -> None:
    form = form_of("BC-TTKDTM-N")
    newest = form.versions[-1]
    [section] = newest.sections
    rows = tuple(row for row in section.rows if not row.code.endswith("denominator"))
    version = replace(newest, sections=(replace(section, rows=rows),))
    [found] = rules(folder, with_form(form.code, replace(form, versions=(version,))))
    assert "parts_missing" in found
    assert "SO-02" in found
