"""Mails made to trip whoever takes them apart: each costs only itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated
from ingestion.sources.agency_reports.doors.mailbox import automatic_rules, mail_limits
from ingestion.sources.agency_reports.doors.settings import read_door_settings

JOBS = "ingestion.sources.agency_reports.doors.mail_parts"
BOUNDARY = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
OUTCOMES = {"too_many_attachments", "unreadable_mail", "crashed", "memory", "timeout"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Isolated]:
    limits = replace(mail_limits(read_door_settings().mailbox), seconds=60.0)
    with Isolated(limits=limits) as isolated:
        yield isolated


def taken(pool: Isolated, mail: bytes) -> list[tuple[str, bytes]]:
    told = pool.run(f"{JOBS}:take_apart", mail, "", {"attachments": 20, "nesting": 3})
    return [(part["name"], base64.b64decode(part["content"])) for part in told["attachments"]]


def header(pool: Isolated, text: str | bytes) -> dict[str, Any]:
    options = {"automatic": automatic_rules(), "authserv_id": "", "own": []}
    raw = text.encode() if isinstance(text, str) else text
    return pool.run(f"{JOBS}:read_header", raw, "", options)


TRAPS = {
    "parts": BOUNDARY + b"--b\r\nContent-Disposition: attachment\r\n\r\n\r\n" * 50_000,
    "levels": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(3_000)
    ),
    "mails": b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "mails within bounds but four": b"Content-Type: message/rfc822\r\n\r\n" * 4,
}


@pytest.mark.parametrize("kind", TRAPS)
def test_a_trap_is_refused_and_the_next_mail_is_read(pool: Isolated, kind: str) -> None:
    with pytest.raises(FileRefused) as told:
        taken(pool, b"MIME-Version: 1.0\r\n" + TRAPS[kind])
    assert told.value.code in OUTCOMES
    tot = b'Content-Type: application/x; name="tot.xlsx"\r\n\r\nx'
    assert taken(pool, tot) == [("tot.xlsx", b"x")]


def test_a_million_headers_are_read_within_the_bounds(pool: Isolated) -> None:
    told = header(pool, b"From: a@b.example\r\n" + b"X-Y: z\r\n" * 200_000)
    assert told["sender"] == "a@b.example"


@pytest.mark.parametrize(
    "broken",
    [
        b"Content-Transfer-Encoding: base64\r\n\r\n=====A===\xff\xfe!!",
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=",
        b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n\xff",
        b"Content-Transfer-Encoding: khong-co\r\n\r\nx",
        b"",
    ],
)
def test_a_broken_encoding_gives_bytes_or_a_refusal(pool: Isolated, broken: bytes) -> None:
    mail = b'Content-Type: application/x; name="a.xlsx"\r\n' + broken
    try:
        assert [name for name, _ in taken(pool, mail)] == ["a.xlsx"]
    except FileRefused as refusal:
        assert refusal.code in OUTCOMES


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (b"filename*=utf-8''B%C3%A1o%20c%C3%A1o.xlsx", "Báo cáo.xlsx"),
        (b'filename="=?utf-8?b?QsOhbyBjw6FvLnhsc3g=?="', "Báo cáo.xlsx"),
        (b"filename*0=Bao; filename*1=-cao.xlsx", "Bao-cao.xlsx"),
        ('filename="Báo cáo.xlsx"'.encode(), "Báo cáo.xlsx"),
    ],
)
def test_names_as_mail_programs_write_them(pool: Isolated, given: bytes, name: str) -> None:
    mail = b"Content-Type: application/x\r\nContent-Disposition: attachment; " + given
    assert taken(pool, mail + b"\r\n\r\nx") == [(name, b"x")]


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("a@b.example", "a@b.example"),
        ("Sở Nội vụ <a@b.example>", "a@b.example"),
        ("=?utf-8?b?U+G7nyBO4buZaSB24bul?= <a@b.example>", "a@b.example"),
        ('"Nguyễn <x@y.example>, V" <a@b.example>', "a@b.example"),
        ("x@y.example <a@b.example>", ""),
        ("a@b.example, x@y.example", ""),
        ("<a@b.example>,<x@y.example>", ""),
        ("<a@b.example", ""),
        ("=?utf-8?q?a=40b.example?=", ""),
        ("nhom: a@b.example;", ""),
    ],
)
def test_a_sender_is_one_plain_address_or_nobody(pool: Isolated, written: str, sender: str) -> None:
    assert header(pool, f"From: {written}\r\n\r\n")["sender"] == sender


@pytest.mark.parametrize(
    ("written", "message_id"),
    [
        ("<a@b>", "<a@b>"),
        ("<a@b>\r\n\tBcc: x@y.example", "<a@b>"),
        ("<a@b\r\n Bcc: x@y.example>", ""),
        ("<" + "a" * 300 + "@b>", ""),
        ("không có", ""),
    ],
)
def test_a_message_id_holds_nothing_that_could_start_a_header(
    pool: Isolated, written: str, message_id: str
) -> None:
    assert header(pool, f"Message-ID: {written}\r\n\r\n")["message_id"] == message_id
