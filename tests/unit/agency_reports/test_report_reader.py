"""Reading behind the walls of the isolated process, and keeping what was read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.core.landing import Landing
from ingestion.sources.agency_reports.judging.in_force import law_in_force
from ingestion.sources.agency_reports.judging.judge import judge
from ingestion.sources.agency_reports.judging.judgement import Claim
from ingestion.sources.agency_reports.reading import reader as module
from ingestion.sources.agency_reports.reading.reader import Reader
from tests.unit.agency_reports.papers import KEY, RECEIVED, accepted, read, template

ANSWERS = {"CV-01.approved_in_force.denominator": 12, "CV-01.approved_in_force.numerator": 11}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    return Landing(str(tmp_path_factory.mktemp("landing")))


@pytest.fixture(scope="module")
def reader(landing: Landing) -> Iterator[Reader]:
    with Reader(landing) as reading:
        yield reading


def test_a_report_is_read_behind_the_walls_as_it_is_without_them(reader: Reader) -> None:
    content = template(answers=ANSWERS).bytes()
    reading = reader.reading_of(content, "a.xlsx")
    assert reading == read(content)
    judgement = judge(reading, law_in_force(KEY), Claim("SNV", RECEIVED, "inbox"))
    assert accepted(judgement) == ANSWERS


def _bomb() -> bytes:
    content = io.BytesIO(template().bytes())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/sharedStrings.xml.bak", b"0")
        file.writestr("xl/worksheets/sheet9.xml", b" " * 60_000_000)
    return content.getvalue()


def _entities() -> bytes:
    old = zipfile.ZipFile(io.BytesIO(template().bytes()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                body = b'<!DOCTYPE a [<!ENTITY b "bb">]>' + body
            new.writestr(name, body)
    return made.getvalue()


REFUSED = {
    b"": "empty_file",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "picture",
    b"PK\x05\x06" + b"\0" * 18: "nested_archive",
    b"%PDF-1.4\n": "truncated_file",
}


@pytest.mark.parametrize(("content", "code"), REFUSED.items(), ids=REFUSED.values())
def test_what_is_no_workbook_is_refused_in_words(reader: Reader, content: bytes, code: str) -> None:
    reading = reader.reading_of(content, "a.xlsx")
    assert (reading["state"], reading["reason_code"]) == ("refused", code)
    assert reading["reason_vi"]


def test_half_a_file_and_entities_are_refused(reader: Reader) -> None:
    content = template(answers=ANSWERS).bytes()
    half = reader.reading_of(content[: len(content) // 2], "a.xlsx")
    assert half["reason_code"] == "truncated_file"
    assert reader.reading_of(_entities(), "a.xlsx")["reason_code"] == "xml_entities"


def test_what_a_bomb_hides_is_never_unpacked(reader: Reader) -> None:
    """A part that no sheet names stays packed; the report in front of it is read."""
    reading = reader.reading_of(_bomb(), "a.xlsx")
    assert reading["form_code"] == "BC-CCHC-Q"


def test_a_reading_is_made_once(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    content = template(answers=ANSWERS).bytes()
    first = reader.reading_of(content, "a.xlsx")

    def no_pool(_: int) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(module, "pool_of", no_pool)
    with Reader(landing) as other:
        assert other.reading_of(content, "b.xlsx") == first


def test_a_damaged_reading_is_made_again(tmp_path: Path) -> None:
    content = template(answers=ANSWERS).bytes()
    with Reader(Landing(str(tmp_path))) as one:
        first = one.reading_of(content, "a.xlsx")
    (kept,) = tmp_path.rglob("*.json.gz")
    kept.write_bytes(b"no gzip")
    with Reader(Landing(str(tmp_path))) as other:
        assert other.reading_of(content, "a.xlsx") == first


def test_another_wording_of_a_form_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = module.reader_version()
    module.reader_version.cache_clear()
    monkeypatch.setattr(module, "reader_options", lambda: {"forms": "[]"})
    try:
        assert module.reader_version() != before
    finally:
        module.reader_version.cache_clear()
