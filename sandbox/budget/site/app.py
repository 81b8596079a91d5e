"""The HTTP face of the simulated budget site."""

from __future__ import annotations

import datetime as dt
import math
import posixpath
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import FastAPI, Query, Request
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.exceptions import HTTPException

from sandbox.api.app import ORIGIN_HEADER
from sandbox.api.chaos import Chaos, FailingWindows, FailureShare
from sandbox.api.guards import TokenBucket
from sandbox.budget.calendar import Calendar, Publication
from sandbox.budget.publishers import Publisher
from sandbox.budget.site import listing, portal
from sandbox.budget.site.holdings import HeldFile, Holdings
from sandbox.budget.site.legacy import to_cp1258
from sandbox.budget.site.misdeeds import (
    SiteMisdeed,
    SiteOrder,
    flood_rows,
    foreign_rows,
    zeros,
)
from sandbox.website import (
    HTML,
    WebDay,
    answered,
    is_known,
    path_of,
    refuse_plainly,
    version_headers,
)

PORTAL: Final = "/_vti_bin/DeptService.svc"
_JSON: Final = "application/json; charset=utf-8"
_TYPES: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".xml": "text/xml",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
}
PageNumber = Annotated[int, Query(alias="trang", ge=1)]


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How the site is run.

    Attributes:
        crawl_delay: seconds between two requests that ``robots.txt`` asks for.
        rate: requests a second that are answered; 0 for no limit.
        with_chaos: whether misbehaviour may be ordered.
        fail_share: share of the months whose files answer 503 until it is changed.
    """

    crawl_delay: float = 0.01
    rate: float = 0.0
    with_chaos: bool = False
    fail_share: float = 0.0


class _Site:
    """Holdings of a day behind the misbehaviour."""

    def __init__(
        self, make: Callable[[dt.date], Calendar], until: dt.date, options: SiteOptions
    ) -> None:
        self._make, self.options = make, options
        self.holdings = Holdings(make(until))
        self.chaos = Chaos[SiteOrder]()
        self.failing = FailingWindows(self.holdings.seed, options.fail_share)
        self._bucket = TokenBucket(options.rate)
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def move_to(self, until: dt.date) -> None:
        """Show the site as it is on another day."""
        if until != self.holdings.until:
            self.holdings = Holdings(self._make(until))

    def admit(self, request: Request, door: str) -> SiteOrder | None:
        """Count a request and return the order it must obey, if any.

        Raises:
            HTTPException: too many requests.
        """
        with self._lock:
            self._asked[door] += 1
        wait = self._bucket.wait("anybody")
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(max(1, math.ceil(wait)))})
        return self.chaos.next_for(path_of(request)) if self.options.with_chaos else None

    def asked(self) -> dict[str, int]:
        """Return how often each door was asked."""
        with self._lock:
            return dict(self._asked)

    def fails(self, held: HeldFile) -> bool:
        """Return whether a file cannot be had: all those published in some months cannot."""
        month = f"{held.publication.published_on:%Y-%m}"
        return self.failing.fails("budget files", month)


def create_app(
    make: Callable[[dt.date], Calendar], until: dt.date, options: SiteOptions | None = None
) -> FastAPI:
    """Build the application.

    Args:
        make: gives the calendar of a day.
        until: the day of the site: the last one that has happened.
        options: pace and whether misbehaviour may be ordered.
    """
    site = _Site(make, until, options or SiteOptions())
    app = FastAPI(
        title="Trang công khai ngân sách mô phỏng / simulated budget site",
        version="1.0.0",
        description="DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA.",
    )

    refuse_plainly(app)

    @app.post(f"{PORTAL}/GetDeparment")
    def departments(request: Request) -> Response:
        """The provinces on the portal."""
        order = site.admit(request, "portal")
        return _answer(order, portal.departments(), _JSON)

    @app.post(f"{PORTAL}/SearchReport")
    def reports(request: Request, asked: portal.Search) -> Response:
        """Records of the portal; only a page that holds them all is complete."""
        order = site.admit(request, "portal")
        most = order.rows if order and order.kind is SiteMisdeed.CAP else None
        return _answer(order, portal.search(site.holdings.portal, asked, most), _JSON)

    @app.get("/Lists/BaoCaoCongKhai/Attachments/{rest:path}")
    @app.get(f"{listing.START}/tep/{{rest:path}}")
    def file(request: Request, rest: str) -> Response:
        """A file of either door."""
        order = site.admit(request, "file")
        held = site.holdings.file_at(path_of(request))
        if held is None:
            raise HTTPException(404)
        if site.fails(held):
            raise HTTPException(503)
        return _file(site, order, held, request)

    @app.get("/robots.txt")
    def robots(request: Request) -> Response:
        """What a crawler may ask for and how often."""
        order = site.admit(request, "robots")
        text = listing.robots(site.options.crawl_delay)
        return _answer(order, text.encode(), "text/plain; charset=utf-8")

    @app.get(f"{listing.FORBIDDEN}{{rest:path}}")
    def forbidden(request: Request, rest: str) -> Response:
        """What ``robots.txt`` forbids; asking is counted."""
        site.admit(request, "forbidden")
        return HTMLResponse("<html><body>Nội bộ</body></html>", headers=ORIGIN_HEADER)

    @app.get(listing.START)
    def everything(request: Request, page: PageNumber = 1) -> Response:
        """All entries of the page, newest first."""
        order = site.admit(request, "listing")
        return _listing(site, order, request, page, site.holdings.page, site.holdings.publishers)

    @app.get(f"{listing.START}/don-vi/{{code}}")
    def one_publisher(request: Request, code: str, page: PageNumber = 1) -> Response:
        """The entries of one publisher, newest first."""
        order = site.admit(request, "listing")
        key = code.rpartition("-")[2]
        entries = site.holdings.of_publisher(int(key)) if key.isdecimal() else None
        if entries is None:
            raise HTTPException(404)
        return _listing(site, order, request, page, entries, ())

    if site.options.with_chaos:
        _add_controls(app, site)
    return app


def _add_controls(app: FastAPI, site: _Site) -> None:
    """Let tests order misbehaviour, move the day and see what was asked for."""

    @app.post("/_chaos", status_code=204)
    def order_chaos(order: SiteOrder) -> Response:
        """Order misbehaviour of the coming answers."""
        site.chaos.add(order)
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.delete("/_chaos", status_code=204)
    def calm_chaos() -> Response:
        """Forget all orders."""
        site.chaos.clear()
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.post("/_chaos/failures", status_code=204)
    def set_failures(failures: FailureShare) -> Response:
        """Say for which share of the months the files cannot be had from now on."""
        site.failing.share = failures.share
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.post("/_until", status_code=204)
    def move(day: WebDay) -> Response:
        """Show the site as it is on another day."""
        site.move_to(day.until)
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.get("/_asked")
    def asked() -> Response:
        """How often each door was asked: portal, listing, file, robots, forbidden."""
        return JSONResponse(site.asked(), headers=ORIGIN_HEADER)


def _listing(
    site: _Site,
    order: SiteOrder | None,
    request: Request,
    page: int,
    entries: Sequence[Publication],
    publishers: Sequence[Publisher],
) -> Response:
    """Answer a page of a listing, wrongly where an order says so."""
    last = listing.page_count(len(entries))
    is_loop = order is not None and order.kind is SiteMisdeed.LOOP
    if page > last and not is_loop:
        raise HTTPException(404)
    following = page + 1 if page < last or is_loop else None
    origin = f"{request.url.scheme}://{request.url.netloc}"
    place = listing.Place(path_of(request), origin, page, last, following)
    shown = 1 if is_loop else page
    first = (shown - 1) * listing.PAGE_ROWS
    rows: Iterable[list[str]] = listing.entry_rows(
        entries[first : first + listing.PAGE_ROWS], site.holdings.seed, place, first + 1
    )
    if order is not None and order.kind is SiteMisdeed.FLOOD:
        pieces = listing.listing(place, flood_rows(), publishers)
        return StreamingResponse(_packed(pieces), 200, ORIGIN_HEADER, HTML)
    if order is not None and order.kind is SiteMisdeed.FOREIGN:
        rows = foreign_rows()
    text = "".join(listing.listing(place, rows, publishers))
    # The oldest page of several has kept its old bytes and got a new declaration.
    is_legacy = last > 1 and page == last
    return _answer(order, to_cp1258(text) if is_legacy else text.encode(), HTML)


def _packed(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield many small pieces of text in fewer large ones: each takes a turn of the server."""
    waiting: list[str] = []
    for number, piece in enumerate(pieces, 1):
        waiting.append(piece)
        if number % 2_000 == 0:
            yield "".join(waiting).encode()
            waiting.clear()
    yield "".join(waiting).encode()


def _file(site: _Site, order: SiteOrder | None, held: HeldFile, request: Request) -> Response:
    """Answer a file, or that it has not changed."""
    headers = version_headers(held.etag, held.modified_at)
    if order is None and is_known(request, held.etag, held.modified_at):
        return Response(status_code=304, headers=ORIGIN_HEADER | headers)
    name = held.publication.file_name
    ending = posixpath.splitext(name)[1]
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    content_type = _TYPES.get(ending, "application/octet-stream")
    return _answer(order, site.holdings.content(held), content_type, headers)


def _answer(
    order: SiteOrder | None,
    body: bytes,
    content_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer a body, wrongly where an order says so."""
    if order is not None and order.kind is SiteMisdeed.HUGE:
        return StreamingResponse(zeros(), 200, ORIGIN_HEADER | (headers or {}), content_type)
    return answered(order, body, content_type, headers)
