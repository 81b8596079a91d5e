"""The layouts as data: what they hold, and that a slip in them is told with its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingestion.reading.labels import Phrases
from ingestion.reading.layouts import LayoutError, iter_measures, read_layouts
from ingestion.reading.matching import form_numbers, stage_of

FOLDER = Path(__file__).parents[3] / "ingestion/sources/budget_publications/layouts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "layouts"
    shutil.copytree(FOLDER, copy)
    return copy


def test_every_province_and_commune_form_has_a_layout_in_every_budget_year() -> None:
    layouts = read_layouts(FOLDER)
    for year in (2021, 2025, 2026, 2030):
        numbers = {layout.number: layout for layout in layouts.in_year(year)}
        assert set(range(33, 69)) | set(range(103, 121)) == numbers.keys() - {None}
        assert {layout.form_key for layout in layouts.in_year(year) if layout.number is None} == {
            "decided.unit",
            "execution.unit",
            "settlement.unit",
        }
        for number, layout in numbers.items():
            if number is not None:
                assert layout.level == ("province" if number <= 68 else "commune")


def test_what_the_new_law_brings_is_marked_open() -> None:
    assert {form.certainty for form in read_layouts(FOLDER).in_year(2026)} == {"open"}


def test_tc_01_can_tell_the_two_estimates_apart() -> None:
    measures = set(iter_measures(read_layouts(FOLDER)))
    for form in ("execution.60.province", "settlement.63.province"):
        assert {(form, "estimate_central"), (form, "estimate_council"), (form, "actual")} < measures


@pytest.mark.parametrize(
    ("label", "concepts"),
    [
        (("DỰ TOÁN NĂM 2026", "TRUNG ƯƠNG GIAO"), ("central", "estimate")),
        (("Dự toán", "TW giao"), ("central", "estimate")),
        (("Dự toán Bộ Tài chính giao",), ("central", "estimate")),
        (("DT năm 2026", "HĐND tỉnh giao"), ("council", "estimate")),
        (("Dự tóan năm 2026",), ("estimate",)),  # the tone on the other letter
        (("Ước thực hện năm 2025",), ("expected",)),  # a letter left out
        (("Thực hiện quý I năm 2026",), ("actual",)),
        (("SO SÁNH THỰC HIỆN VỚI (%)", "Cùng kỳ năm trước"), ("compare", "same_period")),
        (("Quyết toán / Settlement",), ("settled",)),
        (("Dự toán (2)", "Tổng số (3=4+5)"), ("estimate", "total")),
        (("DỰ TOÁN", "Triệu đồng"), ("estimate",)),
        (("DỰ TOÁN NĂM 2026 - THU NSĐP",), ("estimate", "local_revenue")),
        (("DỰ TOÁN - NSĐP",), ("estimate", "local_budget")),
        (("CHI GIÁO DỤC - ĐÀO TẠO VÀ DẠY NGHỀ",), ("education",)),
    ],
)
def test_labels_are_understood_however_they_are_spelt(
    label: tuple[str, ...], concepts: tuple[str, ...]
) -> None:
    meaning = read_layouts(FOLDER).phrases.meaning(label)
    assert (meaning.concepts, meaning.unknown) == (concepts, "")


def test_words_that_could_be_divided_in_two_ways_are_unknown() -> None:
    spelled = {"thu": ("a",), "thu chi": ("b",), "chi": ("c",), "chi thu": ("d",)}
    assert Phrases(spelled).meaning(("Thu chi thu",)).unknown
    assert Phrases(spelled).meaning(("Thu chi",)).concepts == ("b",)


@pytest.mark.parametrize("label", ["Dự toán điều chỉnh", "Dự toán bổ sung", "Kinh phí khác"])
def test_a_word_that_nobody_listed_makes_a_label_unknown(label: str) -> None:
    assert read_layouts(FOLDER).phrases.meaning((label,)).unknown


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Biểu số 62/CK-NSNN", [62]),
        ("B62", [62]),
        ("62/CK-NSNN", [62]),
        ("Biểu 62", [62]),
        ("Biểu mẫu số 062", [62]),
        ("Mẫu biểu số 60/CK-NSNN (Kèm theo Thông tư số 343/2016/TT-BTC)", [60]),
        ("Biểu số 59, Biểu số 60", [59, 60]),
        ("62", [62]),
        ("Thông tư số 343/2016/TT-BTC", []),
        ("Năm 2026", []),
        ("", []),
    ],
)
def test_form_numbers_are_found_in_any_spelling(text: str, numbers: list[int]) -> None:
    assert form_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Dự toán trình HĐND", "draft"),
        ("Dự toán HĐND quyết định", "decided"),
        ("(Dự toán đã được Hội đồng nhân dân quyết định)", "decided"),
        ("Tình hình thực hiện dự toán", "execution"),
        ("Quyết toán", "settlement"),
        ("(Quyết toán đã được Hội đồng nhân dân phê chuẩn)", "settlement"),
        ("Cân đối ngân sách địa phương", None),
    ],
)
def test_the_stage_is_told_by_words(text: str, stage: str | None) -> None:
    assert stage_of(text, read_layouts(FOLDER)) == stage


def test_the_version_follows_every_file(folder: Path) -> None:
    before = read_layouts(folder).version
    with (folder / "labels.csv").open("a", encoding="utf-8") as file:
        file.write("estimate,dự toán phân bổ,proposed\n")
    read_layouts.cache_clear()
    assert read_layouts(folder).version != before


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("labels.csv", "actual,dự toán,seen", "đã có nghĩa estimate"),
        ("labels.csv", "Thực hiện,quý,seen", "chữ thường"),
        ("labels.csv", "estimate,dự toán", "có 2 ô, phải có 3"),
        ("labels.csv", "estimate,dự toán x,sure", "certainty"),
        ("columns.csv", "balance,total,money,nowhere,any,required,,seen", "không có trong labels"),
        (
            "columns.csv",
            "estimate,gap,money,gap,any,required,estimate - unheard_of,seen",
            "không có trong estimate",
        ),
        ("columns.csv", "estimate,gap,money,gap,any,required,estimate * 2,seen", "công thức"),
        ("columns.csv", "estimate,other,money,estimate,current,required,,seen", "phân biệt"),
        ("columns.csv", "estimate,estimate,money,gap,any,required,,seen", "lặp lại"),
        ("items.csv", "revenue,grants,,,Thu nội địa,seen", "đã là domestic_revenue"),
        ("items.csv", "revenue,new_row,unheard_of,,Dòng mới,seen", "under"),
        (
            "identities.csv",
            "revenue,balance,total_revenue = unheard_of,actual,Cân đối,seen",
            "không có",
        ),
        ("identities.csv", "nowhere,balance,a = b,actual,Cân đối,seen", "items.csv"),
        (
            "identities.csv",
            "revenue,b,grants = customs_revenue,nothing,X,seen",
            "measure_code nothing",
        ),
        ("bounds.csv", "province,domestic_revenue,9,1,proposed,đoán", "nhỏ hơn"),
        (
            "forms.csv",
            "decided.46.province,2017,2025,X,x,nowhere,balance,sum,seen,y",
            "columns.csv",
        ),
        ("forms.csv", "decided.46.town,2017,2025,X,x,estimate,balance,sum,seen,y", "form_key"),
        (
            "forms.csv",
            "decided.46.province,2024,,X,cân đối ngân sách địa phương,estimate,balance,sum,seen,y",
            "không phân biệt được",
        ),
        ("stages.csv", "later,về sau,seen", "stage"),
        ("abbreviations.csv", "hai từ,nghĩa", "một từ"),
    ],
)
def test_a_slip_is_told_with_its_file_and_line(
    folder: Path, file: str, line: str, said: str
) -> None:
    path = folder / file
    number = len(path.read_text(encoding="utf-8").splitlines()) + 1
    with path.open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")
    with pytest.raises(LayoutError) as raised:
        read_layouts(folder)
    problems = raised.value.problems
    assert any(said in problem for problem in problems), problems
    if file != "columns.csv" or "phân biệt" not in said:
        assert any(problem.startswith(f"{file}:{number}:") for problem in problems), problems


def test_a_missing_or_foreign_file_is_told(folder: Path) -> None:
    (folder / "items.csv").unlink()
    (folder / "labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LayoutError) as raised:
        read_layouts(folder)
    assert {problem.split(":")[0] for problem in raised.value.problems} == {
        "items.csv",
        "labels.csv",
    }
