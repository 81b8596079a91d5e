"""The HTTP face of the simulated one-stop system."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse

from sandbox.api.chaos import (
    Chaos,
    ChaosOrder,
    FailingWindows,
    FailureShare,
    Misdeed,
    cut,
    dripping,
    retry_after,
)
from sandbox.api.guards import Sessions, TokenBucket
from sandbox.api.models import (
    About,
    DossierPage,
    Failure,
    KeyLine,
    Login,
    ProcedurePage,
    RatingPage,
    Session,
)
from sandbox.clock import parse_moment
from sandbox.kept import Kept
from sandbox.pages import envelope, gzipped
from sandbox.province import Province

ORIGIN_HEADER: Final = {"X-Data-Origin": "synthetic"}
_MAX_PAGE_SIZE: Final = 5_000
_CACHE_BYTES: Final = 48 * 2**20
_MAINTENANCE: Final = (
    "<!DOCTYPE html><html lang='vi'><head><title>Bảo trì</title></head>"
    "<body><h1>Hệ thống đang bảo trì</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How the server is run.

    Attributes:
        user: account name.
        password: its password.
        session_seconds: life of a session.
        rate: calls a second that a session may make; 0 for no limit.
        with_chaos: whether ``/api/_chaos`` exists.
        fail_share: share of the windows that answer 503 until it is changed.
    """

    user: str = "sandbox"
    password: str = "sandbox"  # noqa: S105 - the account of a simulation
    session_seconds: int = 3_600
    rate: float = 50.0
    with_chaos: bool = False
    fail_share: float = 0.0


class Refusal(Exception):
    """A call that is answered with an error envelope."""

    def __init__(
        self, status: int, error_code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.error_code, self.message = status, error_code, message
        self.headers = headers or {}


# Resource and what was asked of it, the start of the window first.
_Key = tuple[str, dt.date, *tuple[dt.date, ...]]
Maker = Callable[[int, int], tuple[int, list[str]]]
Page = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=_MAX_PAGE_SIZE)]
_REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    401: {"model": Failure, "description": "no session, or it has expired"},
    422: {"model": Failure, "description": "a parameter is missing or unreadable"},
    429: {"model": Failure, "description": "too many calls; wait for Retry-After"},
}


class _Source:
    """Pages of one province behind the guards."""

    def __init__(self, province: Province, options: ApiOptions) -> None:
        self.province, self.options = province, options
        self.sessions = Sessions(options.user, options.password, options.session_seconds)
        self.bucket = TokenBucket(options.rate)
        self.chaos = Chaos[ChaosOrder]()
        self.failing = FailingWindows(province.seed, self.options.fail_share)
        self._pages: Kept[tuple[object, ...], bytes] = Kept(_CACHE_BYTES, len)
        self._answers = 0

    def headers(self) -> dict[str, str]:
        limit = {"X-RateLimit-Limit": f"{self.options.rate:g}"} if self.options.rate else {}
        return ORIGIN_HEADER | limit

    def admit(self, authorization: str | None) -> None:
        scheme, _, session = (authorization or "").partition(" ")
        if scheme != "Bearer" or not self.sessions.is_open(session):
            raise Refusal(401, "-1", "Phiên làm việc không hợp lệ hoặc đã hết hạn")
        wait = self.bucket.wait(session)
        if wait:
            seconds = str(max(1, math.ceil(wait)))
            raise Refusal(429, "-4", "Quá số lượt gọi cho phép", {"Retry-After": seconds})

    def respond(
        self,
        request: Request,
        key: _Key,
        page: int,
        page_size: int,
        make: Maker,
    ) -> Response:
        """Answer a page, from memory where possible, wrongly where an order says so."""
        if self.failing.fails(key[0], key[1].isoformat()):
            raise Refusal(503, "-9", "Hệ thống không cung cấp được khoảng dữ liệu này")
        order = self.chaos.next_for(request.url.path) if self.options.with_chaos else None
        spoilt = _spoilt_early(order, self.headers())
        if spoilt is not None:
            return spoilt
        if order and order.kind is Misdeed.EXPIRE:
            self.sessions.end_all()
        asked_page, rows = page, page_size
        if order and order.kind is Misdeed.LOOP:
            page = 1
        if order and order.kind is Misdeed.CAP:
            rows = min(rows, order.rows)
        drift = 0
        if order and order.kind is Misdeed.TOTAL:
            self._answers += 1
            drift = self._answers

        def content() -> bytes:
            total, records = make((page - 1) * page_size, rows)
            return envelope(total + drift, asked_page, page_size, records)

        is_packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = self.headers() | {"Vary": "Accept-Encoding"}
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        if order:
            body = cut(content()) if order.kind is Misdeed.TRUNCATED else content()
            body = gzipped(body) if is_packed else body
            if order.kind is Misdeed.SLOW:
                headers["Content-Length"] = str(len(body))
                return StreamingResponse(
                    dripping(body, order.seconds), 200, headers, "application/json"
                )
        else:
            body = self._pages.get(
                (*key, page, page_size, is_packed),
                lambda: gzipped(content()) if is_packed else content(),
            )
        return Response(body, 200, headers, "application/json")


def _spoilt_early(order: ChaosOrder | None, headers: dict[str, str]) -> Response | None:
    """Return the answer of an order that needs no data."""
    if order is None:
        return None
    if order.kind is Misdeed.STATUS:
        body = {"error_code": "-9", "message": "Lỗi hệ thống"}
        wait = {"Retry-After": retry_after(order.retry_after)} if order.retry_after else {}
        return JSONResponse(body, order.status, headers | wait)
    if order.kind is Misdeed.HTML:
        return Response(_MAINTENANCE, 200, headers, "text/html; charset=utf-8")
    return None


def _window(updated_from: str, updated_to: str) -> tuple[dt.datetime, dt.datetime]:
    try:
        start, end = parse_moment(updated_from), parse_moment(updated_to)
    except ValueError:
        raise Refusal(
            422, "-2", "Thời điểm phải theo ISO 8601, ví dụ 2026-11-20T00:00:00+07:00"
        ) from None
    if end < start:
        raise Refusal(422, "-2", "updated_to phải sau updated_from")
    return start, end


def openapi_document() -> bytes:
    """Return the published OpenAPI document (``sandbox/api/openapi.json``), chaos left out."""
    document = create_app(Province()).openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            # Python 3.13 renamed the standard phrase of this status; the document has one text.
            if refused := operation["responses"].get("422"):
                refused["description"] = "Tham số không hợp lệ / invalid parameters"
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def create_app(province: Province, options: ApiOptions | None = None) -> FastAPI:
    """Build the application.

    Args:
        province: what it serves.
        options: account, limits and whether misbehaviour may be ordered.
    """
    source = _Source(province, options or ApiOptions())
    app = FastAPI(
        title="Hệ thống một cửa mô phỏng / simulated one-stop system",
        version="1.0.0",
        description="DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA. Dossiers in the shape of DongBoHoSoMC.",
    )

    def admitted(authorization: Annotated[str | None, Header()] = None) -> None:
        source.admit(authorization)

    guarded = [Depends(admitted)]

    @app.exception_handler(Refusal)
    def refuse(request: Request, refusal: Refusal) -> JSONResponse:
        body = {"error_code": refusal.error_code, "message": refusal.message}
        return JSONResponse(body, refusal.status, source.headers() | refusal.headers)

    @app.exception_handler(RequestValidationError)
    def refuse_parameters(request: Request, error: RequestValidationError) -> JSONResponse:
        names = ", ".join(sorted({str(part["loc"][-1]) for part in error.errors()}))
        body = {"error_code": "-2", "message": f"Tham số thiếu hoặc sai: {names}"}
        return JSONResponse(body, 422, source.headers())

    @app.post(
        "/api/login",
        response_model=Session,
        responses={401: {"model": Failure}, 422: {"model": Failure}},
    )
    def login(account: Login, request: Request) -> Response:
        """Open a session; send it back as ``Authorization: Bearer <session>``."""
        order = source.chaos.next_for(request.url.path) if source.options.with_chaos else None
        spoilt = _spoilt_early(order, source.headers())
        if spoilt is not None:
            return spoilt
        session = source.sessions.open(account.username, account.password)
        if session is None:
            raise Refusal(401, "-1", "Sai tài khoản hoặc mật khẩu")
        body = Session(session=session, expires_in=source.sessions.seconds)
        return JSONResponse(body.model_dump(), headers=source.headers())

    @app.get("/api/about", response_model=About)
    def about() -> Response:
        """Say what this server is. Needs no session."""
        body = About(
            name="Hệ thống một cửa mô phỏng tỉnh Sơn La",
            data_origin="synthetic",
            notice="DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA",
            seed=province.seed,
            scale=province.scale,
            faults=len(province.faults),
        )
        return JSONResponse(body.model_dump(), headers=source.headers())

    @app.get("/api/dossiers", response_model=DossierPage, responses=_REFUSALS, dependencies=guarded)
    def dossiers(
        request: Request,
        updated_from: str,
        updated_to: str,
        page: Page = 1,
        page_size: PageSize = 1_000,
    ) -> Response:
        """Dossiers updated in [updated_from, updated_to), as of their last update inside it."""
        start, end = _window(updated_from, updated_to)

        def make(first: int, count: int) -> tuple[int, list[str]]:
            total = province.count_dossiers(start, end)
            return total, province.dossiers(start, end, first, count)

        return source.respond(request, ("dossiers", start, end), page, page_size, _checked(make))

    @app.get("/api/ratings", response_model=RatingPage, responses=_REFUSALS, dependencies=guarded)
    def ratings(
        request: Request,
        updated_from: str,
        updated_to: str,
        page: Page = 1,
        page_size: PageSize = 1_000,
    ) -> Response:
        """Ratings given in [updated_from, updated_to)."""
        start, end = _window(updated_from, updated_to)

        def make(first: int, count: int) -> tuple[int, list[str]]:
            found = province.ratings(start, end)
            return len(found), [orjson.dumps(row).decode() for row in found[first : first + count]]

        return source.respond(request, ("ratings", start, end), page, page_size, _checked(make))

    @app.get(
        "/api/procedures", response_model=ProcedurePage, responses=_REFUSALS, dependencies=guarded
    )
    def procedures(
        request: Request, as_of: dt.date, page: Page = 1, page_size: PageSize = 1_000
    ) -> Response:
        """The procedure catalogue as published on a day."""

        def make(first: int, count: int) -> tuple[int, list[str]]:
            found = province.procedure_catalogue(as_of)
            return len(found), [orjson.dumps(row).decode() for row in found[first : first + count]]

        return source.respond(request, ("procedures", as_of), page, page_size, _checked(make))

    @app.get(
        "/api/answer-key", responses=_REFUSALS | {200: {"model": KeyLine}}, dependencies=guarded
    )
    def answer_key(
        start_text: Annotated[str, Query(alias="from")], end_text: Annotated[str, Query(alias="to")]
    ) -> StreamingResponse:
        """What is wrong on purpose in the records of [from, to): one JSON object a line."""
        start, end = _window(start_text, end_text)
        # Looked up before the first byte leaves: a window out of range must still be refusable.
        _checked(lambda first, count: (province.count_dossiers(start, end), []))(0, 0)
        lines = (
            orjson.dumps(dataclasses.asdict(line)) + b"\n"
            for line in province.answer_key(start, end)
        )
        return StreamingResponse(lines, 200, source.headers(), "application/x-ndjson")

    if source.options.with_chaos:

        @app.post("/api/_chaos", status_code=204)
        def order_chaos(order: ChaosOrder) -> Response:
            """Order misbehaviour of the coming answers."""
            if order.kind is Misdeed.EXPIRE:
                source.sessions.end_all()
            else:
                source.chaos.add(order)
            return Response(status_code=204, headers=ORIGIN_HEADER)

        @app.delete("/api/_chaos", status_code=204)
        def calm_chaos() -> Response:
            """Forget all orders."""
            source.chaos.clear()
            return Response(status_code=204, headers=ORIGIN_HEADER)

        @app.post("/api/_chaos/failures", status_code=204)
        def set_failures(failures: FailureShare) -> Response:
            """Say which share of the windows cannot be had from now on."""
            source.failing.share = failures.share
            return Response(status_code=204, headers=ORIGIN_HEADER)

    return app


def _checked(make: Maker) -> Maker:
    """Turn a window outside the played years into a refusal."""

    def checked(first: int, count: int) -> tuple[int, list[str]]:
        try:
            return make(first, count)
        except ValueError as error:
            raise Refusal(422, "-2", f"Ngoài khoảng thời gian mô phỏng: {error}") from error

    return checked
