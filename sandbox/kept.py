"""Values kept in memory up to a weight, the least used dropped first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key whose weights add up to a limit at most. Safe to use from several threads.

    Args:
        limit: how much may be kept, in the unit of ``weigh``.
        weigh: weight of a value.
    """

    def __init__(self, limit: int, weigh: Callable[[Value], int]) -> None:
        self._limit, self._weigh = limit, weigh
        self.weight = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value of a key, made when it is not there.

        A value above the limit is returned but not kept. Two threads that miss together both make
        it; callers for whom that is too dear hold a lock of their own.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        weight = self._weigh(made)
        with self._lock:
            if key not in self._values and weight <= self._limit:
                self._values[key] = made
                self.weight += weight
                while self.weight > self._limit:
                    self.weight -= self._weigh(self._values.popitem(last=False)[1])
        return made
