"""The ticker on a real ledger: every tick once, late ticks late, nothing after the end."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update

from contracts.events import ClockFell, ClockKind, ReceiptRecorded
from hub.channel.batch import handle_batch
from hub.channel.clocks import tick
from hub.ledger import clocks, dispatches, events, outbox, tables, tasks
from hub.ledger.engine import Ledger
from hub.routing.book import Book
from tests.unit.channel.parts import NOW, found, happened, missing, receipt, records

WEEK = timedelta(days=7)
NEVER = timedelta(days=10_000)


async def falls(ledger: Ledger, episode: UUID) -> list[ClockFell]:
    async with ledger.read() as tx:
        said = (await events.of_episodes(tx, [episode]))[episode]
    return [event.data for event in said if isinstance(event.data, ClockFell)]


async def kinds(ledger: Ledger) -> list[str]:
    async with ledger.read() as tx:
        return [task.kind for task in await tasks.list_open(tx)]


async def test_a_clock_falls_once_and_goes_to_the_topic(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    assert await tick(ledger, book, NOW + WEEK - timedelta(minutes=1), NEVER) == []
    (event,) = await tick(ledger, book, NOW + WEEK, NEVER)
    assert await tick(ledger, book, NOW + WEEK, NEVER) == []
    assert [(fall.rule, fall.tick, fall.missed) for fall in await falls(ledger, episode)] == [("test.weekly", 1, 0)]
    async with ledger.read() as tx:
        assert [row.event_id for row in await outbox.unpublished(tx, 10)] == [event.id]
    async with ledger.read() as tx:
        assert await clocks.due(tx, NOW + WEEK, 10) == []
    await handle_batch(records([event]), ledger, book, NOW + WEEK)
    assert await tick(ledger, book, NOW + WEEK, NEVER) == []
    (second,) = await tick(ledger, book, NOW + 2 * WEEK, NEVER)
    assert isinstance(second.data, ClockFell)
    assert second.data.tick == 2


async def test_after_weeks_of_downtime_it_falls_once_with_the_ticks_missed(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    late = NOW + 3 * WEEK + timedelta(hours=5)
    (event,) = await tick(ledger, book, late, NEVER)
    (fall,) = await falls(ledger, episode)
    assert (fall.tick, fall.missed, event.occurred_at - fall.due_at) == (3, 2, timedelta(hours=5))


async def test_a_row_older_than_the_facts_does_not_fall_early(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await tx.execute(update(tables.clock).values(due_at=NOW))
    assert await tick(ledger, book, NOW + timedelta(days=1), NEVER) == []
    async with ledger.read() as tx:
        assert await clocks.next_due(tx) == NOW + WEEK


async def test_nothing_falls_once_the_end_is_stored_though_not_yet_routed(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await events.append(tx, [found(episode)], None)
    assert await tick(ledger, book, NOW + 5 * WEEK, NEVER) == []
    assert await falls(ledger, episode) == []


async def test_a_dispatch_without_receipt_is_reported_once_and_settled_by_the_receipt(
    ledger: Ledger, book: Book
) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await tx.execute(update(tables.dispatch).values(state="sent", may_have_left=True))
        told = (await dispatches.issued(tx, [episode]))[episode][0].dispatch.id
    hour = timedelta(hours=1)
    assert await tick(ledger, book, NOW + hour, hour) == []
    (event,) = await tick(ledger, book, NOW + 2 * hour, hour)
    assert isinstance(event.data, ClockFell)
    assert (event.data.kind, event.data.dispatch_id) == (ClockKind.RECEIPT_OVERDUE, told)
    assert await tick(ledger, book, NOW + 3 * hour, hour) == []
    assert await kinds(ledger) == ["receipt_overdue"]
    answer = happened(ReceiptRecorded(receipts=(receipt(told),)), episode, "receipt", minutes=180)
    await handle_batch(records([event, answer]), ledger, book, NOW + 3 * hour)
    assert await kinds(ledger) == []


async def test_a_dispatch_with_a_receipt_is_never_overdue(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        told = (await tx.execute(select(tables.dispatch.c.id))).scalar_one()
    answer = happened(ReceiptRecorded(receipts=(receipt(told),)), episode, "receipt", minutes=1)
    await handle_batch(records([answer]), ledger, book, NOW)
    assert await tick(ledger, book, NOW + timedelta(days=1), timedelta(hours=1)) == []
