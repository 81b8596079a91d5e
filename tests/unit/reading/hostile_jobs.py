"""Jobs that do what a taken-over parser would do; run by the tests of isolation in a worker."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingestion.reading.documents import read_document
from ingestion.reading.grid import FileRefused

_kept: list[bytearray] = []


def echo(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"length": len(content), "name": name, "options": options, "pid": os.getpid()}


def refuse(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    raise FileRefused("password", "Tệp có mật khẩu.")


def bug(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"value": 1 // len(content[:0])}


def hog(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    while True:
        _kept.append(bytearray(1 << 24))


def native_hog(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Give up the way Rust does when memory ends."""
    os.write(2, b"memory allocation of 805306368 bytes failed\n")
    os.abort()


def grow(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    _kept.append(bytearray(options["bytes"]))
    return {"pid": os.getpid()}


def loop(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    while True:
        pass


def leave(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    os._exit(0)


def segfault(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"never": ctypes.string_at(0).hex()}


def huge(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x" * options["bytes"]}


def chatter(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Print more than any pipe holds, on both outputs."""
    for _ in range(200):
        for output in (1, 2):
            with contextlib.suppress(BlockingIOError):
                os.write(output, b"x" * 4096)
    return {"said": True}


def environment(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"names": sorted(os.environ), "here": str(Path.cwd())}


def threads(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    done: list[int] = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    return {"done": done}


def wait(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Say who waits by refusing to end; the parent learns the pid from the process list."""
    time.sleep(options["seconds"])
    return {}


def attempts(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Try what is forbidden in Python; says for each whether it worked or how it was refused."""
    target = options["target"]
    secret = options["secret"]
    tried: dict[str, Callable[[], object]] = {
        "connect": lambda: socket.create_connection(("127.0.0.1", options["port"]), 1),
        "resolve": lambda: socket.getaddrinfo("localhost", 80),
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "shell": lambda: os.system("true"),
        "fork": os.fork,
        "write": lambda: Path(target).write_text("x"),
        "append": lambda: Path(secret).open("a").close(),
        "remove": lambda: Path(secret).unlink(),
        "rename": lambda: Path(secret).rename(target),
        "folder": lambda: Path(target).mkdir(),
        "read": lambda: Path(secret).read_text(),
        "kill": lambda: os.kill(options["parent"], 0),
        "pickle": lambda: __import__("pickle").loads(b"cos\nsystem\n(S'true'\ntR."),
    }
    return {what: _outcome(attempt) for what, attempt in tried.items()}


def native_attempts(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The same past Python, straight at the operating system: what comes back and its errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    target = os.fsencode(options["target"])
    secret = os.fsencode(options["secret"])
    calls: dict[str, Callable[[], int]] = {
        "socket": lambda: libc.socket(2, 1, 0),
        "local_socket": lambda: libc.socket(1, 1, 0),
        "fork": libc.fork,
        "execve": lambda: libc.execve(b"/bin/true", None, None),
        "ptrace": lambda: libc.ptrace(16, options["parent"], 0, 0),
        "kill": lambda: libc.kill(options["parent"], 0),
        "create": lambda: libc.open(target, os.O_CREAT | os.O_WRONLY, 0o600),
        "append": lambda: libc.open(secret, os.O_WRONLY | os.O_APPEND),
        "unlink": lambda: libc.unlink(secret),
        "mkdir": lambda: libc.mkdir(target, 0o700),
        "chmod": lambda: libc.chmod(secret, 0o777),
        "unshare": lambda: libc.unshare(0x10000000),
        "memory_file": lambda: libc.memfd_create(b"x", 0),
        "io_uring": lambda: libc.syscall(425, 1, None),
    }
    results: dict[str, Any] = {}
    for what, call in calls.items():
        ctypes.set_errno(0)
        returned = call()
        results[what] = [returned, ctypes.get_errno()]
    return results


def native_read(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    libc = ctypes.CDLL(None, use_errno=True)
    return {"descriptor": libc.open(os.fsencode(options["secret"]), os.O_RDONLY)}


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except BaseException as error:
        return type(error).__name__
    return "worked"


def outline(content: bytes, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """What was read, in a few words: the one honest job here."""
    document = read_document(content, name)
    first = next((cell for sheet in document.sheets for row in sheet.values for cell in row), None)
    return {
        "kind": document.kind,
        "rows": [len(sheet.values) for sheet in document.sheets],
        "first": first if first is None else str(first),
    }
