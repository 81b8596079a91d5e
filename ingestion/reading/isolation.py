"""Reading foreign files in processes that can do nothing else, and that can be killed.

`Isolated` keeps a few workers (`ingestion.reading.worker`) and gives each job to a free one. A
worker has an empty environment, no network, writes nothing, and is bound in memory and time
(`ingestion.reading.walls`); one that breaks a bound is killed and replaced, and its file refused.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import orjson
import psutil

import ingestion
from ingestion.reading import frames
from ingestion.reading.grid import FileRefused

_WORKER = Path(__file__).with_name("worker.py")
_ROOT = Path(ingestion.__file__ or "").resolve().parents[1]
_SYSTEM_READABLE = (
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/System/Library",
)
_ENFORCES_ADDRESS_SPACE = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost.

    Attributes:
        memory_bytes: address space of a worker, its libraries included (about 70 MB).
        seconds: wall-clock time of one job.
        result_bytes: length of an answer.
        content_bytes: size of a file; a larger one is refused before it is sent.
        start_seconds: time a worker may take to start.
        jobs_of_processor_time: full-length jobs whose processor time a worker may use up before
            it is replaced; the operating system ends it when the parent does not.
        watch_seconds: how often memory is looked at where the system does not bound it.
    """

    memory_bytes: int = 512 * 1024 * 1024
    seconds: float = 60.0
    result_bytes: int = 64 * 1024 * 1024
    content_bytes: int = 64 * 1024 * 1024
    start_seconds: float = 120.0
    jobs_of_processor_time: int = 10
    watch_seconds: float = 0.05


_MAY_BE_BUSY = ("timeout", "memory", "crashed")
"""Refusals that a busy machine may have caused."""
_BREACHES = {
    "timeout": "Tệp chưa đọc xong sau thời gian cho phép ({seconds} giây) nên đã dừng đọc; "
    "hãy tách nhỏ tệp hoặc lưu lại bằng phần mềm bảng tính rồi gửi lại.",
    "memory": "Tệp cần nhiều bộ nhớ hơn mức cho phép ({memory} MB) nên đã dừng đọc; "
    "hãy bỏ các trang, ảnh thừa hoặc tách nhỏ tệp rồi gửi lại.",
    "crashed": "Trình đọc gặp lỗi ngoài dự kiến với tệp này nên không lấy số nào; "
    "hãy mở tệp, lưu lại bằng phần mềm bảng tính rồi gửi lại, hoặc báo nhóm dữ liệu.",
    "result_too_large": "Nội dung đọc được lớn hơn mức cho phép ({result} MB); "
    "hãy tách tệp thành nhiều tệp nhỏ hơn rồi gửi lại.",
    "file_too_large": "Tệp lớn hơn mức cho phép ({content} MB) nên không đọc; "
    "hãy tách nhỏ tệp hoặc bỏ ảnh chèn rồi gửi lại.",
}


class WorkerNotStarted(RuntimeError):
    """A worker did not come up: a fault of the installation, not of any file."""


class Runs(Protocol):
    """Runs a job on a file in a process of its own."""

    def run(
        self, job: str, content: bytes, name: str, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run ``job``; raises FileRefused."""
        ...


def run_again_if_busy(
    pool: Runs, job: str, content: bytes, name: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Run a job, at once a second time where a busy machine may have been what stopped it.

    Raises:
        FileRefused: the job refused the file, or a bound was broken twice.
        LookupError, WorkerNotStarted: the installation is broken.
    """
    try:
        return pool.run(job, content, name, options)
    except FileRefused as refusal:
        if refusal.code not in _MAY_BE_BUSY:
            raise
    return pool.run(job, content, name, options)


class Isolated:
    """A pool of processes that read foreign files. Thread-safe; use as a context manager.

    Args:
        workers: processes at most; each is started when first needed.
        limits: what one file may cost.
        readable: folders that jobs may read besides Python and the project's packages, such as
            layouts kept elsewhere.
    """

    def __init__(
        self, workers: int = 1, limits: Limits = Limits(), readable: Sequence[Path] = ()
    ) -> None:
        self._limits = limits
        self._settings = _settings(limits, readable)
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        for _ in range(max(1, workers)):
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker, also those at work."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
            self._all.clear()
        for worker in workers:
            worker.end()

    def run(
        self, job: str, content: bytes, name: str, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run one job in a worker; waits for a free one.

        Args:
            job: ``module:function`` with the signature ``(content, name, options) -> dict``.
            content: the file.
            name: its name, as it came.
            options: what the job needs besides; JSON.

        Returns:
            What the job returned.

        Raises:
            FileRefused: the job refused the file, broke a bound (``timeout``, ``memory``,
                ``result_too_large``, ``file_too_large``) or failed (``crashed``; its trace is a
                note of the exception).
            LookupError: there is no such job.
            WorkerNotStarted: the installation is broken.
        """
        if len(content) > self._limits.content_bytes:
            raise self._refusal("file_too_large")
        worker = self._free.get()
        try:
            if worker is None:
                worker = self._start()
            header, body = worker.ask(job, content, name, dict(options or {}))
        except _Breach as breach:
            raise self._refusal(breach.code, breach.trace) from None
        finally:
            if worker is not None and not worker.is_usable:
                worker.end()
                with self._lock:
                    self._all.discard(worker)
                worker = None
            self._free.put(worker)
        if "unknown_job" in header:
            raise LookupError(f"no job {job}: {header['unknown_job']}")
        if "refused" in header:
            raise FileRefused(str(header["refused"]), str(header["message_vi"]))
        if "breach" in header:
            raise self._refusal(str(header["breach"]), str(header.get("trace", "")))
        result: dict[str, Any] = orjson.loads(body)
        return result

    def _start(self) -> _Worker:
        worker = _Worker(self._settings, self._limits)
        with self._lock:
            if self._closed:
                worker.end()
                raise RuntimeError("the pool is closed")
            self._all.add(worker)
        return worker

    def _refusal(self, code: str, trace: str = "") -> FileRefused:
        known = code if code in _BREACHES else "crashed"
        message = _BREACHES[known].format(
            seconds=f"{self._limits.seconds:g}",
            memory=self._limits.memory_bytes >> 20,
            result=self._limits.result_bytes >> 20,
            content=self._limits.content_bytes >> 20,
        )
        refusal = FileRefused(known, message)
        if trace:
            refusal.add_note(trace)
        return refusal


class _Breach(Exception):
    def __init__(self, code: str, trace: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.trace = trace


class _Worker:
    """One process and the pipes to it. Used by one thread at a time."""

    def __init__(self, settings: bytes, limits: Limits) -> None:
        self._limits = limits
        self.is_usable = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", str(_WORKER), settings.decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        for pipe in (self._input, self._output, self._messages):
            os.set_blocking(pipe.fileno(), False)
        try:
            header, _ = self._exchange([], limits.start_seconds)
        except _Breach as breach:
            self.end()
            raise WorkerNotStarted(
                f"the reading process did not start ({breach.code}): {breach.trace}"
            ) from None
        self.walls = header.get("walls", {})
        self.is_usable = True

    @property
    def _input(self) -> IO[bytes]:
        return _open_pipe(self._process.stdin)

    @property
    def _output(self) -> IO[bytes]:
        return _open_pipe(self._process.stdout)

    @property
    def _messages(self) -> IO[bytes]:
        return _open_pipe(self._process.stderr)

    def ask(
        self, job: str, content: bytes, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], bytes]:
        """Send a job and wait for its answer.

        Raises:
            _Breach: the worker broke a bound or died; it is of no use any more.
        """
        self.is_usable = False
        seconds = self._limits.seconds
        request = {"job": job, "name": name, "options": options, "seconds": math.ceil(seconds)}
        header, body = self._exchange(frames.pack(request, content), seconds)
        self.is_usable = not header.get("spent", False)
        return header, body

    def _exchange(self, parts: list[bytes], seconds: float) -> tuple[dict[str, Any], bytes]:
        deadline = time.monotonic() + seconds
        try:
            for part in parts:
                self._send(part, deadline)
            return frames.unpack(
                lambda size: self._receive(size, deadline), self._limits.result_bytes
            )
        except frames.FrameTooLarge:
            raise _Breach("result_too_large") from None
        except (BrokenPipeError, ConnectionResetError, EOFError):
            raise self._death() from None
        except (ValueError, orjson.JSONDecodeError):
            raise _Breach("crashed", "the worker sent something that is no frame") from None

    def _send(self, part: bytes, deadline: float) -> None:
        view = memoryview(part)
        while view:
            self._wait(self._input, selectors.EVENT_WRITE, deadline)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self._input.fileno(), view) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            self._wait(self._output, selectors.EVENT_READ, deadline)
            part = os.read(self._output.fileno(), min(size - len(received), 1 << 20))
            if not part:
                raise EOFError
            received += part
        return bytes(received)

    def _wait(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, event)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise _Breach("timeout")
                watched = left if _ENFORCES_ADDRESS_SPACE else min(left, self._limits.watch_seconds)
                if ready.select(watched):
                    return
                if not _ENFORCES_ADDRESS_SPACE and self._memory() > self._limits.memory_bytes:
                    raise _Breach("memory")

    def _memory(self) -> int:
        with contextlib.suppress(psutil.Error):
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def _death(self) -> _Breach:
        """Why the process is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        messages = b""
        with contextlib.suppress(BlockingIOError, ValueError, OSError):
            messages = os.read(self._messages.fileno(), 1 << 16)
        ended = self._process.poll()
        text = messages.decode("utf-8", "replace")
        if ended in (-signal.SIGXCPU, -signal.SIGALRM):
            return _Breach("timeout")
        # How Rust and C++ say that there is no more memory before they give up.
        if "memory allocation of" in text or "bad_alloc" in text or "MemoryError" in text:
            return _Breach("memory")
        return _Breach("crashed", f"the process ended with {ended}: {text}")

    def end(self) -> None:
        """Kill the process with its group and take its exit, so that no zombie stays."""
        self.is_usable = False
        # The session of the worker is its own, so its id is the group's as well.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._input, self._output, self._messages):
            with contextlib.suppress(OSError):
                pipe.close()


def _open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the worker has no pipe")
    return pipe


def _settings(limits: Limits, readable: Sequence[Path]) -> bytes:
    """What a worker must know, as JSON for its command line."""
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    search_path = [
        entry for entry in sys.path if entry and Path(entry).is_absolute() and entry != str(_ROOT)
    ]
    allowed = [
        *sorted(python),
        *_SYSTEM_READABLE,
        *(entry for entry in search_path if "site-packages" in entry),
        str(Path(ingestion.__file__ or "").resolve().parent),
        *(str(Path(folder).resolve()) for folder in readable),
    ]
    return orjson.dumps(
        {
            "search_path": [*search_path, str(_ROOT)],
            "memory_bytes": limits.memory_bytes,
            "processor_seconds": math.ceil(limits.seconds * limits.jobs_of_processor_time),
            "result_bytes": limits.result_bytes,
            "content_bytes": limits.content_bytes,
            "grace_seconds": 5,
            "readable": allowed,
            "listable": [*search_path, str(_ROOT)],
        }
    )
