"""Sites that are down or hostile: an outage is the source's, a bad link the publisher's fact."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ingestion.core import web
from tests.fixtures.budget.sites import PAGE, PORTAL, Behaviour, Call, Reply, record, row
from tests.fixtures.budget.station import DAY, Station

TODAY = "15/06/2026"
BOOK = b'{"Thu": "1"}'


@pytest.fixture
def filled(budget_station: Station) -> Station:
    sites = budget_station.sites
    sites.records = [record(n, TODAY) for n in range(1, 4)]
    sites.rows = [row(n, TODAY) for n in range(11, 14)]
    for n in range(1, 4):
        sites.files[f"/tep/{n}.xlsx"] = BOOK + b" " * n
        sites.files[f"{PAGE}/tep/{n + 10}.xlsx"] = BOOK + b" " * (n + 10)
    return budget_station


def on(path: str, reply: Reply) -> Behaviour:
    return lambda call: reply if call.path == path else None


def page(body: str) -> Reply:
    return Reply(body=body.encode(), content_type="text/html; charset=utf-8")


TABLE = "<html><body><table class='danh-sach'>{}</table>{}</body></html>"
CIRCLE = TABLE.format("", f"<a rel='next' href='{PAGE}?trang=1'>sau</a>")
REFUSED = {
    "the portal answers html": (PORTAL, page("<h1>Bảo trì</h1>"), "instead of application/json"),
    "the portal answers half": (
        PORTAL,
        Reply(body=b'"[{\\"Tit', content_type="application/json"),
        "truncated",
    ),
    "the portal answers no list": (
        PORTAL,
        Reply(
            body=json.dumps(json.dumps({"a": 1, "b": 2})).encode(), content_type="application/json"
        ),
        "no list of records",
    ),
    "the page is another one": (PAGE, page("<h1>Bảo trì</h1>"), "holds no listing"),
    "half a page": (PAGE, page(TABLE.format("<tr>", "")[:-20]), "ends early"),
    "pages lead in a circle": (PAGE, page(CIRCLE), "in a circle"),
    "a flood of rows": (
        PAGE,
        page(TABLE.format("".join(f"<tr>{'<td>1</td>' * 9}</tr>" for _ in range(501)), "")),
        "more than 500 entries",
    ),
    "a page of 1 GiB": (PAGE, Reply(endless=1024, content_type="text/html"), "larger than 8 MiB"),
}
UNAVAILABLE = {
    "the portal fails": (PORTAL, Reply(500), "HTTP 500"),
    "the page is forbidden": (PAGE, Reply(403), "HTTP 403"),
    "the page moved": (PAGE, Reply(302, headers={"Location": "http://169.254.169.254/"}), "302"),
    "robots.txt fails": ("/robots.txt", Reply(503), "robots.txt"),
    "robots.txt forbids": (
        "/robots.txt",
        Reply(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"),
        "robots.txt does not let us",
    ),
    "robots.txt asks for an hour": (
        "/robots.txt",
        Reply(body=b"User-agent: *\nCrawl-delay: 3600\n", content_type="text/plain"),
        "asks for 3600 s",
    ),
}


@pytest.mark.parametrize("name", [*REFUSED, *UNAVAILABLE])
def test_a_listing_that_cannot_be_had_is_the_sources_fault(filled: Station, name: str) -> None:
    filled.ingest(DAY - timedelta(days=1))
    path, reply, words = (REFUSED | UNAVAILABLE)[name]
    filled.sites.behaviour = on(path, reply)
    (summary,) = filled.ingest()
    assert (summary.state, summary.cause) == ("failed", "source")
    assert summary.exit_code == (4 if name in REFUSED else 3)
    assert words in summary.message
    assert filled.documents() == []
    assert filled.rows("select outcome, cause from ops.ledger order by period_start") == [
        ("accepted", None),
        ("failed", "source"),
    ]
    filled.sites.behaviour = None
    assert filled.ingest()[0].row_count == 6


def test_a_listing_that_loses_rows_for_a_moment_is_asked_again(filled: Station) -> None:
    replies = iter([page(CIRCLE)])
    filled.sites.behaviour = lambda call: next(replies, None) if call.path == PAGE else None
    assert filled.ingest()[0].row_count == 6


def test_a_listing_that_says_how_much_it_lost_is_refused(filled: Station) -> None:
    def short(call: Call) -> Reply | None:
        body = {"Total": 5, "Data": []}
        reply = Reply(body=json.dumps(json.dumps(body)).encode(), content_type="application/json")
        return reply if call.path == PORTAL else None

    filled.sites.behaviour = short
    (summary,) = filled.ingest()
    assert "0 records, 5 announced" in summary.message


def test_a_full_page_of_the_portal_may_be_cut_short(filled: Station) -> None:
    filled.sites.records = [record(n, TODAY) for n in range(5_000)]
    (summary,) = filled.ingest()
    assert "fill the page" in summary.message


def test_a_listing_that_lost_most_of_what_it_had_is_an_outage(filled: Station) -> None:
    filled.sites.rows = [row(n, TODAY) for n in range(11, 21)]
    filled.ingest()
    before = filled.content()
    filled.sites.rows = filled.sites.rows[:4]
    (summary,) = filled.ingest()
    assert "taken for an outage" in summary.message
    assert filled.content() == before


FOREIGN = [
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xA9FEA9FE/",
    "http://[::ffff:169.254.169.254]/",
    "http://127.0.0.1:1/bieu.xlsx",
    "http://localhost:1/bieu.xlsx",
    "https://files.example/bieu.xlsx",
    "//files.example/bieu.xlsx",
    "http://127.0.0.1@files.example/bieu.xlsx",
    "file:///etc/passwd",
    "ftp://files.example/bieu.xlsx",
    "javascript:alert(1)",
    "data:text/csv;base64,MTsyCg==",
    "../../../../etc/passwd",
    "http://[::1/bieu.xlsx",
]


def test_no_link_leads_out_of_the_allow_list(
    filled: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []
    real = web.checked_ip

    async def noted(origin: web.Origin, resolve: web.Resolve) -> str:
        connected.append(str(origin))
        return await real(origin, resolve)

    monkeypatch.setattr(web, "checked_ip", noted)
    filled.sites.rows = [
        row(n, TODAY, title=link, link=f"<a href='{link}'>Tải về</a>")
        for n, link in enumerate(FOREIGN)
    ]
    filled.sites.records = [
        record(n, TODAY, Title=link, Attachments=[{"FileName": "x", "Url": link}])
        for n, link in enumerate(FOREIGN)
    ]
    (summary,) = filled.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 2 * len(FOREIGN))
    assert set(filled.problems().values()) == {"address_refused"}
    assert set(connected) == {filled.sites.address}
    assert filled.kept() == []
    stored = str(filled.rows("select file_url from raw.budget_publications__documents"))
    assert not any(text in stored for text in ("file:", "javascript:", "data:", "@"))


FILE_PROBLEMS = {
    "dead_link": Reply(404, b"<h1>404</h1>", "text/html"),
    "forbidden": Reply(403),
    "web_page": page("<h1>Đăng nhập</h1>"),
    "empty_file": Reply(body=b""),
    "too_large": Reply(endless=1024),
    "too_slow": Reply(body=b"x" * 1000, drip=0.1),
    "not_answering": Reply(500),
    "redirect_refused": Reply(302, headers={"Location": "http://169.254.169.254/latest/"}),
}


@pytest.mark.parametrize("code", FILE_PROBLEMS)
def test_a_file_that_cannot_be_had_is_a_fact_about_its_publisher(
    filled: Station, code: str
) -> None:
    filled.sites.behaviour = on("/tep/1.xlsx", FILE_PROBLEMS[code])
    (summary,) = filled.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 6)
    assert filled.rows(
        "select file_name, file_problem_code, file_sha256, length(file_problem_vi) > 10, "
        "version_key like '%@none' "
        "from raw.budget_publications__documents where file_problem_code is not null"
    ) == [("B62 1.xlsx", code, None, True, True)]
    # When it can be had, the daily run notices and the version without a file is a former one.
    filled.sites.behaviour = None
    assert filled.changed(DAY + timedelta(days=1)) == ["2026-06-15"]
    filled.reload(["2026-06-15"])
    assert sorted(
        filled.rows(
            "select is_current, file_problem_code from raw.budget_publications__documents "
            "where file_name = 'B62 1.xlsx'"
        )
    ) == [(False, code), (True, None)]


@pytest.mark.parametrize("code", ["dead_link", "not_answering", "web_page"])
def test_a_file_that_was_had_stays_current_when_its_link_dies(filled: Station, code: str) -> None:
    filled.ingest()
    filled.sites.behaviour = on("/tep/1.xlsx", FILE_PROBLEMS[code])
    filled.ingest()
    assert filled.rows(
        "select file_problem_code, file_sha256 is not null, is_current "
        "from raw.budget_publications__documents where file_name = 'B62 1.xlsx'"
    ) == [(code, True, True)]


def test_redirects_are_followed_on_the_same_site_only_so_far(filled: Station) -> None:
    moved = Reply(301, headers={"Location": "/tep/2.xlsx"})
    circle = Reply(302, headers={"Location": "/tep/3.xlsx"})
    filled.sites.behaviour = lambda call: {"/tep/1.xlsx": moved, "/tep/3.xlsx": circle}.get(
        call.path
    )
    filled.ingest()
    assert filled.problems()["Công khai quyết toán 1"] is None
    assert filled.problems()["Công khai quyết toán 3"] == "redirect_loop"


def test_file_after_file_without_an_answer_is_an_outage(filled: Station) -> None:
    filled.sites.records = [record(n, TODAY) for n in range(1, 9)]
    filled.sites.behaviour = lambda call: Reply(503) if call.path.startswith("/tep/") else None
    (summary,) = filled.ingest()
    assert (summary.state, summary.cause, summary.exit_code) == ("failed", "source", 3)
    assert "in a row got no answer" in summary.message
    assert filled.documents() == []


def test_robots_hold_for_files_of_the_page_and_not_for_the_interface(filled: Station) -> None:
    filled.sites.robots = f"User-agent: *\nDisallow: {PAGE}/tep/11\nDisallow: /tep/\n"
    filled.ingest()
    found = {title: code for title, code in filled.problems().items() if code}
    assert found == {"Công khai quyết toán ngân sách xã 11": "robots_disallowed"}
    assert filled.sites.asked_for(f"{PAGE}/tep/11.xlsx") == []


def test_the_crawl_delay_is_kept(filled: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    real = web.Pacer.lower_to
    monkeypatch.setattr(
        web.Pacer, "lower_to", lambda self, rate: (rates.append(rate), real(self, rate))[1]
    )
    filled.sites.robots = "User-agent: *\nCrawl-delay: 0.02\n"
    filled.ingest()
    assert rates == [50.0]


def test_no_personal_value_of_a_listing_is_stored(filled: Station) -> None:
    filled.sites.rows = [row(11, TODAY, title="Công khai, gặp ông Kín 0912600003, kin@thu.example")]
    filled.ingest()
    stored = str(filled.rows("select * from raw.budget_publications__documents"))
    assert "0912600003" not in stored
    assert "kin@thu" not in stored
    assert "Công khai, gặp" in stored


def test_a_name_that_leads_into_our_own_network_is_not_asked() -> None:
    import asyncio

    from ingestion.core.addresses import AddressRefused, Allowed, checked_ip

    allowed = Allowed(["http://10.0.0.5:8080"], ["files.example"])

    async def answer(host: str, port: int) -> list[str]:
        return {"files.example": ["93.184.216.34", "169.254.169.254"]}.get(host, ["10.0.0.5"])

    own = allowed.origin_of("http://10.0.0.5:8080/x")
    assert asyncio.run(checked_ip(own, answer)) == "10.0.0.5"
    for address in ("http://files.example/x", "https://FILES.example/x"):
        with pytest.raises(AddressRefused):
            asyncio.run(checked_ip(allowed.origin_of(address), answer))
    for address in (
        "http://10.0.0.5/x",
        "https://10.0.0.5:8080/x",
        "http://files.example:22/x",
        "http://files.example.evil.example/x",
        "http://x:y@files.example/x",
        "http://files.example\\@10.0.0.5/x",
        "http://files.example:99999/x",
    ):
        with pytest.raises(AddressRefused):
            allowed.origin_of(address)
