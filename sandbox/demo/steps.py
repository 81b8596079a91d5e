"""Says what the demo is doing and how long each step took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


class DemoFailed(RuntimeError):
    """A step of the demo did not succeed; the message says where to look."""


class Steps:
    """One line per step, with its seconds; a spinner where there is a terminal.

    Args:
        console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}
        self._began = time.monotonic()

    @property
    def total(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Do one step inside; call what is yielded to say how it is getting on."""
        began = time.monotonic()
        notes: list[str] = []
        if self.console.is_terminal:
            with self.console.status(title) as spinner:

                def note(text: str) -> None:
                    notes[:] = [text]
                    spinner.update(f"{title}: {text}")

                yield note
        else:
            self.console.print(f"… {title}")
            yield lambda text: notes.__setitem__(slice(None), [text])
        took = self.seconds[title] = time.monotonic() - began
        outcome = f" ({notes[0]})" if notes else ""
        self.console.print(f"[green]✓[/] {title}{outcome} [dim]{took:.1f} s[/]")


def wait_until(done: Callable[[], bool], *, seconds: float, what: str, every: float = 0.5) -> None:
    """Ask ``done`` again and again.

    Raises:
        DemoFailed: it was still false after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} took longer than {seconds:.0f} s.")
        time.sleep(every)
