"""The door: a page of the source is decoded here and reduced to what the allow-list lets through.

Nothing of a page is stored before it has passed. What is wrong with a single record is noted in
the record (field ``_problems``), so that the landed line says so again on every later parse; what
is wrong with the page as a whole refuses it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingestion.core.contract import PROBLEMS, Child, FieldKind, Resource
from ingestion.core.errors import DataRefused
from ingestion.core.guard import CLASSIFIERS, looks_personal, mask_contacts, mask_personal

DEEPEST = 32
"""Levels of nesting beyond which a page is refused; a real record has three."""
LONGEST_VALUE = 4000
"""Characters in one value beyond which its record is rejected."""
_MOST_MEMO = 20_000

_SHAPES: dict[FieldKind, Callable[[str], re.Match[str] | None]] = {
    "key": re.compile(r"[A-Za-z][\w.-]{0,99}", re.ASCII).fullmatch,
    "date": re.compile(
        r"\d{14}|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[\dT:Z+. -]{0,25}", re.ASCII
    ).fullmatch,
    "number": re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII).fullmatch,
    "id": re.compile(r"[\w.:{}-]{1,100}", re.ASCII).fullmatch,
    # Made by us from hashes: its digits are nobody's number.
    "digest": re.compile(
        r"(?:[a-z]{1,10}:)?[0-9a-f]{16,64}(?:@(?:[0-9a-f]{16}|none))?", re.ASCII
    ).fullmatch,
    # Where a public document lies. Without "@" it holds neither a login nor an e-mail address.
    "link": re.compile(r"https?://[!-?A-~]{1,2000}", re.ASCII).fullmatch,
    # What a server gives to ask "changed since?" with: an ETag or a date (RFC 9110 8.8).
    "validator": re.compile(
        r"(?:W/)?\"[!#-~]{0,100}\"|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII
    ).fullmatch,
    "decimal": re.compile(r"-?\d{1,29}(?:\.\d{1,9})?", re.ASCII).fullmatch,
}
_NO_SHAPE: dict[FieldKind, str] = {
    "key": "personal_value",
    "date": "unreadable_date",
    "number": "unreadable_number",
    "decimal": "unreadable_number",
    "digest": "missing_key",
}

Record = dict[str, Any]
Problems = list[dict[str, str]]


class _Duplicated(dict[str, Any]):
    """An object in which a name stood more than once."""


class _NotANumber:
    """Stands where the page said NaN or Infinity, which JSON does not know."""


_UNSURE = object()


@dataclass
class Projected:
    """Records of one page after the door.

    Attributes:
        lines: compact JSON, one per record, in the order of the page.
        identities: key and version of each record, for completeness checks across pages.
        masked: how many personal-looking values were masked.
    """

    lines: list[bytes] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    masked: int = 0


def decode(body: bytes, what: str) -> object:
    """Decode JSON that nobody vouches for.

    Names that stand twice in an object, NaN and the like are kept visible for `Door` to reject the
    one record, where a plain decoder would silently pick a value.

    Raises:
        DataRefused: not JSON, truncated, or nested too deeply.
    """
    try:
        value = _decode_plainly(body)
        return _decode_carefully(body) if value is _UNSURE else value
    except RecursionError:
        raise DataRefused(f"{what}: JSON is nested more than {DEEPEST} levels deep") from None
    except (ValueError, UnicodeDecodeError) as error:
        position = getattr(error, "pos", None)
        at = f" at character {position} of {len(body)} bytes" if position is not None else ""
        raise DataRefused(f"{what}: broken or truncated JSON{at}") from None


def _decode_plainly(body: bytes) -> object:
    """The fast way; `_UNSURE` when it may have hidden something.

    Every name in the text is followed by a colon, so their number tells whether a name stood twice.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _UNSURE
    names = body.count(b'":') - body.count(b'\\":')
    return value if _count_keys(value, 0) == names else _UNSURE


def _decode_carefully(body: bytes) -> object:
    """The slow way, which sees names that stand twice and what is no JSON number."""
    value = json.loads(
        body,
        object_pairs_hook=_object,
        parse_constant=lambda _: _NotANumber(),
        parse_int=_integer,
    )
    _count_keys(value, 0)
    return value


def _integer(digits: str) -> int | float:
    """Like the fast decoder: what no longer fits 64 bits is not taken for an exact number."""
    return float(digits) if len(digits) > 18 else int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Duplicated(plain)


def _count_keys(value: object, depth: int) -> int:
    """Number of names in all objects; raises RecursionError beyond `DEEPEST`."""
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        inners: Iterable[object] = value.values()
        count = len(value)
    elif isinstance(value, list):
        inners, count = value, 0
    else:
        return 0
    for inner in inners:
        if inner.__class__ is not str and inner is not None:
            count += _count_keys(inner, depth + 1)
    return count


class _Fields:
    """Fields of one object, split by how a usual value of theirs is recognised quickly."""

    def __init__(self, kinds: dict[str, FieldKind]) -> None:
        self.remembered = [(name, kind) for name, kind in kinds.items() if kind in ("code", "text")]
        self.sentences = [name for name, kind in kinds.items() if kind == "sentence"]
        self.shaped = [
            (name, kind, _SHAPES[kind]) for name, kind in kinds.items() if kind in _SHAPES
        ]


class Door:
    """The allow-list of one resource, ready to be applied to many pages. Not thread-safe."""

    def __init__(self, resource: Resource) -> None:
        """Prepare the allow-list of ``resource``."""
        self._resource = resource
        self._fields = _Fields(resource.keep)
        self._children = [(child, _Fields(child.keep)) for child in resource.children.values()]
        self._memo: dict[str, str] = {}
        self._masked = 0

    def project(self, records: list[Any]) -> Projected:
        """Reduce the records of a page to landed lines."""
        page = Projected()
        before = self._masked
        resource = self._resource
        for record in records:
            kept = self._record(record)
            page.lines.append(orjson.dumps(kept))
            page.identities.append(
                f"{kept.get(resource.key)}\x1f{kept.get(resource.version)}"
                if resource.key in kept
                else ""
            )
        page.masked = self._masked - before
        return page

    def _record(self, record: object) -> Record:
        if not isinstance(record, dict):
            return {PROBLEMS: [{"field": "", "code": "not_a_record"}]}
        kept: Record = {}
        problems: Problems = []
        if type(record) is _Duplicated:
            problems.append({"field": "", "code": "duplicate_field"})
        self._reduce(record, self._fields, "", kept, problems)
        for item in self._resource.classes:
            classify = CLASSIFIERS[item.classifier]
            kept[item.name] = classify(_first_text(record, item.of))
        for child, fields in self._children:
            elements = record.get(child.name)
            if elements:
                kept[child.name] = self._elements(elements, child, fields, problems)
        if problems:
            kept[PROBLEMS] = problems
        return kept

    def _reduce(
        self, given: Record, fields: _Fields, path: str, kept: Record, problems: Problems
    ) -> None:
        """Put the listed fields of one object into ``kept``.

        Nearly all values are text that was seen before or has the shape of its kind; they take no
        function call of their own.
        """
        get, memo = given.get, self._memo
        for name, kind in fields.remembered:
            value = get(name)
            if value is not None:
                text = memo.get(value) if value.__class__ is str else None
                if text is None:
                    text = self._scalar(value, kind, path + name, problems)
                if text:
                    kept[name] = text
        for name in fields.sentences:
            value = get(name)
            if value is not None and (
                text := self._scalar(value, "sentence", path + name, problems)
            ):
                kept[name] = text
        for name, kind, has_shape in fields.shaped:
            value = get(name)
            if value is not None:
                if value.__class__ is str and has_shape(value):
                    kept[name] = value
                elif text := self._scalar(value, kind, path + name, problems):
                    kept[name] = text

    def _elements(
        self, elements: object, child: Child, fields: _Fields, problems: Problems
    ) -> list[Record]:
        if not isinstance(elements, list):
            problems.append({"field": child.name, "code": "wrong_type"})
            return []
        kept = []
        path = f"{child.name}."
        for element in elements:
            if not isinstance(element, dict):
                problems.append({"field": child.name, "code": "wrong_type"})
                continue
            if element.__class__ is _Duplicated:
                problems.append({"field": child.name, "code": "duplicate_field"})
            reduced: Record = {}
            self._reduce(element, fields, path, reduced, problems)
            for name in child.presence:
                reduced[name] = "1" if _has_value(element.get(name)) else "0"
            kept.append(reduced)
        return kept

    def _scalar(self, value: object, kind: FieldKind, name: str, problems: Problems) -> str:
        """The value as text, guarded by its kind; "" when there is none or it is refused."""
        if not isinstance(value, str):
            if isinstance(value, bool):
                value = "true" if value else "false"
            elif isinstance(value, int):
                value = str(value)
            else:  # a container, or a number that may have lost digits on the way
                problems.append({"field": name, "code": "wrong_type"})
                return ""
        if len(value) > LONGEST_VALUE:
            problems.append({"field": name, "code": "too_long"})
            return ""
        if not value.isprintable() and not _storable(value):
            problems.append({"field": name, "code": "invalid_text"})
            return ""
        if kind == "code" or kind == "text":
            return self._clean(value)
        if kind == "sentence":
            clean, masked = mask_contacts(value)
            self._masked += masked
            return unicodedata.normalize("NFC", clean)
        if not value or value.isspace():
            return ""
        if _SHAPES[kind](value):
            return value
        if kind == "key" and not looks_personal(value):
            return value
        # What has not even the shape of its kind may be anything, a name too: it is not stored.
        self._masked += 1
        if kind in _NO_SHAPE:
            problems.append({"field": name, "code": _NO_SHAPE[kind]})
        return ""

    def _clean(self, value: str) -> str:
        """Mask personal values and bring the text to NFC; remembered, since such values repeat."""
        clean, masked = mask_personal(value)
        clean = "" if clean.isspace() else unicodedata.normalize("NFC", clean)
        self._masked += masked
        if not masked:
            if len(self._memo) >= _MOST_MEMO:
                self._memo.clear()
            self._memo[value] = clean
        return clean


def _storable(value: str) -> bool:
    """Whether PostgreSQL can store it: no NUL, no half of a surrogate pair."""
    return "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _has_value(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _first_text(record: Record, paths: tuple[str, ...]) -> str:
    for path in paths:
        value: Any = record
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            return "?"
        if value and value.strip():
            return str(value)
    return ""
