"""The simulated budget site over HTTP: portal, page, files, and what a hostile site does."""

from __future__ import annotations

import datetime as dt
import email.utils
import itertools
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx
import orjson
import pytest
from lxml import html

from sandbox.budget.calendar import Calendar, Publication
from sandbox.budget.habits import print_file
from sandbox.budget.site.misdeeds import FLOOD_LINKS, FOREIGN_LINKS

ROOT = Path(__file__).resolve().parents[2]
UNTIL = dt.date(2026, 11, 20)
SEED, SHARE = 7, 0.1
SEARCH = "/_vti_bin/DeptService.svc/SearchReport"
START = "/cong-khai-ngan-sach"
FIELDS = {
    "Title",
    "ReportFileName",
    "ReportType_Name",
    "PeriodType_Name",
    "YearTextMonthOrPeriod",
    "ApprovedDateText",
    "PublishDateText",
    "ReportCircular_Name",
    "Deparment_Name",
    "CurrencyUnit",
    "Attachments",
}


@cache
def calendar() -> Calendar:
    return Calendar(UNTIL, SEED, SHARE)


def published(door: str) -> list[Publication]:
    return [p for p in calendar().publications if p.door == door]


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Start the site and yield its address once it says that it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.budget.site", "--port", "0", *options],
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
    shown = ("--until", str(UNTIL), "--seed", str(SEED), "--publishers", str(SHARE))
    with running(*shown, "--crawl-delay", "0.5", "--chaos") as url:
        yield url


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as anyone:
        yield anyone
        anyone.delete("/_chaos")
        anyone.post("/_until", json={"until": str(UNTIL)})
        anyone.post("/_chaos/failures", json={"share": 0})


def chaos(client: httpx.Client, **order: Any) -> None:
    assert client.post("/_chaos", json=order).status_code == 204


def search(client: httpx.Client, **parameters: Any) -> list[dict[str, Any]]:
    """Records of the portal, taken out of the text that the JSON of the answer is."""
    answer = client.post(SEARCH, json=parameters)
    assert answer.status_code == 200
    text = orjson.loads(answer.content)
    assert isinstance(text, str)
    return list(orjson.loads(text))


def rows_of(page: html.HtmlElement) -> list[list[html.HtmlElement]]:
    """Cells of the rows with entries."""
    (table,) = page.xpath("//table[@class='danh-sach']")
    rows = [row.xpath("./td") for row in table.xpath("./tr | ./tbody/tr")]
    return [cells for cells in rows if len(cells) == 9]


def pages(client: httpx.Client, path: str = START) -> list[tuple[str, html.HtmlElement]]:
    """All pages of a listing with their addresses, read in the encoding that fits."""
    found: list[tuple[str, html.HtmlElement]] = []
    url: str | None = str(client.base_url.join(path))
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, url
        try:
            text = answer.content.decode("utf-8")
        except UnicodeDecodeError:
            text = unicodedata.normalize("NFC", answer.content.decode("cp1258"))
        page = html.fromstring(text)
        found.append((url, page))
        following = page.xpath("//a[@rel='next']/@href")
        url = urljoin(url, following[0]) if following else None
    return found


def test_every_answer_says_that_it_is_synthetic(client: httpx.Client) -> None:
    for path in ("/robots.txt", START, f"{START}?trang=999", "/nowhere"):
        assert client.get(path).headers["X-Data-Origin"] == "synthetic", path
    assert client.post(SEARCH, json={}).headers["X-Data-Origin"] == "synthetic"


def test_the_portal_names_its_provinces_in_json_inside_json(client: httpx.Client) -> None:
    answer = client.post("/_vti_bin/DeptService.svc/GetDeparment", json={})

    names = orjson.loads(orjson.loads(answer.content))
    assert {"ID": 14, "Title": "Sơn La"} in names


def test_one_large_page_of_the_portal_holds_everything(client: httpx.Client) -> None:
    records = search(client, DeparmentId=14, PageIndex=0, PageSize=5000)

    assert len(records) == len(published("ckns")) > 200
    assert all(record.keys() == FIELDS for record in records)
    assert {record["Deparment_Name"] for record in records} == {"Sơn La"}


def test_small_pages_of_the_portal_lose_rows(client: httpx.Client) -> None:
    all_of_them = search(client, DeparmentId=14, PageIndex=0, PageSize=5000)
    titles: list[tuple[str, ...]] = []
    for number in itertools.count():
        page = search(client, DeparmentId=14, PageIndex=number, PageSize=50)
        titles += [(r["Title"], r["YearTextMonthOrPeriod"], r["ReportType_Name"]) for r in page]
        if not page:
            break

    assert len(titles) == len(all_of_them) - (len(all_of_them) - 1) // 50


@pytest.mark.parametrize(
    ("parameters", "field", "values"),
    [
        ({"ReportTypeId": 4}, "ReportType_Name", {"Quyết toán"}),
        ({"KeySearch": "quyet toan thu"}, "ReportType_Name", {"Quyết toán"}),
        ({"PeriodTypeId": 4}, "PeriodType_Name", {"9 tháng"}),
        ({"PeriodTypeId": "3", "Year": "2022"}, "YearTextMonthOrPeriod", {"6 tháng/2022"}),
        ({"Year": 2026, "ReportTypeId": 2}, "YearTextMonthOrPeriod", {"Năm 2026"}),
    ],
)
def test_the_portal_is_searched_by_its_parameters(
    client: httpx.Client, parameters: dict[str, Any], field: str, values: set[str]
) -> None:
    records = search(client, DeparmentId=14, PageSize=5000, **parameters)

    assert {record[field] for record in records} == values


def test_without_a_province_the_neighbours_records_come_too(client: httpx.Client) -> None:
    records = search(client, SiteId="", WebId=None, ListId="", KeySearch="", PageSize=5000)

    assert {record["Deparment_Name"] for record in records} == {"Sơn La", "Điện Biên"}


def test_dates_of_the_portal_are_text_and_some_are_missing(client: httpx.Client) -> None:
    records = search(client, DeparmentId=14, PageSize=5000)
    days = [record["PublishDateText"] for record in records]

    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", record["ApprovedDateText"]) for record in records)
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}|", day) for day in days)
    assert 0 < days.count("") < len(days) / 10


def test_parameters_that_are_no_numbers_are_refused(client: httpx.Client) -> None:
    assert client.post(SEARCH, json={"PageSize": "nhiều"}).status_code == 400


def test_attachments_come_from_the_same_host(client: httpx.Client) -> None:
    records = search(client, DeparmentId=14, PageSize=5000)
    attachments = [a for record in records for a in record["Attachments"]]
    answer = client.get(attachments[0]["Url"])
    expected = {p.address: p for p in published("ckns")}[unquote(attachments[0]["Url"])]
    version = expected.version_on(UNTIL)

    assert all(a["Url"].startswith("/") for a in attachments)
    assert sum(not record["Attachments"] for record in records) == sum(
        not p.versions for p in published("ckns")
    )
    assert version and answer.content == print_file(version.order).content


def test_robots_ask_for_a_pace_and_forbid_a_place(client: httpx.Client) -> None:
    text = client.get("/robots.txt").text
    before = client.get("/_asked").json().get("forbidden", 0)
    client.get(f"{START}/noi-bo/danh-sach")

    assert text == f"User-agent: *\nCrawl-delay: 0.5\nDisallow: {START}/noi-bo/\n"
    assert client.get("/_asked").json()["forbidden"] == before + 1


def test_the_page_lists_every_entry_once(client: httpx.Client) -> None:
    cells = [cells for _, page in pages(client) for cells in rows_of(page)]
    listed = [(c[1].text_content(), c[3].text_content()) for c in cells]

    assert sorted(listed) == sorted((p.publisher_name, p.title) for p in published("web"))
    assert [int(c[0].text_content()) for c in cells] == list(range(1, len(cells) + 1))


def test_links_of_the_page_lead_to_the_files(client: httpx.Client) -> None:
    links = {
        urlsplit(urljoin(url, href)).path
        for url, page in pages(client)
        for cells in rows_of(page)
        for href in cells[8].xpath(".//a/@href")
    }
    files = {quote(p.address) for p in published("web") if p.versions}

    assert files < links
    dead = links - files
    assert all(path.startswith(f"{START}/tep/cu/") for path in dead)
    assert client.get(dead.pop()).status_code == 404
    assert client.get(files.pop()).status_code == 200


def test_links_and_days_are_written_in_several_ways(client: httpx.Client) -> None:
    cells = [cells for _, page in pages(client) for cells in rows_of(page)]
    hrefs = [href for row in cells for href in row[8].xpath(".//a/@href")]
    days = {re.sub(r"\d+", "9", row[6].text_content()) for row in cells}

    assert {href.split("/")[0] for href in hrefs} >= {"", "http:", "cong-khai-ngan-sach"}
    assert any(row[8].xpath(".//table") for row in cells)
    assert days == {"9/9/9", "9-9-9", "ngày 9 tháng 9 năm 9"}


def test_the_oldest_page_is_cp1258_though_it_says_utf_8(client: httpx.Client) -> None:
    url, _ = pages(client)[-1]
    answer = client.get(url)

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    text = unicodedata.normalize("NFC", answer.content.decode("cp1258"))
    assert "Công khai dự toán ngân sách xã năm 2021" in text


def test_a_publisher_has_pages_of_its_own(client: httpx.Client) -> None:
    links = pages(client)[0][1].xpath("//ul[@class='don-vi']//a")
    (own,) = [a for a in links if a.get("href").endswith("/syt-105")]
    cells = [cells for _, page in pages(client, own.get("href")) for cells in rows_of(page)]

    assert own.text_content() == "Sở Y tế"
    assert {row[1].text_content() for row in cells} == {"Sở Y tế"}
    assert len(cells) == sum(p.publisher_name == "Sở Y tế" for p in published("web"))


def test_a_page_beyond_the_last_one_is_not_there(client: httpx.Client) -> None:
    assert client.get(f"{START}?trang=999").status_code == 404
    assert client.get(f"{START}/don-vi/khong-co").status_code == 404
    assert client.get(f"{START}?trang=hai").status_code == 400


def replaced() -> Publication:
    return next(p for p in published("web") if len(p.versions) == 2)


def test_a_file_is_not_sent_again_until_it_is_replaced_at_its_address(
    client: httpx.Client,
) -> None:
    entry = replaced()
    address = quote(entry.address)
    client.post("/_until", json={"until": str(entry.versions[0].published_on)})
    first = client.get(address)
    known = {"If-None-Match": first.headers["ETag"]}
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = [client.get(address, headers=headers) for headers in (known, since)]
    client.post("/_until", json={"until": str(entry.versions[1].published_on)})
    second = [client.get(address, headers=headers) for headers in (known, since)]

    day = email.utils.parsedate_to_datetime(first.headers["Last-Modified"])
    assert day.date() == entry.versions[0].published_on
    assert [(a.status_code, a.content) for a in again] == [(304, b""), (304, b"")]
    assert [a.status_code for a in second] == [200, 200]
    assert second[0].content == second[1].content != first.content


def test_a_file_is_not_there_before_its_day(client: httpx.Client) -> None:
    entry = replaced()
    eve = entry.published_on - dt.timedelta(days=1)
    client.post("/_until", json={"until": str(eve)})

    assert client.get(quote(entry.address)).status_code == 404
    shown = [c[3].text_content() for _, page in pages(client) for c in rows_of(page)]
    assert len(shown) == sum(p.published_on <= eve for p in published("web"))


def test_a_month_of_files_fails_until_the_share_is_changed(client: httpx.Client) -> None:
    with_files = [p for p in published("web") if p.versions]
    client.post("/_chaos/failures", json={"share": 0.5})
    months: dict[str, set[int]] = {}
    for entry in with_files[:40]:
        code = client.get(quote(entry.address)).status_code
        months.setdefault(f"{entry.published_on:%Y-%m}", set()).add(code)
    client.post("/_chaos/failures", json={"share": 0})

    assert {tuple(codes) for codes in months.values()} == {(200,), (503,)}
    assert {client.get(quote(p.address)).status_code for p in with_files[:10]} == {200}


def test_an_error_status_is_obeyed_as_often_as_ordered(client: httpx.Client) -> None:
    chaos(client, kind="status", status=503, count=2, path=START)
    chaos(client, kind="status", status=429, retry_after="3", path=START)
    answers = [client.get(START) for _ in range(4)]

    assert [a.status_code for a in answers] == [503, 503, 429, 200]
    assert answers[2].headers["Retry-After"] == "3"


def test_the_portal_silently_gives_only_the_first_records(client: httpx.Client) -> None:
    whole = search(client, DeparmentId=14, PageSize=5000)
    chaos(client, kind="cap", rows=30, path=SEARCH)

    assert search(client, DeparmentId=14, PageSize=5000) == whole[:30]
    assert search(client, DeparmentId=14, PageSize=5000) == whole


def test_an_error_page_stands_in_for_a_file(client: httpx.Client) -> None:
    chaos(client, kind="html", path=f"{START}/tep/")
    answer = client.get(quote(replaced().address))

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_truncated_file_looks_whole_and_a_reset_one_does_not(client: httpx.Client) -> None:
    path = replaced().address
    whole = client.get(path).content
    chaos(client, kind="truncated", path=path)
    short = client.get(path)
    chaos(client, kind="reset", path=path)

    assert short.status_code == 200
    assert whole.startswith(short.content) and len(short.content) < len(whole)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(path)
    assert client.get(path).content == whole


def test_a_slow_file_comes_in_pieces(client: httpx.Client) -> None:
    path = replaced().address
    whole = client.get(path).content
    chaos(client, kind="slow", seconds=0.2, path=path)
    with client.stream("GET", path) as answer:
        pieces = list(answer.iter_raw())

    assert b"".join(pieces) == whole
    assert len(pieces) > 1


def test_a_file_redirects_to_another_host(client: httpx.Client) -> None:
    path = replaced().address
    chaos(client, kind="redirect", path=path)
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "http://169.254.169.254/latest/meta-data/"


def test_a_listing_goes_on_for_ever(client: httpx.Client) -> None:
    chaos(client, kind="loop", count=100, path=START)
    shown = [html.fromstring(client.get(f"{START}?trang={n}").content) for n in (1, 500, 10_000)]

    assert [page.xpath("//a[@rel='next']/@href") for page in shown] == [
        ["?trang=2"],
        ["?trang=501"],
        ["?trang=10001"],
    ]
    titles = [[c[3].text_content() for c in rows_of(page)] for page in shown]
    assert titles[0] == titles[1] == titles[2] != []


def test_a_hostile_listing_links_to_other_places(client: httpx.Client) -> None:
    chaos(client, kind="foreign", path=START)
    page = html.fromstring(client.get(START).content)
    hrefs = [href for cells in rows_of(page) for href in cells[8].xpath(".//a/@href")]

    assert hrefs == list(FOREIGN_LINKS)
    assert "http://169.254.169.254/latest/meta-data/" in hrefs


def test_a_hostile_listing_has_a_hundred_thousand_links(client: httpx.Client) -> None:
    chaos(client, kind="flood", path=START)
    count = 0
    with client.stream("GET", START) as answer:
        for piece in answer.iter_bytes(2**20):
            count += piece.count(b"bieu.xlsx")

    assert FLOOD_LINKS * 0.99 < count <= FLOOD_LINKS == 100_000


def test_a_huge_file_streams_zeros(client: httpx.Client) -> None:
    path = replaced().address
    chaos(client, kind="huge", path=path)
    with client.stream("GET", path) as answer:
        read = 0
        for piece in answer.iter_raw():
            assert not piece.strip(b"\0")
            read += len(piece)
            if read > 20 * 2**20:
                break

    assert "Content-Length" not in answer.headers
    assert read > 20 * 2**20


def test_without_chaos_nothing_can_be_ordered_and_a_pace_is_kept() -> None:
    shown = ("--until", "2021-03-01", "--publishers", "0", "--rate", "2")
    with running(*shown) as url, httpx.Client(base_url=url) as client:
        ordered = client.post("/_chaos", json={"kind": "html"})
        answers = [client.get("/robots.txt") for _ in range(12)]

    assert ordered.status_code == 404
    refused = [a for a in answers if a.status_code == 429]
    assert refused
    assert refused[0].headers["Retry-After"] == "1"
