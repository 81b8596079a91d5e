"""Shows how a back-fill is getting on: a bar on a terminal, else one plain line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from ingestion.backfill.progress import Rate, Tally

LINE_SECONDS = 10.0


class Board(Protocol):
    """Where progress is told."""

    def show(self, tally: Tally) -> None:
        """Tell how far it is."""

    def say(self, text: str) -> None:
        """Tell that something happened."""


class ConsoleBoard:
    """A board on a console. Use as a context manager.

    Args:
        console: where to print; a bar is drawn when it is a terminal.
        clock: seconds that only rise.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._rate = Rate()
        self._last_line: float | None = None
        self._shown: Tally | None = None
        self._bar = Progress(
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()
        elif self._shown is not None:
            self._line(self._shown)

    def show(self, tally: Tally) -> None:
        """Tell how far it is; as a line at most every `LINE_SECONDS`."""
        now = self._clock()
        self._rate.note(now, tally.decided)
        if self._console.is_terminal:
            words = words_of(tally, self._rate)
            self._bar.update(
                self._task, total=tally.due, completed=tally.decided, description=words
            )
        elif self._last_line is None or now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            self._line(tally)
        else:
            self._shown = tally

    def say(self, text: str) -> None:
        """Print a line; above the bar where there is one."""
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _line(self, tally: Tally) -> None:
        self._shown = None
        share = 100 * tally.decided / tally.due if tally.due else 100.0
        self.say(f"{share:5.1f} %  {words_of(tally, self._rate)}")


def words_of(tally: Tally, rate: Rate) -> str:
    """The line beside the bar: cells decided, by what became of them, rate and time left."""
    parts = [
        f"{number(tally.decided)}/{number(tally.due)} ô",
        f"xong {number(tally.done)}",
        f"giữ lại {number(tally.held)}",
        f"lỗi {number(tally.failed)}",
        f"thiếu {number(tally.missing)}",
        f"chưa {number(tally.undecided)}",
    ]
    if tally.undecided:
        left = rate.seconds_left(tally.undecided)
        parts.append(f"{rate.per_second:.1f} ô/giây".replace(".", ","))
        parts.append(f"còn {duration(left)}" if left is not None else "còn ?")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as ``4:05`` or ``1:04:05``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: int) -> str:
    """A whole number with Vietnamese thousands."""
    return f"{value:,}".replace(",", ".")
