"""A value that is kept beside a formula of numbers alone and is not what the formula gives."""

from __future__ import annotations

import pytest

from ingestion.reading.documents import read_document
from ingestion.reading.readers.arithmetic import is_stale
from tests.unit.reading.workbooks import workbook


@pytest.mark.parametrize(
    ("formula", "kept", "stale"),
    [
        ("40+5-2", "43", False),
        ("40+5-2", "45", True),
        ("-(2+3)*4/8", "-2.5", False),
        ("0.1+0.2", "0.30000000000000004", False),
        ("0.1+0.2", "0.3", False),
        ("1/0", "0", False),  # an error, which is told otherwise
        ("2**9", "1", False),  # no operation of workbooks
        ("((((", "1", False),
        ("007", "7", False),
    ],
)
def test_formulas_of_numbers(formula: str, kept: str, stale: bool) -> None:
    assert is_stale(formula, kept) is stale


def test_a_stale_formula_is_told_with_its_cell_and_others_are_left_alone() -> None:
    cells = (
        '<row r="2"><c r="A2"><f>40+5-2</f><v>45</v></c><c r="B2"><f>40+3</f><v>43</v></c>'
        '<c r="C2"><f>SUM(A2,1)</f><v>9</v></c></row>'
    )
    (sheet,) = read_document(workbook(cells), "a.xlsx").sheets
    assert sheet.problems == {(2, 1): "formula_without_value"}
