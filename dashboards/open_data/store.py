"""Where the open data lie: a folder or a bucket, versions kept for ever, no reader sees half.

``<dataset>/<version>/``  complete and never changed; ``datapackage.json`` is written last
``<dataset>/latest/``     the newest version: a link in a folder, copies in a bucket
``catalog.jsonld`` …      point to the versions, replaced in one step when they say something new
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from dashboards.open_data.package import DESCRIPTOR

LATEST = "latest"
_HIDDEN = ".incoming-"
_ABANDONED_SECONDS = 86_400.0


class Store:
    """The place that the public reads, on any fsspec file system."""

    def __init__(self, url: str) -> None:
        """Open the place at ``url``; nothing is created yet."""
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)

    @property
    def root(self) -> str:
        """The place, without credentials."""
        return self._root

    @contextmanager
    def drafting(self) -> Iterator[Path]:
        """A folder to write a version into, gone afterwards unless it was kept."""
        if self._local:
            self._forget_abandoned()
            draft = Path(self._root) / f"{_HIDDEN}{uuid.uuid4()}"
            draft.mkdir(parents=True)
        else:
            draft = Path(tempfile.mkdtemp(prefix="open-data-"))
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def versions(self, dataset: str) -> list[str]:
        """The complete versions of a dataset, oldest first."""
        try:
            found = self._fs.ls(self._full(dataset), detail=False)
        except FileNotFoundError:
            return []
        names = (path.rstrip("/").rpartition("/")[2] for path in found)
        return sorted(
            (
                name
                for name in names
                if name != LATEST and self._fs.exists(self._full(f"{dataset}/{name}/{DESCRIPTOR}"))
            ),
            key=_in_order,
        )

    def get(self, path: str) -> bytes | None:
        """Content of a file; None where there is none."""
        try:
            content: bytes = self._fs.cat_file(self._full(path))
        except FileNotFoundError:
            return None
        return content

    def keep(self, draft: Path, dataset: str, version: str) -> None:
        """Make a complete draft a version; a version that is there already stays as it is."""
        target = self._full(f"{dataset}/{version}")
        if self._local:
            _flush(draft)
            draft.chmod(0o755)
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            draft.rename(target)
            return
        for path in _description_last(draft):
            self._fs.put_file(str(path), f"{target}/{path.name}")

    def show_latest(self, dataset: str, version: str) -> bool:
        """Let ``latest`` be a version; false where it is so already."""
        description = self.get(f"{dataset}/{version}/{DESCRIPTOR}")
        if self.get(f"{dataset}/{LATEST}/{DESCRIPTOR}") == description:
            return False
        if self._local:
            link = Path(self._full(dataset)) / f"{_HIDDEN}{uuid.uuid4()}"
            link.symlink_to(version, target_is_directory=True)
            link.replace(link.with_name(LATEST))
            return True
        source = self._full(f"{dataset}/{version}")
        names = [path.rpartition("/")[2] for path in self._fs.ls(source, detail=False)]
        for name in sorted(names, key=lambda name: (name == DESCRIPTOR, name)):
            self._fs.copy(f"{source}/{name}", self._full(f"{dataset}/{LATEST}/{name}"))
        return True

    def replace(self, path: str, content: bytes) -> bool:
        """Write a file in one step; false where it says the same already."""
        if self.get(path) == content:
            return False
        if not self._local:
            self._fs.pipe_file(self._full(path), content)
            return True
        target = Path(self._full(path))
        hidden = target.with_name(f"{_HIDDEN}{uuid.uuid4()}")
        hidden.write_bytes(content)
        hidden.replace(target)
        return True

    def _forget_abandoned(self) -> None:
        """Remove what killed runs left more than a day ago."""
        for left in Path(self._root).glob(f"{_HIDDEN}*"):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"


def _in_order(version: str) -> tuple[str, int]:
    day, _, number = version.partition(".")
    return day, int(number) if number.isdigit() else 1


def _description_last(draft: Path) -> list[Path]:
    return sorted(draft.iterdir(), key=lambda path: (path.name == DESCRIPTOR, path.name))


def _flush(folder: Path) -> None:
    """Have the files on the disk before the folder gets its name."""
    for path in folder.iterdir():
        with path.open("rb") as stream, suppress(OSError):
            os.fsync(stream.fileno())
