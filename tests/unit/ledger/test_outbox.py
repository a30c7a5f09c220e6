"""The outbox loses nothing, whoever writes and whatever the broker forgets."""

import asyncio
from uuid import UUID, uuid4

from sqlalchemy import text

from contracts.envelope import from_kafka
from hub.ledger import inbox, outbox
from hub.ledger.engine import Ledger
from hub.ledger.outbox import EPISODE_TOPIC, OutRecord
from tests.unit.ledger.making import NOW, at, missing


def record(topic: str = EPISODE_TOPIC, event_id: UUID | None = None, hours: float = 0) -> OutRecord:
    return OutRecord(None, topic, b"key", {"ce_id": b"1"}, b"{}", event_id or uuid4(), at(hours))


async def publish_all(ledger: Ledger, cluster: str = "one") -> list[UUID | None]:
    async with ledger.begin() as tx:
        rows = await outbox.unpublished(tx, 1000)
        marks = [(row.id, 0, number) for number, row in enumerate(rows) if row.id is not None]
        await outbox.mark_published(tx, marks, NOW, cluster)
    return [row.event_id for row in rows]


async def test_an_event_comes_out_of_the_outbox_as_it_went_in(ledger: Ledger) -> None:
    event = missing().model_copy(update={"episode_id": uuid4()})
    async with ledger.begin() as tx:
        await outbox.add(tx, [outbox.record_of(event, NOW)])
        (row,) = await outbox.unpublished(tx, 10)
    assert (row.topic, row.key) == (EPISODE_TOPIC, str(event.episode_id).encode())
    back = from_kafka(row.headers, row.value, row.key)
    assert back == event


async def test_a_lost_broker_gets_again_what_was_not_handled_and_what_a_partner_may_not_have_read(
    ledger: Ledger,
) -> None:
    handled, unhandled, partner = uuid4(), uuid4(), uuid4()
    async with ledger.begin() as tx:
        await outbox.add(tx, [record(event_id=handled), record(event_id=unhandled), record("missing.to.a.v1", partner)])
    assert await publish_all(ledger) == [handled, unhandled, partner]
    async with ledger.begin() as tx:
        await inbox.claim(tx, "router", [handled], NOW)
        await outbox.close_handled(tx, [handled, unhandled])
        assert await outbox.reopen(tx, "two") == 2
        assert await outbox.cluster_in_use(tx) == "two"
    assert await publish_all(ledger, "two") == [unhandled, partner]


async def test_a_row_that_was_handled_before_it_was_marked_stays_closed(ledger: Ledger) -> None:
    event_id = uuid4()
    async with ledger.begin() as tx:
        await outbox.add(tx, [record(event_id=event_id)])
        (row,) = await outbox.unpublished(tx, 1)
        await inbox.claim(tx, "router", [event_id], NOW)
        await outbox.close_handled(tx, [event_id])
        await outbox.mark_published(tx, [(row.id or 0, 0, 0)], NOW, "one")
        assert await outbox.reopen(tx, "two") == 0


async def test_a_log_that_was_lost_is_not_lost_again_by_the_offsets_of_what_was_handled(ledger: Ledger) -> None:
    event_id = uuid4()
    async with ledger.begin() as tx:
        await outbox.add(tx, [record(event_id=event_id)])
        (row,) = await outbox.unpublished(tx, 1)
        await outbox.mark_published(tx, [(row.id or 0, 0, 500)], NOW, "one")
        await inbox.claim(tx, "router", [event_id], NOW)
        await outbox.close_handled(tx, [event_id])
        assert await outbox.highest_offsets(tx, "one") == {(EPISODE_TOPIC, 0): 500}
        assert await outbox.reopen(tx, "one") == 0
        assert await outbox.highest_offsets(tx, "one") == {}


async def test_positions_offsets_age_and_purge(ledger: Ledger) -> None:
    first, second = uuid4(), uuid4()
    async with ledger.begin() as tx:
        assert await outbox.oldest_unpublished(tx) is None
        await outbox.add(tx, [record(event_id=first, hours=0), record(event_id=second, hours=1)])
        assert await outbox.oldest_unpublished(tx) == at(0)
        assert await outbox.positions(tx, [first, second]) == {}
    await publish_all(ledger)
    async with ledger.begin() as tx:
        assert await outbox.oldest_unpublished(tx) is None
        where = {first: (EPISODE_TOPIC, 0, 0), second: (EPISODE_TOPIC, 0, 1)}
        assert await outbox.positions(tx, [first, second]) == where
        assert await outbox.highest_offsets(tx, "one") == {(EPISODE_TOPIC, 0): 1}
        assert await outbox.highest_offsets(tx, "two") == {}
        assert await outbox.purge(tx, at(1)) == 0
        await inbox.claim(tx, "router", [first], NOW)
        await outbox.close_handled(tx, [first])
        assert await outbox.purge(tx, at(0)) == 0
        assert await outbox.purge(tx, at(1)) == 1


async def test_what_kafka_refuses_for_good_is_tried_on_and_nothing_waits_for_it(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await outbox.add(tx, [record(hours=0), record(hours=1)])
        (refused, _) = await outbox.unpublished(tx, 2)
        await outbox.set_aside(tx, [refused.id or 0])
        assert await outbox.oldest_unpublished(tx) == at(1)
        assert len(await outbox.unpublished(tx, 2)) == 2


async def test_several_writers_and_a_relay_at_once_lose_nothing(postgres_ledger: Ledger) -> None:
    """Rows commit out of the order of their numbers; a cursor would pass the late ones by."""
    wanted: set[UUID] = set()
    published: list[UUID | None] = []
    writing = asyncio.Event()

    async def write(writer: int) -> None:
        for turn in range(30):
            records = [record() for _ in range(5)]
            async with postgres_ledger.begin() as tx:
                await outbox.add(tx, records)
                # Whoever has the lower numbers commits later, every other time.
                await tx.execute(text("SELECT pg_sleep(:s)"), {"s": 0.004 * ((writer + turn) % 3)})
            wanted.update(one.event_id for one in records if one.event_id)

    async def relay() -> None:
        while not writing.is_set():
            published.extend(await publish_all(postgres_ledger))
        published.extend(await publish_all(postgres_ledger))

    relaying = asyncio.create_task(relay())
    await asyncio.gather(*(write(number) for number in range(3)))
    writing.set()
    await relaying
    assert len(published) == len(wanted) == 450
    assert set(published) == wanted
