"""The ticker on a real ledger: every tick once, late ticks late, nothing after the end."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from contracts.envelope import Event
from contracts.events import ClockFell
from hub.channel.batch import handle_batch
from hub.channel.clocks import tick
from hub.ledger import clocks, events, outbox, tables
from hub.ledger.engine import Ledger
from hub.routing.book import Book
from hub.routing.steps import Steps
from tests.unit.channel import parts
from tests.unit.channel.parts import NOW, found, missing, records

WEEK = timedelta(days=7)


@pytest.fixture
def book() -> Book:
    """A book in which nobody minds what was not seen: that has tests of its own."""
    never = {"remind": None, "out_of_hours": None, "manager": None, "telephone": 100_000_000}
    known = parts.book()
    return replace(known, directory=replace(known.directory, steps=Steps.model_validate({"others": never})))


async def stated(ledger: Ledger, book: Book, now: datetime) -> list[Event]:
    return (await tick(ledger, book, now)).stated


async def falls(ledger: Ledger, episode: UUID) -> list[ClockFell]:
    async with ledger.read() as tx:
        said = (await events.of_episodes(tx, [episode]))[episode]
    return [event.data for event in said if isinstance(event.data, ClockFell)]


async def test_a_clock_falls_once_and_goes_to_the_topic(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    assert await stated(ledger, book, NOW + WEEK - timedelta(minutes=1)) == []
    (event,) = await stated(ledger, book, NOW + WEEK)
    assert await stated(ledger, book, NOW + WEEK) == []
    assert [(fall.rule, fall.tick, fall.missed) for fall in await falls(ledger, episode)] == [("test.weekly", 1, 0)]
    async with ledger.read() as tx:
        assert [row.event_id for row in await outbox.unpublished(tx, 10)] == [event.id]
    async with ledger.read() as tx:
        assert await clocks.due(tx, NOW + WEEK, 10) == []
    await handle_batch(records([event]), ledger, book, NOW + WEEK)
    assert await stated(ledger, book, NOW + WEEK) == []
    (second,) = await stated(ledger, book, NOW + 2 * WEEK)
    assert isinstance(second.data, ClockFell)
    assert second.data.tick == 2


async def test_after_weeks_of_downtime_it_falls_once_with_the_ticks_missed(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    late = NOW + 3 * WEEK + timedelta(hours=5)
    (event,) = await stated(ledger, book, late)
    (fall,) = await falls(ledger, episode)
    assert (fall.tick, fall.missed, event.occurred_at - fall.due_at) == (3, 2, timedelta(hours=5))


async def test_a_row_older_than_the_facts_does_not_fall_early(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await tx.execute(update(tables.clock).values(due_at=NOW))
    assert await stated(ledger, book, NOW + timedelta(days=1)) == []
    async with ledger.read() as tx:
        assert await clocks.next_due(tx) == NOW + WEEK


async def test_nothing_falls_once_the_end_is_stored_though_not_yet_routed(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await events.append(tx, [found(episode)], None)
    assert await stated(ledger, book, NOW + 5 * WEEK) == []
    assert await falls(ledger, episode) == []
