"""Many questions, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


async def asked_at_once(
    ask: Callable[[Item], Awaitable[Answer]], items: Sequence[Item], at_once: int
) -> list[Answer]:
    """The answers in the order of the items; the first failure ends the rest.

    Args:
        ask: answers for one item.
        items: what is asked for.
        at_once: how many may be under way.
    """
    answers: dict[int, Answer] = {}
    places = iter(range(len(items)))

    async def worker() -> None:
        for place in places:
            answers[place] = await ask(items[place])

    tasks = [asyncio.create_task(worker()) for _ in range(min(at_once, len(items)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [answers[place] for place in range(len(items))]
