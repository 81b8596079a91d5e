"""Wherever rows and columns are moved to, a report says the same or less, never something else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.agency_reports.papers import Answer, Paper, accepted, judged, template, wrong

FIELDS = (
    "CV-01.approved_in_force.denominator",
    "CV-01.approved_in_force.numerator",
    "TC-02.by_count.denominator",
    "TC-02.by_count.numerator",
    "TC-02.by_value.denominator",
    "TC-02.by_value.numerator",
)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LABELS = st.sampled_from(
    [
        None,
        "Phòng theo dõi",
        "Kỳ trước",
        "Kỳ trước (đã chấp nhận)",
        "Lũy kế",
        "Ghi chú",
        "Mã nội bộ",
    ]
)
"""What an office heads a column of its own with."""


@st.composite
def filled(draw: st.DrawFn) -> tuple[Paper, dict[str, Answer]]:
    """A report whose parts do not exceed their wholes."""
    answers: dict[str, Answer] = {}
    for whole, part in zip(FIELDS[::2], FIELDS[1::2], strict=True):
        most = draw(st.integers(0, 99_999))
        answers[whole], answers[part] = most, draw(st.integers(0, most))
    return template(answers=answers), answers


@QUICK
@given(filled(), st.permutations(range(6)), st.permutations(range(7)), st.data())
def test_moving_rows_and_columns_never_changes_a_value(
    report: tuple[Paper, dict[str, Answer]],
    rows: list[int],
    columns: list[int],
    data: st.DataObject,
) -> None:
    paper, answers = report
    paper.order_body(rows)
    paper.order_columns(columns)
    for _ in range(data.draw(st.integers(0, 3), "columns inserted")):
        at = data.draw(st.integers(0, len(paper.rows[0])), "before")
        label = data.draw(LABELS, "label")
        fill = data.draw(st.sampled_from([None, 3, 1_234, "chữ", "1.234"]), "fill")
        paper.insert_column(at, label, lambda _, fill=fill: fill)
    for _ in range(data.draw(st.integers(0, 3), "rows inserted")):
        at = data.draw(st.integers(paper.top, len(paper.rows)), "before row")
        cells = data.draw(
            st.dictionaries(st.integers(0, 6), st.sampled_from([None, 5, "Tổng số", "x"])), "cells"
        )
        paper.insert_row(at, cells)
    judgement = judged(paper.bytes())
    assert wrong(judgement, answers) == {}


@QUICK
@given(filled(), st.permutations(range(6)), st.permutations(range(7)), st.integers(0, 4))
def test_a_report_that_was_only_rearranged_counts_whole(
    report: tuple[Paper, dict[str, Answer]], rows: list[int], columns: list[int], lower: int
) -> None:
    paper, answers = report
    paper.order_body(rows)
    paper.order_columns(columns)
    for _ in range(lower):
        paper.insert_row(paper.top)
    assert accepted(judged(paper.bytes())) == answers


@QUICK
@given(
    filled(),
    st.lists(
        st.tuples(
            st.sampled_from(FIELDS),
            st.one_of(
                st.integers(-(10**18), 10**18),
                st.floats(),
                st.booleans(),
                st.text(alphabet="0123456789., -()%xeE'–\u00a0\u200b", max_size=12),
                st.dates(),
            ),
        ),
        max_size=4,
    ),
)
def test_whatever_is_typed_is_read_as_it_stands_or_refused(
    report: tuple[Paper, dict[str, Answer]], typed: list[tuple[str, Any]]
) -> None:
    """A cell that counts holds the number that its digits spell."""
    paper, answers = report
    for code, value in typed:
        paper.put(code, value)
    judgement = judged(paper.bytes())
    stored = {code: answers[code] for code in FIELDS} | dict(typed)
    for code, value in accepted(judgement).items():
        said = stored[code]
        assert not isinstance(said, bool)
        digits = "".join(c for c in str(said) if c.isdigit()) if isinstance(said, str) else ""
        if isinstance(said, int | float):
            assert float(str(value)) == pytest.approx(said, rel=1e-9)
        else:
            assert str(value).replace(".", "").lstrip("-0") in digits or value == 0
