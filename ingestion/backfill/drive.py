"""Drives Airflow's back-fills until the ledger says that every cell is decided.

Airflow runs one month a run and one back-fill of a DAG at a time; it has called back-fills complete
that were not. So its word ends a wait, never the work: after each round the ledger is read, and the
months that are still open make up the next round.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx
from sqlalchemy.exc import DBAPIError

from ingestion.backfill.board import Board
from ingestion.backfill.orders import BackfillOrder
from ingestion.backfill.progress import Attempt, Tally, stretches
from ingestion.core.environment import TIMEZONE
from ingestion.embedded.airflow_client import AirflowClient
from ingestion.embedded.processes import ServiceError
from ingestion.ledger.standing import CellState

DAG_ID = "backfill_history"
ROUNDS = 3
"""How often the months that stay open are given to Airflow."""

Ledger = Callable[[], Sequence[CellState]]
"""Reads the cells of the source systems in the back-fill's range."""


class BackfillStopped(RuntimeError):
    """Nothing moves any more, or Airflow or the warehouse stay away; the ledger keeps what is."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for what; all in seconds.

    Attributes:
        poll: between two looks at the ledger.
        stalled: without any change in ledger or runs, then a back-fill is given up.
        silent: while Airflow or the warehouse do not answer, then the command gives up.
        revive: between two looks whether Airflow's processes live.
    """

    poll: float = 2.0
    stalled: float = 900.0
    silent: float = 300.0
    revive: float = 15.0


@dataclass(frozen=True)
class Look:
    """What was seen at one look.

    Attributes:
        tally: the ledger.
        unfinished: run id → state, of the DAG's runs that are not over.
        active: id of the back-fill that Airflow does not call complete.
    """

    tally: Tally
    unfinished: dict[str, str]
    active: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to wait for; says nothing about the work being done."""
        return not self.unfinished


class Drive:
    """One call of the back-fill.

    Args:
        order: what is asked for.
        api: the Airflow that runs it.
        ledger: reads the cells.
        board: where to tell.
        revive: starts what has died of Airflow; True when something had to be started.
        patience: how long to wait for what.
    """

    def __init__(
        self,
        order: BackfillOrder,
        api: AirflowClient,
        ledger: Ledger,
        board: Board,
        *,
        revive: Callable[[], bool] = lambda: False,
        patience: Patience | None = None,
    ) -> None:
        self._order = order
        self._api = api
        self._ledger = ledger
        self._board = board
        self._revive = revive
        self._patience = patience or Patience()
        self._attempt = Attempt()
        self._revived_at = time.monotonic()
        self.rounds = 0

    def run(self) -> list[date]:
        """Load what is open, round by round.

        Returns:
            The months that still have an undecided cell; empty when the loading is done.

        Raises:
            BackfillStopped: Airflow or the warehouse stay away.
        """
        was_paused = self._patiently(lambda: self._api.dags().get(DAG_ID))
        if was_paused is None:
            raise BackfillStopped(
                f"Airflow không có DAG {DAG_ID}; xem `airflow dags list-import-errors --local`."
            )
        if was_paused:
            self._patiently(lambda: self._api.pause(DAG_ID, False))
        try:
            # What an earlier back-fill is just trying need not be tried once more after it.
            self._attempt = Attempt(self._patiently(self._ledger))
            self._finish_earlier()
            return self._rounds()
        finally:
            if was_paused:
                # What went wrong before is what should be told.
                with contextlib.suppress(httpx.HTTPError):
                    self._api.pause(DAG_ID, True)

    def _rounds(self) -> list[date]:
        while months := self._attempt.open_months(self._patiently(self._ledger)):
            if self.rounds == ROUNDS:
                return months
            self.rounds += 1
            if self.rounds > 1:
                self._board.say(
                    f"Airflow báo xong nhưng sổ còn ô chưa quyết định ở {listed(months)}: "
                    f"chạy lại các tháng đó (lượt {self.rounds}/{ROUNDS})."
                )
            for first, last in stretches(months):
                self._backfill(first, last)
        return []

    def _finish_earlier(self) -> None:
        """Wait for a back-fill that an earlier call, or somebody else, has left in Airflow."""
        active = self._patiently(lambda: self._api.active_backfill(DAG_ID))
        if active is None:
            return
        self._board.say(f"Airflow đang chạy đợt nạp bù {active['id']} từ trước: chờ nó xong.")
        if active["is_paused"]:
            self._patiently(lambda: self._api.resume_backfill(active["id"]))
        self._await_runs()

    def _backfill(self, first: date, last: date) -> None:
        """Have Airflow load the months from ``first`` to ``last`` and wait for it."""
        while True:
            try:
                self._patiently(lambda: self._create(first, last))
                break
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.CONFLICT:
                    raise
                self._finish_earlier()
        self._await_runs()

    def _create(self, first: date, last: date) -> int:
        conf = {"backfill": self._order.name}
        bounds = (datetime(day.year, day.month, 1, tzinfo=TIMEZONE) for day in (first, last))
        return self._api.backfill(DAG_ID, *bounds, at_a_time=self._order.concurrency, conf=conf)

    def _await_runs(self) -> None:
        """Wait until no run is left, telling how far the ledger is; then free Airflow's place."""
        look = self._patiently(self._look)
        moved_at = time.monotonic()
        while not look.is_over:
            if time.monotonic() - moved_at > self._patience.stalled:
                self._board.say(
                    f"Không có gì thay đổi suốt {self._patience.stalled:.0f} giây: bỏ đợt chạy này."
                )
                break
            time.sleep(self._patience.poll)
            before, look = look, self._patiently(self._look)
            if (look.tally, look.unfinished) != (before.tally, before.unfinished):
                moved_at = time.monotonic()
        if (active := look.active) is not None:
            # Airflow itself looks for back-fills that are over only every half minute.
            self._patiently(lambda: self._api.end_backfill(active))

    def _look(self) -> Look:
        if time.monotonic() - self._revived_at > self._patience.revive:
            if self._revive():
                self._board.say("Một tiến trình của Airflow đã dừng: đã khởi động lại.")
            self._revived_at = time.monotonic()
        active = self._api.active_backfill(DAG_ID)
        unfinished = {
            str(run["dag_run_id"]): str(run["state"]) for run in self._api.unfinished_runs(DAG_ID)
        }
        tally = self._attempt.tally(self._ledger())
        self._board.show(tally)
        return Look(tally, unfinished, active["id"] if active else None)

    def _patiently(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 -- whatever it answers
        """Ask again while Airflow or the warehouse do not answer.

        Raises:
            BackfillStopped: they stayed away for too long.
        """
        began = time.monotonic()
        told = False
        while True:
            try:
                return ask()
            except (httpx.HTTPError, DBAPIError, ServiceError) as error:
                if not is_passing(error):
                    raise
                if time.monotonic() - began > self._patience.silent:
                    raise BackfillStopped(
                        f"Airflow hoặc kho dữ liệu không trả lời suốt {self._patience.silent:.0f} "
                        f"giây ({type(error).__name__}). Sổ giữ nguyên; chạy tiếp bằng "
                        f"`cchc backfill resume`."
                    ) from error
                if not told:
                    self._board.say(f"Chưa trả lời ({type(error).__name__}): chờ và hỏi lại.")
                    told = True
                time.sleep(self._patience.poll)


def is_passing(error: Exception) -> bool:
    """Whether a failure may pass by itself: no answer, a server's own error, a lost connection."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or type(error).__name__ == "OperationalError"
    return True


def listed(months: Sequence[date]) -> str:
    """Months as stretches: ``2021-01…2021-03, 2021-07``."""
    return ", ".join(
        f"{first:%Y-%m}" + (f"…{last:%Y-%m}" if last != first else "")
        for first, last in stretches(months)
    )
