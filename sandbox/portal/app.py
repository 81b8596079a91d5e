"""The HTTP face of the simulated portal."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import orjson
from fastapi import FastAPI, Query, Request
from fastapi.responses import (
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.exceptions import HTTPException

from sandbox.api.app import ORIGIN_HEADER
from sandbox.api.chaos import Chaos, cut
from sandbox.kept import Kept
from sandbox.portal import pages
from sandbox.portal.actions import MOST_ROWS, ActionError, Call, UnknownAction, answer
from sandbox.portal.dcat import CATALOGUES
from sandbox.portal.history import Portal
from sandbox.portal.misdeeds import PortalMisdeed, PortalOrder
from sandbox.portal.model import Content, State, StoredFile
from sandbox.website import (
    HTML,
    WebDay,
    answered,
    is_known,
    path_of,
    refuse_plainly,
    version_headers,
)

AS_OF: Final = "X-As-Of"
_JSON: Final = "application/json;charset=utf-8"
PageNumber = Annotated[int, Query(alias="trang", ge=1)]
_CACHE_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class PortalOptions:
    """How the portal is run.

    Attributes:
        with_chaos: whether misbehaviour may be ordered.
        down: days on which the portal answers 503 to everything.
        search_down: days on which its search does not answer.
    """

    with_chaos: bool = False
    down: Collection[dt.date] = field(default_factory=frozenset)
    search_down: Collection[dt.date] = field(default_factory=frozenset)


class Site:
    """The portal of a day behind the misbehaviour."""

    def __init__(self, portal: Portal, until: dt.date, options: PortalOptions) -> None:
        self.portal, self.until, self.options = portal, until, options
        self.chaos = Chaos[PortalOrder]()
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._state = functools.lru_cache(maxsize=8)(portal.on)
        self._contents: Kept[Content, bytes] = Kept(_CACHE_BYTES, len)

    def state(self, request: Request) -> State:
        """Return the portal on the day that is asked for.

        Raises:
            HTTPException: the header names no day, or one that has not come; the portal is down.
        """
        day = self.day(request)
        if day in self.options.down:
            raise HTTPException(503)
        return self._state(day)

    def day(self, request: Request) -> dt.date:
        """Return the day that is asked for.

        Raises:
            HTTPException: the header names no day, or one that has not come.
        """
        text = request.headers.get(AS_OF)
        try:
            day = dt.date.fromisoformat(text) if text else self.until
        except ValueError:
            raise HTTPException(400) from None
        if day > self.until:
            raise HTTPException(400)
        return day

    def admit(self, request: Request, door: str) -> PortalOrder | None:
        """Count a request and return the order it must obey, if any."""
        with self._lock:
            self._asked[door] += 1
        return self.chaos.next_for(path_of(request)) if self.options.with_chaos else None

    def asked(self) -> dict[str, int]:
        """Return how often each door was asked."""
        with self._lock:
            return dict(self._asked)

    def content(self, stored: StoredFile) -> bytes:
        """Return a file's bytes, written when they are not at hand."""
        return self._contents.get(stored.content, stored.content.written)


def make_app(portal: Portal, until: dt.date, options: PortalOptions | None = None) -> FastAPI:
    """Build the application.

    Args:
        portal: what is served.
        until: the day of the portal: the last one that has happened. Header ``X-As-Of`` asks for
            an earlier one.
        options: how it is run.
    """
    site = Site(portal, until, options or PortalOptions())
    app = FastAPI(
        title="Cổng dữ liệu mở mô phỏng / simulated open-data portal",
        version="1.0.0",
        description="DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA.",
    )

    refuse_plainly(app)

    @app.api_route("/api/3/action/{name}", methods=["GET", "POST"])
    @app.api_route("/api/action/{name}", methods=["GET", "POST"])
    async def action(request: Request, name: str) -> Response:
        """An action of CKAN."""
        order = site.admit(request, name)
        body = await request.body() if request.method == "POST" else b""
        return _action(site, request, name, order, body)

    @app.api_route("/files/{rest:path}", methods=["GET", "HEAD"])
    def file(request: Request, rest: str) -> Response:
        """A file of a dataset."""
        order = site.admit(request, "file")
        stored = site.state(request).files.get(path_of(request))
        if stored is None:
            raise HTTPException(404)
        return _file(site, order, stored, request)

    for place in CATALOGUES:
        app.add_api_route(place, functools.partial(_catalogue, site), methods=["GET"])

    @app.get(pages.START)
    def listing(request: Request, page: PageNumber = 1) -> Response:
        """A page of the list of datasets."""
        order = site.admit(request, "page")
        state = site.state(request)
        if page > pages.page_count(state):
            raise HTTPException(404)
        return answered(order, pages.listing(state, page).encode(), HTML)

    @app.get(f"{pages.START}/co-quan")
    def publishers(request: Request) -> Response:
        """The page of all organisations."""
        order = site.admit(request, "page")
        return answered(order, pages.publishers_page(site.state(request)).encode(), HTML)

    @app.get(f"{pages.START}/{{name}}")
    @app.get("/dataset/{name}")
    def dataset(request: Request, name: str) -> Response:
        """The page of a dataset, by name or id."""
        order = site.admit(request, "page")
        state = site.state(request)
        found = next((d for d in state.public if name in (d.name, d.dataset_id)), None)
        if found is None:
            raise HTTPException(404)
        return answered(order, pages.dataset_page(state, found, origin_of(request)).encode(), HTML)

    @app.get("/robots.txt")
    def robots(request: Request) -> Response:
        """What a crawler may ask for."""
        order = site.admit(request, "robots")
        return answered(order, b"User-agent: *\nDisallow: /noi-bo/\n", "text/plain")

    if site.options.with_chaos:
        _add_controls(app, site)
    return app


def origin_of(request: Request) -> str:
    """Return ``http://host:port`` as the reader called it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _catalogue(site: Site, request: Request) -> Response:
    """The whole catalogue in one document."""
    order = site.admit(request, "catalogue")
    content_type, write = CATALOGUES[path_of(request)]
    return answered(order, write(site.state(request), origin_of(request)), content_type)


def _action(
    site: Site, request: Request, name: str, order: PortalOrder | None, body: bytes
) -> Response:
    """Answer an action in CKAN's envelope."""
    state = site.state(request)
    given: Any = dict(request.query_params)
    if body:
        try:
            given = given | orjson.loads(body)
        except (orjson.JSONDecodeError, TypeError):
            return _bad_request("Bad request - JSON Error: Error decoding JSON data.")
    kind = order.kind if order else None
    if kind is PortalMisdeed.LOOP:
        given = given | {"start": 0, "offset": 0}
    call = Call(
        state,
        origin_of(request),
        given,
        search_is_down=kind is PortalMisdeed.SEARCH_DOWN or state.day in site.options.search_down,
        most_rows=order.rows if order and kind is PortalMisdeed.CAP else MOST_ROWS,
        is_stale=kind is PortalMisdeed.STALE,
    )
    envelope: dict[str, Any] = {
        "help": f"{call.site}/api/3/action/help_show?name={name}",
        "success": True,
    }
    status = 200
    try:
        envelope["result"] = answer(name, call)
        if kind is PortalMisdeed.DRIFT and name == "package_search":
            envelope["result"]["count"] += 1
    except ActionError as error:
        envelope |= {"success": False, "error": error.error}
        status = error.status
    except UnknownAction:
        return _bad_request(f"Bad request - Action name not known: {name}")
    return answered(order, orjson.dumps(envelope), _JSON, status=status)


def _bad_request(text: str) -> Response:
    """Answer as CKAN does what it cannot read: the body is one JSON text."""
    return Response(orjson.dumps(text), 400, ORIGIN_HEADER, _JSON)


def _file(site: Site, order: PortalOrder | None, stored: StoredFile, request: Request) -> Response:
    """Answer for a file as it is meant to: its bytes, that they are known, or an error."""
    if stored.location:
        return RedirectResponse(stored.location, stored.status, ORIGIN_HEADER)
    if stored.status != 200:
        raise HTTPException(stored.status)
    headers = version_headers(stored.etag, stored.modified_at)
    body = site.content(stored)
    if stored.is_cut:
        sent = ORIGIN_HEADER | {"Content-Length": str(len(body))}
        return Response(cut(body), 200, sent, stored.media_type)
    if order is None and is_known(request, stored.etag, stored.modified_at):
        return Response(status_code=304, headers=ORIGIN_HEADER | headers)
    return answered(order, body, stored.media_type, headers)


def _add_controls(app: FastAPI, site: Site) -> None:
    """Let tests order misbehaviour, move the day and see what was asked for."""

    @app.post("/_chaos", status_code=204)
    def order_chaos(order: PortalOrder) -> Response:
        """Order misbehaviour of the coming answers."""
        site.chaos.add(order)
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.delete("/_chaos", status_code=204)
    def calm_chaos() -> Response:
        """Forget all orders."""
        site.chaos.clear()
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.post("/_until", status_code=204)
    def move(day: WebDay) -> Response:
        """Show the portal as it is on another day."""
        site.until = day.until
        return Response(status_code=204, headers=ORIGIN_HEADER)

    @app.get("/_asked")
    def asked() -> Response:
        """How often each door was asked: actions by name, file, robots, catalogue, page."""
        return JSONResponse(site.asked(), headers=ORIGIN_HEADER)
