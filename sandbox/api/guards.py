"""Who may call and how often: sessions that expire and a token bucket per session."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]


class Sessions:
    """Sessions of the one account.

    Args:
        user: account name.
        password: its password.
        seconds: life of a session.
        clock: seconds that only grow; given by tests.
    """

    def __init__(
        self, user: str, password: str, seconds: int, clock: Clock = time.monotonic
    ) -> None:
        self._user, self._password, self.seconds = user, password, seconds
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()

    def open(self, user: str, password: str) -> str | None:
        """Return a new session, or none when the account is wrong."""
        is_user = hmac.compare_digest(user.encode(), self._user.encode())
        is_password = hmac.compare_digest(password.encode(), self._password.encode())
        if not (is_user and is_password):
            return None
        session = secrets.token_urlsafe(24)
        with self._lock:
            now = self._clock()
            self._ends = {known: end for known, end in self._ends.items() if end > now}
            self._ends[session] = now + self.seconds
        return session

    def is_open(self, session: str) -> bool:
        """Return whether a session exists and has not expired."""
        with self._lock:
            return self._ends.get(session, -1.0) > self._clock()

    def end_all(self) -> None:
        """End every session."""
        with self._lock:
            self._ends.clear()


class TokenBucket:
    """Lets ``rate`` calls a second pass for each caller, and a burst of one second's worth.

    Args:
        rate: calls a second; 0 means no limit.
        clock: seconds that only grow; given by tests.
    """

    def __init__(self, rate: float, clock: Clock = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, caller: str) -> float:
        """Take a token; return 0, or the seconds until the next one when there is none."""
        if not self.rate:
            return 0.0
        size = max(self.rate, 1.0)
        with self._lock:
            now = self._clock()
            level, seen = self._levels.get(caller, (size, now))
            level = min(size, level + (now - seen) * self.rate)
            if level < 1.0:
                self._levels[caller] = (level, now)
                return (1.0 - level) / self.rate
            self._levels[caller] = (level - 1.0, now)
            return 0.0
