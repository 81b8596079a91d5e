"""A back-fill against an Airflow on a real socket that loses runs, lies, and goes away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from ingestion.backfill.drive import DAG_ID, ROUNDS, BackfillStopped, Drive, Patience
from ingestion.backfill.orders import BackfillOrder
from ingestion.backfill.progress import Attempt, Tally
from ingestion.embedded.airflow_client import AirflowClient
from ingestion.ledger.standing import CellState
from tests.fixtures.backfill_cells import cell
from tests.fixtures.fake_airflow import LOGIN, PASSWORD, FakeAirflow

MONTHS = [date(2021, month, 1) for month in range(1, 7)]
ORDER = BackfillOrder(
    "half_2021",
    {"tthc": ("dossiers",)},
    date(2021, 1, 1),
    date(2021, 6, 30),
    "Để thử.",
    "Thử nghiệm",
    "Không có",
    2,
    "approved",
)
QUICK = Patience(poll=0.0, stalled=0.3, silent=5.0, revive=0.0)


class World:
    """A ledger in memory and an Airflow whose runs write into it."""

    def __init__(self) -> None:
        self.outcomes: dict[date, tuple[str, datetime]] = {}
        self.source_fails: set[date] = set()
        self.loses: Callable[[date, int], bool] = lambda month, number: False
        self.hangs: set[date] = set()
        self.said: list[str] = []
        self.shown: list[Tally] = []
        self.moment = datetime(2026, 11, 1, tzinfo=UTC)
        self.airflow = FakeAirflow(DAG_ID, self._work)

    def _work(self, month: date, number: int) -> bool:
        if month in self.hangs:
            return False
        if not self.loses(month, number):
            self.moment += timedelta(seconds=1)
            outcome = "failed" if month in self.source_fails else "accepted"
            self.outcomes[month] = (outcome, self.moment)
        return True

    def ledger(self) -> list[CellState]:
        cells = []
        for month in MONTHS:
            outcome, decided_at = self.outcomes.get(month, (None, None))
            cells.append(cell(f"{month:%Y-%m-%d}", outcome, decided_at=decided_at))
        return cells

    def show(self, tally: Tally) -> None:
        self.shown.append(tally)

    def say(self, text: str) -> None:
        self.said.append(text)

    def drive(self, password: str = PASSWORD, revive: Callable[[], bool] | None = None) -> Drive:
        api = AirflowClient(self.airflow.url, LOGIN, password)
        options = {"revive": revive} if revive else {}
        return Drive(ORDER, api, self.ledger, self, patience=QUICK, **options)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.airflow.close()


def test_a_calm_run_is_one_back_fill_of_airflow_by_the_orders_settings(world: World) -> None:
    assert world.drive().run() == []
    (backfill,) = world.airflow.backfills
    assert backfill.months == MONTHS
    assert backfill.conf == {"backfill": "half_2021"}
    assert backfill.at_a_time == 2
    assert backfill.completed, "another back-fill could not be created"
    assert [tally.decided for tally in world.shown] == sorted(t.decided for t in world.shown)
    assert world.shown[-1] == Tally(due=6, done=6, rows=60)


def test_the_dag_is_let_go_for_the_run_only(world: World) -> None:
    world.drive().run()
    assert world.airflow.paused == {DAG_ID: True}
    world.airflow.paused[DAG_ID] = False
    world.drive().run()
    assert world.airflow.paused == {DAG_ID: False}


def test_months_that_airflow_lost_are_run_again_and_only_they(world: World) -> None:
    lost = {date(2021, 2, 1), date(2021, 3, 1), date(2021, 5, 1)}
    world.loses = lambda month, number: number == 1 and month in lost
    drive = world.drive()
    assert drive.run() == []
    assert world.airflow.spans() == [
        ("2021-01", "2021-06"),
        ("2021-02", "2021-03"),
        ("2021-05", "2021-05"),
    ]
    assert drive.rounds == 2
    (told,) = [line for line in world.said if "lượt 2/3" in line]
    assert "2021-02…2021-03, 2021-05" in told


def test_completed_too_early_is_not_done(world: World) -> None:
    # Airflow calls the back-fill complete while its runs have not even begun (#68721).
    world.airflow.lie = True
    assert world.drive().run() == []
    assert world.airflow.spans() == [("2021-01", "2021-06")]
    assert Attempt().tally(world.ledger()).is_complete


def test_what_stays_open_is_named_after_a_bounded_number_of_rounds(world: World) -> None:
    world.loses = lambda month, number: month == date(2021, 4, 1)
    drive = world.drive()
    assert drive.run() == [date(2021, 4, 1)]
    assert drive.rounds == ROUNDS
    assert world.airflow.spans()[1:] == [("2021-04", "2021-04")] * (ROUNDS - 1)


def test_failed_cells_are_decided_and_only_the_next_call_tries_them_again(world: World) -> None:
    world.source_fails = {date(2021, 1, 1), date(2021, 6, 1)}
    assert world.drive().run() == []
    assert world.airflow.spans() == [("2021-01", "2021-06")]
    assert Attempt().tally(world.ledger()).failed == 2

    world.source_fails = {date(2021, 6, 1)}
    world.loses = lambda month, number: number == 3  # what failed before proves nothing now
    assert world.drive().run() == []
    assert world.airflow.spans()[1:] == [
        ("2021-01", "2021-01"),
        ("2021-06", "2021-06"),
        ("2021-06", "2021-06"),
    ]
    assert Attempt().tally(world.ledger()) == Tally(due=6, done=5, failed=1, rows=50)


def test_an_earlier_back_fill_is_waited_for_and_not_run_twice(world: World) -> None:
    # What a killed command leaves behind: Airflow goes on with the months it was given.
    world.airflow.create(MONTHS[:4], paused=True)
    world.source_fails = {MONTHS[0]}
    assert world.drive().run() == []
    assert world.airflow.spans() == [("2021-01", "2021-04"), ("2021-05", "2021-06")]
    assert any("từ trước" in line for line in world.said)


def test_a_back_fill_that_somebody_creates_meanwhile_is_waited_for(world: World) -> None:
    def somebody_was_faster() -> list[CellState]:
        if not world.airflow.backfills:
            world.airflow.create(MONTHS)
        return world.ledger()

    api = AirflowClient(world.airflow.url, LOGIN, PASSWORD)
    assert Drive(ORDER, api, somebody_was_faster, world, patience=QUICK).run() == []
    assert Attempt().tally(world.ledger()).is_complete
    assert any("từ trước" in line for line in world.said)


def test_a_run_that_hangs_is_given_up_and_named(world: World) -> None:
    world.hangs = {date(2021, 6, 1)}
    assert world.drive().run() == [date(2021, 6, 1)]
    assert sum("Không có gì thay đổi" in line for line in world.said) == ROUNDS
    world.hangs.clear()
    assert world.drive().run() == []


def test_an_airflow_that_restarts_and_forgets_sessions_is_waited_for(world: World) -> None:
    drive = world.drive()
    world.airflow.refuse = 3
    world.loses = lambda month, number: bool(world.airflow.forget_sessions())
    assert drive.run() == []
    assert world.said.count("Chưa trả lời (HTTPStatusError): chờ và hỏi lại.") == 1
    assert world.airflow.asked.count("POST /auth/token") > 1


def test_a_warehouse_that_restarts_is_waited_for(world: World) -> None:
    gone = [OperationalError("select", {}, Exception("server closed the connection"))] * 3

    def restarting() -> list[CellState]:
        if world.airflow.backfills and gone:
            raise gone.pop()
        return world.ledger()

    api = AirflowClient(world.airflow.url, LOGIN, PASSWORD)
    assert Drive(ORDER, api, restarting, world, patience=QUICK).run() == []
    assert not gone
    assert world.airflow.spans() == [("2021-01", "2021-06")]
    assert world.said == ["Chưa trả lời (OperationalError): chờ và hỏi lại."]


def test_an_airflow_that_stays_away_stops_the_command_with_the_way_on(world: World) -> None:
    drive = world.drive()
    drive._patience = Patience(poll=0.0, silent=0.0)
    world.airflow.close()
    with pytest.raises(BackfillStopped, match="cchc backfill resume"):
        drive.run()


def test_dead_processes_are_started_again_and_that_is_told(world: World) -> None:
    dead = [True]
    assert world.drive(revive=lambda: bool(dead and dead.pop())).run() == []
    assert world.said == ["Một tiến trình của Airflow đã dừng: đã khởi động lại."]


def test_without_the_dag_nothing_is_tried(world: World) -> None:
    del world.airflow.paused[DAG_ID]
    with pytest.raises(BackfillStopped, match="không có DAG backfill_history"):
        world.drive().run()
