"""Names are found the way people type them."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.catalogue.agencies import find_agencies
from ingestion.catalogue.load import CatalogueFolder
from ingestion.catalogue.names import fold

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyAĐƠƯáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩị"
    "óòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ -–.,"
)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_folding_ignores_accents_case_and_composition(text: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert fold(bare.replace("đ", "d").replace("Đ", "D")) == fold(text)
    assert fold(text.upper()) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(VIETNAMESE)
def test_folded_vietnamese_is_plain(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == folded.strip()
    assert "  " not in folded


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Liên Hoà", "Liên Hòa"),
        ("Cò  Nòi", "Cò Nòi"),
        ("Nậm ét", "Nặm Ét"),
        ("Sập Vạt", "Sặp Vạt"),
        ("Sở Lao động – Thương binh và Xã hội", "so lao dong thuong binh va xa hoi"),
        ("Ðồng", "Đồng"),
        ("Sở\u00a0Nội vụ", "sở nội vụ"),
    ],
)
def test_spellings_that_are_one_name(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(("left", "right"), [("Noong Lay", "Nong Lay"), ("Nà Pó", "Nà Bó")])
def test_other_letters_stay_other_names(left: str, right: str) -> None:
    assert fold(left) != fold(right)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("so noi vu", "SNV"),
        ("SỞ  NỘI VỤ", "SNV"),
        ("snv", "SNV"),
        ("van phong ubnd tinh", "VPUBND"),
        ("to hieu", "03646"),
        ("xa muong e", "03727"),
        ("ngan hang nha nuoc", "NHNNKV3"),
        ("03880", "03880"),
    ],
)
def test_the_current_agency_is_found(folder: CatalogueFolder, query: str, code: str) -> None:
    found = find_agencies(folder.agencies, query, date(2026, 1, 1))
    assert found[0].code == code


def test_all_eras_come_newest_first(folder: CatalogueFolder) -> None:
    found = [a for a in find_agencies(folder.agencies, "so noi vu") if a.code == "SNV"]
    assert [a.valid_to for a in found] == [None, date(2025, 3, 1)]


def test_two_communes_of_one_name_are_both_found(folder: CatalogueFolder) -> None:
    found = find_agencies(folder.agencies, "xa chieng chung", date(2025, 6, 30))
    assert {(a.code, a.parent_code) for a in found} == {("04015", "123"), ("04129", "125")}


def test_every_name_finds_its_own_unit_without_accents(folder: CatalogueFolder) -> None:
    for agency in folder.agencies:
        found = find_agencies(folder.agencies, fold(agency.name_vi), agency.valid_from)
        assert agency in found, agency.name_vi


@pytest.mark.parametrize("query", ["", "  ", "...", "không có cơ quan này"])
def test_nothing_is_found_for_nothing(folder: CatalogueFolder, query: str) -> None:
    assert find_agencies(folder.agencies, query) == []
