"""Local services: started in a group of their own, found again, ended with all they started."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psutil
import pytest

from ingestion.embedded import processes

READY = "print('ready http://127.0.0.1:1', flush=True); "
CHILD = "import subprocess, sys; child = subprocess.Popen(['sleep', '600']); print(child.pid); "
WAIT = "import time; time.sleep(600)"


def python(*parts: str) -> list[str]:
    return [sys.executable, "-c", "".join(parts)]


def test_a_service_is_found_again_and_stopped_with_its_children(var_folder: Path) -> None:
    service = processes.start(
        "sample", python(CHILD, READY, WAIT), ready=processes.announced_url, notes={"a": "b"}
    )
    child = int(processes.log_file("sample").read_text().splitlines()[0])
    assert processes.find("sample") == service
    assert processes.running() == [service]
    assert service.url == "http://127.0.0.1:1"

    assert processes.stop("sample")

    assert processes.find("sample") is None
    assert not psutil.pid_exists(child)
    assert not processes.stop("sample")


def test_starting_again_keeps_the_running_one(var_folder: Path) -> None:
    first = processes.start("sample", python(READY, WAIT), ready=processes.announced_url)
    second = processes.start("sample", python("raise SystemExit(9)"), ready=lambda log: None)
    processes.stop("sample")
    assert first == second


def test_a_service_that_ends_at_once_shows_its_last_words(var_folder: Path) -> None:
    with pytest.raises(processes.ServiceError, match=r"(?s)exit 7.*no such thing"):
        processes.start(
            "sample",
            python("print('no such thing'); raise SystemExit(7)"),
            ready=processes.announced_url,
        )


def test_a_service_that_is_never_ready_is_ended(var_folder: Path) -> None:
    with pytest.raises(processes.ServiceError, match="not ready after"):
        processes.start("sample", python(WAIT), ready=lambda log: None, timeout=0.3)
    assert processes.running() == []


def test_a_recycled_pid_is_not_taken_for_ours(var_folder: Path) -> None:
    folder = var_folder / "run"
    folder.mkdir()
    mine = psutil.Process()
    stale = {"name": "sample", "pid": mine.pid, "created": mine.create_time() - 100, "url": ""}
    (folder / "sample.json").write_text(json.dumps(stale))
    assert processes.find("sample") is None
    assert not processes.stop("sample")
