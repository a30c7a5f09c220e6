"""Outcomes are recorded in groups: those that come while a transaction is under way share the next one."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from hub.delivery import recording
from hub.delivery.port import Delivery
from hub.delivery.recording import Done
from hub.ledger.attempts import Recorded

log = structlog.get_logger(__name__)
MOST = 500
# A transaction costs as much as a dozen outcomes in it: those that come so soon after the first share it.
GATHER_SECONDS = 0.05
ENOUGH = 50
# The router holds an episode's dispatches for the length of a batch: those rows are tried again soon.
HELD_SECONDS = 0.02
AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class _Waiting:
    """What was done for one recipient about one subject, in order: all of it is written, or tried again, together."""

    done: tuple[Done, ...]
    until: datetime
    settled: asyncio.Future[bool]


class Recorder:
    """Records what became of attempts; an outcome counts only once its transaction has committed.

    A group that fails is recorded one by one, so that one bad outcome spoils no other; what still fails is tried again
    until its claim may have gone stale. From then on whoever takes the dispatch over asks what became of it.
    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, done: Iterable[Done], until: datetime) -> bool:
        """Return once each of these is recorded, is no longer this claim's, or could not be recorded before `until`.

        Says whether something that waited behind one of them may now be claimed.
        """
        loop = asyncio.get_running_loop()
        queues: dict[object, list[Done]] = defaultdict(list)
        for one in done:
            queues[one.queue].append(one)
        outcomes = [_Waiting(tuple(some), until, loop.create_future()) for some in queues.values()]
        self._take(outcomes)
        return any([await one.settled for one in outcomes])

    def stop(self) -> None:
        """Write no more; what is not recorded yet stays claimed, becomes doubtful and is asked about."""
        if self._writing is not None:
            self._writing.cancel()

    def _take(self, outcomes: Sequence[_Waiting]) -> None:
        self._waiting += outcomes
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            if len(self._waiting) < ENOUGH:
                await asyncio.sleep(GATHER_SECONDS)
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not await self._write_together(group):
                for one in group:
                    if not await self._write_together([one]):
                        self._fail(one)
            self._delivery.wake()

    async def _write_together(self, group: Sequence[_Waiting]) -> bool:
        try:
            async with self._delivery.ledger.begin() as tx:
                recorded = await recording.record(tx, [done for one in group for done in one.done], self._delivery)
        except Exception as error:  # noqa: BLE001 - whatever it was: one by one, then again, then it is asked about
            log.warning("outcomes not recorded", count=sum(len(one.done) for one in group), error=type(error).__name__)
            return False
        for one in group:
            self._settle(one, recorded)
        return True

    def _settle(self, one: _Waiting, recorded: Recorded) -> None:
        held = tuple(done for done in one.done if done.claimed.dispatch.id in recorded.held)
        for done in one.done:
            if done not in held:
                _note(done, recorded)
        if held:
            self._again(replace(one, done=held), HELD_SECONDS)
        else:
            self._answer(one, more=recorded.more)

    def _fail(self, one: _Waiting) -> None:
        if self._delivery.now() < one.until:
            self._again(one, AGAIN_SECONDS)
            return
        log.error("attempt not recorded", lane=one.done[0].claimed.dispatch.recipient.key)
        self._answer(one, more=False)

    def _again(self, one: _Waiting, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._take, [one])

    @staticmethod
    def _answer(one: _Waiting, *, more: bool) -> None:
        if not one.settled.done():
            one.settled.set_result(more)


def _note(done: Done, recorded: Recorded) -> None:
    claimed = done.claimed
    log.info(
        "dispatch attempted",
        dispatch_id=str(claimed.dispatch.id),
        lane=claimed.dispatch.recipient.key,
        action=claimed.dispatch.action.value,
        outcome=done.attempt.result.outcome if claimed.dispatch.id in recorded.ids else "claim lost",
        attempt=claimed.attempt_number,
    )
