"""Budget files that publishers bring by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from sandbox.budget.calendar import Calendar
from sandbox.budget.drop import drop_files
from sandbox.budget.site.legacy import to_cp1258
from sandbox.command import sandbox_group

UNTIL = dt.date(2026, 2, 28)


def few(until: dt.date = UNTIL) -> Calendar:
    return Calendar(until, seed=3, publishers=0.0)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    drop_files(few(), folder)
    return folder


def notes(landing: Path) -> dict[Path, dict[str, object]]:
    return {
        path.with_suffix(""): yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(landing.rglob("*.yml"))
    }


def hashes(landing: Path) -> dict[str, str]:
    return {
        str(path.relative_to(landing)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in landing.rglob("*")
        if path.is_file()
    }


def test_every_file_has_a_note_beside_it(landing: Path) -> None:
    files = [p for p in landing.rglob("*") if p.is_file() and p.suffix != ".yml"]

    assert len(files) > 40
    assert sorted(files) == sorted(notes(landing))
    assert all(path.stat().st_size for path in files)


def test_notes_say_what_the_listing_of_a_site_would(landing: Path) -> None:
    for note in notes(landing).values():
        assert {
            "publisher",
            "title",
            "form",
            "stage",
            "period",
            "approved_on",
            "address",
            "budget_year",
            "circular",
            "unit",
        } <= note.keys()
    assert {note["publisher"] for note in notes(landing).values()} >= {
        "Sở Giáo dục và Đào tạo",
        "UBND xã Chiềng Chung",
    }


def test_files_lie_in_the_window_of_their_publication(landing: Path) -> None:
    for path, note in notes(landing).items():
        day = note.get("published_on", note["approved_on"])
        assert isinstance(day, dt.date)
        expected = f"{day:%Y-%m}" if day.year < 2026 else str(day)
        assert path.parent == landing / "manual" / "budget_publications" / expected


def test_a_replaced_file_comes_again_under_its_address(landing: Path) -> None:
    by_address: dict[object, list[Path]] = {}
    for path, note in notes(landing).items():
        by_address.setdefault(note["address"], []).append(path)
    again = [paths for paths in by_address.values() if len(paths) > 1]
    expected = [
        p
        for p in few().publications
        if p.door == "manual" and p.versions and p.versions[-1].published_on <= UNTIL
    ]

    assert len(again) == sum(len(p.versions) > 1 for p in expected) > 0
    assert all(len({path.read_bytes() for path in paths}) == 2 for paths in again)


def test_dropping_again_changes_nothing_and_a_later_day_only_adds(tmp_path: Path) -> None:
    drop_files(few(dt.date(2022, 3, 31)), tmp_path)
    before = hashes(tmp_path)
    drop_files(few(dt.date(2022, 3, 31)), tmp_path)
    again = hashes(tmp_path)
    drop_files(few(dt.date(2022, 12, 31)), tmp_path)
    later = hashes(tmp_path)

    assert before == again
    assert before.items() < later.items()


def test_only_what_was_brought_since_a_day(tmp_path: Path) -> None:
    since = dt.date(2022, 1, 1)
    drop_files(few(dt.date(2022, 6, 30)), tmp_path, since)

    days = [note.get("published_on") for note in notes(tmp_path).values()]
    assert days
    assert all(day is None or (isinstance(day, dt.date) and day >= since) for day in days)


def test_the_command_drops_into_the_folder_it_is_given(tmp_path: Path) -> None:
    arguments = [
        "budget-drop",
        "--until",
        "2021-06-30",
        "--publishers",
        "0",
        "--out",
        str(tmp_path),
    ]
    result = CliRunner().invoke(sandbox_group, arguments)

    assert result.exit_code == 0, result.output
    dropped = len(notes(tmp_path))
    assert dropped > 0
    assert result.output.startswith(f"{dropped} files dropped")


def test_the_key_is_printed_as_json_lines() -> None:
    arguments = ["budget-key", "--until", "2021-06-30", "--publishers", "0"]
    result = CliRunner().invoke(sandbox_group, arguments)

    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert len(lines) == len(few(dt.date(2021, 6, 30)).obligations)
    assert '"outcome":' in lines[0]


def test_old_pages_have_their_tones_as_characters_of_their_own() -> None:
    assert to_cp1258("Quyết") == b"Quy\xea\xect"  # ê, combining acute
    assert to_cp1258("Đỗ ự") == b"\xd0\xf4\xde \xfd\xf2"
    assert to_cp1258("中") == b"?"
