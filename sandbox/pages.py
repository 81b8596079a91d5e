"""Pages as the API sends them, over the wire and on disk."""

from __future__ import annotations

from typing import Final

from isal import isal_zlib

_GZIP: Final = 31  # window bits that ask for a gzip header


def gzipped(content: bytes) -> bytes:
    """Compress fast, without a time stamp so that the bytes are reproducible."""
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _GZIP)
    return bytes(packer.compress(content) + packer.flush())


def envelope(total: int, page: int, page_size: int, records: list[str]) -> bytes:
    """Return a page as the API sends it."""
    head = f'{{"error_code":"0","total":{total},"page":{page},"page_size":{page_size},"data":['
    # Encoded one by one: joining the texts first would copy the page once more, two bytes a letter.
    return head.encode() + b",".join([record.encode() for record in records]) + b"]}"
