"""Misbehaviour of the budget site on demand: bad days of a real one, and a hostile one."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field

HUGE_BYTES: Final = 2**30
FLOOD_LINKS: Final = 100_000
MAINTENANCE: Final = (
    "<!DOCTYPE html><html lang='vi'><head><title>Bảo trì</title></head>"
    "<body><h1>Cổng thông tin đang bảo trì</h1></body></html>"
)

# Where a hostile listing points: nothing of it may be asked for.
FOREIGN_LINKS: Final = (
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xA9FEA9FE/",
    "http://[::ffff:169.254.169.254]/",
    "http://127.0.0.1:1/bieu.xlsx",
    "http://localhost:1/bieu.xlsx",
    "https://files.example/bieu.xlsx",
    "//files.example/bieu.xlsx",
    "http://sonla.gov.vn@files.example/bieu.xlsx",
    "file:///etc/passwd",
    "ftp://files.example/bieu.xlsx",
    "javascript:alert(1)",
    "data:text/csv;base64,MTsyCg==",
    "../../../../etc/passwd",
)


class SiteMisdeed(StrEnum):
    """What can be ordered."""

    STATUS = "status"
    HTML = "html"
    TRUNCATED = "truncated"
    RESET = "reset"
    SLOW = "slow"
    LOOP = "loop"
    FLOOD = "flood"
    FOREIGN = "foreign"
    REDIRECT = "redirect"
    HUGE = "huge"
    CAP = "cap"


class SiteOrder(BaseModel):
    """An order for misbehaviour; the next ``count`` matching answers obey it."""

    kind: SiteMisdeed = Field(
        description=(
            "status: an error status; html: a maintenance page with status 200; truncated: two "
            "thirds of the body with a length that fits; reset: the body ends before its length; "
            "slow: bytes drip in; loop: the next page is the first one; flood: a listing with "
            "100,000 links; foreign: a listing whose links point elsewhere; redirect: to another "
            "host; huge: a body of 1 GiB; cap: the portal gives the first rows only"
        )
    )
    count: int = Field(default=1, ge=1, description="how many answers")
    status: int = Field(default=500, description="for kind=status: 500, 503, 429 …")
    retry_after: str | None = Field(
        default=None, description="Retry-After of a status: seconds or date"
    )
    seconds: float = Field(default=2.0, description="for kind=slow: how long an answer takes")
    target: str = Field(
        default="http://169.254.169.254/latest/meta-data/", description="for kind=redirect"
    )
    rows: int = Field(default=100, ge=0, description="for kind=cap: records at most")
    path: str = Field(default="/", description="only paths, decoded, that start with this")
    skip: int = Field(default=0, ge=0, description="how many matching answers to let pass first")


class SiteDay(BaseModel):
    """Moves the site to a day."""

    until: dt.date = Field(description="last day that has happened")


def zeros(length: int = HUGE_BYTES) -> Iterator[bytes]:
    """Yield a body of zeros, a piece at a time."""
    piece = bytes(2**20)
    for start in range(0, length, len(piece)):
        yield piece[: length - start]


def flood_rows(count: int = FLOOD_LINKS) -> Iterator[list[str]]:
    """Yield the cells of that many rows of a listing; the files they name do not exist."""
    for number in range(1, count + 1):
        link = f'<a href="/cong-khai-ngan-sach/tep/2026/{number:08d}/bieu.xlsx">Tải về</a>'
        yield _row(number, link)


def foreign_rows() -> Iterator[list[str]]:
    """Yield the cells of rows whose links lead where no crawler may go."""
    for number, address in enumerate(FOREIGN_LINKS, 1):
        yield _row(number, f'<a href="{html.escape(address)}">Tải về</a>')


def _row(number: int, link: str) -> list[str]:
    title = f"Công khai quyết toán ngân sách năm 2024 ({number})"
    texts = ["Sở Tài chính", "Quyết toán", title, "", "Năm 2024", "01/06/2026", "15/06/2026"]
    return [str(number), *texts, link]
