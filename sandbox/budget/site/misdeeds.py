"""Misbehaviour of the budget site on demand: bad days of a real one, and a hostile one."""

from __future__ import annotations

import html
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from sandbox.website import COMMON_MISDEEDS, WebOrder

HUGE_BYTES: Final = 2**30
FLOOD_LINKS: Final = 100_000

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


class SiteOrder(WebOrder):
    """An order for misbehaviour of the site."""

    kind: SiteMisdeed = Field(
        description=(
            f"{COMMON_MISDEEDS}; loop: the next page is the first one; flood: a listing with "
            "100,000 links; foreign: a listing whose links point elsewhere; huge: a body of 1 GiB; "
            "cap: the portal gives the first rows only"
        )
    )
    rows: int = Field(default=100, ge=0, description="for kind=cap: records at most")


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
