"""HTTP that is polite to a source and trusts nothing it sends.

Bounded concurrency, a request rate never above ours or the advertised one, one deadline for a whole
request (a body that drips a byte a second ends there), a bound on the decompressed size, retries by
kind of failure, one new login when a session has expired. TLS is always verified; redirects are not
followed (a redirect to a login page is an answer of the wrong kind).
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
import random
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import TracebackType

import httpx

from ingestion.core.errors import DataRefused, SourceUnavailable
from ingestion.core.log import event, keep_secret, quote_foreign

logger = logging.getLogger(__name__)

_RATE_MARGIN = 1.05
"""Spacing of requests over the exact one: the network may push two of them closer together."""
_FIRST_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 20.0
_LONGEST_WRAPPING = 1 << 20
"""Bytes by which a compressed body may be longer than what it holds: a stream can say nothing."""


@dataclass(frozen=True)
class HttpLimits:
    """Bounds of the client, from ``http:`` of ``source.yml``."""

    concurrency: int
    requests_per_second: float
    connect_seconds: float
    request_seconds: float
    response_mib: float
    attempts: int
    longest_wait_seconds: float


class Reaction(Enum):
    """What to do after a failed request."""

    BACK_OFF = "back off"
    WAIT = "wait as told"
    LOG_IN = "log in again"
    FAIL = "fail"


def reaction_to(status: int) -> Reaction:
    """The retry policy: which answer calls for what."""
    if status == 429:
        return Reaction.WAIT
    if status == 401:
        return Reaction.LOG_IN
    if status in (408, 500, 502, 503, 504):
        return Reaction.BACK_OFF
    return Reaction.FAIL


def back_off_seconds(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after failed attempt ``attempt`` (from 1): exponential, with jitter."""
    bound = min(_LONGEST_BACK_OFF_SECONDS, _FIRST_BACK_OFF_SECONDS * 2.0 ** (attempt - 1))
    return float(bound * (0.5 + 0.5 * chance()))


def retry_after_seconds(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110 10.2.3: seconds or an HTTP date).

    A date is measured from the answer's own ``Date``, so that a server clock that is off does no
    harm, else from ``now``.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(headers.get("Date", "")) or now
    return max(0.0, (until - since).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        parsed = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class Pacer:
    """Hands out moments to send at, never closer together than the rate allows."""

    def __init__(self, per_second: float) -> None:
        """Start with our own rate."""
        self._per_second = per_second
        self._next = 0.0

    @property
    def per_second(self) -> float:
        """Requests per second that are kept to."""
        return self._per_second

    def lower_to(self, per_second: float) -> None:
        """Keep to an advertised rate if it is lower than the present one."""
        if 0 < per_second < self._per_second:
            self._per_second = per_second

    def hold(self, seconds: float) -> None:
        """Let nothing out for so long."""
        self._next = max(self._next, time.monotonic() + seconds)

    async def turn(self) -> None:
        """Wait for the next free moment."""
        while True:
            now = time.monotonic()
            if now >= self._next:
                self._next = now + _RATE_MARGIN / self._per_second
                return
            await asyncio.sleep(self._next - now)


@dataclass(frozen=True)
class Answer:
    """A successful answer, decompressed and bounded."""

    body: bytes
    headers: httpx.Headers
    url: str


class TooLarge(DataRefused):
    """An answer beyond its bound."""


class AttemptFailed(Exception):
    """One attempt failed in a way that another attempt may mend."""

    def __init__(self, message: str, reaction: Reaction, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.reaction = reaction
        self.wait_seconds = wait_seconds


async def wait_after(
    failure: AttemptFailed, attempt: int, what: str, limits: HttpLimits, pacer: Pacer
) -> None:
    """Wait after a failed attempt, or give up.

    Raises:
        SourceUnavailable: attempts are used up, or the source asks for too long a wait.
    """
    if attempt >= limits.attempts:
        raise SourceUnavailable(f"{what}: {failure}; gave up after {attempt} attempts")
    seconds = failure.wait_seconds
    if seconds is not None and seconds > limits.longest_wait_seconds:
        raise SourceUnavailable(f"{what}: the source asks to wait {seconds:.0f} s; gave up")
    event(logger, "trying again", path=what, attempt=attempt, reason=str(failure))
    if seconds is not None:
        pacer.hold(seconds)  # for every request, not only for this one
    else:
        await asyncio.sleep(back_off_seconds(attempt))


async def bounded_body(response: httpx.Response, what: str, mib: float) -> bytes:
    """The whole body, decompressed here so that the bound holds and truncation shows.

    Raises:
        TooLarge: it is larger than ``mib`` when decompressed.
        DataRefused: its encoding is none that was asked for.
        AttemptFailed: it is damaged or ends early.
    """
    body, is_whole = await body_start(response, what, mib)
    if not is_whole:
        raise TooLarge(f"{what}: answer larger than {mib:g} MiB")
    return body


async def body_start(response: httpx.Response, what: str, mib: float) -> tuple[bytes, bool]:
    """At most ``mib`` of a body, decompressed, and whether that is all of it.

    Raises:
        DataRefused: its encoding is none that was asked for.
        AttemptFailed: it is damaged or ends early.
    """
    bound = int(mib * 1024 * 1024)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity", ""):
        raise DataRefused(f"{what}: unknown content encoding {quote_foreign(encoding)}")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    parts: list[bytes] = []
    size = sent = 0
    async for chunk in response.aiter_raw():
        try:
            part = inflater.decompress(chunk, bound - size + 1) if inflater else chunk
        except zlib.error:
            raise AttemptFailed("the compressed body is damaged", Reaction.BACK_OFF) from None
        sent += len(chunk)
        size += len(part)
        parts.append(part)
        if size > bound or sent > bound + _LONGEST_WRAPPING:
            return b"".join(parts)[:bound], False
    if inflater is not None and not inflater.eof:
        raise AttemptFailed("the compressed body ends early", Reaction.BACK_OFF)
    return b"".join(parts), True


async def error_text(response: httpx.Response) -> str:
    """A short, masked piece of an error answer."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    async for chunk in response.aiter_bytes(2048):
        return quote_foreign(chunk.decode("utf-8", "replace"))
    return ""


Login = Callable[["SourceClient"], Awaitable[str]]


class SourceClient:
    """A session with one source. Use as an async context manager."""

    def __init__(
        self,
        base_url: str,
        limits: HttpLimits,
        login: Login,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare; nothing is sent before the first request.

        Args:
            base_url: scheme, host and port of the source.
            limits: bounds to keep to.
            login: obtains a session token; called when there is none or it has expired.
            transport: replaces the network in tests.
        """
        self._limits = limits
        self._login = login
        self._token = ""
        self._login_lock = asyncio.Lock()
        self._in_flight = asyncio.Semaphore(limits.concurrency)
        self.pacer = Pacer(limits.requests_per_second)
        self.request_count = 0
        self._client = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(limits.request_seconds, connect=limits.connect_seconds),
            limits=httpx.Limits(
                max_connections=limits.concurrency, max_keepalive_connections=limits.concurrency
            ),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    async def __aenter__(self) -> SourceClient:
        """Enter."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, path: str, params: dict[str, str]) -> Answer:
        """Fetch JSON text with the session token.

        Raises:
            SourceUnavailable: no answer, or none but errors, within the bounds.
            DataRefused: an answer of the wrong type or beyond the size bound.
        """
        renewed = False
        attempt = 1
        while True:
            token = await self._session("")
            try:
                return await self._attempt(
                    "GET", path, params=params, headers={"Authorization": f"Bearer {token}"}
                )
            except AttemptFailed as failure:
                if failure.reaction is Reaction.LOG_IN:
                    if renewed:
                        raise SourceUnavailable(
                            f"{path}: not authorised, even right after a new login"
                        ) from None
                    renewed = True
                    await self._session(token)
                    continue
                await wait_after(failure, attempt, path, self._limits, self.pacer)
                attempt += 1

    async def post_login(self, path: str, body: dict[str, str]) -> Answer:
        """Send login data; a refusal fails at once and is not tried again."""
        attempt = 1
        while True:
            try:
                return await self._attempt("POST", path, json=body)
            except AttemptFailed as failure:
                if failure.reaction is Reaction.LOG_IN:
                    raise SourceUnavailable(f"{path}: login refused, {failure}") from None
                await wait_after(failure, attempt, path, self._limits, self.pacer)
                attempt += 1

    async def _session(self, expired: str) -> str:
        """The token; a new one when there is none or ``expired`` is the one in use."""
        if self._token and self._token != expired:
            return self._token
        async with self._login_lock:
            if not self._token or self._token == expired:
                self._token = await self._login(self)
                keep_secret(self._token)
        return self._token

    async def _attempt(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        json: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        async with self._in_flight:
            await self.pacer.turn()
            self.request_count += 1
            try:
                async with (
                    asyncio.timeout(self._limits.request_seconds),
                    self._client.stream(
                        method, path, params=params, json=json, headers=headers
                    ) as response,
                ):
                    return await self._read(response, path)
            except TimeoutError:
                raise AttemptFailed(
                    f"no complete answer within {self._limits.request_seconds:g} s",
                    Reaction.BACK_OFF,
                ) from None
            except httpx.TransportError as error:
                if is_certificate_error(error):
                    raise SourceUnavailable(
                        f"{path}: the server's TLS certificate is not valid for it"
                    ) from None
                raise AttemptFailed(
                    f"{type(error).__name__} on the way", Reaction.BACK_OFF
                ) from None

    async def _read(self, response: httpx.Response, path: str) -> Answer:
        advertised = response.headers.get("X-RateLimit-Limit", "")
        if advertised.isascii() and advertised.replace(".", "", 1).isdigit():
            self.pacer.lower_to(float(advertised))
        status = response.status_code
        if status >= 300:
            text = await error_text(response)
            reaction = reaction_to(status)
            if reaction is Reaction.FAIL:
                raise SourceUnavailable(f"{path}: HTTP {status} {text}".rstrip())
            told = retry_after_seconds(response.headers, datetime.now(UTC))
            raise AttemptFailed(
                f"HTTP {status} {text}".rstrip(),
                reaction,
                told if status in (429, 503) else None,
            )
        kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise DataRefused(
                f"{path}: answered {quote_foreign(kind) or 'no content type'} instead of JSON"
            )
        body = await bounded_body(response, path, self._limits.response_mib)
        return Answer(body, response.headers, str(response.url))


def is_certificate_error(error: BaseException) -> bool:
    """Whether TLS failed because the server is not who it should be."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
