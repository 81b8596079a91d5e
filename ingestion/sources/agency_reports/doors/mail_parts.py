"""Taking a mail apart: who sent it, whether a machine did, and its attachments.

A mail is a file from outside like any other: both functions run as jobs in the isolated process
(`ingestion.reading.isolation`), where a mail of a million parts or levels costs nothing but itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from typing import Any

from imap_tools.message import MailAttachment

from ingestion.reading.grid import FileRefused

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_OUTLOOK_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_OUTLOOK_NAME = "winmail.dat"
_NO_REPORT = ("text/calendar", "application/pgp-signature", "application/pkcs7-signature")
"""Parts with a name that mail programs add by themselves."""


def read_header(content: bytes, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Who sent a mail, and whether it may be answered.

    Args:
        content: the header of the mail, or its beginning.
        name: unused.
        options: ``automatic`` (lines of automatic_mail.yml), ``authserv_id``, ``own`` (addresses
            that we write from).

    Returns:
        ``sender`` (one plain address; empty where there is none or more than one), ``message_id``
        (with angle brackets; empty if it has none), ``automatic`` (a kind of automatic_mail.yml),
        ``answers`` (whether it answers an earlier mail).
    """
    mail = message_from_bytes(content)
    sender = _sender(_texts(mail, "From"))
    if options["authserv_id"] and not _is_proven(mail, options["authserv_id"]):
        sender = ""
    kind = _automatic(mail, options["automatic"])
    if sender and sender.lower() in options["own"]:
        kind = "ours"
    message_id = _MESSAGE_ID.search("".join(_texts(mail, "Message-ID")[:1]))
    return {
        "sender": sender,
        "message_id": message_id[0] if message_id else "",
        "automatic": kind,
        "answers": bool(_texts(mail, "In-Reply-To") or _texts(mail, "References")),
    }


def take_apart(content: bytes, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The attachments of a mail, also those of mails that are attached to it.

    Args:
        content: the mail.
        name: unused.
        options: ``attachments`` and ``nesting``: how many, and mails how deep, at most.

    Returns:
        ``attachments``: list of ``{name, is_outlook, content}``, the content in base64.

    Raises:
        FileRefused: ``too_many_attachments`` or ``unreadable_mail``; the door has the sentences.
    """
    found: list[dict[str, Any]] = []
    try:
        for part in _leaves(message_from_bytes(content), options["nesting"]):
            if not _is_attachment(part):
                continue
            if len(found) >= options["attachments"]:
                raise FileRefused("too_many_attachments", "")
            taken = MailAttachment(part)
            is_outlook = taken.content_type in _OUTLOOK_TYPES or (
                taken.filename.strip().lower() == _OUTLOOK_NAME
            )
            encoded = base64.b64encode(_payload(part)).decode()
            found.append({"name": taken.filename, "is_outlook": is_outlook, "content": encoded})
    except RecursionError:
        raise FileRefused("unreadable_mail", "") from None
    return {"attachments": found}


def _leaves(part: Message, nesting: int) -> Iterator[Message]:
    """Parts that hold something, depth first.

    Raises:
        FileRefused: mails are attached to mails deeper than is looked.
    """
    inner = part.get_payload()
    if not isinstance(inner, list):
        yield part
        return
    if part.get_content_maintype() == "message":
        if nesting <= 0:
            raise FileRefused("unreadable_mail", "")
        nesting -= 1
    for child in inner:
        if isinstance(child, Message):
            yield from _leaves(child, nesting)


def _is_attachment(part: Message) -> bool:
    """A file that somebody attached: no letter, no picture of a signature."""
    kind = part.get_content_type()
    if kind in _NO_REPORT:
        return False
    is_inline = part.get_content_disposition() == "inline" or "Content-ID" in part
    if is_inline and part.get_content_maintype() == "image":
        return False
    return (
        part.get_content_disposition() == "attachment"
        or part.get_filename() is not None
        or part.get_content_maintype() == "application"
    )


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (binascii.Error, ValueError, LookupError):
        raise FileRefused("unreadable_mail", "") from None
    return payload if isinstance(payload, bytes) else b""


def _texts(mail: Message, header: str) -> list[str]:
    """Every value of a header, as one line each."""
    return [" ".join(str(value).split()) for value in mail.get_all(header, [])]


def _sender(values: Sequence[str]) -> str:
    """The one address of the one From header.

    Display names may say anything, so they are taken away first; what is then not exactly one plain
    address (two senders, comments, encoded words) is nobody's.
    """
    if len(values) != 1 or len(values[0]) > 1000:
        return ""
    bare = _QUOTED.sub("", values[0])
    inside = re.findall(r"<([^<>]*)>", bare)
    if len(inside) > 1 or bare.count("<") != len(inside) or bare.count(">") != len(inside):
        return ""
    outside = re.sub(r"<[^<>]*>", "", bare)
    if inside and ("@" in outside or "," in outside):
        return ""
    address = (inside[0] if inside else outside).strip()
    return address if _ADDRESS.fullmatch(address) else ""


def _is_proven(mail: Message, authserv_id: str) -> bool:
    """Whether our own mail server says that the sender is who he says he is (RFC 8601).

    Only the topmost header counts: those below came with the mail and may be forged.
    """
    results = _texts(mail, "Authentication-Results")
    if not results:
        return False
    server, _, verdicts = results[0].partition(";")
    if server.split()[:1] != [authserv_id]:
        return False
    return any(verdict.split()[:1] == ["dmarc=pass"] for verdict in verdicts.split(";"))


def _automatic(mail: Message, rules: Sequence[Mapping[str, str]]) -> str:
    for rule in rules:
        for value in _texts(mail, rule["header"]):
            if re.search(rule["matches"], value[:1000], re.IGNORECASE):
                return rule["kind"]
    return ""
