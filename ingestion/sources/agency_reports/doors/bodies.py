"""Bodies of requests, read up to a size and until a moment; one file comes out."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from ingestion.sources.agency_reports.doors.answers import Trouble
from ingestion.sources.agency_reports.doors.names import plain_name
from ingestion.sources.agency_reports.doors.settings import DoorSettings

TOKEN_FIELD = "ma_nop"  # noqa: S105 - the name of a field
FILE_FIELD = "tep"
NUMBER_FIELD = "so"
NAME_PARAMETER = "ten"
_MOST_FIELDS = 4
_FORM = "multipart/form-data"


@dataclass(frozen=True)
class Body:
    """What a request brought.

    Attributes:
        content: the file; None where the form has none.
        file_name: a plain name.
        token: from the form; empty where it has none.
    """

    content: bytes | None = field(repr=False)
    file_name: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Question:
    """Which receipt somebody wants to see, and by what right."""

    receipt_no: str
    token: str = field(repr=False)


def refuse_large(request: Request, settings: DoorSettings) -> None:
    """Refuse a body by the size it declares, before any of it is read.

    Raises:
        Trouble: it is too large, or its length is no length.
    """
    declared = request.headers.get("content-length")
    if declared is None:
        return
    if not (declared.isascii() and declared.isdigit()):
        raise Trouble("not_understood", ends=True)
    if len(declared) > 15 or int(declared) > _most_bytes(settings):
        raise Trouble("too_large", ends=True)


async def read_body(request: Request, settings: DoorSettings) -> Body:
    """Read a body: a form with one file, or the file itself.

    Raises:
        Trouble: it is too large, too slow, broken or holds other than one file.
    """
    seconds = settings.upload.body_seconds
    try:
        async with asyncio.timeout(seconds):
            return await _read(_bounded(request, _most_bytes(settings)), settings)
    except TimeoutError:
        raise Trouble("too_slow", seconds, ends=True) from None
    except ClientDisconnect:
        raise Trouble("not_understood", ends=True) from None


async def read_question(request: Request, settings: DoorSettings) -> Question:
    """Read the form that asks for a receipt.

    Raises:
        Trouble: it is too large, too slow or no form.
    """
    seconds, most = settings.upload.body_seconds, settings.upload.form_bytes
    try:
        async with asyncio.timeout(seconds):
            body = await _bounded(request, most).body()
        given = parse_qs(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except TimeoutError:
        raise Trouble("too_slow", seconds, ends=True) from None
    except (ClientDisconnect, ValueError):
        raise Trouble("not_understood", ends=True) from None
    receipt_no, token = (given.get(name, [""])[0] for name in (NUMBER_FIELD, TOKEN_FIELD))
    return Question(receipt_no.strip().upper(), token)


async def _read(request: Request, settings: DoorSettings) -> Body:
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        content = await request.body()
        _check_size(len(content), settings)
        name = plain_name(unquote(request.query_params.get(NAME_PARAMETER, "")))
        return Body(content or None, name, "")
    async with AsyncExitStack() as stack:
        try:
            form = await request.form(
                max_files=1, max_fields=_MOST_FIELDS, max_part_size=settings.upload.form_bytes
            )
        except HTTPException as error:
            few = "Too many files" in str(error.detail)
            raise Trouble("one_file" if few else "not_understood", ends=True) from None
        except (KeyError, ValueError, AssertionError):
            raise Trouble("not_understood", ends=True) from None
        stack.push_async_callback(form.close)
        file, token = form.get(FILE_FIELD), form.get(TOKEN_FIELD)
        typed = token if isinstance(token, str) else ""
        if not isinstance(file, UploadFile):
            return Body(None, "", typed)
        content = await file.read(settings.file_bytes + 1)
        _check_size(len(content), settings)
        # A browser sends an empty nameless file where none was chosen.
        chosen = bool(content or file.filename)
        return Body(content if chosen else None, plain_name(file.filename), typed)


def _bounded(request: Request, most: int) -> Request:
    """The request with a body that ends in trouble where it grows too large."""
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Trouble("too_large", ends=True)
        return message

    return Request(request.scope, receive)


def _check_size(size: int, settings: DoorSettings) -> None:
    if size > settings.file_bytes:
        raise Trouble("too_large", ends=True)


def _most_bytes(settings: DoorSettings) -> int:
    return settings.file_bytes + settings.upload.form_bytes
