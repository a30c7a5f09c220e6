"""The deliverer: claims what is due, one lane per recipient, so that nobody waits for a slow partner (promise G7)."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from contracts.adapter import Answer, Endpoint
from contracts.errors import RetryLater
from hub.delivery.attempting import Attempt, attempt, try_later
from hub.delivery.port import Delivery
from hub.delivery.recording import record
from hub.ledger import dispatches, lanes
from hub.ledger.engine import Tx
from hub.ledger.lanes import Claimed

log = structlog.get_logger(__name__)
# A lane's claims must not outlive `stale_after` while a slow recipient takes its full time-out for each of them.
PER_LANE = 3
TakeAnswer = Callable[[Answer, Endpoint], Awaitable[None]]


class Deliverer:
    """Delivers until stopped. Several may run beside each other on PostgreSQL; each needs a name of its own.

    `take_answer` gets what came back in a delivery, with the endpoint that gave it. `stale_after` is how long a
    claim of a silent worker stands before its dispatches are asked about.
    """

    def __init__(
        self,
        delivery: Delivery,
        take_answer: TakeAnswer,
        *,
        worker: str,
        lanes_at_once: int = 32,
        poll_seconds: float = 1.0,
        stale_after: timedelta = timedelta(seconds=90),
    ) -> None:
        self._delivery = delivery
        self._take_answer = take_answer
        self._worker = worker
        self._lanes_at_once = lanes_at_once
        self._poll_seconds = poll_seconds
        self._stale_after = stale_after
        self._awake = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self.last_turn: datetime | None = None

    def wake(self) -> None:
        """Say that there may be something to deliver."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver until cancelled; what is on its way when cancelled becomes doubtful and is asked about later."""
        async with self._delivery.ledger.begin() as tx:
            await lanes.release_worker(tx, self._worker)
        try:
            while True:
                self._awake.clear()
                if not await self._safe_turn():
                    await self._rest()
        finally:
            await self._stop_lanes()

    async def drain(self) -> None:
        """Deliver all that is due now, then return; for tests and one-off runs."""
        while await self._turn() or self._running:
            if self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _safe_turn(self) -> int:
        try:
            return await self._turn()
        except Exception as error:  # noqa: BLE001 - a ledger out of reach for a moment must not end all delivery
            log.error("no turn possible", error=type(error).__name__)
            return 0

    async def _turn(self) -> int:
        self._running = {lane: task for lane, task in self._running.items() if not task.done()}
        free = self._lanes_at_once - len(self._running)
        self.last_turn = now = self._delivery.now()
        if free <= 0:
            return 0
        async with self._delivery.ledger.begin() as tx:
            await lanes.release_stale(tx, now - self._stale_after)
            await self._route_waiting(tx, now)
            claimed = await lanes.claim(tx, self._worker, now, busy=self._running, limit=4 * free, per_lane=PER_LANE)
        for lane, batch in self._by_lane(claimed).items():
            self._running[lane] = asyncio.create_task(self._work(lane, batch))
        return len(claimed)

    async def _route_waiting(self, tx: Tx, now: datetime) -> None:
        waiting = await dispatches.waiting_recipients(tx)
        reachable = [key for key, one in waiting.items() if self._delivery.directory.resolve(one) is not None]
        if reachable:
            await dispatches.route_waiting(tx, reachable, now)

    @staticmethod
    def _by_lane(claimed: Sequence[Claimed]) -> dict[str, list[Claimed]]:
        grouped: dict[str, list[Claimed]] = defaultdict(list)
        for lane, group in groupby(claimed, key=lambda one: one.dispatch.recipient.key):
            grouped[lane] += group
        return grouped

    async def _work(self, lane: str, batch: Sequence[Claimed]) -> None:
        try:
            for claimed in batch:
                await self._deliver(lane, claimed)
        except Exception as error:  # noqa: BLE001 - unrecorded claims turn doubtful once stale, and are asked about
            log.error("attempt not recorded", lane=lane, error=type(error).__name__)
        self._awake.set()

    async def _deliver(self, lane: str, claimed: Claimed) -> None:
        done = await attempt(claimed, self._delivery)
        done = await self._with_answers(claimed, done)
        async with self._delivery.ledger.begin() as tx:
            await record(tx, claimed, done, self._delivery)
        log.info(
            "dispatch attempted",
            dispatch_id=str(claimed.dispatch.id),
            lane=lane,
            action=claimed.dispatch.action.value,
            outcome=done.result.outcome,
            attempt=claimed.attempt_number,
        )
        self._delivery.wake()

    async def _with_answers(self, claimed: Claimed, done: Attempt) -> Attempt:
        """Store what came back before the dispatch counts as sent: afterwards nobody would ask for it again."""
        if done.endpoint is None:
            return done
        try:
            for answer in done.answers:
                await self._take_answer(answer, done.endpoint)
        except Exception as error:  # noqa: BLE001 - whatever it was, the partner is asked again
            log.error("answer not stored", adapter=done.endpoint.adapter, error=type(error).__name__)
            fault = RetryLater("its answer could not be stored", maybe_received=True)
            return try_later(claimed, self._delivery, done.endpoint, fault)
        return done

    async def _rest(self) -> None:
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._awake.wait())]
        try:
            await asyncio.wait(waits, timeout=self._poll_seconds)
        finally:
            waits[0].cancel()

    async def _stop_lanes(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
