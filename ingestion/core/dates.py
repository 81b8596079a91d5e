"""Dates of the source, parsed column by column with numpy, and which format each value had.

Accepted, nothing else: ``compact`` ``yyyyMMddHHmmss``; ``iso`` ``yyyy-MM-ddTHH:mm:ss`` with an
optional fraction and an optional ``Z`` or offset; ``spaced`` the same with a space. Without an
offset the value is local time of Asia/Ho_Chi_Minh (UTC+7 without daylight saving since 1975). A
value that is none of these, or no day of the calendar, is unreadable; it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

TIMESTAMP = pa.timestamp("us", tz="UTC")
DATE = pa.date32()
FORMATS = ("compact", "iso", "spaced")
"""Format names; format number *i* is bit ``1 << i`` of the masks below."""
FORMAT_NAMES = np.array(
    ["+".join(name for bit, name in enumerate(FORMATS) if mask >> bit & 1) for mask in range(8)]
)
"""Text of ``_date_formats`` for every bit mask."""

_LOCAL_OFFSET_MINUTES = 7 * 60
_LARGEST_OFFSET_HOURS = 14
_FIRST_YEAR = 1900
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_COMPACT_AT = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
_SEPARATED_AT = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONG = re.compile(
    r"(\d{4}-\d{2}-\d{2})([T ])(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def parse_dates(texts: pa.Array) -> tuple[pa.Array, Flags, Bytes]:
    """Parse a string column.

    Args:
        texts: string array; null means no value.

    Returns:
        The moments (`TIMESTAMP`, null where absent or unreadable), a flag per row that is true
        where there is a value that cannot be read, and the bit of the format per row (0: none).
    """
    rows = len(texts)
    micros = np.zeros(rows, dtype=np.int64)
    readable = np.zeros(rows, dtype=bool)
    formats = np.zeros(rows, dtype=np.uint8)
    present = np.asarray(texts.is_valid())
    _, offsets_buffer, data_buffer = texts.buffers()
    if rows and data_buffer is not None:
        offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[
            texts.offset : texts.offset + rows + 1
        ]
        data: Bytes = np.frombuffer(data_buffer, dtype=np.uint8)
        lengths = np.where(present, np.diff(offsets), 0)
        for length, read in _READERS.items():
            at = np.flatnonzero(lengths == length)
            if len(at):
                read(_gather(data, offsets[at], length), at, micros, readable, formats)
        for row in np.flatnonzero((lengths > 19) & ~readable):
            _read_long(texts[int(row)].as_py(), int(row), micros, readable, formats)
    values = pa.array(micros, mask=~readable).cast(pa.timestamp("us")).cast(TIMESTAMP)
    return values, present & ~readable, formats


def _gather(data: Bytes, starts: NDArray[np.int32], length: int) -> Bytes:
    """The texts of equal length that start at ``starts``, one a row; no copy where they adjoin."""
    first = int(starts[0])
    if len(starts) == 1 or bool(np.all(np.diff(starts) == length)):
        return data[first : first + len(starts) * length].reshape(-1, length)
    gathered: Bytes = data[starts[:, None] + np.arange(length, dtype=np.int32)]
    return gathered


def _read_compact(text: Bytes, at: Ints, micros: Ints, readable: Flags, formats: Bytes) -> None:
    digits = text - np.uint8(ord("0"))
    shaped: Flags = np.asarray((digits <= 9).all(axis=1))
    _store(digits, _COMPACT_AT, shaped, _LOCAL_OFFSET_MINUTES, at, micros, readable)
    formats[at] = 1


def _read_separated(text: Bytes, at: Ints, micros: Ints, readable: Flags, formats: Bytes) -> None:
    """19 characters, or 20 with ``Z``, or 25 with an offset like ``+07:00``."""
    digits = text - np.uint8(ord("0"))
    shaped = _has_shape(text, digits, "dddd-dd-dd dd:dd:dd")
    offset: Ints | int = _LOCAL_OFFSET_MINUTES
    if text.shape[1] == 20:
        shaped &= text[:, 19] == ord("Z")
        offset = 0
    elif text.shape[1] == 25:
        shaped &= _has_shape(text[:, 20:], digits[:, 20:], "dd:dd")
        shaped &= (text[:, 19] == ord("+")) | (text[:, 19] == ord("-"))
        hours, minutes = (_number(digits, *place) for place in ((20, 22), (23, 25)))
        shaped &= (hours <= _LARGEST_OFFSET_HOURS) & (minutes < 60)
        sign = np.where(text[:, 19] == ord("-"), -1, 1)
        offset = sign * (hours * 60 + minutes)
    _store(digits, _SEPARATED_AT, shaped, offset, at, micros, readable)
    formats[at] = np.where(text[:, 10] == ord("T"), 2, 4)


def _has_shape(text: Bytes, digits: Bytes, shape: str) -> Flags:
    """Rows that match ``shape``: d is a digit, a space is a space or T, the rest is itself."""
    shaped = np.ones(len(text), dtype=bool)
    for column, sign in enumerate(shape):
        if sign == "d":
            shaped &= digits[:, column] <= 9
        elif sign == " ":
            shaped &= (text[:, column] == ord("T")) | (text[:, column] == ord(" "))
        else:
            shaped &= text[:, column] == ord(sign)
    return shaped


def _number(digits: Bytes, first: int, last: int) -> Ints:
    number = np.zeros(len(digits), dtype=np.int64)
    for column in range(first, last):
        number = number * 10 + digits[:, column]
    return number


def _store(
    digits: Bytes,
    positions: tuple[tuple[int, int], ...],
    shaped: Flags,
    offset_minutes: Ints | int,
    at: Ints,
    micros: Ints,
    readable: Flags,
) -> None:
    """Turn digits into microseconds since 1970 UTC, where they name a moment that exists."""
    year, month, day, hour, minute, second = (_number(digits, *place) for place in positions)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last_day = _DAYS_IN_MONTH[np.clip(month, 0, 12)] + (leap & (month == 2))
    exists = (
        shaped
        & (year >= _FIRST_YEAR)
        & (month >= 1)
        & (month <= 12)
        & (day >= 1)
        & (day <= last_day)
        & (hour < 24)
        & (minute < 60)
        & (second < 60)
    )
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    minutes = days * 1_440 + hour * 60 + minute - offset_minutes
    micros[at] = (minutes * 60 + second) * 1_000_000
    readable[at] = exists


_READERS = {14: _read_compact, 19: _read_separated, 20: _read_separated, 25: _read_separated}
"""How values of a length are read; what is longer or left over is rare, one at a time."""


def _read_long(text: str, row: int, micros: Ints, readable: Flags, formats: Bytes) -> None:
    """The rare forms with a fraction or an offset, one at a time."""
    found = _LONG.fullmatch(text)
    if not found:
        return
    day, separator, clock, fraction, offset = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
        zone = timezone(timedelta(minutes=_LOCAL_OFFSET_MINUTES))
        if offset and offset != "Z":
            zone = datetime.strptime(offset, "%z").tzinfo  # type: ignore[assignment]
        elif offset:
            zone = UTC
        if moment.year < _FIRST_YEAR:
            return
        since = moment.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return
    micros[row] = since // timedelta(microseconds=1) + int((fraction or "0").ljust(6, "0")[:6])
    readable[row] = True
    formats[row] = 2 if separator == "T" else 4


def parse_days(texts: pa.Array) -> tuple[pa.Array, Flags]:
    """Parse a column of days written ``yyyy-MM-dd``, the one form in which days are landed.

    Args:
        texts: string array; null means no value.

    Returns:
        The days (`DATE`, null where absent or unreadable), and a flag per row that is true where
        there is a value that cannot be read.
    """
    given = texts.to_pylist()
    days = [None if text is None else _day(text) for text in given]
    unreadable = [text is not None and day is None for text, day in zip(given, days, strict=True)]
    return pa.array(days, DATE), np.array(unreadable, dtype=bool)


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def read_day(text: str, forms: Sequence[str]) -> date | None:
    """Read a day as published, by the forms that its source declares.

    Args:
        text: as published; spaces around it do not matter.
        forms: ``strptime`` forms that contain ``%d``, ``%m`` and ``%Y``, tried in order.

    Returns:
        The day; None when no declared form fits or there is no such day. Two forms that read a
        text differently leave it unread: which of them is meant cannot be known.

    Example:
        >>> read_day("05/12/2025", ["%d/%m/%Y"])
        datetime.date(2025, 12, 5)
    """
    found = set()
    for form in forms:
        if any(sign.isdigit() and not sign.isascii() for sign in text):
            continue  # strptime takes digits of other scripts too
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if day.year >= _FIRST_YEAR:
            found.add(day)
    return found.pop() if len(found) == 1 else None
