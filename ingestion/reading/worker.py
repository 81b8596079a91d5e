"""The process that reads foreign files: answers one job after the other until its input ends.

Started by `ingestion.reading.isolation` as ``python -I worker.py SETTINGS`` with an empty
environment. Standard input and the answers' pipe carry frames (`ingestion.reading.frames`).
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # -I leaves the project out: the settings say where it is
    import json

    sys.path[:] = json.loads(sys.argv[1])["search_path"]

import contextlib
import ctypes
import importlib
import logging
import os
import resource
import select
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from ingestion.reading import frames, walls
from ingestion.reading.grid import FileRefused

Job = Callable[[bytes, str, dict[str, Any]], dict[str, Any]]

_M_ARENA_MAX = -8
_LONGEST_TRACE = 8000
_NUMPY = {"OPENBLAS_MAIN_FREE": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What numpy would set itself when a job imports it, which the walls refuse; no threads."""
_PRELOADED = ("ingestion.reading.documents",)


def main(settings: dict[str, Any]) -> None:
    """Put the walls up, then answer jobs until the input ends.

    Args:
        settings: ``memory_bytes``, ``processor_seconds``, ``result_bytes``, ``content_bytes``,
            ``grace_seconds``, ``readable``, ``listable``.
    """
    os.environ.clear()
    os.environ.update(_NUMPY)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.set_blocking(2, False)  # a chatty library must not fill the pipe and wait for ever
    for name in _PRELOADED:
        importlib.import_module(name)
    memory = _Memory()
    with contextlib.suppress(AttributeError, OSError):
        # A second heap for the watching thread would cost 128 MB of the address space, Arrow's own
        # a GiB; C libraries alone see this variable.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        ctypes.CDLL(None).setenv(b"ARROW_DEFAULT_MEMORY_POOL", b"system", 1)
    threading.stack_size(256 * 1024)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    walls.limit_resources(settings["memory_bytes"], settings["processor_seconds"])
    walls.drop_privileges()
    raised = {
        "files": walls.restrict_files(settings["readable"], settings["listable"]),
        "system_calls": walls.filter_system_calls(),
        "audit": True,
    }
    walls.audit([*settings["readable"], os.devnull])
    _write(answers, {"ready": True, "walls": raised}, b"")
    while True:
        try:
            request, content = frames.unpack(_read, settings["content_bytes"])
        except EOFError:
            return
        signal.alarm(int(request["seconds"]) + settings["grace_seconds"])
        header, body = _answer(request, content, settings["result_bytes"])
        signal.alarm(0)
        spent = time.process_time() + request["seconds"] > settings["processor_seconds"]
        header["spent"] = spent or memory.used() > settings["memory_bytes"] // 2
        _write(answers, header, body)


def _answer(
    request: dict[str, Any], content: bytes, result_bytes: int
) -> tuple[dict[str, Any], bytes]:
    """Run one job; whatever happens in it becomes an answer."""
    try:
        job = _find(request["job"])
    except (ImportError, AttributeError, ValueError):
        return {"unknown_job": _trace()}, b""
    try:
        body = orjson.dumps(job(content, request["name"], request["options"]))
    except FileRefused as refusal:
        return {"refused": refusal.code, "message_vi": refusal.message_vi}, b""
    except MemoryError:
        return {"breach": "memory", "spent": True}, b""
    except Exception:
        return {"breach": "crashed", "trace": _trace()}, b""
    if len(body) > result_bytes:
        return {"breach": "result_too_large"}, b""
    return {"done": True}, body


def _find(job: str) -> Job:
    module, _, function = job.partition(":")
    found: Job = getattr(importlib.import_module(module), function)
    return found


def _trace() -> str:
    return traceback.format_exc(limit=-12)[-_LONGEST_TRACE:]


def _read(size: int) -> bytes:
    """Exactly ``size`` bytes of the input.

    Raises:
        EOFError: the parent has closed it, or is gone.
    """
    parts = bytearray()
    while len(parts) < size:
        part = os.read(0, min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _write(pipe: int, header: dict[str, Any], body: bytes) -> None:
    for part in frames.pack(header, body):
        view = memoryview(part)
        while view:
            view = view[os.write(pipe, view) :]


def _end_with_parent() -> None:
    """End the process when the other end of its input is gone, also in the middle of a job.

    The parent-death signal of Linux would come when the starting *thread* ends, which is too early
    for a pool.
    """
    watch = select.poll()
    watch.register(0, 0)  # hang-up only
    while True:
        if any(state & (select.POLLHUP | select.POLLERR) for _, state in watch.poll(1000)):
            os._exit(0)


class _Memory:
    """How much the process holds; opened before reading files becomes forbidden."""

    def __init__(self) -> None:
        status = Path("/proc/self/statm")
        self._status = os.open(status, os.O_RDONLY) if status.exists() else None

    def used(self) -> int:
        """Bytes of address space on Linux, the peak of memory in use elsewhere."""
        if self._status is not None:
            pages = int(os.pread(self._status, 128, 0).split()[0])
            return pages * resource.getpagesize()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(orjson.loads(sys.argv[1]))
