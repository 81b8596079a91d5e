"""Misbehaviour on demand: what a real source does on a bad day, ordered by tests."""

from __future__ import annotations

import datetime as dt
import email.utils
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, Field

from sandbox.randomness import fraction


class Misdeed(StrEnum):
    """What can be ordered."""

    STATUS = "status"
    TRUNCATED = "truncated"
    HTML = "html"
    SLOW = "slow"
    LOOP = "loop"
    TOTAL = "total"
    CAP = "cap"
    EXPIRE = "expire"


class ChaosOrder(BaseModel):
    """An order for misbehaviour; the next ``count`` matching answers obey it."""

    kind: Misdeed = Field(
        description=(
            "status: an error status; truncated: JSON cut in the middle; html: a maintenance page "
            "with status 200; slow: bytes drip in; loop: every page is page 1; total: the total "
            "changes at every answer; cap: pages are shorter than asked; expire: all sessions "
            "end now"
        )
    )
    count: int = Field(default=1, ge=1, description="how many answers")
    status: int = Field(default=500, description="for kind=status: 500, 503, 429 …")
    retry_after: str | None = Field(
        default=None, description="Retry-After of a status: seconds or date"
    )
    seconds: float = Field(default=2.0, description="for kind=slow: how long an answer takes")
    rows: int = Field(default=100, ge=1, description="for kind=cap: rows per page at most")
    path: str = Field(default="/api/", description="only paths that start with this")
    skip: int = Field(default=0, ge=0, description="how many matching answers to let pass first")


class Queued(Protocol):
    """What the queue needs to know of an order; see `ChaosOrder`."""

    count: int
    path: str
    skip: int


Order = TypeVar("Order", bound=Queued)


@dataclass(slots=True)
class _Pending(Generic[Order]):
    order: Order
    skip: int
    left: int


class Chaos(Generic[Order]):
    """The queue of orders. Safe to use from several threads."""

    def __init__(self) -> None:
        self._pending: list[_Pending[Order]] = []
        self._lock = threading.Lock()

    def add(self, order: Order) -> None:
        """Queue an order."""
        with self._lock:
            self._pending.append(_Pending(order, order.skip, order.count))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._pending.clear()

    def next_for(self, path: str) -> Order | None:
        """Take the order that the next answer on a path must obey, if any."""
        with self._lock:
            for pending in self._pending:
                if not path.startswith(pending.order.path):
                    continue
                if pending.skip:
                    pending.skip -= 1
                    continue
                pending.left -= 1
                if not pending.left:
                    self._pending.remove(pending)
                return pending.order
        return None


class FailureShare(BaseModel):
    """How large a share of the windows cannot be had."""

    share: float = Field(ge=0, le=1, description="0 none, 1 all")


class FailingWindows:
    """Windows that cannot be had, however often they are asked for, until the share is changed.

    Which ones is drawn by hash of seed, resource and window start, so it is the same in every run;
    the windows that fail at a share fail at every larger one too. Safe to use from several threads.

    Args:
        seed: of the province.
        share: of the windows, 0–1.
    """

    def __init__(self, seed: int, share: float) -> None:
        self._seed = seed
        self.share = share

    def fails(self, resource: str, start: str) -> bool:
        """Return whether the window of a resource that starts at a moment or day cannot be had."""
        return fraction("failing window", self._seed, resource, start) < self.share


def retry_after(wish: str) -> str:
    """Return the text of a ``Retry-After``: as given, or for ``date`` a moment in two seconds."""
    if wish == "date":
        later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
        return email.utils.format_datetime(later, usegmt=True)
    return wish


def cut(content: bytes) -> bytes:
    """Return the first two thirds of a body."""
    return content[: len(content) * 2 // 3]


def dripping(content: bytes, seconds: float) -> Iterator[bytes]:
    """Yield a body in small pieces over so many seconds."""
    steps = 20
    pause = threading.Event()
    size = -(-len(content) // steps)
    for first in range(0, len(content), size):
        pause.wait(seconds / steps)
        yield content[first : first + size]
