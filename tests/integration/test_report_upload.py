"""The upload door over real HTTP (uvicorn on loopback): tokens, bounds, rates, pages, attacks."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text

from ingestion.core.environment import engine
from ingestion.core.errors import IngestionError
from ingestion.embedded.postgres import Cluster
from ingestion.sources.agency_reports.doors.serve_command import serve, server
from ingestion.sources.agency_reports.doors.settings import Rate, read_door_settings
from ingestion.sources.agency_reports.doors.token_command import token_group
from ingestion.sources.agency_reports.doors.tokens import TokenError, Tokens, hash_of
from ingestion.sources.agency_reports.doors.upload import make_app
from tests.conftest import copy_of_template
from tests.fixtures.report_intake import NotingIntake

NOW = datetime(2026, 10, 12, 1, 30, tzinfo=UTC)
BOUNDS = read_door_settings()
JSON = {"Accept": "application/json"}


class Door:
    """The running door of one test."""

    def __init__(self, database: Engine) -> None:
        self.engine = database
        self.intake = NotingIntake(database)
        self.settings = replace(BOUNDS, file_mib=1)
        self.now = NOW
        self.tokens = Tokens(database, clock=lambda: self.now)
        self.address = ""

    def bounds(self, **upload: Any) -> None:
        self.settings = replace(self.settings, upload=replace(self.settings.upload, **upload))

    def token(self, agency_code: str = "SNV", days: int = 30) -> str:
        return self.tokens.issue(agency_code, days)

    @contextmanager
    def open(self, proxy: str | None = None) -> Iterator[httpx.Client]:
        app = make_app(self.intake, self.engine, settings=self.settings, clock=lambda: self.now)
        runs = server(app, self.settings.upload, proxy=proxy)
        bound = socket.create_server(("127.0.0.1", 0))
        self.port: int = bound.getsockname()[1]
        ready = threading.Event()
        startup = runs.startup

        async def announce(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            ready.set()

        runs.startup = announce  # type: ignore[method-assign]
        thread = threading.Thread(target=runs.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        assert ready.wait(30)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30) as client:
                yield client
        finally:
            runs.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def database(postgres_cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    url = postgres_cluster.url(copy_of_template(postgres_cluster, migrated_template))
    warehouse = engine("cchc_ingest", url)
    yield warehouse
    warehouse.dispose()


@pytest.fixture
def door(database: Engine) -> Door:
    owner = create_engine(database.url)
    with owner.begin() as connection:
        connection.execute(text("truncate ops.submission, ops.upload_token"))
    owner.dispose()
    return Door(database)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_page_needs_nothing_else_and_runs_nothing(door: Door) -> None:
    with door.open() as client:
        page = client.get("/")
    assert page.status_code == 200
    assert "Nộp báo cáo" in page.text and "không quá 1 MB" in page.text
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page.text)
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert re.search(r"style-src 'sha256-[\w+/]{43}='", policy)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "server" not in page.headers and "set-cookie" not in page.headers


def test_a_form_is_answered_with_the_receipt(door: Door) -> None:
    token = door.token()
    with door.open() as client:
        answer = client.post(
            "/bao-cao",
            data={"ma_nop": f" {token.lower()} "},
            files={"tep": ("Quý III.xlsx", b"PK")},
        )
    assert answer.status_code == 200
    assert "BN-2026-000001" in answer.text and "E12" in answer.text
    assert 'href="./"' in answer.text
    assert token not in answer.text
    (delivery,) = door.intake.deliveries
    assert (delivery.content, delivery.file_name) == (b"PK", "Quý III.xlsx")
    assert (delivery.claimed_agency_code, delivery.reply_by) == ("SNV", "response")
    assert delivery.received_at == NOW
    assert door.intake.told_receipts == ["BN-2026-000001"]


def test_a_program_gets_json_for_a_form_and_for_a_bare_body(door: Door) -> None:
    token = door.token()
    with door.open() as client:
        form = client.post("/bao-cao", headers=bearer(token), files={"tep": ("a.xlsx", b"1")})
        bare = client.post(
            "/bao-cao", params={"ten": "Báo cáo.xlsx"}, headers=bearer(token), content=b"2"
        )
        again = client.get(f"/bien-nhan/{bare.json()['receipt_no']}", headers=bearer(token))
    assert form.json()["state"] == "partial" and form.json()["problems"][0]["cell"] == "E12"
    assert bare.json()["file_name"] == "Báo cáo.xlsx"
    assert again.json() == bare.json()
    assert "submission_id" not in bare.json()


def test_the_same_request_sent_again_is_the_same_delivery(door: Door) -> None:
    token = door.token()
    headers = {**bearer(token), "Idempotency-Key": "lan-1"}
    with door.open() as client:
        numbers = [
            client.post("/bao-cao", headers=headers, content=b"1").json()["receipt_no"]
            for _ in range(2)
        ]
        other = client.post("/bao-cao", headers=bearer(token), content=b"1").json()["receipt_no"]
    assert numbers[0] == numbers[1] != other


@pytest.mark.parametrize("how", ["wrong", "expired", "revoked", "none", "empty", "basic", "long"])
def test_without_a_token_that_serves_nothing_is_taken(door: Door, how: str) -> None:
    token = door.token(days=1)
    if how == "expired":
        door.now = NOW + timedelta(days=1)
    if how == "revoked":
        door.tokens.revoke(hash_of(token)[:12])
    headers = {
        "wrong": bearer("A" + token[1:] if token[0] != "A" else "B" + token[1:]),
        "empty": {"Authorization": "Bearer"},
        "basic": {"Authorization": f"Basic {token}"},
        "long": bearer("A" * 5000),
        "none": {},
    }.get(how, bearer(token))
    with door.open() as client:
        answer = client.post("/bao-cao", headers={**headers, **JSON}, content=b"1")
        page = client.post("/bao-cao", data={"ma_nop": ""}, files={"tep": ("a.xlsx", b"1")})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert code_of(answer)[1] in ("wrong_token", "no_token")
    assert page.status_code == 401 and "Chưa có mã nộp báo cáo" in page.text
    assert door.intake.deliveries == []


def test_wrong_expired_and_revoked_look_alike(door: Door) -> None:
    expired, revoked = door.token(days=1), door.token(days=40)
    door.tokens.revoke(hash_of(revoked)[:12])
    door.now = NOW + timedelta(days=2)
    with door.open() as client:
        told = {
            client.post("/bao-cao", headers=bearer(token), content=b"1").text
            for token in (expired, revoked, "KHONG-CO-MA-NAY")
        }
    assert len(told) == 1


def test_a_token_shows_its_own_receipts_only(door: Door) -> None:
    mine, others = door.token("SNV"), door.token("STC")
    with door.open() as client:
        number = client.post("/bao-cao", headers=bearer(mine), content=b"1").json()["receipt_no"]
        asked = {"so": f" {number.lower()} ", "ma_nop": mine}
        assert client.post("/bien-nhan", data=asked).status_code == 200
        hidden = [
            client.get(f"/bien-nhan/{number}", headers=bearer(others)),
            client.get("/bien-nhan/BN-2026-999999", headers=bearer(others)),
            client.get("/bien-nhan/BN-2026-1'--", headers=bearer(others)),
            client.post("/bien-nhan", data=asked | {"ma_nop": others}, headers=JSON),
        ]
        assert {code_of(answer) for answer in hidden} == {(404, "not_found")}
        assert len({answer.text for answer in hidden}) == 1
        assert client.get(f"/bien-nhan/{number}").status_code == 401


def test_a_receipt_of_another_era_s_agency_of_that_code_is_hidden(door: Door) -> None:
    token = door.token("SNV")
    with door.open() as client:
        number = client.post("/bao-cao", headers=bearer(token), content=b"1").json()["receipt_no"]
        with door.engine.begin() as connection:
            connection.execute(text("update ops.submission set received_on = '2021-01-04'"))
        assert client.get(f"/bien-nhan/{number}", headers=bearer(token)).status_code == 404


def test_a_declared_size_is_refused_before_the_body_is_sent(door: Door) -> None:
    token = door.token()
    with door.open():
        said = _spoken(
            door,
            f"POST /bao-cao HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "Content-Length: 99999999999\r\n\r\n",
        )
    assert said.startswith(b"HTTP/1.1 413") and b"connection: close" in said.lower()
    assert door.intake.deliveries == []


def _spoken(door: Door, *parts: str | bytes) -> bytes:
    """What the server says to bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part.encode() if isinstance(part, str) else part)
        said = b""
        while received := connection.recv(65536):
            said += received
        return said


def _in_pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize("kind", ["bare", "form"])
def test_an_undeclared_size_is_refused_on_the_way(door: Door, kind: str) -> None:
    token = door.token()
    headers = bearer(token)
    if kind == "form":
        headers["Content-Type"] = "multipart/form-data; boundary=b"

    def body() -> Iterator[bytes]:
        if kind == "form":
            yield b'--b\r\nContent-Disposition: form-data; name="tep"; filename="a.xlsx"\r\n\r\n'
        yield from _in_pieces(8 * 2**20)

    with door.open() as client:
        try:
            answer = client.post("/bao-cao", headers=headers, content=body())
            assert answer.status_code == 413
        except httpx.WriteError:
            pass  # it hung up while we were still talking
        assert client.get("/suc-khoe").text == "ok"
    assert door.intake.deliveries == []


def test_a_file_just_within_the_bound_is_taken_and_one_byte_more_is_not(door: Door) -> None:
    token = door.token()
    with door.open() as client:
        fits = client.post("/bao-cao", headers=bearer(token), content=b"x" * 2**20)
        more = client.post("/bao-cao", headers=bearer(token), content=b"x" * (2**20 + 1))
        form = client.post(
            "/bao-cao", headers=bearer(token), files={"tep": ("a.xlsx", b"x" * (2**20 + 1))}
        )
    assert fits.status_code == 200
    assert code_of(more) == code_of(form) == (413, "too_large")


def test_a_body_that_drips_is_not_waited_for(door: Door) -> None:
    door.bounds(body_seconds=0.2)
    token = door.token()
    with door.open() as client:
        said = _spoken(
            door,
            f"POST /bao-cao HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "Content-Length: 100\r\n\r\nx",
        )
        assert client.get("/suc-khoe").text == "ok"
    assert said.startswith(b"HTTP/1.1 408")
    assert door.intake.deliveries == []


def test_more_bodies_at_once_than_are_read_are_asked_to_come_again(door: Door) -> None:
    door.bounds(at_once=1)
    token = door.token()
    head = f"POST /bao-cao HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    with door.open() as client:
        with socket.create_connection(("127.0.0.1", door.port), timeout=30) as slow:
            # The server asks for the body once it is about to read it.
            slow.sendall(f"{head}Content-Length: 1\r\nExpect: 100-continue\r\n\r\n".encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 100")
            busy = client.post("/bao-cao", headers=bearer(token), content=b"2")
            slow.sendall(b"1")
            assert slow.recv(100).startswith(b"HTTP/1.1 200")
        free = client.post("/bao-cao", headers=bearer(token), content=b"3")
    assert code_of(busy) == (503, "busy") and busy.headers["retry-after"] == "10"
    assert free.status_code == 200
    assert [d.content for d in door.intake.deliveries] == [b"1", b"3"]


@pytest.mark.parametrize("begun", ["", "POST /bao-cao HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_header_that_drips_is_hung_up_on(door: Door, begun: str) -> None:
    door.bounds(header_seconds=0.2)
    with door.open() as client:
        assert _spoken(door, begun) == b""
        assert client.get("/suc-khoe").text == "ok"


def test_a_second_request_that_drips_is_hung_up_on_too(door: Door) -> None:
    door.bounds(header_seconds=0.2)
    with door.open():
        said = _spoken(door, "GET /suc-khoe HTTP/1.1\r\nHost: x\r\n\r\n", "GET /suc-khoe HT")
    assert said.count(b"HTTP/1.1 200") == 1


def test_many_files_many_fields_and_none_are_refused(door: Door) -> None:
    token = door.token()
    two = [("tep", ("a.xlsx", b"1")), ("tep", ("b.xlsx", b"2"))]
    with door.open() as client:
        answers = {
            "two": client.post("/bao-cao", headers=bearer(token), files=two),
            "fields": client.post(
                "/bao-cao",
                headers=bearer(token),
                data={f"f{n}": "x" for n in range(50)},
                files={"tep": ("a.xlsx", b"1")},
            ),
            "none": client.post("/bao-cao", headers=bearer(token), files={"khac": ("a", b"")}),
            "empty": client.post("/bao-cao", headers=bearer(token), files={"tep": ("", b"")}),
            "no body": client.post("/bao-cao", headers=bearer(token)),
            "broken": client.post(
                "/bao-cao",
                headers={**bearer(token), "Content-Type": "multipart/form-data; boundary=b"},
                content=b"--khac\r\n\r\n",
            ),
            "no boundary": client.post(
                "/bao-cao",
                headers={**bearer(token), "Content-Type": "multipart/form-data"},
                content=b"--b\r\n",
            ),
        }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 400
    )
    assert code_of(answers["two"])[1] == code_of(answers["empty"])[1] == "one_file"
    assert door.intake.deliveries == []


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\tệp\\b.xlsx", "b.xlsx"),
        ("a\r\nX-Injected: 1.xlsx", "aX-Injected: 1.xlsx"),
        ("\u202excod.xlsx", "xcod.xlsx"),
        ("", "tep-khong-ten"),
        ("..", "tep-khong-ten"),
        ("<img src=x onerror=alert(1)>.xlsx", "<img src=x onerror=alert(1)>.xlsx"),
    ],
)
def test_a_name_is_a_name_and_shown_as_words(door: Door, given: str, taken: str) -> None:
    token = door.token()
    with door.open() as client:
        answer = client.post(
            "/bao-cao",
            params={"ten": given},
            headers={**bearer(token), "Accept": "text/html"},
            content=b"1",
        )
    assert [d.file_name for d in door.intake.deliveries] == [taken]
    assert "<img" not in answer.text and "<b>" not in answer.text
    assert "x-injected" not in answer.headers


def test_one_address_may_not_ask_too_often(door: Door) -> None:
    door.bounds(by_address=Rate(per_minute=1, burst=2))
    token = door.token()
    with door.open() as client:
        answers = [
            client.post(
                "/bao-cao",
                headers={**bearer(token), "X-Forwarded-For": f"10.0.0.{n}"},
                content=b"1",
            )
            for n in range(3)
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert len(door.intake.deliveries) == 2


@pytest.mark.parametrize(
    ("proxy", "statuses"), [("127.0.0.1", [200, 200]), ("10.9.9.9", [200, 429])]
)
def test_only_the_proxy_s_word_on_an_address_counts(
    door: Door, proxy: str, statuses: list[int]
) -> None:
    door.bounds(by_address=Rate(per_minute=1, burst=1))
    token = door.token()
    with door.open(proxy) as client:
        asked = [{**bearer(token), "X-Forwarded-For": f"192.0.2.{n}"} for n in range(2)]
        got = [client.post("/bao-cao", headers=h, content=b"1").status_code for h in asked]
    assert got == statuses


def test_one_agency_may_not_send_too_often_and_the_others_may(door: Door) -> None:
    door.bounds(by_token=Rate(per_minute=1, burst=1))
    mine, others = door.token("SNV"), door.token("STC")
    with door.open() as client:
        statuses = [
            client.post("/bao-cao", headers=bearer(token), content=b"1").status_code
            for token in (mine, mine, others)
        ]
    assert statuses == [200, 429, 200]


def test_who_guesses_tokens_waits_even_with_the_right_one(door: Door) -> None:
    door.bounds(wrong_tokens=Rate(per_minute=1, burst=2))
    token = door.token()
    with door.open() as client:
        statuses = [
            client.post("/bao-cao", headers=bearer(tried), content=b"1").status_code
            for tried in ("SAI-1", "SAI-2", token)
        ]
    assert statuses == [401, 401, 429]
    assert door.intake.deliveries == []


def test_our_own_faults_are_told_without_ourselves(door: Door) -> None:
    token = door.token()
    door.intake.breaks = [IngestionError("đĩa /var/bi-mat đầy"), ZeroDivisionError("bí mật")]
    with door.open() as client:
        answers = [client.post("/bao-cao", headers=bearer(token), content=b"1") for _ in range(2)]
        assert client.get("/suc-khoe").text == "ok"
    for answer in answers:
        assert code_of(answer) == (503, "failed")
        assert "bi-mat" not in answer.text and "bí mật" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_says_nothing(door: Door) -> None:
    with door.open() as client:
        answers = [
            client.get("/docs"),
            client.get("/openapi.json"),
            client.get("/bao-cao"),
            client.put("/", content=b"x"),
            client.get("/..%2f..%2fetc/passwd"),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 405, 405, 404]
    for answer in answers:
        assert "Quay lại trang nộp báo cáo" in answer.text
        assert "FastAPI" not in answer.text and "passwd" not in answer.text


def test_tokens_from_the_command_line(
    door: Door, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = CliRunner().invoke
    issued = run(token_group, ["issue", "SNV", "--days", "3", "--note", "điện thoại 0912345678"])
    assert issued.exit_code == 0
    token = issued.stdout.strip()
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]", token)
    listed = run(token_group, ["list", "--json"]).stdout
    assert token not in listed and "0912345678" not in listed and '"state": "valid"' in listed
    reference = hash_of(token)[:10]
    assert reference in run(token_group, ["list"]).stdout
    assert run(token_group, ["revoke", reference]).exit_code == 0
    again = run(token_group, ["revoke", reference])
    assert again.exit_code == 1 and "revoked already" in again.output
    assert '"state": "revoked"' in run(token_group, ["list", "--json"]).stdout
    assert run(token_group, ["issue", "KHONG-CO"]).exit_code == 1
    assert run(token_group, ["issue", "SNV", "--days", "0"]).exit_code == 1


def test_a_token_does_not_outlive_its_agency(door: Door) -> None:
    """Districts ended on 2025-07-01; the hash is all that the warehouse knows."""
    door.now = datetime(2025, 6, 30, 3, tzinfo=UTC)
    district = next(
        a for a in door.tokens._agencies if a.kind == "district" and str(a.valid_to) == "2025-07-01"
    )
    token = door.token(district.code)
    owner = door.tokens.owner(token)
    assert owner is not None and owner.key == district.key
    door.now = datetime(2025, 6, 30, 17, tzinfo=UTC)
    assert door.tokens.owner(token) is None
    with pytest.raises(TokenError):
        door.token(district.code)
    with door.engine.connect() as connection:
        kept = connection.execute(text("select * from ops.upload_token")).mappings().one()
    assert token not in str(dict(kept)) and kept["token_sha256"] == hash_of(token)


def test_the_door_opens_beyond_this_machine_with_tls_only() -> None:
    refused = CliRunner().invoke(serve, ["--host", "0.0.0.0", "--port", "0"])
    assert refused.exit_code == 2 and "--certificate" in refused.output
