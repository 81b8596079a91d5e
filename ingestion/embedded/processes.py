"""Long-running local processes: started in their own session, found again, stopped as a group.

A process is remembered in ``var/run/<name>.json`` by pid *and* start time, so that a recycled
pid is never taken for ours and never signalled.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from ingestion.core.environment import ConfigurationError, var_dir


class ServiceError(ConfigurationError):
    """A local service did not start or stop; the message names its log."""


@dataclass(frozen=True)
class Service:
    """A process this installation started.

    Attributes:
        name: unique name, also of the log file ``var/log/<name>.log``.
        pid: leader of its session and process group.
        created: start time of the process as psutil gives it (seconds).
        url: where it answers.
        notes: further facts, such as the connections it offers; the record is for us only.
    """

    name: str
    pid: int
    created: float
    url: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Whether this very process still lives."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.created) < 1.0
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False


def log_file(name: str) -> Path:
    """The log of service ``name``."""
    return var_dir() / "log" / f"{name}.log"


def _record(name: str) -> Path:
    return var_dir() / "run" / f"{name}.json"


def find(name: str) -> Service | None:
    """The running service ``name``, or None."""
    try:
        service = Service(**json.loads(_record(name).read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None
    return service if service.is_running else None


def running() -> list[Service]:
    """All services of this installation that run now, by name."""
    names = sorted(path.stem for path in (var_dir() / "run").glob("*.json"))
    return [service for name in names if (service := find(name))]


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner may read, also while it is being written."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at the moment of asking."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    name: str,
    command: Sequence[str],
    *,
    ready: Callable[[Path], str | None],
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    notes: Mapping[str, str] | None = None,
) -> Service:
    """Start ``command`` in a session of its own and wait until it is ready.

    Args:
        name: the service's name; a running service of that name is returned as it is.
        command: program and arguments.
        ready: called about ten times a second with the log file; returns the service's URL
            once it answers, None before.
        env: the whole environment of the process; default ours.
        timeout: seconds until starting counts as failed.
        notes: facts to remember with the service.

    Raises:
        ServiceError: it ended or was not ready in time; the end of its log is in the message.
    """
    if existing := find(name):
        return existing
    log = log_file(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    _record(name).parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
    created = psutil.Process(process.pid).create_time()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceError(
                f"{name} ended at once (exit {process.returncode}). Its log, {log}, ends:\n"
                f"{tail(log)}"
            )
        if (url := ready(log)) is not None:
            service = Service(name, process.pid, created, url, dict(notes or {}))
            write_private(_record(name), json.dumps(asdict(service)))
            return service
        time.sleep(0.1)
    _end_group(process.pid)
    raise ServiceError(
        f"{name} was not ready after {timeout:.0f} s. Its log, {log}, ends:\n{tail(log)}"
    )


def announced_url(log: Path) -> str | None:
    """The address in a log line ``ready <url>``, the way our own services announce it."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("ready "):
            return line.removeprefix("ready ").strip()
    return None


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"


def stop(name: str, grace: float = 20.0) -> bool:
    """End service ``name`` with all it started; False when it did not run."""
    service = find(name)
    if service is None:
        _record(name).unlink(missing_ok=True)
        return False
    _end_group(service.pid, grace)
    _record(name).unlink(missing_ok=True)
    return True


def _end_group(leader: int, grace: float = 20.0) -> None:
    """Ask the group to end; after ``grace`` seconds, end it."""
    try:
        members = [psutil.Process(leader), *psutil.Process(leader).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    _signal_group(leader, signal.SIGTERM)
    _, alive = psutil.wait_procs(members, timeout=grace)
    if alive:
        _signal_group(leader, signal.SIGKILL)
        for process in alive:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(alive, timeout=5)


def _signal_group(leader: int, signal_number: int) -> None:
    try:
        os.killpg(leader, signal_number)
    except ProcessLookupError:
        return
