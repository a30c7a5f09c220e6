"""The embedded broker: what `make run` rests on, without any other server."""

from uuid import uuid4

from sqlalchemy import func, select

from hub.channel.broker import Connection, make_broker
from hub.channel.embedded import free_port, start_embedded, stop_embedded
from hub.channel.partners_in import PartnersIn
from hub.channel.topics import DEAD, EPISODE, INVALID, Topic
from hub.ledger import dispatches, outbox, tables
from hub.ledger.engine import Ledger
from hub.routing.book import Book
from hub.routing.directory import Directory
from tests.live.channel.harness import (
    PARTITIONS,
    clock,
    prepared,
    produce,
    put,
    reading_again,
    relaying,
    routing,
    until,
)
from tests.live.channel.test_relay import all_out
from tests.unit.channel.parts import missing, poison, records
from tests.unit.channel.test_partners_in import POLICE, TOPIC, binary, nothing, report, structured

TOPICS = [Topic(EPISODE, PARTITIONS), Topic(INVALID, 1), Topic(DEAD, 1)]


async def told(ledger: Ledger, count: int) -> bool:
    async with ledger.read() as tx:
        return await dispatches.count_by_state(tx) == ({"pending": count} if count else {})


async def seen(ledger: Ledger) -> int:
    async with ledger.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(tables.inbox))).scalar_one())


async def test_it_starts_takes_and_gives_and_resumes(tansu: Connection, ledger: Ledger, book: Book) -> None:
    await prepared(tansu, *TOPICS)
    await put(ledger, [missing(uuid4()) for _ in range(300)])
    async with relaying(ledger, tansu, TOPICS, "hub"):
        async with routing(tansu, TOPICS[0], ledger, book, "router"):
            await until(lambda: told(ledger, 300), "300 told")
        await produce(tansu, [poison(), *records([missing(uuid4()) for _ in range(20)])])
        async with routing(tansu, TOPICS[0], ledger, book, "router") as router:
            await until(lambda: told(ledger, 320), "20 more told")
            assert router.consumer.last_handled_at is not None
        await until(lambda: all_out(ledger), "letters published")
    # 320 events and one bad record: nothing that was acknowledged came again, or it would be among the repeats.
    assert await seen(ledger) == 321


async def test_a_partners_own_topic_feeds_intake(tansu: Connection, ledger: Ledger) -> None:
    topic = Topic(TOPIC, PARTITIONS)
    await prepared(tansu, *TOPICS, topic)
    broker = make_broker(tansu)
    PartnersIn(
        broker,
        tansu,
        [POLICE],
        PARTITIONS,
        ledger,
        nothing,
        Directory({}, {}),
        clock=clock,
        wake=lambda: None,
    )
    await broker.start()
    try:
        await produce(tansu, [structured(report()), structured(report(source="/partners/dwp")), binary(report(2))])

        async def both_sides() -> bool:
            async with ledger.read() as tx:
                rows = await outbox.unpublished(tx, 10)
            return sorted(row.topic for row in rows) == [EPISODE, EPISODE, INVALID]

        await until(both_sides, "two reports taken in and one refused")
    finally:
        await broker.stop()


async def test_a_restart_under_a_running_hub_loses_nothing(ledger: Ledger, book: Book) -> None:
    connection = Connection(f"127.0.0.1:{free_port()}", embedded=True)
    process = await start_embedded(connection, "first")
    try:
        await prepared(connection, *TOPICS)
        async with (
            routing(connection, TOPICS[0], ledger, book, "router") as router,
            reading_again(ledger, router.consumer) as watch,
            relaying(ledger, connection, TOPICS, "hub", watch.wake),
        ):
            await put(ledger, [missing(uuid4()) for _ in range(50)])
            await until(lambda: told(ledger, 50), "50 told")
            await stop_embedded(process)
            await put(ledger, [missing(uuid4()) for _ in range(5)])
            process = await start_embedded(connection, "second")
            await until(lambda: told(ledger, 55), "5 more told after the restart")
    finally:
        await stop_embedded(process)
