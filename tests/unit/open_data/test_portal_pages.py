"""A portal without an interface is read whole from its pages, by the rules of ``source.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pytest

from ingestion.core.errors import DataRefused, PagesDrifted, SourceUnavailable
from tests.unit.open_data.portals import Answer, read, serving

HTML = "text/html; charset=utf-8"


def html(body: str, status: int = 200) -> Answer:
    return Answer(f"<!doctype html><html><body>{body}</body></html>".encode(), HTML, status)


def dataset_page(number: int, title: str = "") -> Answer:
    title = escape(title or f"Bộ dữ liệu {number}")
    return html(
        f"""<article class="bo-du-lieu" data-id="id-{number}" data-name="bo-{number}">
        <h1>{title}</h1><p class="mo-ta">Mô tả <b>đủ</b> dài</p>
        <a class="co-quan" data-id="org-1" href="/co-quan/1">Sở Nội vụ</a>
        <a class="giay-phep" data-id="cc-by" href="https://l.example/by">Ghi công</a>
        <p class="lien-he">Phòng</p><p class="lien-he">mot-cua@so.example.vn</p>
        <span class="tan-suat">Hằng tháng</span>
        <time class="ngay-tao" datetime="2026-01-02T03:04:05+07:00">2/1/2026</time>
        <time class="ngay-cap-nhat" datetime="04/08/2026">4/8/2026</time>
        <span class="the">nội vụ</span><span class="the">cải cách</span>
        <ul><li class="tai-nguyen" data-id="r-{number}-1" data-size="12" data-datastore="true">
          <span class="ten">Số liệu</span><span class="dinh-dang">CSV</span>
          <a type="text/csv" href="../files/{number}.csv">Tải</a></li>
        <li class="tai-nguyen"><span class="ten">Từ điển dữ liệu</span>
          <a href="/files/{number}.pdf">Tải</a></li></ul></article>"""
    )


class Portal:
    """A portal of pages with two datasets each."""

    def __init__(self, count: int, instead: Mapping[str, Answer] | None = None) -> None:
        self.count = count
        self.instead = dict(instead or {})

    def __call__(self, path: str, query: Mapping[str, str]) -> Answer:
        key = f"{path}?{query['trang']}" if "trang" in query else path
        if key in self.instead:
            return self.instead[key]
        if path == "/robots.txt":
            return Answer(b"", "text/plain", 404)
        if path == "/du-lieu":
            return self.listing(int(query.get("trang", "1")))
        if path == "/du-lieu/co-quan":
            return html(
                '<p class="co-quan-cong-bo" data-id="org-2" data-name="so-la" data-count="0">'
                "<a>Sở Lạ</a></p>"
            )
        return dataset_page(int(path.rpartition("-")[2]))

    def listing(self, page: int) -> Answer:
        numbers = range(2 * page - 2, min(2 * page, self.count))
        links = "".join(f'<a class="bo-du-lieu" href="/du-lieu/bo-{n}">{n}</a>' for n in numbers)
        more = f'<a rel="next" href="?trang={page + 1}">sau</a>' if 2 * page < self.count else ""
        return html(f'<div id="danh-sach-du-lieu" data-count="{self.count}">{links}</div>{more}')


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_every_dataset_comes_once(count: int) -> None:
    with serving(Portal(count)) as url:
        found = read(url, "pages")
    assert [one.dataset_id for one in found.datasets] == [f"id-{n}" for n in range(count)]
    assert all(len(one.resources) == 2 for one in found.datasets)
    assert (found.stated_dataset_count, found.way) == (count, "pages")


def test_what_stands_on_a_page_stands_in_the_entry() -> None:
    with serving(Portal(1)) as url:
        found = read(url, "pages")
    (one,) = found.datasets
    assert (one.name, one.title, one.description) == ("bo-0", "Bộ dữ liệu 0", "Mô tả đủ dài")
    assert (one.publisher_id, one.publisher_name) == ("org-1", "Sở Nội vụ")
    assert (one.licence_id, one.licence_title) == ("cc-by", "Ghi công")
    assert one.licence_url == "https://l.example/by"
    assert one.contacts == ("Phòng", "mot-cua@so.example.vn")
    assert (one.frequency_text, one.tags) == ("Hằng tháng", ("cải cách", "nội vụ"))
    assert one.created_at is not None and one.created_at.isoformat() == "2026-01-02T03:04:05+07:00"
    assert one.modified_at is not None and one.modified_at.date().isoformat() == "2026-08-04"
    assert one.page_url == f"{url}/du-lieu/bo-0"
    data, words = one.resources
    assert (data.resource_id, data.url) == ("r-0-1", f"{url}/files/0.csv")
    assert (data.size_bytes, data.has_datastore, data.format_text) == (12, True, "CSV")
    assert (words.role, words.url) == ("dictionary", f"{url}/files/0.pdf")
    assert {one.publisher_id for one in found.publishers} == {"org-1", "org-2"}


def test_pages_that_are_hidden_or_broken_are_accounted_for() -> None:
    instead = {
        "/du-lieu/bo-1": html("", 403),
        "/du-lieu/bo-2": html("", 404),
        "/du-lieu/bo-3": html("", 500),
        "/du-lieu/bo-4": html("<p>Bảo trì</p>"),
        "/du-lieu/bo-5": Answer(b"<html><article class='bo-du-lieu'><h1>cut", HTML),
        "/du-lieu/bo-6": Answer(b"{}", "application/json"),
    }
    with serving(Portal(7, instead)) as url:
        found = read(url, "pages")
    assert {one.name: one.state for one in found.datasets} == {
        "bo-0": "active",
        "bo-1": "private",
        "bo-2": "deleted",
        "bo-3": "unreadable",
        "bo-4": "unreadable",
        "bo-5": "unreadable",
        "bo-6": "unreadable",
    }


LIST = '<div id="danh-sach-du-lieu" data-count="{}">{}</div>'
NO_ADDRESS = '<a class="bo-du-lieu" href="http://[">x</a>'
LINK = '<a class="bo-du-lieu" href="/du-lieu/bo-{}">x</a>'


@pytest.mark.parametrize(
    ("page", "answer", "kind"),
    [
        ("/du-lieu", html(LIST.format(3, LINK.format(1))), PagesDrifted),
        ("/du-lieu", Answer(LIST.format(0, "").encode(), HTML), PagesDrifted),
        ("/du-lieu?2", html(LIST.format(9, LINK.format(2))), PagesDrifted),
        ("/du-lieu?2", html(LIST.format(4, LINK.format(1) + LINK.format(2))), PagesDrifted),
        (
            "/du-lieu?2",
            html(LIST.format(4, "") + '<a rel="next" href="/du-lieu">x</a>'),
            PagesDrifted,
        ),
        ("/du-lieu", html("<p>Bảo trì</p>"), DataRefused),
        (
            "/du-lieu",
            html(LIST.format(1, NO_ADDRESS)),
            DataRefused,
        ),
        ("/du-lieu", html("", 500), SourceUnavailable),
        ("/robots.txt", Answer(b"User-agent: *\nDisallow: /", "text/plain"), SourceUnavailable),
    ],
)
def test_a_list_that_is_not_whole_is_refused(
    page: str, answer: Answer, kind: type[Exception]
) -> None:
    with serving(Portal(4, {page: answer})) as url, pytest.raises(kind):
        read(url, "pages")


@pytest.mark.parametrize("changes", [{}, {"down_after": 2}])
def test_a_portal_of_which_no_page_can_be_read_is_down(changes: dict[str, Any]) -> None:
    instead = {f"/du-lieu/bo-{n}": html("<p>Bảo trì</p>") for n in range(4)}
    with serving(Portal(4, instead)) as url, pytest.raises(SourceUnavailable):
        read(url, "pages", **changes)


def test_without_their_page_organisations_are_those_of_the_datasets() -> None:
    with serving(Portal(1, {"/du-lieu/co-quan": html("", 404)})) as url:
        found = read(url, "pages")
    assert [one.publisher_id for one in found.publishers] == ["org-1"]
    assert found.remarks


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "A & B", "Số liệu 'x' \"y\""])
def test_words_are_taken_as_words(title: str) -> None:
    with serving(Portal(1, {"/du-lieu/bo-0": dataset_page(0, title)})) as url:
        (one,) = read(url, "pages").datasets
    assert one.title == title
