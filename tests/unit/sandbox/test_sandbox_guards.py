"""Sessions, rate limit, misbehaviour orders and calendar arithmetic of the sandbox."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import sandbox.api
from sandbox.api.app import openapi_document
from sandbox.api.chaos import Chaos, ChaosOrder, Misdeed
from sandbox.api.guards import Sessions, TokenBucket
from sandbox.bulk import BulkOrder, windows, write_windows
from sandbox.clock import WorkCalendar, calendar_day, day_number, instant, parse_moment
from sandbox.pages import gzipped
from sandbox.province import REFERENCE


class Hands:
    """A clock moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_sessions_expire() -> None:
    hands = Hands()
    sessions = Sessions("u", "p", 60, hands)
    session = sessions.open("u", "p")

    assert session and sessions.is_open(session)
    hands.now += 61
    assert not sessions.is_open(session)
    assert sessions.open("u", "wrong") is None


def test_bucket_lets_the_rate_pass_and_tells_how_long_to_wait() -> None:
    hands = Hands()
    bucket = TokenBucket(4, hands)

    assert [bucket.wait("a") for _ in range(4)] == [0.0] * 4
    assert bucket.wait("a") == pytest.approx(0.25)
    assert bucket.wait("b") == 0.0, "each caller has its own bucket"
    hands.now += 0.25
    assert bucket.wait("a") == 0.0
    assert TokenBucket(0, hands).wait("a") == 0.0


def test_chaos_orders_are_counted_skipped_and_bound_to_a_path() -> None:
    chaos = Chaos()
    chaos.add(ChaosOrder(kind=Misdeed.STATUS, count=2, skip=1, path="/api/dossiers"))

    answers = [chaos.next_for("/api/dossiers") is not None for _ in range(4)]
    assert answers == [False, True, True, False]
    assert chaos.next_for("/api/ratings") is None


def test_openapi_document_is_current() -> None:
    kept = Path(sandbox.api.__file__ or "").with_name("openapi.json").read_bytes()

    assert kept == openapi_document(), "run `cchc sandbox openapi > sandbox/api/openapi.json`"


def test_moments_are_read_with_their_zone() -> None:
    local = parse_moment("2026-11-20T07:00:00+07:00")

    assert instant(local) == instant(parse_moment("2026-11-20T00:00:00+00:00"))
    assert instant(local) == instant(parse_moment("2026-11-20T07:00:00 07:00"))
    assert instant(parse_moment("2026-11-20")) == day_number(dt.date(2026, 11, 20)) * 86_400
    assert instant(local + dt.timedelta(milliseconds=1)) == instant(local) + 1


def test_working_days_skip_week_ends_and_holidays() -> None:
    calendar = WorkCalendar(REFERENCE)
    friday = np.array([day_number(dt.date(2026, 11, 20))])

    assert calendar.shift(friday, np.array([1]))[0] == friday[0] + 3
    assert calendar.shift(friday + 1, np.array([0]))[0] == friday[0] + 3
    new_year = np.array([day_number(dt.date(2025, 12, 31))])
    assert calendar.shift(new_year, np.array([1]))[0] > new_year[0] + 1

    # Monday 2026-08-31 is off, Saturday 2026-08-22 is worked instead of it.
    before = np.array([day_number(dt.date(2026, 8, 21))])
    assert calendar.shift(before, np.array([1]))[0] == before[0] + 1
    before = np.array([day_number(dt.date(2026, 8, 28))])
    assert calendar_day(calendar.shift(before, np.array([1]))[0]) == dt.date(2026, 9, 3)
    assert calendar.month_close(friday)[0] == day_number(dt.date(2026, 11, 30))


def test_bulk_files_are_reproducible_pages(tmp_path: Path) -> None:
    chosen = windows(dt.date(2026, 11, 3), dt.date(2026, 11, 5), "day")
    for name in ("one", "two"):
        write_windows(BulkOrder(4, 0.02, tmp_path / name, page_size=50), chosen)
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in sorted((tmp_path / n).rglob("*.gz"))}
        for n in ("one", "two")
    )

    assert one == two
    assert {path.parent.name for path in one} == {"2026-11-03", "2026-11-04"}
    assert {path.name.partition("-")[0] for path in one} == {"dossiers", "ratings", "procedures"}


def test_month_windows_follow_the_calendar() -> None:
    chosen = windows(dt.date(2026, 1, 15), dt.date(2026, 3, 1), "month")

    assert [period for period, _, _ in chosen] == ["2026-01", "2026-02"]
    assert chosen[1][1:] == (dt.date(2026, 2, 1), dt.date(2026, 3, 1))


def test_packed_bytes_carry_no_time() -> None:
    assert gzipped(b"abc") == gzipped(b"abc")
    assert gzipped(b"abc")[4:8] == b"\0\0\0\0"
