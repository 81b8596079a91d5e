"""Asking for the files of a day: bounds, order, and a host that is down told from a bad link."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ingestion.core.web import Download, LinkProblem, ProblemCode, WebClient
from ingestion.sources.open_data_portal.bounds import ContentBounds, read_bounds
from ingestion.sources.open_data_portal.choosing import Plan, Turn
from ingestion.sources.open_data_portal.inspection import Content, Inspector
from ingestion.sources.open_data_portal.known import Known, Listed, Stated
from ingestion.sources.open_data_portal.looking import Looking, Looks, site_of

PORTAL, ELSEWHERE = "http://portal.example", "https://so-y-te.example"
BODY = b"a,b\n1,2\n"


class FakeClient:
    """Answers by address; notes what was asked, and how much of each host at once.

    Attributes:
        problems: by start of an address, what is wrong there.
    """

    base_url = PORTAL

    def __init__(self, problems: dict[str, ProblemCode] | None = None) -> None:
        self.problems = problems or {}
        self.asked: list[str] = []
        self.obeyed: dict[str, bool] = {}
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def download(
        self, url: str, validator: str | None = None, *, obey_robots: bool, sample: bool
    ) -> Download:
        host = urlsplit(url).netloc
        self.asked.append(url)
        self.obeyed[host] = obey_robots
        self.at_once[host] += 1
        self.most[host] = max(self.most[host], self.at_once[host])
        for _ in range(3):  # let the others go on
            await asyncio.sleep(0)
        self.at_once[host] -= 1
        for start, problem in self.problems.items():
            if url.startswith(start):
                raise LinkProblem(problem)
        return Download(BODY, None)


class FakeInspector:
    def content(self, *_: Any) -> Content:
        return Content({"content_sha256": "0" * 64})


def plan(number: int, site: str = PORTAL, turn: Turn = Turn.NEW, *, was_well: bool = False) -> Plan:
    stated = Stated(f"{site}/tep/{number}.csv", None, "", None)
    listed = Listed(("d", f"{site}-{number}"), "", "data", "CSV", "", True, "", stated)
    before = Known({"content_sha256": "1" * 64, "looked_on": "2026-11-01"}, (), listed)
    return Plan(listed, turn, before if was_well else None)


def bounds(**changes: object) -> ContentBounds:
    given = replace(read_bounds().contents, down_after=3, requests_a_host=1)
    return replace(given, **changes)  # type: ignore[arg-type]


def look(client: FakeClient, plans: list[Plan], limits: ContentBounds | None = None) -> Looks:
    web: WebClient = client  # type: ignore[assignment]
    inspector: Inspector = FakeInspector()  # type: ignore[assignment]
    return asyncio.run(Looking(web, limits or bounds(), inspector).all(plans))


def problems(looks: Looks) -> Counter[tuple[str | None, bool]]:
    return Counter((look.problem, look.is_outage) for look in looks.by_key.values())


def test_a_foreign_host_that_is_down_is_not_asked_for_every_file() -> None:
    client = FakeClient({ELSEWHERE: "not_answering"})
    looks = look(client, [plan(n, ELSEWHERE) for n in range(10)] + [plan(99)])
    # Its front page does not answer either, so none of its links does.
    assert problems(looks) == {("not_answering", False): 10, (None, False): 1}
    assert sum(url.startswith(ELSEWHERE) for url in client.asked) == 4
    assert f"{ELSEWHERE}:443/" in client.asked
    assert not looks.is_portal_down


def test_bad_links_in_a_row_do_not_condemn_the_others_of_a_host_that_answers() -> None:
    client = FakeClient({f"{ELSEWHERE}/tep/{n}.": "not_answering" for n in range(4)})
    looks = look(client, [plan(n, ELSEWHERE) for n in range(10)])
    assert problems(looks) == {("not_answering", False): 4, (None, False): 6}


def test_when_the_portal_does_not_answer_no_silence_is_held_against_anybody() -> None:
    client = FakeClient({PORTAL: "not_answering", f"{ELSEWHERE}/tep/0.": "too_slow"})
    dead = plan(7, ELSEWHERE)
    client.problems[f"{ELSEWHERE}/tep/7."] = "dead_link"
    looks = look(client, [plan(0, ELSEWHERE), dead, *(plan(n) for n in range(3))])
    assert looks.is_portal_down
    # A host that says "not here" said so itself.
    assert looks.by_key[dead.content_key].problem == "dead_link"
    assert not looks.by_key[dead.content_key].is_outage
    assert all(item.is_outage for key, item in looks.by_key.items() if key != dead.content_key)


def test_half_of_the_portals_files_gone_at_once_is_an_outage_and_a_few_are_facts() -> None:
    gone = {f"{PORTAL}/tep/{n}.": "dead_link" for n in range(6)}
    client = FakeClient(gone)  # type: ignore[arg-type]
    looks = look(client, [plan(n, was_well=True) for n in range(10)])
    assert problems(looks) == {("dead_link", True): 6, (None, False): 4}
    client = FakeClient(dict(list(gone.items())[:4]))  # type: ignore[arg-type]
    looks = look(client, [plan(n, was_well=True) for n in range(10)])
    assert problems(looks) == {("dead_link", False): 4, (None, False): 6}
    # Of another host it is that host's own matter.
    client = FakeClient({ELSEWHERE: "dead_link"})
    looks = look(client, [plan(n, ELSEWHERE, was_well=True) for n in range(10)])
    assert problems(looks) == {("dead_link", False): 10}


def test_the_bounds_of_a_day_end_the_asking_and_the_first_in_line_were_asked() -> None:
    plans = [plan(n, turn=turn) for n, turn in enumerate((Turn.DUE, Turn.AGAIN, Turn.NEW) * 2)]
    client = FakeClient()
    looks = look(client, plans, bounds(files=3, requests_at_once=1))
    assert (looks.asked, looks.left) == (3, 3)
    turns = {item.content_key: item.turn for item in plans}
    assert Counter(turns[key] for key in looks.by_key) == {Turn.NEW: 2, Turn.AGAIN: 1}
    all_at_once = look(FakeClient(), plans, bounds(files=3, requests_a_host=8))
    assert (all_at_once.asked, all_at_once.left) == (3, 3)
    by_bytes = look(FakeClient(), plans, bounds(mib=len(BODY) / 2**20, requests_at_once=1))
    assert (by_bytes.asked, by_bytes.byte_count) == (1, len(BODY))
    no_time = look(FakeClient(), plans, bounds(seconds=0.0))
    assert (no_time.asked, no_time.left) == (0, 6)


def test_no_host_is_asked_for_more_files_at_once_than_it_may() -> None:
    client = FakeClient()
    looks = look(
        client,
        [plan(n) for n in range(20)] + [plan(n, ELSEWHERE) for n in range(20)],
        bounds(requests_at_once=6, requests_a_host=2),
    )
    assert len(looks.by_key) == 40
    assert client.most == {"portal.example": 2, "so-y-te.example": 2}
    # The portal offers its files by an interface; others are asked for their rules.
    assert client.obeyed == {"portal.example": False, "so-y-te.example": True}


def test_what_is_no_address_is_a_site_of_its_own() -> None:
    assert site_of("http://[::1") == ("", "", 0)
    assert site_of("HTTP://A.example/x") == ("http", "a.example", 80)
