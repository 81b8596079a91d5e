"""How often somebody may try: buckets of tries that fill up again with time. For one process."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from ingestion.sources.agency_reports.doors.settings import Rate

_IPV6_NETWORK = 64  # what one customer is given: every address in it may be the same machine


class Buckets:
    """A bucket per key; those not used for longest are forgotten first. For one thread.

    Args:
        rate: size of a bucket and how fast it fills.
        most: keys that are remembered; more keys at once find full buckets.
        clock: seconds that only grow.
    """

    def __init__(self, rate: Rate, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Whole seconds until a try is there; 0: now. Takes none."""
        missing = 1 - self._level(key)
        return math.ceil(missing * 60 / self._rate.per_minute) if missing > 0 else 0

    def take(self, key: str) -> int:
        """Take a try; returns 0, or the seconds to wait if there was none."""
        seconds = self.wait(key)
        if not seconds:
            self._levels[key] = (self._level(key) - 1, self._clock())
            self._levels.move_to_end(key)
            while len(self._levels) > self._most:
                self._levels.popitem(last=False)
        return seconds

    def _level(self, key: str) -> float:
        level, at = self._levels.get(key, (float(self._rate.burst), 0.0))
        filled = (self._clock() - at) * self._rate.per_minute / 60
        return min(float(self._rate.burst), level + filled)


def address_key(address: str | None) -> str:
    """What tries of one machine are counted under."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
