import sys
import textwrap
from pathlib import Path

import pytest

from bench import measure
from bench.measure import Spread, interleave, ratios, run_child


def test_a_spread_is_median_and_range() -> None:
    assert Spread.of([5.0, 1.0, 3.0]) == Spread(3.0, 1.0, 5.0, 3)
    assert Spread.of([4.0, 1.0]).median == 2.5


def test_nothing_measured_has_no_spread() -> None:
    with pytest.raises(ValueError, match="no value"):
        Spread.of([])


def test_ratios_are_taken_round_by_round() -> None:
    # a slow second round slows both sides down and leaves the ratio alone
    assert ratios([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == Spread(2.0, 2.0, 2.0, 3)


def test_sides_measured_unequally_often_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_each_round_runs_every_side_and_begins_with_another() -> None:
    ran: list[str] = []

    def side(name: str) -> int:
        ran.append(name)
        return len(ran)

    results = interleave(3, {"a": lambda _: side("a"), "b": lambda _: side("b")})
    assert ran == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_sides_are_told_the_round() -> None:
    assert interleave(4, {"a": lambda number: number})["a"] == [0, 1, 2, 3]


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        interleave(2, {"a": lambda _: None})


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which modules for `run_child` may be put."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_peak_memory_grows_with_what_is_held(children: Path) -> None:
    # In a process of its own: this one may have held, and let go, more than that before.
    (children / "holding_child.py").write_text(
        textwrap.dedent("""
            from bench.measure import answer, peak_mib, read_job
            read_job()
            before = peak_mib()
            held = bytearray(200 * 2**20)
            held[:: 2**12] = b"x" * len(held[:: 2**12])
            answer(0.0, before=before)
        """)
    )
    told = run_child("holding_child", {})
    assert told["peak_mib"] > told["before"] + 100


def test_a_child_answers_its_job_with_its_own_peak(children: Path) -> None:
    (children / "good_child.py").write_text(
        textwrap.dedent("""
            from bench.measure import answer, read_job
            print("chatter")
            answer(1.5, doubled=2 * read_job()["number"])
        """)
    )
    held = bytearray(300 * 2**20)
    held[:: 2**12] = b"x" * len(held[:: 2**12])
    found = run_child("good_child", {"number": 21})
    assert (found["seconds"], found["doubled"]) == (1.5, 42)
    if sys.platform == "linux":
        assert found["peak_mib"] < 300, "the parent's memory was counted as the child's"


def test_a_failing_child_is_told_with_its_last_words(children: Path) -> None:
    (children / "bad_child.py").write_text("raise SystemExit('no such luck')")
    with pytest.raises(RuntimeError, match="no such luck"):
        run_child("bad_child", {})


def test_processor_time_of_ended_children_is_counted(children: Path) -> None:
    (children / "busy_child.py").write_text(
        textwrap.dedent("""
            import time
            from bench.measure import answer
            while time.process_time() < 0.3:
                pass
            answer(0.3)
        """)
    )
    before = measure.children_cpu_seconds()
    run_child("busy_child", {})
    assert measure.children_cpu_seconds() - before >= 0.3
