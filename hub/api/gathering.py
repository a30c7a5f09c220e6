"""Gathering: what comes while a transaction is under way goes into the next one, together (group commit).

A transaction costs nearly the same for one message as for fifty, so the more there is to do, the less each costs. What
comes after a rest goes at once; what comes right behind a transaction waits for company, for a moment.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class TooMany(Exception):
    """More waits than the hub will keep in memory; nothing of this item was begun."""


class Gathering(Generic[Item, Result]):
    """Hands items to `work` in the order in which they came, one group at a time.

    `work` returns one result for each item, in their order; what it raises, every caller of the group gets. A group is
    one item, or as many as weigh no more than `heaviest` by `weigh`. No more than `longest` by weight is kept waiting.
    A group begins no sooner than `pace` seconds after the one before, unless as much waits by then as it may weigh.
    """

    def __init__(
        self,
        work: Callable[[list[Item]], Awaitable[Sequence[Result]]],
        *,
        weigh: Callable[[Item], int],
        heaviest: int,
        longest: int,
        pace: float,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._heaviest = heaviest
        self._longest = longest
        self._pace = pace
        self._began = float("-inf")
        self._weight = 0
        self._waiting: deque[tuple[Item, int, asyncio.Future[Result]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """Return what became of the item. Raises TooMany, or what `work` raised.

        A caller that goes away takes its item along, unless that was begun, and disturbs nobody else.
        """
        weight = self._weigh(item)
        if self._waiting and self._weight + weight > self._longest:
            raise TooMany
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, weight, answer))
        self._weight += weight
        if self._running is None:
            # A context of its own: what is logged in it is no single caller's.
            self._running = asyncio.create_task(self._run(), context=Context())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._keep_pace()
                await self._settle(self._next_group())
        finally:
            self._running = None
            # Only when the process ends before all is done: nobody may wait for an answer that will not come.
            for _, _, answer in self._waiting:
                answer.cancel()

    async def _keep_pace(self) -> None:
        loop = asyncio.get_running_loop()
        wait = self._began + self._pace - loop.time()
        if wait > 0 and self._weight < self._heaviest:
            await asyncio.sleep(wait)
        self._began = loop.time()

    def _next_group(self) -> list[tuple[Item, "asyncio.Future[Result]"]]:
        group: list[tuple[Item, asyncio.Future[Result]]] = []
        total = 0
        while self._waiting and (not group or total + self._waiting[0][1] <= self._heaviest):
            item, weight, answer = self._waiting.popleft()
            self._weight -= weight
            if not answer.done():
                group.append((item, answer))
                total += weight
        return group

    async def _settle(self, group: list[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        answers = [answer for _, answer in group]
        try:
            results = await self._work([item for item, _ in group]) if group else ()
            for answer, result in zip(answers, results, strict=True):
                if not answer.done():
                    answer.set_result(result)
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle
            for answer in answers:
                if not answer.done():
                    answer.set_exception(error)
        finally:
            # Those that are answered are not touched by this; the others have nothing to wait for any more.
            for answer in answers:
                answer.cancel()
