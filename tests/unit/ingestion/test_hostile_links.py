"""What a web client does with hostile links: servers on loopback, and names that lead there."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ingestion.core import addresses, web
from ingestion.core.errors import DataRefused, IngestionError, SourceUnavailable
from ingestion.core.http import HttpLimits
from ingestion.core.web import Download, LinkProblem, Page, WebClient
from tests.fixtures.loopback import Asked, Loopback, answer, moved, serving

LIMITS = HttpLimits(
    concurrency=4,
    requests_per_second=1000,
    connect_seconds=2,
    request_seconds=5,
    response_mib=0.1,
    attempts=1,
    longest_wait_seconds=1,
)
AS_OF = {"X-As-Of": "2026-09-30"}


@pytest.fixture
def inner() -> Iterator[Loopback]:
    """A service of our own network that nobody outside may reach through us."""
    with serving(lambda asked: answer(b"secret")) as server:
        yield server


@pytest.fixture
def portal() -> Iterator[Loopback]:
    with serving(lambda asked: answer(b"a,b\n1,2\n")) as server:
        yield server


@pytest.fixture(autouse=True)
def usual_port(inner: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual port of http is the inner service's: only the check of addresses is in the way."""
    monkeypatch.setattr(addresses, "_PORTS", {"http": inner.port, "https": 443})


class Names:
    """A resolver whose answers are given; those of a name may change from one to the next."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): found for name, found in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        found = self.answers.get(host, [["127.0.0.1"]])
        return found.pop(0) if len(found) > 1 else found[0]


def download(
    portal: Loopback, url: str, names: Names | None = None, *, sample: bool = False, **how: Any
) -> Download:
    async def run() -> Download:
        how.setdefault("any_public_host", True)
        how.setdefault("limits", LIMITS)
        async with WebClient(portal.address, resolve=names or Names(), **how) as client:
            asking = client.saying(AS_OF)
            return await asking.download(url, obey_robots=False, sample=sample)

    return asyncio.run(run())


def problem_of(portal: Loopback, url: str, names: Names | None = None, **how: Any) -> str:
    with pytest.raises(LinkProblem) as problem:
        download(portal, url, names, **how)
    return problem.value.code


def document(portal: Loopback, url: str, **how: Any) -> Page:
    async def run() -> Page:
        async with WebClient(portal.address, LIMITS, resolve=Names(), **how) as client:
            return await client.saying(AS_OF).document(url, ("application/json",))

    return asyncio.run(run())


def believe_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take 127.0.0.1 for a machine of the internet, as a stand-in for one."""
    monkeypatch.setattr(addresses, "is_public", lambda ip: ip == "127.0.0.1")


# Names and numbers of machines that are not public -------------------------------------------

INWARD = [
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://localhost/",
    "http://127.0.0.1/",
    "http://127.0.0.2/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://10.0.0.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://LOCALHOST./",
    "http://１２７.０.０.１/",
    "http://127%2e0%2e0%2e1/",
    "http://example.org@127.0.0.1/",
    "http://127.0.0.1\\@example.org/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/x.csv",
    "gopher://127.0.0.1:6379/_INFO",
]


@pytest.mark.parametrize("url", INWARD)
def test_a_link_inward_is_refused_and_nobody_is_asked(
    portal: Loopback, inner: Loopback, url: str
) -> None:
    assert problem_of(portal, url) == "address_refused"
    assert (portal.asked, inner.asked) == ([], [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("url", [INWARD[0], INWARD[2], INWARD[12], INWARD[25]])
def test_a_redirect_inward_is_refused(
    portal: Loopback, inner: Loopback, url: str, status: int
) -> None:
    portal.says = lambda asked: moved(url, status)
    assert problem_of(portal, f"{portal.address}/a.csv") == "redirect_refused"
    assert (portal.targets, inner.asked) == (["/a.csv"], [])


def test_every_hop_is_checked(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own site, a public one, and only its own redirect leads inward."""
    monkeypatch.setattr(addresses, "is_public", lambda ip: ip == "127.0.0.1")
    inner.says = lambda asked: moved("http://169.254.169.254/latest/")
    portal.says = lambda asked: moved("http://files.example.org/b.csv")
    assert problem_of(portal, f"{portal.address}/a.csv") == "redirect_refused"
    assert (portal.targets, inner.targets) == (["/a.csv"], ["/b.csv"])


def test_the_check_of_addresses_is_what_stands_in_the_way(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the same links arrive: the refusals above are not due to anything else."""
    believe_loopback(monkeypatch)
    got = download(portal, "http://metadata.google.internal/x")
    assert (got.content, inner.targets) == (b"secret", ["/x"])


def test_a_name_that_changes_its_mind_is_refused(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when checked, ours when connected to."""
    connected: list[str] = []
    real = web.httpx.AsyncClient.send

    async def noted(client: Any, request: Any, **how: Any) -> Any:
        connected.append(request.url.host)
        raise web.httpx.ConnectError("not in a test")

    monkeypatch.setattr(web.httpx.AsyncClient, "send", noted)
    names = Names(rebind_example=[["93.184.216.34"], ["127.0.0.1"]])
    assert problem_of(portal, "http://rebind.example/", names) == "not_answering"
    assert (connected, names.asked) == (["93.184.216.34"], ["rebind.example"])
    monkeypatch.setattr(web.httpx.AsyncClient, "send", real)
    assert problem_of(portal, "http://rebind.example/", names) == "address_refused"
    assert inner.asked == []


@pytest.mark.parametrize(
    "found", [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["::1"]]
)
def test_a_name_that_is_partly_ours_is_refused(
    portal: Loopback, inner: Loopback, found: list[str]
) -> None:
    assert problem_of(portal, "http://half.example/", Names(half_example=[found])) == (
        "address_refused"
    )
    assert inner.asked == []


def test_ports_are_not_scanned(portal: Loopback, inner: Loopback) -> None:
    with serving(lambda asked: answer(b"x")) as other:
        for host in ("127.0.0.1", "portal.example"):
            assert problem_of(portal, f"http://{host}:{other.port}/") == "address_refused"
        portal.says = lambda asked: moved(f"http://127.0.0.1:{other.port}/")
        assert problem_of(portal, f"{portal.address}/a") == "redirect_refused"
        assert other.asked == []


def test_what_is_sent_is_what_was_checked(portal: Loopback) -> None:
    """No sign of a link becomes a header, another host or a second request."""
    url = f" {portal.address}/báo cáo/a b%20c.csv?x=á b&y=%0d%0aX-Evil:1#đoạn "
    assert download(portal, url).content == b"a,b\n1,2\n"
    (asked,) = portal.asked
    assert asked.target == "/b%C3%A1o%20c%C3%A1o/a%20b%20c.csv?x=%C3%A1%20b&y=%0d%0aX-Evil:1"
    assert "x-evil" not in asked.headers
    assert asked.headers["host"] == f"127.0.0.1:{portal.port}"


# Redirects and who hears what ------------------------------------------------------------------


def test_redirects_end(portal: Loopback) -> None:
    portal.says = lambda asked: moved(asked.target)
    assert problem_of(portal, f"{portal.address}/loop") == "redirect_loop"
    assert len(portal.asked) == 6


def test_another_host_is_followed_to_where_that_is_configured_only(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_loopback(monkeypatch)
    portal.says = lambda asked: moved("http://files.example.org/b.csv")
    url = f"{portal.address}/a.csv"
    assert problem_of(portal, url, any_public_host=False) == "redirect_refused"
    assert inner.asked == []
    listed = download(portal, url, any_public_host=False, hosts=["files.example.org"])
    assert listed.content == download(portal, url).content == b"secret"
    assert [asked.headers["host"] for asked in inner.asked] == [
        "files.example.org",
        "files.example.org",
    ]


def test_nothing_meant_for_the_portal_reaches_another_host(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_loopback(monkeypatch)

    def sets_a_cookie(asked: Asked) -> Iterable[bytes]:
        if asked.target == "/away":
            return answer(
                b"", 302, Set_Cookie="session=1; Path=/", Location="http://files.example.org/b"
            )
        return answer(b"x")

    portal.says = sets_a_cookie

    async def run() -> None:
        async with WebClient(
            portal.address, LIMITS, resolve=Names(), any_public_host=True
        ) as client:
            asking = client.saying(AS_OF)
            await asking.download(f"{portal.address}/away", obey_robots=False)
            await asking.download("http://other.example.org/c", obey_robots=True)
            await client.download(f"{portal.address}/plain", obey_robots=False)

    asyncio.run(run())
    assert [asked.headers.get("x-as-of") for asked in portal.asked] == ["2026-09-30", None]
    assert inner.targets == ["/b", "/robots.txt", "/c"]
    for asked in inner.asked:
        assert not {"x-as-of", "cookie", "authorization", "referer"} & asked.headers.keys()


def test_metadata_follows_the_allow_list_proper_only(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_loopback(monkeypatch)
    portal.says = lambda asked: (
        moved("http://elsewhere.example/api") if asked.target == "/api" else moved("/api")
    )
    with pytest.raises(SourceUnavailable, match="redirects away"):
        document(portal, f"{portal.address}/old", any_public_host=True)
    assert (portal.targets, inner.asked) == (["/old", "/api"], [])
    with pytest.raises(DataRefused):
        document(portal, "http://elsewhere.example/api", any_public_host=True)
    inner.says = lambda asked: answer(b"{}", kind="application/json")
    page = document(portal, f"{portal.address}/old", hosts=["elsewhere.example"])
    assert (page.body, page.url) == (b"{}", "http://elsewhere.example/api")
    assert "x-as-of" not in inner.asked[-1].headers


def test_metadata_that_goes_round_ends(portal: Loopback) -> None:
    portal.says = lambda asked: moved(asked.target)
    with pytest.raises(SourceUnavailable, match="302"):
        document(portal, f"{portal.address}/loop")
    assert len(portal.asked) == 6


def test_a_hostile_address_of_metadata_is_refused_in_words(portal: Loopback) -> None:
    for url in ("http://[::1", "http://2130706433/", "file:///etc/passwd", "\r\n"):
        with pytest.raises(IngestionError):
            document(portal, url)
    assert portal.asked == []


def test_any_number_of_hosts_is_forgotten_again(
    portal: Loopback, inner: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_loopback(monkeypatch)
    monkeypatch.setattr(web, "_MOST_SITES", 4)

    async def run() -> tuple[int, int]:
        async with WebClient(
            portal.address, LIMITS, resolve=Names(), any_public_host=True
        ) as client:
            for n in range(12):
                await client.download(f"http://h{n}.example/x")
            return len(client._shared.passing_clients), len(client._shared.robots)

    assert asyncio.run(run()) == (4, 4)
    assert inner.targets.count("/x") == 12


# Bodies ---------------------------------------------------------------------------------------


def test_a_large_file_is_refused_or_sampled(portal: Loopback) -> None:
    bound = int(LIMITS.response_mib * 2**20)
    portal.says = lambda asked: answer(b"x" * (bound + 1), kind="Text/CSV; charset=utf-8")
    assert problem_of(portal, f"{portal.address}/x") == "too_large"
    sample = download(portal, f"{portal.address}/x", sample=True)
    assert (sample.content, sample.is_sample) == (b"x" * bound, True)
    assert sample.media_type == "text/csv"
    portal.says = lambda asked: answer(b"x" * bound)
    whole = download(portal, f"{portal.address}/x", sample=True)
    assert (len(whole.content or b""), whole.is_sample) == (bound, False)


def test_a_bomb_of_gzip_costs_no_more_than_the_bound(portal: Loopback) -> None:
    bomb = gzip.compress(bytes(50 * 2**20))
    portal.says = lambda asked: answer(bomb, Content_Encoding="gzip")
    assert problem_of(portal, f"{portal.address}/x") == "too_large"
    sample = download(portal, f"{portal.address}/x", sample=True)
    assert (len(sample.content or b""), sample.is_sample) == (int(0.1 * 2**20), True)


def test_a_gzip_stream_that_says_nothing_for_ever_ends(portal: Loopback) -> None:
    import zlib

    def endless(asked: Asked) -> Iterable[bytes]:
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        yield b"HTTP/1.1 200 X\r\nContent-Type: text/csv\r\nContent-Encoding: gzip\r\n\r\n"
        yield packer.compress(b"a") + packer.flush(zlib.Z_SYNC_FLUSH)
        while True:
            yield b"\x00\x00\x00\xff\xff" * 20_000  # stored blocks without content

    portal.says = endless
    assert problem_of(portal, f"{portal.address}/x") == "too_large"


def test_a_slow_drip_ends(portal: Loopback) -> None:
    def drip(asked: Asked) -> Iterable[bytes]:
        yield from answer(b"", Content_Length="1000")
        while True:
            yield b"x"
            time.sleep(0.02)

    portal.says = drip
    quick = replace(LIMITS, request_seconds=0.3)
    assert problem_of(portal, f"{portal.address}/x", limits=quick) == "too_slow"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(b""), "empty_file"),
        (answer(b"abc", Content_Length="10"), "not_answering"),
        (answer(b"abc", Content_Length="-1"), "not_answering"),
        (answer(b"abc", Content_Encoding="br"), "not_answering"),
        (answer(b"abc", Content_Encoding="gzip"), "not_answering"),
        (answer(gzip.compress(b"a" * 1000)[:-9], Content_Encoding="gzip"), "not_answering"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], "not_answering"),
        ([b""], "not_answering"),
        ([b"HTTP/1.1 200 X\r\n" + b"X: y\r\n" * 100_000], "not_answering"),
        (answer(b"<h1>x</h1>", kind="text/html"), "web_page"),
        (answer(b"", 404), "dead_link"),
        (answer(b"", 403), "forbidden"),
        (moved("http://[::1"), "not_answering"),
        (moved("http://ex ample/"), "redirect_refused"),
        (moved("../../etc/passwd"), "redirect_refused"),
        (moved("HTTP://2852039166/"), "redirect_refused"),
    ],
)
def test_an_answer_that_is_none_is_a_problem_of_the_link(
    portal: Loopback, said: list[bytes], code: str
) -> None:
    portal.says = lambda asked: said
    assert problem_of(portal, f"{portal.address}/x") == code


def test_bytes_beyond_the_stated_length_are_left(portal: Loopback) -> None:
    portal.says = lambda asked: answer(b"abcdef", Content_Length="3")
    assert download(portal, f"{portal.address}/x").content == b"abc"
