"""The inbox folder and the archive: what is taken, what waits, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.core.errors import DataRefused, IngestionError
from ingestion.sources.agency_reports.doors import archive as archive_module
from ingestion.sources.agency_reports.doors.archive import collect_archive
from ingestion.sources.agency_reports.doors.inbox import Inbox
from ingestion.sources.agency_reports.settings import IntakeSettings
from tests.fixtures.reports.clerk import filled
from tests.fixtures.reports.plugin import Desk


def put(desk: Desk, place: str, content: bytes) -> Path:
    path = desk.landing_folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def inbox(desk: Desk, pause: Callable[[float], None] = lambda _: None) -> Inbox:
    return Inbox(str(desk.landing_folder), desk.intake, pause=pause)


def taken(desk: Desk) -> list[str]:
    folder = desk.landing_folder / "inbox" / "da-nhan"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_taken_with_its_folder_s_claim_and_its_receipt_lies_beside(
    report_desk: Desk,
) -> None:
    content = filled("SYT")
    path = put(report_desk, "inbox/SYT/Quý III.xlsx", content)
    other = put(report_desk, "inbox/STP/nham.xlsx", content)
    receipts = {receipt.file_name: receipt for receipt in inbox(report_desk).collect()}
    good, wrong = receipts["Quý III.xlsx"], receipts["nham.xlsx"]
    assert (good.state, wrong.reason_code) == ("accepted", "wrong_agency")
    assert not path.exists()
    assert not other.exists()
    names = [f"{good.receipt_no}-Quý III.xlsx", f"{wrong.receipt_no}-nham.xlsx"]
    assert taken(report_desk) == sorted(names + [f"{name}.bien-nhan.html" for name in names])
    [moved] = report_desk.landing_folder.rglob(names[0])
    assert moved.read_bytes() == content
    page = moved.with_name(f"{names[0]}.bien-nhan.html").read_text()
    assert good.receipt_no in page
    assert "Sở Y tế" in page
    rows = report_desk.rows(
        "select distinct receipt_state, claimed_agency_code from ops.submission"
    )
    assert {tuple(row) for row in rows} == {("told", "SYT"), ("told", "STP")}
    assert inbox(report_desk).collect() == []


def test_a_file_that_still_grows_waits(report_desk: Desk) -> None:
    path = put(report_desk, "inbox/lon.xlsx", b"first half")
    for name in ("~$lon.xlsx", "tai.xlsx.part", ".an.xlsx", "khac.TMP"):
        put(report_desk, f"inbox/{name}", b"x")

    def grows(_: float) -> None:
        path.write_bytes(path.read_bytes() + b" more")

    assert inbox(report_desk, grows).collect() == []
    assert path.exists()
    [receipt] = inbox(report_desk).collect()
    assert receipt.file_name == "lon.xlsx"


def test_links_and_too_large_files_are_not_followed_and_not_loaded(
    report_desk: Desk, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(b"not for the inbox")
    put(report_desk, "inbox/that.xlsx", b"x")
    (report_desk.landing_folder / "inbox" / "link.xlsx").symlink_to(secret)
    (report_desk.landing_folder / "inbox" / "SNV").symlink_to(tmp_path)
    large = report_desk.landing_folder / "inbox" / "lon.xlsx"
    with large.open("wb") as stream:
        stream.truncate(2**31)
    receipts = {receipt.file_name: receipt for receipt in inbox(report_desk).collect()}
    assert receipts["lon.xlsx"].reason_code == "file_too_large"
    assert receipts["lon.xlsx"].byte_count == 2**31
    assert secret.read_bytes() == b"not for the inbox"
    sizes = report_desk.rows("select max(byte_count) from ops.manifest")
    assert sizes[0][0] < 2**20
    assert not any("secret" in name for name in receipts)


@pytest.mark.parametrize("step", ["write", "move"])
def test_a_kill_between_judging_and_moving_is_the_same_delivery_next_time(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    put(report_desk, "inbox/SNV/a.xlsx", filled())
    door = inbox(report_desk)
    with monkeypatch.context() as patch:
        patch.setattr(door._folder, step, killed)
        with pytest.raises(Killed):
            door.collect()
    [receipt] = inbox(report_desk).collect()
    assert (receipt.receipt_no[-7:], receipt.repeats) == ("-000001", None)
    assert len(report_desk.rows("select 1 from ops.submission")) == 1
    assert len(taken(report_desk)) == 2


def test_the_same_file_put_again_is_another_delivery(report_desk: Desk) -> None:
    content = filled()
    put(report_desk, "inbox/SNV/a.xlsx", content)
    [first] = inbox(report_desk).collect()
    path = put(report_desk, "inbox/SNV/a.xlsx", content)
    os.utime(path, (1_700_000_000, 1_700_000_000))  # copied with its old date
    [again] = inbox(report_desk).collect()
    assert again.repeats == first.receipt_no


def test_one_file_that_fails_holds_no_other_back(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(report_desk, "inbox/a.xlsx", b"a")
    put(report_desk, "inbox/b.xlsx", b"b")
    take = report_desk.intake.take

    def fails(delivery: Any) -> Any:
        if delivery.file_name == "a.xlsx":
            raise IngestionError("disk full")
        return take(delivery)

    monkeypatch.setattr(report_desk.intake, "take", fails)
    with pytest.raises(IngestionError, match="1 files stay"):
        inbox(report_desk).collect()
    left = sorted(path.name for path in (report_desk.landing_folder / "inbox").glob("*.xlsx"))
    assert left == ["a.xlsx"]


def test_the_archive_s_folder_says_the_day_and_looking_again_changes_nothing(
    report_desk: Desk,
) -> None:
    day = date(2026, 10, 9)
    folder = f"manual/agency_reports/{day}"
    path = put(report_desk, f"{folder}/SNV/q3.xlsx", filled())
    put(report_desk, f"{folder}/b.xlsx", filled("SYT"))
    for _ in range(2):
        count = collect_archive(str(report_desk.landing_folder), day, report_desk.intake)
        report_desk.intake.finish_pending(day, day)
        assert count == 2
    rows = report_desk.rows(
        "select agency_code, state, door, received_on, receipt_state from ops.submission"
    )
    assert {tuple(row) for row in rows} == {
        ("SNV", "accepted", "archive", day, "none"),
        ("SYT", "accepted", "archive", day, "none"),
    }
    assert len(rows) == 2
    assert path.exists()


def test_an_archive_day_with_too_many_files_is_not_believed(
    report_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2026, 10, 9)
    for name in ("a", "b"):
        put(report_desk, f"manual/agency_reports/{day}/{name}.xlsx", b"x")
    monkeypatch.setattr(archive_module, "read_intake_settings", lambda: IntakeSettings(1, 1, 1))
    with pytest.raises(DataRefused, match="more than 1 files"):
        collect_archive(str(report_desk.landing_folder), day, report_desk.intake)
    assert report_desk.rows("select 1 from ops.submission") == []
