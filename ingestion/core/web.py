"""Web pages and files of several sites, asked for politely and trusted in nothing.

Like `ingestion.core.http` (deadline for a whole request, bound on the decompressed size, retries by
kind of failure), and besides: only sites of the allow-list (files, where configured, of any public
host), each connection to an address that was checked, redirects followed within the allow-list
only, robots.txt and its crawl delay obeyed. Nothing that is meant for one site goes to another.

A listing that cannot be had is the source's fault (`SourceUnavailable`, `DataRefused`); a file that
cannot be had is a fact about whoever published the link (`LinkProblem`).
"""

from __future__ import annotations

import asyncio
import copy
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from ingestion.core.addresses import (
    AddressRefused,
    Allowed,
    NameUnknown,
    Origin,
    Resolve,
    checked_ip,
    encoded,
    joined,
    resolve_by_system,
)
from ingestion.core.errors import DataRefused, SourceUnavailable, StatusRefused
from ingestion.core.http import (
    AttemptFailed,
    HttpLimits,
    Pacer,
    Reaction,
    TooLarge,
    body_start,
    bounded_body,
    error_text,
    is_certificate_error,
    reaction_to,
    retry_after_seconds,
    wait_after,
)
from ingestion.core.log import event, quote_foreign

logger = logging.getLogger(__name__)

AGENT = "cchc-indicator-warehouse"
_MOST_REDIRECTS = 5
_MOST_SITES = 64
_ROBOTS_MIB = 0.5
_SLOWEST_CRAWL_SECONDS = 60.0
_PARTS = re.compile(r"^\s*crawl-delay:\s*(\d*\.\d+)", re.IGNORECASE | re.MULTILINE)

ProblemCode = Literal[
    "address_refused",
    "dead_link",
    "empty_file",
    "forbidden",
    "no_file",
    "not_answering",
    "redirect_loop",
    "redirect_refused",
    "robots_disallowed",
    "too_large",
    "too_slow",
    "web_page",
]
PROBLEMS_VI: Mapping[ProblemCode, str] = {
    "address_refused": "Địa chỉ tệp không thuộc các trang được phép truy cập nên không tải",
    "dead_link": "Liên kết không còn dẫn đến tệp nào",
    "empty_file": "Tệp rỗng, không có nội dung",
    "forbidden": "Máy chủ không cho tải tệp",
    "no_file": "Mục công khai không kèm tệp",
    "not_answering": "Máy chủ không trả được tệp sau nhiều lần hỏi",
    "redirect_loop": "Liên kết chuyển hướng vòng quanh hoặc quá nhiều lần, không dẫn đến tệp nào",
    "redirect_refused": "Liên kết chuyển hướng ra ngoài các trang được phép truy cập nên không tải",
    "robots_disallowed": "Trang không cho tải tự động tệp này (robots.txt)",
    "too_large": "Tệp lớn hơn mức cho phép nên không tải",
    "too_slow": "Tệp không tải xong trong thời gian cho phép",
    "web_page": "Máy chủ trả về một trang web thay cho tệp",
}
PASSING: frozenset[ProblemCode] = frozenset({"not_answering", "too_slow"})
"""Problems that may be gone when the file is asked for again, and say nothing of the link."""


class LinkProblem(Exception):
    """A linked file that cannot be had; ``code`` is a key of `PROBLEMS_VI`."""

    def __init__(self, code: ProblemCode) -> None:
        super().__init__(code)
        self.code: ProblemCode = code

    @property
    def is_passing(self) -> bool:
        """Whether asking again later may help."""
        return self.code in PASSING


@dataclass(frozen=True)
class Page:
    """A listing's answer.

    Attributes:
        url: where it came from in the end.
        is_synthetic: it says that its data is simulated.
    """

    body: bytes
    url: str
    content_type: str
    is_synthetic: bool


@dataclass(frozen=True)
class Download:
    """A file as it was sent.

    Attributes:
        content: its bytes; None when it has not changed since ``validator``.
        validator: what to ask "changed since?" with next time, if the server gives anything.
        media_type: what the server says it is, in lower case, without parameters.
        is_sample: only its start, for it is larger than the bound and a sample was asked for.
    """

    content: bytes | None
    validator: str | None
    is_synthetic: bool = False
    media_type: str = ""
    is_sample: bool = False


@dataclass
class _Sessions:
    """What one client and its views share.

    Attributes:
        clients: of sites of the allow-list proper.
        passing_clients: of other sites; few are kept.
        robots: rules of sites; few are kept.
    """

    in_flight: asyncio.Semaphore
    clients: dict[Origin, httpx.AsyncClient] = field(default_factory=dict)
    passing_clients: dict[Origin, httpx.AsyncClient] = field(default_factory=dict)
    pacers: dict[Origin, Pacer] = field(default_factory=dict)
    robots: dict[Origin, RobotFileParser] = field(default_factory=dict)
    robots_locks: defaultdict[Origin, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _trust: ssl.SSLContext | None = None

    def trust(self) -> ssl.SSLContext:
        """The certificates that are believed; reading them takes long, so once for all sites."""
        if self._trust is None:
            self._trust = httpx.create_ssl_context(trust_env=False)
        return self._trust


class _Redirected(Exception):
    """A listing's answer that sends us on."""

    def __init__(self, target: str) -> None:
        super().__init__("redirected")
        self.target = target


class WebClient:
    """A session with the sites of one source. Use as an async context manager."""

    def __init__(
        self,
        base_url: str,
        limits: HttpLimits,
        *,
        own: Sequence[str] = (),
        hosts: Sequence[str] = (),
        files: HttpLimits | None = None,
        resolve: Resolve = resolve_by_system,
        any_public_host: bool = False,
    ) -> None:
        """Prepare; nothing is sent before the first request.

        Args:
            base_url: address of the connection; allowed, also in our own network.
            limits: bounds of listings.
            own: further addresses that an operator set.
            hosts: further hosts that may be asked.
            files: bounds of files; those of listings where nothing else is said.
            resolve: finds the addresses of a host.
            any_public_host: files may also lie on, and redirect to, any other host whose every
                address is public, on the usual ports; metadata never.
        """
        self.base_url = base_url
        self._limits = limits
        self._files = files or limits
        self._allowed = Allowed([base_url, *own], hosts, any_public=any_public_host)
        self._resolve = resolve
        self._said: Mapping[str, str] = {}
        self._shared = _Sessions(asyncio.Semaphore(limits.concurrency))

    def saying(self, headers: Mapping[str, str]) -> Self:
        """A view that sends headers besides, to the sites that an operator set and to no other.

        It shares sessions and pace with this client, which alone is to be closed.
        """
        view = copy.copy(self)
        view._said = {**self._said, **headers}
        return view

    async def __aenter__(self) -> Self:
        """Enter."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        for client in self._shared.clients.values():
            await client.aclose()

    async def post_json(self, url: str, body: Mapping[str, object]) -> Page:
        """Ask an interface.

        Raises:
            SourceUnavailable: no answer, or none but errors, within the bounds.
            DataRefused: an answer of the wrong type or beyond the size bound.
        """
        return await self._listing("POST", url, ("application/json",), json=dict(body))

    async def page(self, url: str) -> Page:
        """Fetch a page of a listing that robots.txt lets us read.

        Raises:
            SourceUnavailable: no answer, or none but errors; robots.txt forbids it.
            DataRefused: an answer of the wrong type or beyond the size bound.
        """
        if not await self._may_fetch(url):
            raise SourceUnavailable(f"{_shown(url)}: robots.txt does not let us read the listing")
        return await self._listing("GET", url, ("text/html", "application/xhtml+xml"))

    async def document(self, url: str, kinds: Sequence[str]) -> Page:
        """Fetch metadata that an interface is there to give; robots.txt is not asked.

        Redirects are followed within the allow-list proper, hop by hop; never to just any public
        host, for who may speak for the portal is the operator's to say.

        Args:
            url: on the allow-list proper.
            kinds: media types that will do, in lower case, such as ``application/json``.

        Raises:
            SourceUnavailable: no answer, or none but errors; it leads off the allow-list.
            DataRefused: an answer of the wrong type or beyond the size bound.
        """
        return await self._listing("GET", url, kinds, redirects=_MOST_REDIRECTS)

    async def download(
        self,
        url: str,
        validator: str | None = None,
        *,
        obey_robots: bool = True,
        sample: bool = False,
    ) -> Download:
        """Fetch a linked file, unless it has not changed.

        Args:
            url: its address, as a page gave it.
            validator: of the version known before.
            obey_robots: files that an interface offers are there to be fetched.
            sample: of a file beyond the size bound its start will do.

        Raises:
            LinkProblem: it cannot be had.
        """
        wanted = url.strip(" ")  # as people paste them
        return await self._file_of(wanted, _conditions(validator), obey_robots, self._files, sample)

    async def _file_of(
        self,
        url: str,
        headers: dict[str, str],
        obey_robots: bool,
        limits: HttpLimits,
        sample: bool = False,
    ) -> Download:
        try:
            if obey_robots and not await self._may_fetch(url):
                raise LinkProblem("robots_disallowed")
            attempt = 1
            while True:
                try:
                    return await self._download_once(url, headers, obey_robots, limits, sample)
                except AttemptFailed as failure:
                    await wait_after(failure, attempt, _shown(url), limits, self._pacer_of(url))
                    attempt += 1
        except TimeoutError:
            raise LinkProblem("too_slow") from None
        except TooLarge:
            raise LinkProblem("too_large") from None
        except (SourceUnavailable, DataRefused, NameUnknown) as error:
            event(logger, "a file cannot be had", reason=error)
            raise LinkProblem("not_answering") from None
        except AddressRefused:
            raise LinkProblem("address_refused") from None

    async def _download_once(
        self,
        url: str,
        headers: dict[str, str],
        obey_robots: bool,
        limits: HttpLimits,
        sample: bool,
    ) -> Download:
        wanted = url
        answered = False
        for hop in range(_MOST_REDIRECTS + 1):
            try:
                origin = self._allowed.origin_of(wanted)
                if hop and obey_robots and not await self._may_fetch(wanted):
                    raise LinkProblem("robots_disallowed")
                async with self._shared.in_flight:
                    await self._pacer(origin).turn()
                    async with asyncio.timeout(limits.request_seconds):
                        response = await self._send(origin, "GET", wanted, headers=headers)
                        answered = True
                        try:
                            target = _redirected(response, wanted)
                            if target is not None:
                                wanted = target
                                continue
                            return await _file(response, wanted, limits.response_mib, sample)
                        finally:
                            await response.aclose()
            except AddressRefused:
                raise LinkProblem("redirect_refused" if answered else "address_refused") from None
            except httpx.TransportError as error:
                if is_certificate_error(error):
                    raise LinkProblem("forbidden") from None
                raise AttemptFailed(
                    f"{type(error).__name__} on the way", Reaction.BACK_OFF
                ) from None
        raise LinkProblem("redirect_loop")

    async def _listing(
        self,
        method: str,
        url: str,
        kinds: Sequence[str],
        json: dict[str, object] | None = None,
        redirects: int = 0,
    ) -> Page:
        attempt = 1
        wanted = url
        while True:
            try:
                return await self._listing_once(method, wanted, kinds, json, redirects > 0)
            except _Redirected as redirect:
                redirects -= 1
                wanted = redirect.target
            except AttemptFailed as failure:
                pacer = self._pacer_of(wanted)
                await wait_after(failure, attempt, _shown(wanted), self._limits, pacer)
                attempt += 1
            except AddressRefused as refusal:
                if wanted != url:
                    raise SourceUnavailable(f"{_shown(url)}: redirects away; {refusal}") from None
                raise DataRefused(f"{_shown(url)}: {refusal}") from None

    async def _listing_once(
        self,
        method: str,
        url: str,
        kinds: Sequence[str],
        json: dict[str, object] | None,
        follow: bool,
    ) -> Page:
        origin = self._allowed.listed(url)
        what = _shown(url)
        async with self._shared.in_flight:
            await self._pacer(origin).turn()
            try:
                async with asyncio.timeout(self._limits.request_seconds):
                    response = await self._send(origin, method, url, json=json)
                    try:
                        target = _redirected(response, url) if follow else None
                        if target is not None:
                            raise _Redirected(target)
                        return await self._page(response, url, kinds)
                    finally:
                        await response.aclose()
            except TimeoutError:
                raise AttemptFailed(
                    f"no complete answer within {self._limits.request_seconds:g} s",
                    Reaction.BACK_OFF,
                ) from None
            except NameUnknown as error:
                raise AttemptFailed(str(error), Reaction.BACK_OFF) from None
            except httpx.TransportError as error:
                if is_certificate_error(error):
                    raise SourceUnavailable(
                        f"{what}: the server's TLS certificate is not valid for it"
                    ) from None
                raise AttemptFailed(
                    f"{type(error).__name__} on the way", Reaction.BACK_OFF
                ) from None

    async def _page(self, response: httpx.Response, url: str, kinds: Sequence[str]) -> Page:
        """Take a listing's answer apart."""
        what = _shown(url)
        if response.status_code >= 300:
            if reaction_to(response.status_code) is Reaction.FAIL:
                words = await error_text(response)
                raise StatusRefused(
                    f"{what}: HTTP {response.status_code} {words}".rstrip(), response.status_code
                )
            raise _failed(response)
        kind = _content_type(response)
        if kind not in kinds:
            raise DataRefused(
                f"{what}: answered {quote_foreign(kind) or 'no content type'} instead of {kinds[0]}"
            )
        body = await bounded_body(response, what, self._limits.response_mib)
        return Page(body, url, response.headers.get("Content-Type", ""), _is_synthetic(response))

    async def _send(
        self,
        origin: Origin,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        json: dict[str, object] | None = None,
    ) -> httpx.Response:
        """Send to the checked address of a site; the body is still to be read."""
        ip = await checked_ip(origin, self._resolve)
        parts = urlsplit(url)
        request = self._client(origin).build_request(
            method,
            # Made of the parts that were checked: another parser may see another host in the text.
            httpx.URL(
                scheme=origin.scheme,
                host=ip,
                port=origin.port,
                raw_path=encoded(parts.path, parts.query).encode("ascii"),
            ),
            headers={
                "Host": urlsplit(str(origin)).netloc,
                **(self._said if origin.is_own else {}),
                **(headers or {}),
            },
            json=json,
            extensions={"sni_hostname": origin.host},
        )
        return await self._client(origin).send(request, stream=True)

    def _client(self, origin: Origin) -> httpx.AsyncClient:
        """The session with a site.

        One each, for connections of one site must not serve another that has the same address: its
        certificate would not be looked at. Connections of sites that are not on the allow-list
        proper end with the answer, so that their sessions can be forgotten.
        """
        is_listed = self._allowed.lists(origin)
        sessions = self._shared.clients if is_listed else self._shared.passing_clients
        client = sessions.get(origin)
        if client is None:
            client = sessions[origin] = httpx.AsyncClient(
                verify=self._shared.trust(),
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(None, connect=self._limits.connect_seconds),
                limits=httpx.Limits(
                    max_connections=self._limits.concurrency,
                    max_keepalive_connections=None if is_listed else 0,
                ),
                headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"},
            )
        _forget_oldest(self._shared.passing_clients)
        return client

    def _pacer(self, origin: Origin) -> Pacer:
        pacers = self._shared.pacers
        if origin not in pacers:
            pacers[origin] = Pacer(self._limits.requests_per_second)
        return pacers[origin]

    def _pacer_of(self, url: str) -> Pacer:
        return self._pacer(self._allowed.origin_of(url))

    async def _may_fetch(self, url: str) -> bool:
        """Whether robots.txt of the site lets us; its crawl delay holds from then on.

        Raises:
            AddressRefused: the address is not on the allow-list.
            SourceUnavailable: robots.txt cannot be had (RFC 9309 2.3.1.4: assume disallow), or
                asks for a pace at which nothing would ever be done.
        """
        origin = self._allowed.origin_of(url)
        robots = self._shared.robots
        async with self._shared.robots_locks[origin]:
            rules = robots.get(origin)
            if rules is None:
                rules = robots[origin] = await self._read_robots(origin)
                _forget_oldest(robots)
        return rules.can_fetch(AGENT, url)

    async def _read_robots(self, origin: Origin) -> RobotFileParser:
        rules = RobotFileParser()
        text = ""
        small = replace(self._limits, response_mib=_ROBOTS_MIB)
        try:
            answer = await self._file_of(f"{origin}/robots.txt", {}, False, small)
            text = (answer.content or b"").decode("utf-8", "replace")
        except LinkProblem as problem:
            if problem.is_passing:
                raise SourceUnavailable(f"{origin}/robots.txt: {problem.code}") from None
        rules.parse(text.splitlines())
        # The parser knows whole seconds only.
        delay = float(rules.crawl_delay(AGENT) or max(map(float, _PARTS.findall(text)), default=0))
        if delay > _SLOWEST_CRAWL_SECONDS:
            raise SourceUnavailable(f"{origin}/robots.txt asks for {delay:g} s a request")
        if delay:
            self._pacer(origin).lower_to(1 / delay)
        return rules


async def _file(response: httpx.Response, url: str, mib: float, sample: bool) -> Download:
    """Take a file's answer apart."""
    status = response.status_code
    synthetic = _is_synthetic(response)
    if status == 304:
        return Download(None, None, synthetic)
    if status >= 300:
        if reaction_to(status) in (Reaction.BACK_OFF, Reaction.WAIT):
            raise _failed(response)
        raise LinkProblem("dead_link" if status in (404, 410) else "forbidden")
    kind = _content_type(response)
    if kind in ("text/html", "application/xhtml+xml") and not _names_a_page(url):
        raise LinkProblem("web_page")
    content, is_whole = await body_start(response, _shown(url), mib)
    if not (is_whole or sample):
        raise LinkProblem("too_large")
    if not content:
        raise LinkProblem("empty_file")
    validator = response.headers.get("ETag") or response.headers.get("Last-Modified")
    return Download(content, validator, synthetic, kind, not is_whole)


def _redirected(response: httpx.Response, url: str) -> str | None:
    """Where an answer sends us; None when it is the answer."""
    target = response.headers.get("Location")
    if response.status_code not in (301, 302, 303, 307, 308) or not target:
        return None
    return joined(url, target)


def _forget_oldest(kept: dict[Origin, Any]) -> None:
    """Keep few: hostile links may lead to any number of hosts."""
    while len(kept) > _MOST_SITES:
        del kept[next(iter(kept))]


def _failed(response: httpx.Response) -> AttemptFailed:
    status = response.status_code
    told = retry_after_seconds(response.headers, datetime.now(UTC))
    reaction = Reaction.WAIT if status == 429 else Reaction.BACK_OFF
    return AttemptFailed(f"HTTP {status}", reaction, told if status in (429, 503) else None)


def _conditions(validator: str | None) -> dict[str, str]:
    if not validator:
        return {}
    is_tag = validator.startswith(('"', "W/"))
    return {"If-None-Match" if is_tag else "If-Modified-Since": validator}


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def _is_synthetic(response: httpx.Response) -> bool:
    return str(response.headers.get("X-Data-Origin", "")).strip().lower() == "synthetic"


def _names_a_page(url: str) -> bool:
    return urlsplit(url).path.lower().endswith((".html", ".htm"))


def _shown(url: str) -> str:
    """An address for a message: without its query, which may hold anything."""
    return quote_foreign(re.split(r"[?#]", url, maxsplit=1)[0], 120)
