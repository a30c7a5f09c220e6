"""The deliverer: claims what is due, one lane per recipient, so that nobody waits for a slow partner (promise G7)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

import structlog

from contracts.adapter import Answer, Endpoint
from contracts.errors import RetryLater
from hub.delivery.addressing import is_served
from hub.delivery.attempting import Attempt, attempt, try_later
from hub.delivery.port import Delivery
from hub.delivery.recorder import Recorder
from hub.delivery.recording import Done, queue_of
from hub.delivery.room import LAID_READY_AT_ONCE, Room, together
from hub.ledger import dispatches, lanes, tasks
from hub.ledger.engine import Tx
from hub.ledger.lanes import Claimed
from hub.routing.plan import unrouted_task_id

log = structlog.get_logger(__name__)
TakeAnswer = Callable[[Answer, Endpoint], Awaitable[None]]
# However fast the bell rings, the ledger is asked no more often.
PACE_SECONDS = 0.03
# A claim that could not be begun before so much of `stale_after` was over is left to whoever asks about it.
BEGUN_WITHIN = 0.2
RECORDED_WITHIN = 0.9
SETTLED_BY = "directory"
NOT_TRIED = "its recipient took nothing just before, so it was not tried"
NOT_YET = "what goes to the same recipient before it could not be laid ready"


class Deliverer:
    """Delivers until stopped. Several may run beside each other on PostgreSQL; each needs a name of its own.

    `take_answer` gets what came back in a delivery, with the endpoint that gave it. `stale_after` is how long a
    claim of a silent worker stands before its dispatches are asked about; it is longer than any attempt may take.
    `look_seconds` is how often stale claims, and recipients that have got a route, are looked for.
    """

    def __init__(
        self,
        delivery: Delivery,
        take_answer: TakeAnswer,
        *,
        worker: str,
        poll_seconds: float = 1.0,
        look_seconds: float = 5.0,
        stale_after: timedelta = timedelta(seconds=90),
    ) -> None:
        self._delivery = delivery
        self._take_answer = take_answer
        self._worker = worker
        self._poll_seconds = poll_seconds
        self._look_every = timedelta(seconds=look_seconds)
        self._stale_after = stale_after
        self._awake = asyncio.Event()
        self._room = Room()
        self._recorder = Recorder(delivery)
        self._rendering = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()
        self._looked: datetime | None = None
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
                await self._safe_turn()
                await asyncio.sleep(PACE_SECONDS)
                await self._rest()
        finally:
            await self._stop_lanes()

    async def drain(self) -> None:
        """Deliver all that is due now, then return; for tests and one-off runs."""
        while await self._turn() or self._running:
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _safe_turn(self) -> None:
        try:
            await self._turn()
        except Exception as error:  # noqa: BLE001 - a ledger out of reach for a moment must not end all delivery
            log.error("no turn possible", error=type(error).__name__)

    async def _turn(self) -> int:
        self.last_turn = now = self._delivery.now()
        async with self._delivery.ledger.begin() as tx:
            if self._looked is None or now - self._looked >= self._look_every:
                await lanes.release_stale(tx, now - self._stale_after)
                await self._route_waiting(tx, now)
                self._looked = now
            room = partial(self._room_of, now=now)
            served = partial(is_served, delivery=self._delivery)
            claimed = await lanes.claim(tx, self._worker, now, room, in_order=served)
        self._begin(claimed, now)
        return len(claimed)

    async def _route_waiting(self, tx: Tx, now: datetime) -> None:
        waiting = await dispatches.waiting_recipients(tx)
        reachable = [key for key, one in waiting.items() if self._delivery.directory.ways(one, now)]
        if reachable:
            released = await dispatches.route_waiting(tx, reachable, now)
            await tasks.settle_all(tx, [unrouted_task_id(id) for id in released], SETTLED_BY, now)

    def _room_of(self, lane: str, now: datetime) -> int:
        return self._room.for_laying_ready(lane) if is_served(lane, self._delivery) else self._room.for_calls(lane, now)

    def _begin(self, claimed: Sequence[Claimed], claimed_at: datetime) -> None:
        """Begin what was claimed: each call on its own, for there is one of a recipient and subject at most.

        What the hub itself lays ready goes in groups, across recipients, so that an episode's come together.
        """
        for lane, number in Counter(map(_lane, claimed)).items():
            self._room.begin(lane, number)
        served = [one for one in claimed if is_served(_lane(one), self._delivery)]
        calls = [[one] for one in claimed if not is_served(_lane(one), self._delivery)]
        for batch in [*calls, *together(served)]:
            task = asyncio.create_task(self._work(batch, claimed_at))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _work(self, batch: Sequence[Claimed], claimed_at: datetime) -> None:
        more = False
        try:
            more = await self._deliver(batch, claimed_at)
        except Exception as error:  # noqa: BLE001 - unrecorded claims turn doubtful once stale, and are asked about
            log.error("attempt not recorded", lane=_lane(batch[0]), count=len(batch), error=type(error).__name__)
        finally:
            ends = [self._room.end(lane, number) for lane, number in Counter(map(_lane, batch)).items()]
            if any(ends) or more:
                self._awake.set()

    async def _deliver(self, batch: Sequence[Claimed], claimed_at: datetime) -> bool:
        """Try each, one after the other, and record them together; says whether more may now be due."""
        # One group after the other: while one is written, the next is rendered.
        async with self._rendering if len(batch) > 1 else nullcontext():
            done = await self._try(batch, claimed_at)
        more = await self._recorder.record(done, claimed_at + RECORDED_WITHIN * self._stale_after)
        for lane, some in groupby(sorted(done, key=_lane_of), key=_lane_of):
            more = await self._learn(lane, list(some)) or more
        return more

    async def _try(self, batch: Sequence[Claimed], claimed_at: datetime) -> list[Done]:
        done: list[Done] = []
        waits: dict[tuple[str, UUID], Endpoint] = {}
        for claimed in batch:
            if self._delivery.now() > claimed_at + BEGUN_WITHIN * self._stale_after:
                log.error("claim left alone: too old to be begun", lane=_lane(claimed))
                continue
            one = Done(claimed, await self._attempt(claimed, waits))
            if one.attempt.result.outcome in ("retry", "doubtful") and one.attempt.endpoint is not None:
                waits[one.queue] = one.attempt.endpoint
            done.append(one)
            # Rendering takes processor time: everybody else gets a turn in between.
            await asyncio.sleep(0)
        return done

    async def _attempt(self, claimed: Claimed, waits: Mapping[tuple[str, UUID], Endpoint]) -> Attempt:
        """Try one, unless one before it for the same recipient and subject will have to be tried again."""
        endpoint = waits.get(queue_of(claimed))
        if endpoint is not None:
            return try_later(claimed, self._delivery, endpoint, RetryLater(NOT_YET, maybe_received=False))
        return await self._with_answers(claimed, await attempt(claimed, self._delivery))

    async def _learn(self, lane: str, done: Sequence[Done]) -> bool:
        """Take what one attempt showed for the whole lane; says whether more may now be due."""
        more = False
        for one in done:
            refused, endpoint = one.attempt.refused, one.attempt.endpoint
            if refused is None:
                more = (self._room.answered(lane) and await self._bring_forward(lane)) or more
            elif endpoint is not None and self._room.refused(lane, self._delivery.now()):
                await self._put_off(lane, endpoint, refused)
        return more

    async def _bring_forward(self, lane: str) -> bool:
        async with self._delivery.ledger.begin() as tx:
            return await lanes.bring_forward(tx, lane, NOT_TRIED, self._delivery.now()) > 0

    async def _put_off(self, lane: str, endpoint: Endpoint, refused: RetryLater) -> None:
        """Count the probe's refusal for everything that is due in its lane, instead of trying each in full."""
        now = self._delivery.now()
        async with self._delivery.ledger.begin() as tx:
            beside = await lanes.claim(tx, self._worker, now, lambda one: LAID_READY_AT_ONCE if one == lane else 0)
        same = RetryLater(NOT_TRIED, maybe_received=False, not_before=refused.not_before)
        put_off = [Done(one, try_later(one, self._delivery, endpoint, same)) for one in beside]
        await self._recorder.record(put_off, now + RECORDED_WITHIN * self._stale_after)

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
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), self._poll_seconds)

    async def _stop_lanes(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        self._recorder.stop()
        await asyncio.gather(*running, return_exceptions=True)


def _lane(claimed: Claimed) -> str:
    return claimed.dispatch.recipient.key


def _lane_of(done: Done) -> str:
    return _lane(done.claimed)
