"""The ticker: clocks that came due, and receipts that did not come, become events like any other."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contracts.dispatch import Dispatch
from contracts.envelope import Event, derived_id, event_of
from contracts.events import ClockFell, ClockKind
from hub.channel.families import families
from hub.channel.letters import SOURCE
from hub.channel.overdue import without_receipt
from hub.channel.tasks import overdue_task
from hub.ledger import clocks, events, outbox, tasks
from hub.ledger.engine import Ledger, Tx
from hub.routing.book import Book
from hub.routing.plan import ClockDue

LIMIT = 200
RECEIPT_OVERDUE = "receipt_overdue"

log = structlog.get_logger(__name__)


class Ticker:
    """Looks for due clocks every `poll_seconds` until it is cancelled; `wake` wakes the relay.

    A dispatch without any receipt `receipt_after` its deadline is overdue. Several tickers may run: ids are derived,
    so that each tick is stated once.
    """

    def __init__(
        self,
        ledger: Ledger,
        book: Book,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        poll_seconds: float = 5.0,
        receipt_after: timedelta = timedelta(hours=1),
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._wake = wake
        self._poll = poll_seconds
        self._receipt_after = receipt_after

    async def run(self) -> None:
        """Tick until cancelled; a failure is logged and tried again."""
        while True:
            try:
                stated = await tick(self._ledger, self._book, self._clock(), self._receipt_after)
            except Exception as error:
                log.warning("ticker_failed", exc_info=error)
                stated = []
            if stated:
                self._wake()
            await asyncio.sleep(0 if len(stated) >= LIMIT else self._poll)


async def tick(ledger: Ledger, book: Book, now: datetime, receipt_after: timedelta) -> list[Event]:
    """State what is due now, in one transaction; returns the new events."""
    async with ledger.read() as tx:
        due = {clock.episode_id for clock in await clocks.due(tx, now, LIMIT)}
    async with ledger.begin() as tx:
        running = await _running(tx, due, book, now)
        fallen = [clock for those in running.values() for clock in those if clock.due_at <= now]
        late = await without_receipt(tx, now - receipt_after)
        stated = [_clock_event(clock, now) for clock in fallen] + [_overdue_event(one, now) for one in late]
        new = await events.append(tx, stated, None)
        await outbox.add(tx, [outbox.record_of(event, now) for event in new])
        await clocks.replace_all(tx, running)
        await clocks.mark_fired(tx, [clock.id for clock in fallen])
        await tasks.open_all(tx, [overdue_task(one, now) for one in late], now)
    return new


async def _running(
    tx: Tx, episode_ids: Collection[UUID], book: Book, now: datetime
) -> dict[UUID, tuple[ClockDue, ...]]:
    """Plan these episodes' clocks afresh: the rows may be older than the last event, and know of no missed ticks."""
    running: dict[UUID, tuple[ClockDue, ...]] = {}
    for family in await families(tx, episode_ids):
        plans = family.planned(book, now).plan or {}
        running |= {id: plans[id].clocks if id in plans else () for id in family.rows}
    return running


def _clock_event(clock: ClockDue, now: datetime) -> Event:
    id = derived_id("clock-fell", clock.id)
    return event_of(clock.fallen(), id=id, source=SOURCE, occurred_at=now, recorded_at=now, episode_id=clock.episode_id)


def _overdue_event(dispatch: Dispatch, now: datetime) -> Event:
    data = ClockFell(
        kind=ClockKind.RECEIPT_OVERDUE,
        rule=RECEIPT_OVERDUE,
        subject_id=dispatch.subject_id,
        dispatch_id=dispatch.id,
        due_at=dispatch.due_at,
    )
    id = derived_id("receipt-overdue", dispatch.id)
    return event_of(data, id=id, source=SOURCE, occurred_at=now, recorded_at=now, episode_id=dispatch.episode_id)
