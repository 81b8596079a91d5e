"""The indicators that agencies report, held against the forms and the obligations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ingestion.catalogue.document import Document
from ingestion.catalogue.problem import Problem
from ingestion.ledger.obligations import Obligation
from ingestion.sources.agency_reports.forms_model import Form, Part

SOURCE = "agency_reports"
_WHOLE: tuple[frozenset[Part], ...] = (
    frozenset({"numerator", "denominator"}),
    frozenset({"value"}),
)
_NEVER_ADDED = ("level", "milestone", "score")

Counted = Mapping[tuple[str, str], Mapping[str, frozenset[Part]]]
"""The parts that a form counts of a reading: by indicator and reading, then by form."""


def check_reports(
    documents: Iterable[Document],
    listed: Mapping[tuple[str, str], int],
    formulas_file: str,
    forms: Iterable[Form],
    obligations: Iterable[Obligation],
) -> Iterator[Problem]:
    """Find indicators of the agencies that no form counts, or that are asked for otherwise.

    Args:
        documents: the indicator files, valid by themselves.
        listed: line of each reading in ``report_readings`` of the formulas that adds up no others.
        formulas_file: name of the file of the formulas, for messages.
        forms: all report forms; what counts is what their newest version asks for.
        obligations: all obligations.
    """
    by_code = {form.code: form for form in forms}
    counted = _counted(by_code.values())
    owed = [item for item in obligations if item.source == SOURCE and item.party == "agency"]
    for (indicator, reading), line in listed.items():
        if (indicator, reading) not in counted:
            message = f"{indicator}.{reading} không có ô nào trong các mẫu báo cáo"
            yield Problem(formulas_file, line, "not_in_a_form", message)
    for document in documents:
        value = document.value
        code = value["code"]
        of_indicator = {reading: by for (c, reading), by in counted.items() if c == code}
        for reading, by_form in of_indicator.items():
            if (code, reading) not in listed:
                message = f"mẫu báo cáo tính {code}.{reading} nhưng report_readings không có"
                yield document.problem(["code"], "form_without_reading", message)
            for form_code, parts in by_form.items():
                if parts not in _WHOLE:
                    message = f"mẫu {form_code} hỏi {code}.{reading} thiếu tử số hoặc mẫu số"
                    yield document.problem(["code"], "parts_missing", message)
                if value["unit"] in _NEVER_ADDED and by_code[form_code].reports_for != "province":
                    message = (
                        f"đơn vị {value['unit']} không cộng được, nên mẫu {form_code} "
                        f"hỏi {code} phải báo cho cả tỉnh (reports_for: province)"
                    )
                    yield document.problem(["unit"], "added_ordinal", message)
        if value["source"]["system"] == SOURCE:
            yield from _asked_in_time(document, of_indicator, by_code, owed)


def _asked_in_time(
    document: Document,
    of_indicator: Mapping[str, Mapping[str, frozenset[Part]]],
    forms: Mapping[str, Form],
    owed: Iterable[Obligation],
) -> Iterator[Problem]:
    """The headline of an indicator is asked for as often and by when as the indicator says."""
    value = document.value
    by_form = of_indicator.get(value["headline_reading"], {})
    if not by_form:
        message = f"không mẫu báo cáo nào hỏi cách đọc chính {value['headline_reading']}"
        yield document.problem(["headline_reading"], "not_in_a_form", message)
    for form_code in by_form:
        resource = forms[form_code].resource
        rows = [item for item in owed if item.resource == resource]
        if not rows:
            message = f"không cơ quan nào phải nộp mẫu {form_code} ({resource})"
            yield document.problem(["code"], "not_owed", message)
        for due_days in sorted({row.due_days for row in rows} - {value["due_days"]}):
            message = f"due_days {value['due_days']} khác hạn nộp mẫu {form_code}: {due_days} ngày"
            yield document.problem(["due_days"], "due_days_differ", message)
        for period in sorted({row.period_type for row in rows} - {value["frequency"]}):
            message = f"frequency {value['frequency']} khác kỳ của mẫu {form_code}: {period}"
            yield document.problem(["frequency"], "frequency_differs", message)


def _counted(forms: Iterable[Form]) -> Counted:
    parts: dict[tuple[str, str], dict[str, set[Part]]] = defaultdict(lambda: defaultdict(set))
    for form in forms:
        for section in form.versions[-1].sections:
            for field in section.fields:
                if field.counts is not None:
                    key = (field.counts.indicator, field.counts.reading)
                    parts[key][form.code].add(field.counts.part)
    return {
        key: {form: frozenset(found) for form, found in by_form.items()}
        for key, by_form in parts.items()
    }
