"""The relay on a real Apache Kafka and a real PostgreSQL."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from contracts.envelope import from_kafka
from hub.channel.broker import RECORD_BYTES, Connection
from hub.channel.recovery import needs_recovery
from hub.channel.relay import LEASE_SECONDS
from hub.channel.topics import DEAD, EPISODE, INVALID, Topic, inspect_cluster
from hub.ledger import dispatches, outbox, tables, tasks
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.ledger.outbox import OutRecord
from hub.routing.book import Book
from tests.live.channel.harness import PARTITIONS, Names, prepared, put, read_all, relaying, routing, until
from tests.live.servers.kafka import LocalKafka, local_kafka
from tests.unit.channel.parts import NOW, missing

pytestmark = pytest.mark.live
TOPICS = [Topic(EPISODE, PARTITIONS), Topic(INVALID, 1), Topic(DEAD, 1)]


@pytest.fixture
async def postgres(fresh_database: str) -> AsyncIterator[Ledger]:
    await upgrade(fresh_database)
    opened = await open_ledger(fresh_database)
    yield opened
    await opened.close()


async def unpublished(ledger: Ledger) -> int:
    async with ledger.read() as tx:
        return len(await outbox.unpublished(tx, 10_000))


async def all_out(ledger: Ledger) -> bool:
    return await unpublished(ledger) == 0


async def test_what_is_in_the_outbox_is_on_the_topic_byte_for_byte(
    kafka: Connection, names: Names, ledger: Ledger
) -> None:
    topic = names.episode
    stated = [missing(uuid4()) for _ in range(1200)]
    await put(ledger, stated, topic.name)
    async with relaying(ledger, kafka, [*TOPICS, topic], "hub"):
        await until(lambda: all_out(ledger), "the outbox is empty")
    found = await read_all(kafka, topic, len(stated))
    assert {from_kafka(one.attributes(), one.value, one.key) for one in found} == set(stated)
    assert all(one.key == str(event.episode_id).encode() for one, event in _paired(found, stated))
    async with ledger.read() as tx:
        marked = (await tx.execute(select(tables.outbox))).all()
    ends = (await inspect_cluster(kafka, [topic.name])).ends
    assert {(row.partition, row.offset) for row in marked} == {
        (partition, offset) for (_, partition), end in ends.items() for offset in range(end)
    }
    assert {row.cluster_id for row in marked} == {(await inspect_cluster(kafka, [])).id}


def _paired(found: list, stated: list) -> list:  # type: ignore[type-arg]
    by_id = {str(event.id): event for event in stated}
    return [(one, by_id[one.text("ce_id") or ""]) for one in found]


async def test_a_wake_publishes_at_once_and_the_poll_does_it_without(
    kafka: Connection, names: Names, ledger: Ledger
) -> None:
    topic = names.episode
    async with relaying(ledger, kafka, [*TOPICS, topic], "hub") as relay:
        for wakes in (True, False):
            await put(ledger, [missing(uuid4())], topic.name)
            if wakes:
                relay.wake()
            await until(lambda: all_out(ledger), "published")


async def test_a_record_that_is_too_large_asks_a_person_and_holds_up_nobody(
    kafka: Connection, names: Names, ledger: Ledger
) -> None:
    topic = names.episode
    large = OutRecord(None, topic.name, b"k", {}, os.urandom(RECORD_BYTES + 1), None, NOW)
    async with ledger.begin() as tx:
        await outbox.add(tx, [large])
    await put(ledger, [missing(uuid4()) for _ in range(20)], topic.name)
    async with relaying(ledger, kafka, [*TOPICS, topic], "hub"):

        async def only_one_left() -> bool:
            return await unpublished(ledger) == 1

        await until(only_one_left, "the others are published")

        async def asked() -> bool:
            async with ledger.read() as tx:
                return [task.kind for task in await tasks.list_open(tx)] == ["outbox_refused"]

        await until(asked, "a person is asked")


async def test_a_frozen_relay_is_taken_over_within_five_seconds_without_a_second_effect(
    kafka: Connection, names: Names, postgres: Ledger, book: Book, tmp_path: Path
) -> None:
    # The lease's time and one look a second later; how long this machine takes beyond that is its own affair.
    assert LEASE_SECONDS + 1 < 5
    topic = names.episode
    await prepared(kafka, *TOPICS, topic)
    url = postgres.engine.url.render_as_string(hide_password=False)
    frozen = _relay_process(url, kafka, topic, tmp_path)
    try:
        first = [missing(uuid4()) for _ in range(50)]
        await put(postgres, first, topic.name)
        await until(lambda: all_out(postgres), "the first relay publishes")
        async with (
            routing(kafka, topic, postgres, book, names.group),
            relaying(postgres, kafka, [*TOPICS, topic], "second"),
        ):
            frozen.send_signal(signal.SIGSTOP)
            second = [missing(uuid4()) for _ in range(50)]
            await put(postgres, second, topic.name)
            await until(lambda: all_out(postgres), "taken over")
            frozen.send_signal(signal.SIGCONT)
            third = [missing(uuid4()) for _ in range(50)]
            await put(postgres, third, topic.name)

            async def everybody_told() -> bool:
                async with postgres.read() as tx:
                    return await dispatches.count_by_state(tx) == {"pending": 150}

            await until(everybody_told, "150 dispatches and no more")
            await until(lambda: all_out(postgres), "everything published")
        async with postgres.read() as tx:
            assert (await tx.execute(select(func.count()).select_from(tables.inbox))).scalar_one() == 150
            assert await dispatches.count_by_state(tx) == {"pending": 150}
    finally:
        frozen.kill()
        frozen.wait()


def _relay_process(url: str, kafka: Connection, topic: Topic, folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.live.channel.relay_process", url, kafka.bootstrap_servers, topic.name]
    with (folder / "relay.log").open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


@pytest.fixture
async def own_kafka(tmp_path: Path, kafka_bootstrap: str) -> AsyncIterator[LocalKafka]:
    """A broker that a test may take away; only asked for where the shared one could be had."""
    loop = asyncio.get_running_loop()
    context = local_kafka(tmp_path / "own")
    cluster = await loop.run_in_executor(None, context.__enter__)
    yield cluster
    await loop.run_in_executor(None, context.__exit__, None, None, None)


async def test_a_broker_that_lost_its_data_loses_nothing_of_ours(
    own_kafka: LocalKafka, tmp_path: Path, ledger: Ledger, book: Book
) -> None:
    topics = TOPICS
    before, after = [missing(uuid4()) for _ in range(30)], [missing(uuid4()) for _ in range(30)]
    first = Connection(own_kafka.bootstrap)
    await put(ledger, before)
    async with relaying(ledger, first, topics, "hub"), routing(first, topics[0], ledger, book, "g"):

        async def routed() -> bool:
            async with ledger.read() as tx:
                return await dispatches.count_by_state(tx) == {"pending": 30}

        await until(routed, "30 routed")
    await put(ledger, after)
    async with relaying(ledger, first, topics, "hub"):
        await until(lambda: all_out(ledger), "published, and nobody has read it")
    own_kafka.stop()
    loop = asyncio.get_running_loop()
    context = local_kafka(tmp_path / "another")
    another = await loop.run_in_executor(None, context.__enter__)
    try:
        second = Connection(another.bootstrap)
        async with relaying(ledger, second, topics, "hub"), routing(second, topics[0], ledger, book, "g"):

            async def all_routed() -> bool:
                async with ledger.read() as tx:
                    return await dispatches.count_by_state(tx) == {"pending": 60}

            await until(all_routed, "60 routed")
    finally:
        await loop.run_in_executor(None, context.__exit__, None, None, None)


async def test_a_relay_with_nothing_to_publish_sees_by_itself_that_the_broker_lost_its_data(
    own_kafka: LocalKafka, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.channel.relay.CHECK_SECONDS", 0.5)
    connection, stated = Connection(own_kafka.bootstrap), [missing(uuid4()) for _ in range(30)]
    await put(ledger, stated)
    async with relaying(ledger, connection, TOPICS, "hub"):
        await until(lambda: all_out(ledger), "published, and nobody has read it")
        assert not await needs_recovery(ledger, connection, TOPICS)
        await asyncio.to_thread(own_kafka.lose_data)

        async def again() -> bool:
            ends = (await inspect_cluster(connection, [EPISODE])).ends
            return sum(ends.values()) >= len(stated)

        await until(again, "published again")
        assert not await needs_recovery(ledger, connection, TOPICS)
