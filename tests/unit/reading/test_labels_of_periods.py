"""Labels of columns that name a part of a year."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.reading.layouts import read_layouts

LAYOUTS = Path(__file__).resolve().parents[3] / "ingestion/sources/budget_publications/layouts"


@pytest.mark.parametrize(
    "label",
    [
        "THỰC HIỆN QUÝ III/2024",
        "THỰC HIỆN 3 THÁNG ĐẦU NĂM",
        "THỰC HIỆN 6 THÁNG ĐẦU NĂM 2023",
        "Thực hiện sáu tháng đầu năm 2023",
        "THỰC HIỆN 6 THÁNG NĂM 2023",
        "THỰC HIỆN 9 THÁNG ĐẦU NĂM 2026",
    ],
)
def test_the_part_of_the_year_leaves_no_unknown_words(label: str) -> None:
    meaning = read_layouts(LAYOUTS).phrases.meaning((label,))

    assert meaning.has_period
    assert meaning.unknown == ""
