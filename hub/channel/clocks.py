"""The ticker: clocks that came due, and steps about what nobody has seen, become events like any other."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from contracts.envelope import Event, derived_id, event_of
from contracts.events import ClockFell, EscalationStep
from hub.channel.closing import close
from hub.channel.families import families
from hub.channel.letters import SOURCE
from hub.channel.overdue import overdue_task
from hub.ledger import clocks, events, outbox, tasks
from hub.ledger.engine import Ledger, Tx
from hub.routing.book import Book
from hub.routing.plan import ClockDue, Plan

LIMIT = 200

log = structlog.get_logger(__name__)


class Ticker:
    """Looks for due clocks every `poll_seconds` until it is cancelled; `wake` wakes the relay.

    Several tickers may run: ids are derived, so that each tick is stated once.
    """

    def __init__(
        self,
        ledger: Ledger,
        book: Book,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        poll_seconds: float = 5.0,
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._wake = wake
        self._poll = poll_seconds

    async def run(self) -> None:
        """Tick until cancelled, once the clocks of no rule are closed; a failure is logged and tried again."""
        closed = False
        while True:
            looked = 0
            try:
                if not closed:
                    await close_without_rule(self._ledger, self._book, self._clock())
                    closed = True
                looked, stated = await tick(self._ledger, self._book, self._clock())
                if stated:
                    self._wake()
            except Exception as error:
                log.warning("ticker_failed", exc_info=error)
            await asyncio.sleep(0 if looked >= LIMIT else self._poll)


class Ticked(NamedTuple):
    """How many clocks had come due by the ledger's rows, and the events that were stated because of them."""

    looked: int
    stated: list[Event]


async def tick(ledger: Ledger, book: Book, now: datetime) -> Ticked:
    """State what is due now, in one transaction.

    A row only says when to look: what falls is planned afresh, with the receipts that are known by now.
    """
    async with ledger.read() as tx:
        due = await clocks.due(tx, now, LIMIT)
    if not due:
        return Ticked(0, [])
    async with ledger.begin() as tx:
        plans = await _planned(tx, {clock.episode_id for clock in due}, book, now)
        fallen = [clock for one in plans.values() if one for clock in one.clocks if clock.due_at <= now]
        steps = [step for one in plans.values() if one for step in one.steps if step.due_at <= now]
        stated = [_clock_event(clock, clock.fallen(), now) for clock in fallen]
        stated += [_clock_event(step.clock(), step.fallen(), now) for step in steps]
        new = await events.append(tx, stated, None)
        await outbox.add(tx, [outbox.record_of(event, now) for event in new])
        ended = await clocks.replace_all(tx, _rows(plans))
        await clocks.mark_fired(tx, [*(clock.id for clock in fallen), *(step.id for step in steps)])
        rung = [step for step in steps if step.step is EscalationStep.TELEPHONE]
        await tasks.open_all(tx, [overdue_task(step, book.directory, now) for step in rung], now)
        await close(tx, ended, book, now)
    return Ticked(len(due), new)


async def close_without_rule(ledger: Ledger, book: Book, now: datetime) -> None:
    """Plan anew the clocks of every episode in which one runs whose rule is not loaded any more: it is closed."""
    while True:
        async with ledger.begin() as tx:
            left = await clocks.episodes_with_other_rules(tx, book.clock_rules, LIMIT)
            if not left:
                return
            ended = await clocks.replace_all(tx, _rows(await _planned(tx, left, book, now)))
            await close(tx, ended, book, now)


def _rows(plans: Mapping[UUID, Plan | None]) -> dict[UUID, tuple[ClockDue, ...]]:
    return {id: one.all_clocks if one else () for id, one in plans.items()}


async def _planned(tx: Tx, episode_ids: Collection[UUID], book: Book, now: datetime) -> dict[UUID, Plan | None]:
    """Plan these episodes afresh: the rows may be older than the last event, and know of no missed ticks."""
    plans: dict[UUID, Plan | None] = {}
    for family in (await families(tx, episode_ids, with_receipts=True)).found:
        made = family.planned(book, now).plan or {}
        plans |= {id: made.get(id) for id in family.rows}
    return plans


def _clock_event(clock: ClockDue, data: ClockFell, now: datetime) -> Event:
    id = derived_id("clock-fell", clock.id)
    return event_of(data, id=id, source=SOURCE, occurred_at=now, recorded_at=now, episode_id=clock.episode_id)
