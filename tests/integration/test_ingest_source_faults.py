"""What the source can do wrong, over a real socket and into a real database.

End state of every fault: nothing half loaded, the fault told with its cause, other days unharmed.
"""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ingestion.core.landing import Incoming, LandedFile
from tests.fixtures.tthc.server import PASSWORD, Behaviour, Call, FakeSystem, Reply, dossiers
from tests.fixtures.tthc.station import DAY, Station, use_quick_settings

NEXT = DAY + timedelta(days=1)


def only_on(day: str, answer: Behaviour) -> Behaviour:
    """Misbehave for the window that starts within ``day`` (the overlap reaches back to it)."""

    def behaviour(call: Call, system: FakeSystem) -> Reply | None:
        wanted = call.query.get("updated_to", "").startswith(day)
        return answer(call, system) if wanted else None

    return behaviour


def always(reply: Reply) -> Behaviour:
    return lambda call, system: reply


def json_reply(text: str) -> Reply:
    return Reply(body=text.encode())


def loop(call: Call, system: FakeSystem) -> Reply:
    """Every page begins at the first record."""
    records = system.window("dossiers", call.query)
    return system.page(
        call, records[: min(100, len(records) - (call.page - 1) * 100)], len(records)
    )


def drift(call: Call, system: FakeSystem) -> Reply:
    """A record moves to the front while paging, so that one repeats and one is lost."""
    records = system.window("dossiers", call.query)
    size = 100
    moved = records if call.page == 1 else [records[-1], *records[:-1]]
    return system.page(call, moved[(call.page - 1) * size : call.page * size], len(records))


def growing_total(call: Call, system: FakeSystem) -> Reply:
    records = system.window("dossiers", call.query)
    size = 100
    page = records[(call.page - 1) * size : call.page * size]
    return system.page(call, page, len(records) + call.page)


def short(call: Call, system: FakeSystem) -> Reply:
    """The last page is empty although the total announces more."""
    records = system.window("dossiers", call.query)
    page = records[:100] if call.page == 1 else records[100:200] if call.page == 2 else []
    return system.page(call, page, len(records))


def capped(call: Call, system: FakeSystem) -> Reply:
    """Only so many rows are counted; asking on shows that there are more."""
    records = system.window("dossiers", call.query)
    return system.page(call, records[(call.page - 1) * 100 : call.page * 100], 200)


EMPTY = '{"error_code":"0","total":%s,"data":[]}'
REFUSED = {
    "html": (always(Reply(body=b"<html>login</html>", content_type="text/html")), "text/html"),
    "html that says it is json": (always(Reply(body=b"<html>loi</html>")), "broken or truncated"),
    "truncated json": (always(json_reply('{"total":1,"data":[{"MaHo')), "truncated"),
    "a list": (always(json_reply("[]")), "not one plain JSON object"),
    "two totals": (always(json_reply(EMPTY.replace("{", '{"total":5,') % 0)), "not one plain"),
    "data is no list": (always(json_reply('{"error_code":"0","total":1,"data":{}}')), "'data'"),
    "no total": (always(json_reply('{"error_code":"0","data":[]}')), "'total'"),
    "negative total": (always(json_reply(EMPTY % -1)), "'total'"),
    "error code": (always(json_reply('{"error_code":"7","message":"0912345678"}')), "error_code 7"),
    "too deep": (always(Reply(body=b"[" * 100_000)), "levels deep"),
    "looping pages": (loop, "more than one page"),
    "page drift": (drift, "more than one page"),
    "changing total": (growing_total, "total changed"),
    "short count": (short, "0 records instead of 50"),
    "silent cap": (capped, "beyond the announced total"),
    "total too high": (always(json_reply(EMPTY % 50)), "instead of 50"),
}
UNAVAILABLE = {
    "always 500": (always(Reply(500, b"{}")), "HTTP 500"),
    "always 503": (always(Reply(503, b"")), "gave up after 3 attempts"),
    "forbidden": (always(Reply(403, b"{}")), "HTTP 403"),
    "not found": (always(Reply(404, b"{}")), "HTTP 404"),
    "redirect to login": (always(Reply(302, headers={"Location": "/dang-nhap"})), "HTTP 302"),
    "always 401": (always(Reply(401, b"{}")), "not authorised"),
    "reset in mid-body": (always(Reply(body=b"x" * 9000, cut=4000)), "on the way"),
    "endless wait": (always(Reply(429, headers={"Retry-After": "86400"})), "asks to wait 86400 s"),
    "damaged gzip": (
        always(Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})),
        "damaged",
    ),
    "gzip that ends early": (
        always(Reply(body=gzip.compress(b"{}" * 900)[:-9], headers={"Content-Encoding": "gzip"})),
        "ends early",
    ),
}


@pytest.mark.parametrize("name", [*REFUSED, *UNAVAILABLE])
def test_a_fault_on_one_day_is_told_and_spares_the_other(station: Station, name: str) -> None:
    behaviour, words = (REFUSED | UNAVAILABLE)[name]
    station.system.records["dossiers"] = dossiers(250) + dossiers(30, "20261121")
    station.system.behaviour = only_on("2026-11-21T00", behaviour)
    bad, good = station.ingest(DAY, NEXT)

    assert words in bad.message
    assert (bad.state, bad.cause) == ("failed", "source")
    assert bad.exit_code == (3 if name in UNAVAILABLE else 4)
    assert "0912345678" not in bad.message
    assert (good.state, good.row_count) == ("accepted", 30)
    assert station.rows("select distinct _period from raw.tthc__dossiers") == [("2026-11-21",)]
    assert {path.parent.name for path in station.landed()} == {"2026-11-21"}
    failed = "select step, cause, period from ops.outcome where state = 'failed'"
    assert station.rows(failed) == [("fetch", "source", "2026-11-20")]
    assert station.rows(
        "select period_start::text, outcome, cause, row_count from ops.ledger order by 1"
    ) == [("2026-11-20", "failed", "source", None), ("2026-11-21", "accepted", None, 30)]


def test_answers_beyond_the_size_bound_are_refused(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_quick_settings(monkeypatch, response_mib=1)
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    station.system.behaviour = always(Reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    (summary,) = station.ingest()
    assert summary.message.endswith("answer larger than 1 MiB")
    assert summary.exit_code == 4


def test_a_dripping_body_ends_at_the_deadline(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_quick_settings(monkeypatch, request_seconds=0.3, attempts=2)
    station.system.behaviour = always(Reply(body=b"{" + b" " * 900, drip=0.05))
    started = time.monotonic()
    (summary,) = station.ingest()
    assert "no complete answer within 0.3 s" in summary.message
    assert time.monotonic() - started < 3


def test_a_burst_of_errors_is_survived(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(250)
    bursts = {1: Reply(500), 2: Reply(502), 4: Reply(503), 5: Reply(body=b"x" * 99, cut=9)}
    station.system.behaviour = lambda call, system: bursts.get(call.number)
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 250)


def test_one_truncated_page_is_fetched_again(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(250)
    broken = json_reply('{"error_code":"0","total":250,"data":[{"MaHoSo')
    station.system.behaviour = lambda call, system: broken if call.number == 2 else None
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 250)


def test_drift_that_ends_is_mended_by_fetching_the_window_again(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(250)
    station.system.behaviour = lambda call, system: (
        drift(call, system) if call.number <= 3 else None
    )
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count, summary.file_count) == ("accepted", 250, 3)
    assert station.count() == 250


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed_by_every_request(station: Station, form: str) -> None:
    station.system.records["dossiers"] = dossiers(450)
    told_at: list[float] = []

    def busy(call: Call, system: FakeSystem) -> Reply | None:
        if call.number != 2:
            return None
        told_at.append(call.at)
        now = datetime.now(UTC)
        later = format_datetime(now + timedelta(seconds=2), usegmt=True)
        wait = "1" if form == "seconds" else later
        return Reply(429, headers={"Retry-After": wait, "Date": format_datetime(now, usegmt=True)})

    station.system.behaviour = busy
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 450)
    least = 1.0 if form == "seconds" else 1.9
    after = [call.at - told_at[0] for call in station.system.calls if call.at > told_at[0] + 0.2]
    assert min(after) >= least


def test_the_advertised_rate_is_never_exceeded(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(1950)
    station.system.headers = {"X-RateLimit-Limit": "20"}
    (summary,) = station.ingest()
    assert summary.row_count == 1950
    times = [call.at for call in station.system.pages_of("dossiers")]
    assert len(times) == 20
    gaps = [later - earlier for earlier, later in zip(times, times[10:], strict=False)]
    assert min(gaps) >= 10 / 20 * 0.95


def test_an_expired_session_is_renewed_once_for_all(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(950)

    def expire(call: Call, system: FakeSystem) -> Reply | None:
        if call.number == 3:
            system.sessions.clear()
        return None

    station.system.behaviour = expire
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count, station.system.logins) == ("accepted", 950, 2)


def test_a_refused_login_fails_at_once_and_tells_no_secret(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wrong = station.system.connection.replace(PASSWORD, "mat-khau-sai-99")
    monkeypatch.setenv("AIRFLOW_CONN_TTHC", wrong)
    (summary,) = station.ingest()
    assert station.system.logins == 1
    assert "login refused" in summary.message and summary.exit_code == 3
    everything = json.dumps(summary.as_dict()) + str(capfd.readouterr())
    everything += str(station.rows("select message, details from ops.outcome"))
    assert "mat-khau-sai-99" not in everything


def test_a_token_in_an_error_text_is_masked(station: Station) -> None:
    def leak(call: Call, system: FakeSystem) -> Reply:
        token = next(iter(system.sessions))
        return json_reply(json.dumps({"error_code": "9", "message": f"token {token} het han"}))

    station.system.behaviour = leak
    (summary,) = station.ingest()
    assert "token *** het han" in summary.message
    assert "phien-bi-mat" not in str(station.rows("select message, details from ops.outcome"))


def test_a_source_that_is_down_is_not_asked_for_every_day(station: Station) -> None:
    station.system.behaviour = always(Reply(500))
    summaries = station.ingest(DAY, DAY + timedelta(days=9))
    assert {summary.state for summary in summaries} == {"failed"}
    assert "not tried" in summaries[-1].message
    assert len(station.system.calls) <= 3 * 5  # attempts, for the windows that were under way
    assert station.count("ops.ledger") == 10


def test_nobody_listens(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    (summary,) = station.ingest(base_url="http://127.0.0.1:9")
    assert (summary.cause, summary.exit_code) == ("source", 3)
    assert "ConnectError" in summary.message


def test_a_failed_run_leaves_an_accepted_day_accepted(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(30)
    station.ingest()
    before = station.content()
    station.system.behaviour = always(Reply(500))
    station.ingest()
    assert station.content() == before
    assert station.rows("select outcome, row_count from ops.ledger") == [("accepted", 30)]


def test_a_page_still_being_written_does_not_disturb_the_next_attempt(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.system.records["dossiers"] = dossiers(250)
    real = Incoming.add

    def slow(self: Incoming, ordinal: int, lines: list[bytes]) -> LandedFile:
        if ordinal == 2:
            time.sleep(0.3)  # page 3 is found short meanwhile
        return real(self, ordinal, lines)

    monkeypatch.setattr(Incoming, "add", slow)
    station.system.behaviour = short
    (summary,) = station.ingest()
    assert "0 records instead of 50" in summary.message
    assert station.landed() == []
