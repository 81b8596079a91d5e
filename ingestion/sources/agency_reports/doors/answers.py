"""What the upload door answers: pages for people, JSON for programs, nothing about ourselves."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ingestion.sources.agency_reports.intake.receipt import Receipt
from ingestion.sources.agency_reports.receipts.rendering import as_html, as_json

_FOLDER = Path(__file__).with_name("pages")
_WORDS = Path(__file__).with_name("pages.yml")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_BACK_OFF = "Retry-After"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer."""


class Trouble(Exception):
    """A request that is not fulfilled, for a reason that its sender may know.

    Args:
        code: an entry of ``troubles`` in pages.yml.
        seconds: to wait, or that were waited.
        ends: whether the connection is of no use any more, as its body was not read.
    """

    def __init__(self, code: str, seconds: float = 0, *, ends: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.seconds = int(seconds)
        self.ends = ends


@cache
def read_page_words() -> dict[str, Any]:
    """The words of pages.yml."""
    words: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return words


class Answers:
    """Answers of one installation.

    Args:
        mib: size of the largest file.
        is_synthetic: whether the page says that it is a simulation.
    """

    def __init__(self, mib: int, is_synthetic: bool) -> None:
        self._mib = mib
        self._is_synthetic = is_synthetic
        self._pages = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=select_autoescape(enabled_extensions=("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def start(self) -> Response:
        """The page with the form."""
        return page(self._rendered("start.html.j2", mib=self._mib))

    def receipt(self, request: Request, receipt: Receipt, status: int = 200) -> Response:
        """A receipt, as its reader reads it."""
        if wants_json(request):
            return JSONResponse(as_json(receipt), status, headers=HEADERS)
        links = {read_page_words()["links"]["start"]: _start(request)}
        return page(as_html(receipt, links=links), status)

    def trouble(self, request: Request, trouble: Trouble) -> Response:
        """Why a request is not fulfilled, and what to do."""
        told = read_page_words()["troubles"][trouble.code]
        text = told["text"].format(mib=self._mib, seconds=trouble.seconds)
        headers = {}
        if told["status"] in (429, 503):
            headers[_BACK_OFF] = str(max(1, trouble.seconds))
        if told["status"] == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if trouble.ends:
            headers["Connection"] = "close"
        if wants_json(request):
            content = {"code": trouble.code, "title_vi": told["title"], "message_vi": text}
            return JSONResponse(content, told["status"], headers={**HEADERS, **headers})
        html = self._rendered(
            "trouble.html.j2", title=told["title"], text=text, start=_start(request)
        )
        return page(html, told["status"], headers)

    def _rendered(self, template: str, **values: object) -> str:
        return self._pages.get_template(template).render(
            words=read_page_words(), is_synthetic=self._is_synthetic, **values
        )


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page that may load nothing, run nothing and be framed nowhere."""
    style = _STYLE.search(html)
    allowed = f"'sha256-{_digest(style[1])}'" if style else "'none'"
    policy = (
        f"default-src 'none'; style-src {allowed}; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    told = {**HEADERS, "Content-Security-Policy": policy, **(headers or {})}
    return HTMLResponse(html, status, headers=told)


def wants_json(request: Request) -> bool:
    """Whether a program asks: it says so, or it comes with a token in the header."""
    accepts = request.headers.get("accept", "")
    if "text/html" in accepts:
        return False
    return "application/json" in accepts or "authorization" in request.headers


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _start(request: Request) -> str:
    """The way back to the form, also where a proxy gives us a folder of its site."""
    return "../" if request.url.path.count("/") > 1 else "./"
