"""A hub's channel on a real broker: relay and router over a ledger, started and stopped like the real thing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faststream.kafka import KafkaBroker

from contracts.envelope import Event
from hub.channel.broker import Connection, make_broker, make_producer, make_reader
from hub.channel.consumer import BatchConsumer
from hub.channel.losses import LossWatch
from hub.channel.record import Record
from hub.channel.relay import Relay
from hub.channel.router import Router
from hub.channel.topics import EPISODE, Cluster, Topic, ensure_topics
from hub.ledger import events, outbox
from hub.ledger.engine import Ledger
from hub.routing.book import Book
from tests.unit.channel import parts

PARTITIONS = 4


def clock() -> datetime:
    return datetime.now(UTC)


async def until(condition: Callable[[], Awaitable[bool]], what: str, patience: float = 60.0) -> None:
    """Ask again and again until it is so."""
    deadline = monotonic() + patience
    while not await condition():
        if monotonic() > deadline:
            raise AssertionError(f"{what}: not so after {patience:.0f} s")
        await asyncio.sleep(0.1)


@dataclass
class Names:
    """Topics and group of one test, so that tests share a broker without meeting."""

    tag: str = field(default_factory=lambda: uuid4().hex[:8])

    @property
    def episode(self) -> Topic:
        return Topic(f"{self.tag}.{EPISODE}", PARTITIONS)

    @property
    def group(self) -> str:
        return f"{self.tag}-router"


@asynccontextmanager
async def routing(
    connection: Connection, topic: Topic, ledger: Ledger, book: Book, group: str, instance: str | None = None
) -> AsyncIterator[Router]:
    """Run a router while the block runs."""
    broker: KafkaBroker = make_broker(connection)
    woken = asyncio.Event()
    router = Router(
        broker, connection, topic, ledger, book, clock=clock, wake=woken.set, instance=instance, group=group
    )
    await broker.start()
    try:
        yield router
    finally:
        router.consumer.stop_waiting()
        await broker.stop()


@asynccontextmanager
async def relaying(
    ledger: Ledger,
    connection: Connection,
    topics: Sequence[Topic],
    holder: str,
    lost: Callable[[], None] = lambda: None,
    replication: int = 1,
) -> AsyncIterator[Relay]:
    """Run a relay while the block runs."""
    relay = Relay(ledger, connection, topics, holder=holder, clock=clock, lost=lost, replication=replication)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)


@asynccontextmanager
async def reading_again(ledger: Ledger, consumer: BatchConsumer) -> AsyncIterator[LossWatch]:
    """Read again after the broker lost its data, while the block runs."""
    watch = LossWatch(ledger, lambda: [consumer])
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def put(ledger: Ledger, stated: Sequence[Event], topic: str = EPISODE) -> None:
    """State events as intake would: event and outbox row in one transaction."""
    async with ledger.begin() as tx:
        await events.append(tx, stated, None)
        await outbox.add(tx, [outbox.record_of(event, parts.NOW, topic) for event in stated])


async def produce(connection: Connection, rows: Sequence[Record], *, placed: bool = False) -> None:
    """Write records as they are, null and unreadable header values included; `placed` into the partition they name."""
    producer: AIOKafkaProducer = make_producer(connection)
    await producer.start()
    try:
        sent = [
            await producer.send(
                row.topic,
                row.value,
                key=row.key,
                headers=list(row.headers),
                partition=row.partition if placed else None,
            )
            for row in rows
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def committed(connection: Connection, topic: Topic, group: str) -> int:
    """How many records the group has acknowledged."""
    reader = AIOKafkaConsumer(**connection.client_options(), group_id=group, enable_auto_commit=False)
    await reader.start()
    try:
        places = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
        return sum([await reader.committed(place) or 0 for place in places])
    finally:
        await reader.stop()


async def read_all(connection: Connection, topic: Topic, count: int) -> list[Record]:
    """Read a topic from its beginning until `count` records are there."""
    reader = make_reader(connection)
    reader.assign([TopicPartition(topic.name, n) for n in range(topic.partitions)])
    await reader.start()
    found: list[Record] = []
    try:
        for place in reader.assignment():
            reader.seek(place, 0)
        deadline = monotonic() + 30
        while len(found) < count and monotonic() < deadline:
            batches = await reader.getmany(timeout_ms=200)
            found += [
                Record(one.topic, one.partition, one.offset, one.key, tuple(one.headers), one.value or b"")
                for batch in batches.values()
                for one in batch
            ]
    finally:
        await reader.stop()
    return found


async def prepared(connection: Connection, *topics: Topic) -> Cluster:
    """Create topics and wait until the cluster is whole."""
    return await ensure_topics(connection, topics)
