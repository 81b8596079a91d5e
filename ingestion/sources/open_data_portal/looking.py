"""Asking for the files of a day, within its bounds, and telling a bad link from an outage.

What the portal or our own way out failed at is never held against a publisher: then the files are
called ``portal_down`` and stay as they were known.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ingestion.core.log import event
from ingestion.core.web import LinkProblem, ProblemCode, WebClient
from ingestion.sources.open_data_portal.bounds import ContentBounds
from ingestion.sources.open_data_portal.choosing import Plan
from ingestion.sources.open_data_portal.inspection import Content, Inspector

logger = logging.getLogger(__name__)

Site = tuple[str, str, int]
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Look:
    """What came of asking for a file.

    Attributes:
        content: what it holds; None where it has not changed or cannot be had.
        problem: why it cannot be had.
        is_outage: the problem is the portal's or ours and says nothing of the link.
    """

    at: str
    content: Content | None = None
    problem: ProblemCode | None = None
    is_outage: bool = False


@dataclass
class Looks:
    """What came of a day's asking, by key of content.

    Attributes:
        left: files that the bounds left no room for.
    """

    by_key: dict[str, Look] = field(default_factory=dict)
    asked: int = 0
    byte_count: int = 0
    left: int = 0
    is_portal_down: bool = False
    is_synthetic: bool = False


class Looking:
    """One day's asking."""

    def __init__(
        self,
        client: WebClient,
        bounds: ContentBounds,
        inspector: Inspector,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare; nothing is asked yet."""
        self._client = client
        self._bounds = bounds
        self._inspector = inspector
        self._progress = progress
        self._portal = site_of(client.base_url)
        self._queues: dict[Site, deque[Plan]] = {}
        self._at_once: Counter[Site] = Counter()
        self._silent: Counter[Site] = Counter()
        self._down: set[Site] = set()
        self._portal_answered = False
        self._looks = Looks()
        self._total = 0
        self._until = 0.0
        self._turn = asyncio.Condition()

    async def all(self, plans: Sequence[Plan]) -> Looks:
        """Ask for files in the order of their plans, several at once and not too many of a host.

        Raises:
            LookupError, WorkerNotStarted: the installation is broken.
        """
        for plan in sorted(plans, key=lambda plan: plan.order):
            self._queues.setdefault(site_of(plan.listed.stated.url), deque()).append(plan)
        self._total = len(plans)
        self._until = time.monotonic() + self._bounds.seconds
        workers = min(self._bounds.requests_at_once, len(plans))
        tasks = [asyncio.create_task(self._work()) for _ in range(workers)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._looks.left = sum(map(len, self._queues.values()))
        await self._judge({plan.content_key: plan for plan in plans})
        return self._looks

    async def _work(self) -> None:
        while (plan := await self._next()) is not None:
            site = site_of(plan.listed.stated.url)
            try:
                look = await self._look(plan, site)
            finally:
                async with self._turn:
                    self._at_once[site] -= 1
                    self._turn.notify_all()
            self._looks.by_key[plan.content_key] = look
            if self._progress:
                self._progress(len(self._looks.by_key), self._total)

    async def _next(self) -> Plan | None:
        """The next file of a host that is not asked for too much; None when that is all."""
        async with self._turn:
            while True:
                waiting = [site for site, queue in self._queues.items() if queue]
                if not waiting or self._is_spent() or self._looks.is_portal_down:
                    return None
                free = [
                    site for site in waiting if self._at_once[site] < self._bounds.requests_a_host
                ]
                if free:
                    site = min(free, key=lambda site: self._queues[site][0].order)
                    self._at_once[site] += 1
                    self._looks.asked += site not in self._down
                    return self._queues[site].popleft()
                await self._turn.wait()

    def _is_spent(self) -> bool:
        bounds = self._bounds
        return (
            self._looks.asked >= bounds.files
            or self._looks.byte_count >= bounds.mib * 1024 * 1024
            or time.monotonic() >= self._until
        )

    async def _look(self, plan: Plan, site: Site) -> Look:
        if site in self._down:
            return Look(_now(), problem="not_answering")
        try:
            # What the portal's own interface offers is there to be fetched; others are asked first.
            download = await self._client.download(
                plan.listed.stated.url,
                plan.validator,
                obey_robots=not self._is_portal(site),
                sample=True,
            )
        except LinkProblem as problem:
            await self._note(site, problem)
            return Look(_now(), problem=problem.code)
        self._silent[site] = 0
        self._portal_answered |= self._is_portal(site)
        self._looks.is_synthetic |= download.is_synthetic
        self._looks.byte_count += len(download.content or b"")
        if download.content is None:
            if plan.basis is None:  # nobody asked "changed since?"
                return Look(_now(), problem="not_answering")
            return Look(_now())
        content = await asyncio.to_thread(
            self._inspector.content, plan.listed, download, plan.basis
        )
        return Look(_now(), content)

    async def _note(self, site: Site, problem: LinkProblem) -> None:
        """Count a problem; a host that stays silent is not asked for more."""
        if not problem.is_passing:
            self._silent[site] = 0
            self._portal_answered |= self._is_portal(site)
            return
        self._silent[site] += 1
        if self._silent[site] < self._bounds.down_after or site in self._down:
            return
        self._silent[site] = 0
        if await self._answers(site):
            return  # so many bad links in a row, but somebody is there
        self._down.add(site)
        event(logger, "a host does not answer", level=logging.WARNING, host=site[1])
        self._looks.is_portal_down |= self._is_portal(site)

    async def _answers(self, site: Site) -> bool:
        """Whether a host answers anything at all."""
        scheme, host, port = site
        shown = f"[{host}]" if ":" in host else host
        is_portal = self._is_portal(site)
        try:
            await self._client.download(
                f"{scheme}://{shown}:{port}/", obey_robots=not is_portal, sample=True
            )
        except LinkProblem as problem:
            return not problem.is_passing
        return True

    def _is_portal(self, site: Site) -> bool:
        return site == self._portal or site[1] in self._bounds.portal_hosts

    async def _judge(self, plans: dict[str, Plan]) -> None:
        """Take back what an outage made look like bad links."""
        looks = self._looks
        passing = {
            key for key, look in looks.by_key.items() if look.problem and _is_passing(look.problem)
        }
        if passing and not self._portal_answered and not looks.is_portal_down:
            looks.is_portal_down = not await self._answers(self._portal)
        if looks.is_portal_down:
            # The portal, or our own way out: what else did not answer then proves nothing.
            self._take_back(passing)
        failed = self._of_portal(plans)
        if self._is_outage(plans, failed):
            looks.is_portal_down = True
            self._take_back(failed)

    def _of_portal(self, plans: dict[str, Plan]) -> set[str]:
        return {
            key
            for key, look in self._looks.by_key.items()
            if look.problem is not None and self._is_portal(site_of(plans[key].listed.stated.url))
        }

    def _is_outage(self, plans: dict[str, Plan], failed: set[str]) -> bool:
        """Whether so many of the portal's own files failed that the files are not the reason."""
        bounds = self._bounds.outage
        asked = {
            key
            for key in self._looks.by_key
            if self._is_portal(site_of(plans[key].listed.stated.url))
        }
        were_well = {key for key in asked if _was_well(plans[key])}
        if len(were_well) >= bounds.least:
            return len(were_well - failed) < len(were_well) * bounds.least_share
        unknown = {key for key in asked if plans[key].before is None}
        return len(unknown) >= bounds.least and unknown <= failed and asked == failed

    def _take_back(self, keys: set[str]) -> None:
        for key in keys:
            look = self._looks.by_key[key]
            self._looks.by_key[key] = Look(look.at, problem=look.problem, is_outage=True)


def site_of(url: str) -> Site:
    """Scheme, host and port of an address; what is no address is a site of its own."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
    return parts.scheme, (parts.hostname or "").lower(), port


def _is_passing(problem: ProblemCode) -> bool:
    return LinkProblem(problem).is_passing


def _was_well(plan: Plan) -> bool:
    return (
        plan.before is not None
        and "content_sha256" in plan.before.row
        and "problem_code" not in plan.before.row
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
