"""The manual door: files that a person dropped because the source refused to be asked.

They lie in ``manual/<source>/<period>/`` below the landing zone, as JSON (``.json`` or
``.json.gz``): a bare list of records, or the sync message whose ``data`` is that list. Which
resource a file holds is told by the start of its name (``dossiers…``) or by the message's
``service``. From here on they go the same way as an answer of the source: the allow-list, landing,
manifest.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ingestion.core.contract import Contract
from ingestion.core.door import decode
from ingestion.core.errors import DataRefused
from ingestion.core.log import quote_foreign

_LARGEST_MIB = 256
_ENDINGS = (".json", ".json.gz")


@dataclass(frozen=True)
class DroppedFile:
    """Records of one file that was dropped by hand."""

    name: str
    records: list[Any]


def dropped_files(
    landing_url: str, contract: Contract, resource: str, period: str
) -> Iterator[DroppedFile]:
    """Files dropped for (resource, period), in order of their names.

    Raises:
        DataRefused: a file is no JSON of a known form, is too large, points out of its folder or
            does not say what it holds.
    """
    fs, root = fsspec.core.url_to_fs(landing_url)
    folder = f"{root.rstrip('/')}/manual/{contract.source}/{period}"
    if not fs.isdir(folder):
        return
    for path in sorted(str(found) for found in fs.ls(folder, detail=False)):
        name = path.rsplit("/", 1)[-1]
        shown = f"manual file {quote_foreign(name, 80)}"
        if name.startswith(".") or not name.endswith(_ENDINGS):
            continue
        named = next((known for known in contract.resources if name.startswith(known)), "")
        if named and named != resource:
            continue
        if isinstance(fs, LocalFileSystem) and not _stays_inside(Path(path), Path(folder)):
            raise DataRefused(f"{shown}: is no plain file of its folder")
        payload = decode(_content(fs, path, shown), shown)
        holds, records = _take_apart(payload, named, contract, shown)
        if holds == resource:
            yield DroppedFile(name, records)


def dropped_contents(
    landing_url: str, source: str, period: str, most_bytes: int, most: int
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file dropped for a source and period, in order of the names.

    Raises:
        DataRefused: there are too many, or one is too large or points out of its folder.
    """
    fs, root = fsspec.core.url_to_fs(landing_url)
    folder = f"{root.rstrip('/')}/manual/{source}/{period}"
    if not fs.isdir(folder):
        return
    paths = sorted(str(found) for found in fs.ls(folder, detail=False))
    if len(paths) > most:
        raise DataRefused(f"more than {most} files were dropped by hand for {source} {period}")
    for path in paths:
        name = path.rsplit("/", 1)[-1]
        if not name.startswith("."):
            shown = f"manual file {quote_foreign(name, 80)}"
            yield name, plain_content(fs, path, folder, shown, most_bytes)


def plain_content(
    fs: fsspec.AbstractFileSystem, path: str, folder: str, shown: str, most_bytes: int
) -> bytes:
    """Bytes of a dropped file, if it is a plain file of its folder and not too large.

    Raises:
        DataRefused: it is not.
    """
    if isinstance(fs, LocalFileSystem) and not _stays_inside(Path(path), Path(folder)):
        raise DataRefused(f"{shown}: is no plain file of its folder")
    if fs.size(path) > most_bytes:
        raise DataRefused(f"{shown}: larger than {most_bytes / 2**20:g} MiB")
    content: bytes = fs.cat_file(path)
    return content


def _stays_inside(path: Path, folder: Path) -> bool:
    """No link out of the folder, no folder, no device."""
    return path.is_file() and path.resolve().parent == folder.resolve()


def _content(fs: fsspec.AbstractFileSystem, path: str, shown: str) -> bytes:
    """The file's bytes, decompressed up to the bound."""
    bound = _LARGEST_MIB * 1024 * 1024
    if fs.size(path) > bound:
        raise DataRefused(f"{shown}: larger than {_LARGEST_MIB} MiB")
    stored: bytes = fs.cat_file(path)
    if not path.endswith(".gz"):
        return stored
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = inflater.decompress(stored, bound + 1)
    except zlib.error:
        raise DataRefused(f"{shown}: is no valid gzip file") from None
    if len(content) > bound:
        raise DataRefused(f"{shown}: larger than {_LARGEST_MIB} MiB when unpacked")
    if not inflater.eof:
        raise DataRefused(f"{shown}: the gzip file ends early")
    return content


def _take_apart(
    payload: object, named: str, contract: Contract, shown: str
) -> tuple[str, list[Any]]:
    """Resource and records of a dropped document."""
    if isinstance(payload, list):
        if not named:
            raise DataRefused(
                f"{shown}: a bare list must say what it holds in its name, which starts with one "
                f"of {', '.join(contract.resources)}"
            )
        return named, payload
    if type(payload) is not dict or not isinstance(payload.get("data"), list):
        raise DataRefused(f"{shown}: neither a list of records nor a message with 'data'")
    service = str(payload.get("service", ""))
    spoken = next(
        (key for key, known in contract.resources.items() if service in known.manual_services), ""
    )
    if named and spoken and named != spoken:
        raise DataRefused(f"{shown}: the name says {named}, the message {spoken}")
    if not named and not spoken:
        raise DataRefused(f"{shown}: unknown service {quote_foreign(service, 40)!r}")
    return named or spoken, payload["data"]
