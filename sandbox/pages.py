"""Pages as the API sends them, over the wire and on disk."""

from __future__ import annotations

import zlib


def gzipped(content: bytes) -> bytes:
    """Compress at the fastest level, without a time stamp so that the bytes are reproducible."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def envelope(total: int, page: int, page_size: int, records: list[str]) -> bytes:
    """Return a page as the API sends it."""
    head = f'{{"error_code":"0","total":{total},"page":{page},"page_size":{page_size},"data":['
    # Encoded one by one: joining the texts first would copy the page once more, two bytes a letter.
    return head.encode() + b",".join([record.encode() for record in records]) + b"]}"
