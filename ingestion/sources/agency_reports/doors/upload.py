"""The upload door: one page, one file, one receipt at once.

``POST /bao-cao`` takes a form (the page's, or ``curl -F tep=@file``) or the file as body, with the
agency's token in the form or as ``Authorization: Bearer``. ``GET /bien-nhan/<number>`` shows a
receipt again to the agency that it was given to. There are no sessions and no cookies.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import Engine, text
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ingestion.catalogue.agencies import Agency
from ingestion.core.log import event
from ingestion.sources.agency_reports.doors.answers import HEADERS, Answers, Trouble
from ingestion.sources.agency_reports.doors.bodies import (
    Body,
    read_body,
    read_question,
    refuse_large,
)
from ingestion.sources.agency_reports.doors.rates import Buckets, address_key
from ingestion.sources.agency_reports.doors.settings import DoorSettings, read_door_settings
from ingestion.sources.agency_reports.doors.tokens import Tokens
from ingestion.sources.agency_reports.intake.delivery import Delivery
from ingestion.sources.agency_reports.intake.receipt import Receipt

logger = logging.getLogger(__name__)

_RECEIPT_NO = re.compile(r"BN-\d{4}-\d{6,12}", re.ASCII)
_KEY = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_COME_AGAIN_SECONDS = 10
_STATUSES = {404: "not_found", 405: "not_allowed"}

# Codes are used again in other eras: what was delivered before the agency began is another's.
_OWN = text("""
    select 1 from ops.submission
    where
        receipt_no = :receipt_no and coalesce(claimed_agency_code, agency_code) = :agency_code
        and received_on >= :since
""")


class Takes(Protocol):
    """What the upload door needs of `Intake`."""

    def take(self, delivery: Delivery) -> Receipt:
        """Take a delivery in."""
        ...

    def receipt(self, receipt_no: str) -> Receipt | None:
        """The receipt of an earlier delivery."""
        ...

    def told(self, receipt_no: str) -> None:
        """Note that the receipt was handed over."""
        ...


def make_app(
    intake: Takes,
    engine: Engine,
    *,
    settings: DoorSettings | None = None,
    is_synthetic: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Build the application. Its rates are counted in this process: run one only.

    Args:
        intake: takes the files; called from several threads.
        engine: the warehouse, as ``cchc_ingest``.
        settings: bounds; None: those of ``source.yml``.
        is_synthetic: whether what comes is simulated; the page says so.
        clock: what time it is.
    """
    bounds = settings or read_door_settings()
    answers = Answers(bounds.file_mib, is_synthetic)
    desk = _Desk(intake, engine, bounds, is_synthetic, clock)
    # No documentation pages: they load scripts from other sites, and nobody here needs them.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    async def start() -> Response:
        """The page with the form."""
        return answers.start()

    @app.get("/suc-khoe")
    async def health() -> Response:
        """Whether this process answers, for who watches it."""
        return PlainTextResponse("ok", headers=HEADERS)

    @app.post("/bao-cao")
    async def deliver(request: Request) -> Response:
        """Take a report in and answer with its receipt."""
        return answers.receipt(request, await desk.deliver(request))

    @app.get("/bien-nhan/{receipt_no}")
    async def receipt(request: Request, receipt_no: str) -> Response:
        """A receipt again, for programs."""
        agency = await desk.bearer(request)
        if agency is None:
            raise Trouble("no_token")
        return answers.receipt(request, await desk.receipt(receipt_no, agency))

    @app.post("/bien-nhan")
    async def receipt_again(request: Request) -> Response:
        """A receipt again, for who types its number and the token."""
        agency, receipt_no = await desk.asked_again(request)
        return answers.receipt(request, await desk.receipt(receipt_no, agency))

    @app.exception_handler(Trouble)
    async def trouble(request: Request, error: Trouble) -> Response:
        return answers.trouble(request, error)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return answers.trouble(
            request, Trouble(_STATUSES.get(error.status_code, "not_understood"), ends=True)
        )

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, error: RequestValidationError) -> Response:
        return answers.trouble(request, Trouble("not_understood", ends=True))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return answers.trouble(request, Trouble("failed", 60, ends=True))

    return app


class _Desk:
    """Who may do what how often, and the way of a file to the intake."""

    def __init__(
        self,
        intake: Takes,
        engine: Engine,
        settings: DoorSettings,
        is_synthetic: bool,
        clock: Callable[[], datetime],
    ) -> None:
        bounds = settings.upload
        most = bounds.addresses_remembered
        self._intake, self._engine, self._settings = intake, engine, settings
        self._is_synthetic, self._clock = is_synthetic, clock
        self._tokens = Tokens(engine, clock=clock)
        self._by_address = Buckets(bounds.by_address, most)
        self._by_token = Buckets(bounds.by_token, most)
        self._wrong_tokens = Buckets(bounds.wrong_tokens, most)
        self._bodies = asyncio.Semaphore(bounds.at_once)
        self._readings = asyncio.Semaphore(bounds.readings_at_once)

    async def deliver(self, request: Request) -> Receipt:
        """Take a report in.

        Raises:
            Trouble: no token that serves, too often, too large, too slow, no file; our own fault.
        """
        self._admit(request)
        refuse_large(request, self._settings)
        agency = await self.bearer(request)
        if self._bodies.locked():
            raise Trouble("busy", _COME_AGAIN_SECONDS, ends=True)
        async with self._bodies:
            body = await read_body(request, self._settings)
        if agency is None:
            agency = await self._owner(request, body.token)
        if body.content is None:
            raise Trouble("one_file")
        delivery = self._delivery(request, agency, body, body.content)
        async with self._readings:
            receipt = await run_in_threadpool(self._take, delivery)
        event(logger, "report uploaded", receipt=receipt.receipt_no, agency=agency.code)
        return receipt

    async def bearer(self, request: Request) -> Agency | None:
        """Whose token the header holds; None where there is no such header.

        Raises:
            Trouble: the token does not serve, or there were too many tries.
        """
        given = request.headers.get("authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        return await self._owner(request, token if scheme.lower() == "bearer" else "")

    async def asked_again(self, request: Request) -> tuple[Agency, str]:
        """Whose token a form holds, and which receipt is asked for.

        Raises:
            Trouble: the form is none, the token does not serve, or there were too many tries.
        """
        self._admit(request)
        refuse_large(request, self._settings)
        form = await read_question(request, self._settings)
        agency = await self._owner(request, form.token)
        return agency, form.receipt_no

    async def receipt(self, receipt_no: str, agency: Agency) -> Receipt:
        """A receipt of this agency.

        Raises:
            Trouble: there is none, or it is another's; the two are not told apart.
        """
        if not _RECEIPT_NO.fullmatch(receipt_no):
            raise Trouble("not_found")
        found = await run_in_threadpool(self._own_receipt, receipt_no, agency)
        if found is None:
            raise Trouble("not_found")
        return found

    def _admit(self, request: Request) -> None:
        wait = self._by_address.take(_address(request))
        if wait:
            raise Trouble("too_often", wait, ends=True)

    async def _owner(self, request: Request, token: str) -> Agency:
        address = _address(request)
        wait = self._wrong_tokens.wait(address)
        if wait:
            raise Trouble("too_often", wait, ends=True)
        if not token.strip():
            raise Trouble("no_token", ends=True)
        agency = await run_in_threadpool(self._tokens.owner, token)
        if agency is None:
            self._wrong_tokens.take(address)
            event(logger, "a token that does not serve", level=logging.WARNING)
            raise Trouble("wrong_token", ends=True)
        wait = self._by_token.take(agency.code)
        if wait:
            raise Trouble("too_often", wait, ends=True)
        return agency

    def _delivery(self, request: Request, agency: Agency, body: Body, content: bytes) -> Delivery:
        now = self._clock()
        given = request.headers.get("idempotency-key", "")
        told = given if _KEY.fullmatch(given) else f"{now.isoformat()}:{uuid.uuid4()}"
        return Delivery(
            content=content,
            file_name=body.file_name,
            door="upload",
            received_at=now,
            key=f"{agency.code}:{told}",
            claimed_agency_code=agency.code,
            reply_by="response",
            is_synthetic=self._is_synthetic,
        )

    def _take(self, delivery: Delivery) -> Receipt:
        receipt = self._intake.take(delivery)
        self._intake.told(receipt.receipt_no)
        return receipt

    def _own_receipt(self, receipt_no: str, agency: Agency) -> Receipt | None:
        asked = {
            "receipt_no": receipt_no,
            "agency_code": agency.code,
            "since": agency.valid_from,
        }
        with self._engine.connect() as connection:
            if connection.execute(_OWN, asked).first() is None:
                return None
        return self._intake.receipt(receipt_no)


def _address(request: Request) -> str:
    return address_key(request.client.host if request.client else None)
