"""The process that reads foreign files can do nothing else, and whatever it does ends well."""

from __future__ import annotations

import errno
import os
import platform
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from ingestion.reading import isolation
from ingestion.reading.grid import FileRefused
from ingestion.reading.isolation import Isolated, Limits

JOBS = "tests.unit.reading.hostile_jobs"
HERE = Path(__file__).parent
on_linux = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="system calls are filtered on Linux only",
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Isolated]:
    with Isolated(1, Limits(seconds=30), readable=[HERE]) as isolated:
        yield isolated


def run(pool: Isolated, job: str, **options: object) -> dict[str, object]:
    return pool.run(f"{JOBS}:{job}", b"abc", "b.xlsx", options)


def refusal_of(pool: Isolated, job: str, **options: object) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        run(pool, job, **options)
    return refused.value


def test_answers_and_stays_for_the_next_job(pool: Isolated) -> None:
    first = run(pool, "echo", a=["ế", 1])
    second = run(pool, "echo")
    assert first | {"pid": 0} == {
        "length": 3,
        "name": "b.xlsx",
        "options": {"a": ["ế", 1]},
        "pid": 0,
    }
    assert first["pid"] == second["pid"] != os.getpid()


def test_carries_refusals_over(pool: Isolated) -> None:
    refusal = refusal_of(pool, "refuse")
    assert (refusal.code, refusal.message_vi) == ("password", "Tệp có mật khẩu.")


def test_a_bug_refuses_the_file_and_keeps_its_trace(pool: Isolated) -> None:
    refusal = refusal_of(pool, "bug")
    assert refusal.code == "crashed"
    assert "ZeroDivisionError" in refusal.__notes__[0]


def test_an_unknown_job_is_our_fault_not_the_files(pool: Isolated) -> None:
    with pytest.raises(LookupError):
        run(pool, "no_such_job")


@pytest.mark.parametrize(
    ("job", "code"),
    [("hog", "memory"), ("native_hog", "memory"), ("leave", "crashed"), ("segfault", "crashed")],
)
def test_a_worker_that_breaks_is_replaced(pool: Isolated, job: str, code: str) -> None:
    before = run(pool, "echo")["pid"]
    assert refusal_of(pool, job).code == code
    after = run(pool, "echo")["pid"]
    assert before != after
    assert not psutil.pid_exists(int(str(before)))


def test_an_endless_loop_is_stopped_and_leaves_no_process() -> None:
    with Isolated(1, Limits(seconds=0.5), readable=[HERE]) as pool:
        assert refusal_of(pool, "loop").code == "timeout"
        assert "0.5 giây" in refusal_of(pool, "loop").message_vi
        assert run(pool, "echo")["length"] == 3
    assert [child for child in psutil.Process().children() if child.status() == "zombie"] == []


def test_a_huge_answer_is_not_taken() -> None:
    with Isolated(1, Limits(result_bytes=1000), readable=[HERE]) as pool:
        assert refusal_of(pool, "huge", bytes=1001).code == "result_too_large"
        assert len(str(run(pool, "huge", bytes=900)["text"])) == 900


def test_a_huge_file_is_not_sent() -> None:
    with Isolated(1, Limits(content_bytes=2), readable=[HERE]) as pool:
        assert refusal_of(pool, "echo").code == "file_too_large"


def test_a_worker_that_has_grown_is_replaced(pool: Isolated) -> None:
    before = run(pool, "grow", bytes=300 << 20)["pid"]
    assert run(pool, "echo")["pid"] != before


def test_prints_do_not_disturb_the_answers(pool: Isolated) -> None:
    for _ in range(3):
        assert run(pool, "chatter") == {"said": True}


def test_has_no_environment_and_stands_nowhere(
    pool: Isolated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCHC_SECRET", "x")
    with Isolated(1, readable=[HERE]) as fresh:
        found = run(fresh, "environment")
        assert found["here"] == "/"
        assert {"OPENBLAS_MAIN_FREE", "OPENBLAS_NUM_THREADS"} == set(found["names"])  # for numpy


def test_threads_still_work(pool: Isolated) -> None:
    assert run(pool, "threads") == {"done": [1]}


def test_refuses_network_programs_and_files_in_python(pool: Isolated, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = run(
            pool,
            "attempts",
            target=str(tmp_path / "new"),
            secret=str(secret),
            port=server.getsockname()[1],
            parent=os.getpid(),
        )
    assert set(outcome.values()) == {"PermissionError"}
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert secret.read_text() == "s"


@on_linux
def test_refuses_the_same_past_python(pool: Isolated, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o600)
    outcome = run(
        pool,
        "native_attempts",
        target=str(tmp_path / "new"),
        secret=str(secret),
        parent=os.getpid(),
    )
    assert {what for what, got in outcome.items() if got != [-1, errno.EPERM]} == set()
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert secret.stat().st_mode & 0o777 == 0o600


@on_linux
def test_reads_no_other_files_past_python(pool: Isolated, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    run(pool, "echo")
    (worker,) = pool._all
    if not worker.walls["files"]:
        pytest.skip("this kernel has no Landlock")
    assert run(pool, "native_read", secret=str(secret))["descriptor"] == -1
    assert int(str(run(pool, "native_read", secret=__file__)["descriptor"])) >= 0


def test_is_safe_for_threads() -> None:
    with Isolated(2, readable=[HERE]) as pool, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: run(pool, "echo", n=n), range(40)))
    assert [answer["options"] for answer in answers] == [{"n": n} for n in range(40)]
    assert len({answer["pid"] for answer in answers}) <= 2


def test_survives_the_thread_that_started_it(pool: Isolated) -> None:
    with Isolated(1, readable=[HERE]) as fresh:
        pids: list[object] = []
        thread = threading.Thread(target=lambda: pids.append(run(fresh, "echo")["pid"]))
        thread.start()
        thread.join()
        assert run(fresh, "echo")["pid"] == pids[0]


def test_a_killed_parent_leaves_no_orphan() -> None:
    program = f"""
        import sys
        sys.path.insert(0, {str(Path(isolation.__file__).parents[2])!r})
        from pathlib import Path
        from ingestion.reading.isolation import Isolated
        pool = Isolated(1, readable=[Path({str(HERE)!r})])
        print(pool.run("{JOBS}:echo", b"", "")["pid"], flush=True)
        pool.run("{JOBS}:wait", b"", "", {{"seconds": 50}})
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    worker.wait(timeout=40)  # raises if it is still there; the job would go on for 50 s


def test_memory_is_watched_where_the_system_does_not_bound_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(isolation, "_ENFORCES_ADDRESS_SPACE", False)
    limits = Limits(memory_bytes=16 << 30, seconds=50)
    with Isolated(1, limits, readable=[HERE]) as pool:
        run(pool, "echo")
        object.__setattr__(pool._limits, "memory_bytes", 1 << 20)  # less than any Python needs
        assert refusal_of(pool, "wait", seconds=45).code == "memory"


def test_a_broken_installation_is_no_refusal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(isolation, "_WORKER", tmp_path / "none.py")
    with Isolated(1) as pool, pytest.raises(isolation.WorkerNotStarted, match=r"none\.py"):
        run(pool, "echo")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user"
)
def test_works_for_an_ordinary_user(tmp_path: Path) -> None:
    program = f"""
        import os, sys
        sys.path.insert(0, {str(Path(isolation.__file__).parents[2])!r})
        from ingestion.reading.isolation import Isolated
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        pool = Isolated(1)
        try:
            pool.run("no.such:job", b"", "")
        except LookupError:
            print("answered")
        pool.close()
    """
    python, module = Path(sys.executable), Path(isolation.__file__)
    if not all(_reachable_by_others(path) for path in (python, python.resolve(), module)):
        pytest.skip("Python or the project lies where only root can read it")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "answered\n", done.stderr


def _reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in [path, *path.parents])


def test_deadlines_do_not_depend_on_the_worker_reading(pool: Isolated) -> None:
    """A worker that never takes its input is killed all the same."""
    with Isolated(1, Limits(seconds=0.5), readable=[HERE]) as fresh:
        run(fresh, "echo")
        (worker,) = fresh._all
        os.kill(worker._process.pid, signal.SIGSTOP)
        with pytest.raises(FileRefused, match="timeout"):
            fresh.run(f"{JOBS}:echo", bytes(1 << 22), "b.xlsx")
        assert run(fresh, "echo")["length"] == 3
