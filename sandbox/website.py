"""What the simulated web sites share: answers that misbehave when ordered to, plain refusals."""

from __future__ import annotations

import datetime as dt
import email.utils
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sandbox.api.app import ORIGIN_HEADER
from sandbox.api.chaos import cut, dripping, retry_after

HTML: Final = "text/html; charset=utf-8"
MAINTENANCE: Final = (
    "<!DOCTYPE html><html lang='vi'><head><title>Bảo trì</title></head>"
    "<body><h1>Cổng thông tin đang bảo trì</h1></body></html>"
)
COMMON_MISDEEDS: Final = (
    "status: an error status; html: a maintenance page with status 200; truncated: two thirds of "
    "the body with a length that fits; reset: the body ends before its length; slow: bytes drip "
    "in; redirect: to another host"
)


class WebOrder(BaseModel):
    """An order for misbehaviour; the next ``count`` matching answers obey it."""

    kind: str
    count: int = Field(default=1, ge=1, description="how many answers")
    status: int = Field(default=500, description="for kind=status: 500, 503, 429 …")
    retry_after: str | None = Field(
        default=None, description="Retry-After of a status: seconds or date"
    )
    seconds: float = Field(default=2.0, description="for kind=slow: how long an answer takes")
    target: str = Field(
        default="http://169.254.169.254/latest/meta-data/", description="for kind=redirect"
    )
    path: str = Field(default="/", description="only paths, decoded, that start with this")
    skip: int = Field(default=0, ge=0, description="how many matching answers to let pass first")


class WebDay(BaseModel):
    """Moves a site to a day."""

    until: dt.date = Field(description="last day that has happened")


def answered(
    order: WebOrder | None,
    body: bytes,
    content_type: str,
    headers: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Answer a body, wrongly where an order says so in a way that every site knows."""
    sent = ORIGIN_HEADER | (headers or {})
    match order.kind if order else None, order:
        case "status", WebOrder():
            wait = {"Retry-After": retry_after(order.retry_after)} if order.retry_after else {}
            return Response(MAINTENANCE, order.status, ORIGIN_HEADER | wait, HTML)
        case "html", _:
            return Response(MAINTENANCE, 200, ORIGIN_HEADER, HTML)
        case "redirect", WebOrder():
            return RedirectResponse(order.target, 302, ORIGIN_HEADER)
        case "truncated", _:
            return Response(cut(body), status, sent, content_type)
        case "reset", _:
            sent["Content-Length"] = str(len(body))
            return Response(cut(body), status, sent, content_type)
        case "slow", WebOrder():
            sent["Content-Length"] = str(len(body))
            return StreamingResponse(dripping(body, order.seconds), status, sent, content_type)
    return Response(body, status, sent, content_type)


def is_known(request: Request, etag: str, modified_at: dt.datetime) -> bool:
    """Whether the reader has this version already (RFC 9110 13.2.2: the tag goes first)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = request.headers.get("if-modified-since", "")
    try:
        return modified_at <= email.utils.parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def version_headers(etag: str, modified_at: dt.datetime) -> dict[str, str]:
    """By which a reader can ask later whether a file has changed."""
    moment = email.utils.format_datetime(modified_at.astimezone(dt.UTC), usegmt=True)
    return {"ETag": etag, "Last-Modified": moment}


def path_of(request: Request) -> str:
    """Return the path asked for, decoded."""
    path: str = request.scope["path"]
    return path


def refuse_plainly(app: FastAPI) -> None:
    """Answer what is refused as such sites do: a bare page, a line of text."""

    @app.exception_handler(HTTPException)
    def refuse(request: Request, refusal: HTTPException) -> Response:
        text = f"<html><body><h1>{refusal.status_code}</h1></body></html>"
        headers = ORIGIN_HEADER | dict(refusal.headers or {})
        return Response(text, refusal.status_code, headers, HTML)

    @app.exception_handler(RequestValidationError)
    def refuse_parameters(request: Request, error: RequestValidationError) -> Response:
        names = ", ".join(sorted({str(part["loc"][-1]) for part in error.errors()}))
        return PlainTextResponse(f"Tham số sai: {names}", 400, ORIGIN_HEADER)
