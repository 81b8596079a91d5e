"""The simulated one-stop system over HTTP: login, pages, gzip, limits, expiry, misbehaviour."""

from __future__ import annotations

import email.utils
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]
DAY = {"updated_from": "2026-11-18T00:00:00+07:00", "updated_to": "2026-11-19T00:00:00+07:00"}


@contextmanager
def running(module: str, *options: str) -> Iterator[str]:
    """Start a server and yield its address once it says that it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options = ("--scale", "0.05", "--seed", "9", "--user", "u", "--password", "p")
    with running("sandbox.api", *options, "--rate", "40", "--chaos") as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=20) as anyone:
        answer = anyone.post("/api/login", json={"username": "u", "password": "p"})
        anyone.headers["Authorization"] = f"Bearer {answer.json()['session']}"
        yield anyone
        anyone.delete("/api/_chaos")


def chaos(client: httpx.Client, **order: Any) -> None:
    assert client.post("/api/_chaos", json=order).status_code == 204


def test_login_opens_a_session_and_a_wrong_password_does_not(address: str) -> None:
    good = httpx.post(f"{address}/api/login", json={"username": "u", "password": "p"})
    bad = httpx.post(f"{address}/api/login", json={"username": "u", "password": "q"})

    assert good.json().keys() == {"error_code", "session", "expires_in"}
    assert (good.json()["error_code"], good.json()["expires_in"]) == ("0", 3600)
    assert bad.status_code == 401
    assert bad.json() == {"error_code": "-1", "message": "Sai tài khoản hoặc mật khẩu"}


def test_without_a_session_nothing_is_given(address: str) -> None:
    answer = httpx.get(f"{address}/api/dossiers", params=DAY)

    assert answer.status_code == 401
    assert answer.headers["X-Data-Origin"] == "synthetic"


def test_pages_cover_the_window_once(client: httpx.Client) -> None:
    first = client.get("/api/dossiers", params=DAY | {"page_size": 60}).json()
    codes: list[str] = []
    for page in range(1, -(-first["total"] // 60) + 1):
        body = client.get("/api/dossiers", params=DAY | {"page_size": 60, "page": page}).json()
        assert (body["error_code"], body["page"], body["page_size"]) == ("0", page, 60)
        codes += [record["MaHoSo"] for record in body["data"]]
    beyond = client.get("/api/dossiers", params=DAY | {"page_size": 60, "page": 99}).json()

    assert len(codes) == len(set(codes)) == first["total"] > 60
    assert beyond["data"] == []


def test_answers_are_gzipped_only_when_asked_and_say_their_origin(client: httpx.Client) -> None:
    packed = client.get("/api/dossiers", params=DAY, headers={"Accept-Encoding": "gzip"})
    plain = client.get("/api/dossiers", params=DAY, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["Content-Type"] == "application/json"
    assert packed.headers["X-Data-Origin"] == "synthetic"
    assert packed.headers["X-RateLimit-Limit"] == "40"


def test_other_resources(client: httpx.Client, address: str) -> None:
    procedures = client.get("/api/procedures", params={"as_of": "2026-11-20"}).json()
    ratings = client.get("/api/ratings", params=DAY).json()
    key = client.get("/api/answer-key", params={"from": "2026-11-18", "to": "2026-11-19"})
    about = httpx.get(f"{address}/api/about").json()

    assert procedures["total"] == len(procedures["data"]) > 150
    assert ratings["total"] == len(ratings["data"]) > 0
    lines = [orjson.loads(line) for line in key.text.splitlines()]
    assert {"fault_id", "unit_code", "record_id", "month", "field", "kind"} <= lines[0].keys()
    assert about["data_origin"] == "synthetic"


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/api/dossiers", {"updated_from": "hôm nay", "updated_to": "2026-11-19"}),
        ("/api/dossiers", {"updated_from": "2026-11-19", "updated_to": "2026-11-18"}),
        ("/api/dossiers", {"updated_from": "2050-11-19", "updated_to": "2050-11-20"}),
        ("/api/dossiers", {"updated_from": "2026-11-19"}),
        ("/api/procedures", {"as_of": "2026-13-01"}),
        ("/api/answer-key", {"from": "2050-11-19", "to": "2050-11-20"}),
    ],
)
def test_unreadable_parameters_are_refused(
    client: httpx.Client, path: str, parameters: dict[str, str]
) -> None:
    answer = client.get(path, params=parameters)

    assert answer.status_code == 422
    assert answer.json()["error_code"] == "-2"


def test_too_many_calls_get_429_with_a_wait(client: httpx.Client) -> None:
    answers = [client.get("/api/procedures", params={"as_of": "2026-11-20"}) for _ in range(120)]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert 0 < len(refused) < 120
    assert int(refused[0].headers["Retry-After"]) >= 1


def test_sessions_can_end_in_the_middle(client: httpx.Client) -> None:
    chaos(client, kind="expire")

    assert client.get("/api/dossiers", params=DAY).status_code == 401


@pytest.mark.parametrize("status", [500, 503, 429])
def test_ordered_statuses_pass_after_their_count(client: httpx.Client, status: int) -> None:
    chaos(client, kind="status", status=status, count=2, retry_after="3")
    answers = [client.get("/api/dossiers", params=DAY) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["Retry-After"] == "3"


def test_retry_after_may_be_a_date(client: httpx.Client) -> None:
    chaos(client, kind="status", status=503, retry_after="date")
    answer = client.get("/api/dossiers", params=DAY)

    assert email.utils.parsedate_to_datetime(answer.headers["Retry-After"]).tzinfo


def test_truncated_and_html_answers(client: httpx.Client) -> None:
    chaos(client, kind="truncated")
    chaos(client, kind="html")
    truncated = client.get("/api/dossiers", params=DAY)
    page = client.get("/api/dossiers", params=DAY)

    assert truncated.status_code == 200
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(truncated.content)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")


def test_looping_pages_changing_total_and_short_cap(client: httpx.Client) -> None:
    small = DAY | {"page_size": 40}
    honest = client.get("/api/dossiers", params=small).json()
    chaos(client, kind="loop")
    looped = client.get("/api/dossiers", params=small | {"page": 2}).json()
    chaos(client, kind="total", count=2)
    totals = [client.get("/api/dossiers", params=small).json()["total"] for _ in range(2)]
    chaos(client, kind="cap", rows=7)
    capped = client.get("/api/dossiers", params=small).json()

    assert looped["data"] == honest["data"]
    assert totals[0] != totals[1]
    assert len(capped["data"]) == 7
    assert client.get("/api/dossiers", params=small).json() == honest


def test_slow_drip_takes_its_time(client: httpx.Client) -> None:
    chaos(client, kind="slow", seconds=0.5)
    answer = client.get("/api/dossiers", params=DAY)

    assert answer.elapsed.total_seconds() >= 0.4
    assert answer.json()["error_code"] == "0"


def test_chaos_is_not_offered_unless_started_with_it() -> None:
    with running("sandbox.api", "--scale", "0.01") as url:
        answer = httpx.post(f"{url}/api/_chaos", json={"kind": "html"})

    assert answer.status_code == 404


def statuses(url: str, **wanted: str) -> dict[str, int]:
    """Status of each day of October 2026 for a resource."""
    with httpx.Client(base_url=url, timeout=20) as client:
        answer = client.post("/api/login", json={"username": "sandbox", "password": "sandbox"})
        client.headers["Authorization"] = f"Bearer {answer.json()['session']}"
        found = {}
        for number in range(1, 31):
            day, after = f"2026-10-{number:02d}", f"2026-10-{number + 1:02d}"
            window = {"updated_from": day, "updated_to": after, "page_size": "5"}
            found[day] = client.get("/api/ratings", params=window | wanted).status_code
        return found


def test_a_share_of_the_windows_fails_until_it_is_changed() -> None:
    with running("sandbox.api", "--scale", "0.01", "--rate", "0", "--fail-share", "0.4") as url:
        first, again = statuses(url), statuses(url, page_size="7", page="2")
        httpx.post(f"{url}/api/_chaos/failures", json={"share": 0.2})
        fewer = statuses(url)
        httpx.post(f"{url}/api/_chaos/failures", json={"share": 0})
        none = statuses(url)
        refused = httpx.post(f"{url}/api/_chaos/failures", json={"share": 1.5})

    assert set(first.values()) == {200, 503}
    assert again == first, "neither the page nor a second request makes a difference"
    failing = {day for day, status in first.items() if status == 503}
    assert {day for day, status in fewer.items() if status == 503} < failing
    assert set(none.values()) == {200}
    assert refused.status_code == 422
