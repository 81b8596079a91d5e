"""What personal values look like, and the classes that may be kept in their place.

The allow-list (`ingestion.core.door`) drops whole fields; this guard is the second line, for free
text and codes that pass it. Patterns: 12-digit CCCD, 9-digit CMND, Vietnamese phone numbers,
e-mail. Placeholders seen in real adapters are listed where they are recognised; a class is all
that is ever kept of an identity number, never the number or a hash of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_CONTACT = r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?<!\d)(?:\+?84|0)(?:[ .-]?\d){9}(?!\d)"
_CONTACTS = re.compile(_CONTACT)
# Offices have land lines, which have a digit more.
_REACHABLE = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?<!\d)\(?(?:\+?84|0)(?:[ .()-]{0,2}\d){9,10}(?!\d)"
)
_PERSONAL = re.compile(
    _CONTACT + r"|(?<!\d)\d{12}(?!\d)"
    r"|(?<!\d)\d{9}(?!\d)"
    r"|(?<!\d)\d{3}(?:[ .-]\d{3}){2,3}(?!\d)"
)
MASK = "[đã che]"

_SUMMARY_PLACEHOLDERS = {
    "dinhkem",
    "dinh kem",
    "file dinh kem",
    "khong",
    "khong co",
    "test",
    "null",
}
_LONGEST_PLACEHOLDER = 30
_CONTACT_PLACEHOLDERS = {"admin", "khong", "khong co", "n a", "n/a", "none", "null", "test"}
_COUNTED_UP = ("123456789", "1234567890", "123456789012")
_LAST_PROVINCE_CODE = 96  # first three digits of a CCCD: province of birth, 001–096


def mask_personal(text: str) -> tuple[str, int]:
    """Replace what looks like an identity number, a phone number or an e-mail address.

    Returns:
        The text and how many places were masked.
    """
    return _PERSONAL.subn(MASK, text)


def mask_contacts(text: str) -> tuple[str, int]:
    """Replace phone numbers and e-mail addresses only, in sentences of ours that tell amounts.

    Returns:
        The text and how many places were masked.
    """
    return _CONTACTS.subn(MASK, text)


def looks_personal(text: str) -> bool:
    """Whether a code is in truth an e-mail address or a bare identity or phone number."""
    return _PERSONAL.fullmatch(text) is not None or "@" in text


def fold(text: str) -> str:
    """Lower case without Vietnamese accents, single spaces."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def classify_summary(text: str) -> str:
    """The class of a dossier's summary: ``absent``, ``placeholder`` or ``given``.

    A summary that is literally "Dinhkem" is what one adapter sends for every dossier.
    """
    if not text.strip():
        return "absent"
    if len(text) > _LONGEST_PLACEHOLDER:
        return "given"
    folded = fold(text).strip(" .,-_")
    return "placeholder" if len(folded) < 2 or folded in _SUMMARY_PLACEHOLDERS else "given"


def classify_identity(text: str) -> str:
    """The class of an identity number.

    Returns:
        ``absent``, ``placeholder`` (such as 000000001, one repeated digit, 123456789),
        ``valid_12`` (CCCD shape with a province code that exists), ``valid_9`` (CMND shape) or
        ``malformed``. The shape only: nobody is looked up.
    """
    digits = text.strip()
    if not digits:
        return "absent"
    if not (digits.isascii() and digits.isdigit()):
        return "malformed"
    if digits.lstrip("0") in ("", "1") or len(set(digits)) == 1 or digits in _COUNTED_UP:
        return "placeholder"
    if len(digits) == 9:
        return "valid_9"
    if len(digits) == 12 and 1 <= int(digits[:3]) <= _LAST_PROVINCE_CODE:
        return "valid_12"
    return "malformed"


def classify_contact(text: str) -> str:
    """The class of a way to reach somebody, such as a name, an e-mail address or a phone number.

    Returns:
        ``absent``, ``placeholder`` (such as "test" or example.com), ``reachable`` (an e-mail
        address or a phone number is in it) or ``named`` (words only: nobody can be reached).
    """
    folded = fold(text).strip(" .,-_/")
    if not folded:
        return "absent"
    if folded in _CONTACT_PLACEHOLDERS or "@example." in folded:
        return "placeholder"
    return "reachable" if _REACHABLE.search(text) else "named"


CLASSIFIERS: dict[str, Callable[[str], str]] = {
    "summary": classify_summary,
    "identity": classify_identity,
    "contact": classify_contact,
}
"""Classifiers that ``contract.yml`` may name."""
