"""Messages between the process that asks and the process that reads: lengths, then bytes.

A frame is 12 bytes (header length, body length; big-endian), a JSON object and a body. Nothing is
ever unpickled, and the reading side says how much it takes before it takes it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import orjson

_LENGTHS = struct.Struct(">IQ")
LARGEST_HEADER = 1 << 20


class FrameTooLarge(ValueError):
    """A frame announces more bytes than its reader takes."""


def pack(header: dict[str, Any], body: bytes) -> list[bytes]:
    """The parts of a frame in the order to be written."""
    packed = orjson.dumps(header)
    return [_LENGTHS.pack(len(packed), len(body)), packed, body]


def unpack(read: Callable[[int], bytes], largest_body: int) -> tuple[dict[str, Any], bytes]:
    """Read one frame.

    Args:
        read: gives exactly as many bytes as asked for, or raises.
        largest_body: bytes of body taken at most.

    Raises:
        FrameTooLarge: more was announced; nothing of it has been read.
        ValueError: what came is no frame.
    """
    header_length, body_length = _LENGTHS.unpack(read(_LENGTHS.size))
    if header_length > LARGEST_HEADER or body_length > largest_body:
        raise FrameTooLarge
    header = orjson.loads(read(header_length))
    if not isinstance(header, dict):
        raise ValueError("the header of a frame is no object")
    return header, read(body_length)
