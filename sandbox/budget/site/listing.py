"""The province's page of publications: listings as people keep them, in HTML."""

from __future__ import annotations

import datetime as dt
import html
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from sandbox.budget.calendar import Publication
from sandbox.budget.publishers import Publisher
from sandbox.budget.wording import STAGES, period_on_page
from sandbox.randomness import fraction, key_of

START: Final = "/cong-khai-ngan-sach"
FORBIDDEN: Final = f"{START}/noi-bo/"
PAGE_ROWS: Final = 100

_HEADINGS: Final = (
    "STT",
    "Đơn vị",
    "Loại công khai",
    "Nội dung",
    "Biểu mẫu",
    "Kỳ",
    "Ngày ký",
    "Ngày công khai",
    "Tệp",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a listing stands.

    Attributes:
        path: of the listing, such as ``/cong-khai-ngan-sach``.
        origin: ``http://host:port`` as the reader called it.
        number: of the page, from 1.
        last: number of the last page.
        next: number that the link to the next page names; none for no link.
    """

    path: str
    origin: str
    number: int
    last: int
    next: int | None


def robots(crawl_delay: float) -> str:
    """Return the text of ``/robots.txt``."""
    return f"User-agent: *\nCrawl-delay: {crawl_delay:g}\nDisallow: {FORBIDDEN}\n"


def publisher_path(publisher: Publisher) -> str:
    """Return the path of a publisher's own listing; codes are used again, so its key is in it."""
    return f"{START}/don-vi/{publisher.code.lower()}-{publisher.agency_key}"


def page_count(rows: int) -> int:
    """Return how many pages so many entries take, at least one."""
    return max(1, -(-rows // PAGE_ROWS))


def entry_rows(
    entries: Sequence[Publication], seed: int, place: Place, first: int
) -> Iterator[list[str]]:
    """Yield the cells (HTML) of the rows of a page.

    Args:
        entries: what stands on the page.
        seed: of what is untidy.
        place: the page.
        first: running number of the first row.
    """
    for number, entry in enumerate(entries, first):
        owed = entry.obligation
        published = _day(entry.published_on, seed, entry.key)
        texts = (
            entry.publisher_name,
            STAGES[owed.kind],
            entry.title,
            entry.form_text,
            period_on_page(owed.period, owed.budget_year),
            _day(owed.approved_on, seed, entry.key),
            published if entry.states_published_on else "",
        )
        yield [str(number), *map(html.escape, texts), _file_cell(entry, seed, place)]


def listing(
    place: Place, rows: Iterable[list[str]], publishers: Sequence[Publisher]
) -> Iterator[str]:
    """Yield a page of a listing in pieces.

    Args:
        place: the page.
        rows: its rows, cells in HTML.
        publishers: those whose own listings it links to.
    """
    yield (
        "<!DOCTYPE html>\n<html lang='vi'><head><meta charset='utf-8'>"
        "<title>Công khai ngân sách - Trang dữ liệu mô phỏng</title></head><body>\n"
        "<p><b>DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA</b></p>\n"
        # The whole page stands in a table, as on many old sites.
        "<table class='khung'><tr><td>\n<ul class='menu'>"
        f"<li><a href='{START}'>Công khai ngân sách</a></li>"
        f"<li><a href='{FORBIDDEN}'>Nội bộ</a></li>"
        "<li><a href='http://sotaichinh.example/lien-ket'>Liên kết</a></li>"
        "<li><a href='mailto:congkhai@sonla.example'>Liên hệ</a></li></ul>\n"
    )
    if publishers:
        yield "<ul class='don-vi'>"
        for publisher in publishers:
            ended = " (đã kết thúc hoạt động)" if publisher.end_day else ""
            name = html.escape(publisher.name)
            yield f"<li><a href='{publisher_path(publisher)}'>{name}</a>{ended}</li>"
        yield "</ul>\n"
    yield f"<h1>Công khai ngân sách</h1><p>Trang {place.number}/{place.last}</p>\n"
    yield "<table class='danh-sach' border=1>\n<tr>"
    yield "".join(f"<th>{heading}</th>" for heading in _HEADINGS) + "</tr>\n"
    yield f"<tr><td colspan={len(_HEADINGS)}><i>Mới nhất đứng trước</i></td></tr>\n"
    for cells in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
    yield "</table>\n<p class='trang'>"
    if place.number > 1:
        yield f"<a rel='prev' href='?trang={place.number - 1}'>« Trang trước</a> "
    if place.next is not None:
        yield f"<a rel='next' href='?trang={place.next}'>Trang sau »</a>"
    yield "</p></td></tr></table></body></html>\n"


def _day(day: dt.date, seed: int, key: str) -> str:
    """Write a day in the manner of whoever typed the row."""
    manner = fraction("day on page", seed, key)
    if manner < 0.85:
        return f"{day:%d/%m/%Y}"
    if manner < 0.93:
        return f"{day.day}-{day.month}-{day.year}"
    return f"ngày {day:%d} tháng {day:%m} năm {day.year}"


def _file_cell(entry: Publication, seed: int, place: Place) -> str:
    """Write the cell with the link in one of the ways met on such pages."""
    manner = fraction("link on page", seed, entry.key)
    if not entry.versions:
        if manner < 0.5:
            return "Đang cập nhật"
        old = f"{START}/tep/cu/{key_of(entry.key) % 10**6}.xls"
        return f"<a href='{old}'>Tải về</a>"
    address = quote(entry.address)
    if manner < 0.4:
        link = address
    elif manner < 0.8:
        link = posixpath.relpath(address, posixpath.dirname(place.path) or "/")
    else:
        link = place.origin + address
    anchor = f"<a href='{html.escape(link)}'>{html.escape(entry.file_name)}</a>"
    if manner % 0.1 < 0.02:
        return f"<table><tr><td>&#128206;</td><td>{anchor}</td></tr></table>"
    return anchor
