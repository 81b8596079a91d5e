"""Counter-based random numbers: every draw is a hash of (dossier key, stream name).

A sequential generator would make a dossier depend on everything drawn before it. With hashed draws
a dossier is the same whichever window, page or process asks for it.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def key_of(*parts: int | str) -> int:
    """Return one 64-bit key for names and numbers (BLAKE2b: the same in every process)."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@cache
def _stream(name: str) -> np.uint64:
    return np.uint64(key_of("stream", name))


def mixed(values: Keys) -> Keys:
    """Scramble 64-bit values with the splitmix64 finaliser (a bijection)."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def child_keys(keys: Keys, numbers: Ints) -> Keys:
    """Return the keys of the ``numbers``-th children of ``keys`` (same length)."""
    return mixed(keys + (numbers.astype(np.uint64) + np.uint64(1)) * _GOLDEN)


def uniform(keys: Keys, stream: str) -> Floats:
    """Draw one number in [0, 1) per key from the named stream."""
    return (mixed(keys ^ _stream(stream)) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def integers(keys: Keys, stream: str, high: int) -> Ints:
    """Draw one integer in [0, high) per key from the named stream."""
    return (uniform(keys, stream) * high).astype(np.int64)


def fraction(*parts: int | str) -> float:
    """Draw one number in [0, 1) for a tuple of names and numbers."""
    return (key_of(*parts) >> 11) * 2.0**-53
