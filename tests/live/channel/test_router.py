"""The router on a real Apache Kafka: nothing is lost, nothing is skipped, nothing is stuck."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import func, select

from contracts.envelope import Event
from hub.channel import router as router_module
from hub.channel.batch import BatchResult, handle_batch
from hub.channel.broker import Connection
from hub.channel.record import Record
from hub.channel.topics import DEAD, EPISODE, INVALID, Topic, inspect_cluster
from hub.ledger import dispatches, events, outbox, tables, tasks
from hub.ledger.engine import Ledger
from hub.routing import joined
from hub.routing.book import Book
from hub.routing.plan import Issued, Plan, plan
from tests.live.channel.harness import (
    PARTITIONS,
    Names,
    committed,
    prepared,
    produce,
    read_all,
    relaying,
    routing,
    until,
)
from tests.unit.channel.parts import missing, records

pytestmark = pytest.mark.live
TOPICS = [Topic(EPISODE, PARTITIONS), Topic(INVALID, 1), Topic(DEAD, 1)]


def poisonous(topic: str, number: int) -> Record:
    kinds = [
        ((("ce_id", None),), b"{}"),
        ((("ce_id", b"\xff\xfe"), ("ce_type", b"\xc3\x28")), b"{}"),
        ((("ce_id", b"1"),), b"\x00\x01 not JSON"),
        ((), b""),
        ((("ce_specversion", b"1.0"), ("ce_type", b"missing.person.reported.v9")), b"[1, 2"),
    ]
    headers, body = kinds[number % len(kinds)]
    return Record(topic, 0, 0, str(number).encode(), headers, body)


async def handled(ledger: Ledger) -> int:
    async with ledger.read() as tx:
        return int((await tx.execute(select(func.count()).select_from(tables.dispatch))).scalar_one())


async def all_out(ledger: Ledger) -> bool:
    async with ledger.read() as tx:
        return not await outbox.unpublished(tx, 1)


async def published(kafka: Connection, name: str) -> list[dict[str, Any]]:
    """Read the letters of a topic that tests share."""
    ends = (await inspect_cluster(kafka, [name])).ends
    return [orjson.loads(one.value) for one in await read_all(kafka, Topic(name, len(ends)), sum(ends.values()))]


async def test_of_2000_records_200_are_poison_and_1800_are_handled(
    kafka: Connection, names: Names, ledger: Ledger, book: Book
) -> None:
    topic = names.episode
    await prepared(kafka, topic, *TOPICS)
    good = records([missing(uuid4()) for _ in range(1800)], topic=topic.name)
    batch = [poisonous(topic.name, n // 10) if n % 10 == 0 else good.pop() for n in range(2000)]
    # Ten by ten into the partitions, so that no stretch of any of them is bad enough to stop the consumer.
    await produce(kafka, [replace(one, partition=n // 10 % 4) for n, one in enumerate(batch)], placed=True)

    async with routing(kafka, topic, ledger, book, names.group):

        async def all_acknowledged() -> bool:
            return await committed(kafka, topic, names.group) == 2000

        await until(all_acknowledged, "2,000 records acknowledged", 120)
    async with relaying(ledger, kafka, [*TOPICS, topic], "hub"):
        await until(lambda: all_out(ledger), "the letters are published")
    assert await handled(ledger) == 1800
    letters = [one for one in await published(kafka, INVALID) if one["topic"] == topic.name]
    assert len(letters) == 200
    assert len({(letter["partition"], letter["offset"]) for letter in letters}) == 200
    assert all(letter["reason"] for letter in letters)
    async with ledger.read() as tx:
        assert len(await tasks.list_open(tx)) == len({letter["reason"] for letter in letters})


async def test_a_rule_that_raises_on_one_event_costs_one_dead_letter_and_the_rest_is_handled(
    kafka: Connection, names: Names, ledger: Ledger, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, ids = names.episode, [uuid4() for _ in range(200)]
    bad = missing(ids[77], "bad").model_copy(update={"source": "/partners/breaks-a-rule"})

    def broken(said: Sequence[Event], issued: Sequence[Issued], book: Book, now: datetime) -> Plan:
        if any(event.source == bad.source for event in said):
            raise ZeroDivisionError("Surname that must not leave")
        return plan(said, issued, book, now)

    monkeypatch.setattr(joined, "plan", broken)
    await prepared(kafka, topic, *TOPICS)
    said = [event for id in ids for event in ([bad, missing(id)] if id == ids[77] else [missing(id)])]
    await produce(kafka, records(said, topic=topic.name))
    async with routing(kafka, topic, ledger, book, names.group), relaying(ledger, kafka, [*TOPICS, topic], "hub"):

        async def all_acknowledged() -> bool:
            return await committed(kafka, topic, names.group) == 201

        await until(all_acknowledged, "201 records acknowledged")
        await until(lambda: all_out(ledger), "the letter is published")
    assert await handled(ledger) == 200
    letters = await published(kafka, DEAD)
    (letter,) = [one for one in letters if one["event_id"] == str(bad.id)]
    assert letter["reason"].startswith("ZeroDivisionError at test_router.py:")
    assert [one for one in letters if one["episode_id"] in {str(id) for id in ids}] == [letter]
    async with ledger.read() as tx:
        assert [task.kind for task in await tasks.list_open(tx)] == ["dead_letter"]


async def test_a_null_or_unreadable_header_loses_nothing(
    kafka: Connection, names: Names, ledger: Ledger, book: Book
) -> None:
    topic = names.episode
    await prepared(kafka, topic)
    marked = [
        Record(one.topic, 0, 0, one.key, (*one.headers, ("baggage", value)), one.value)
        for one, value in zip(
            records([missing(uuid4()) for _ in range(30)], topic=topic.name), [None, b"\xff", b"fine"] * 10, strict=True
        )
    ]
    await produce(kafka, marked)
    async with routing(kafka, topic, ledger, book, names.group):

        async def all_handled() -> bool:
            return await handled(ledger) == 30

        await until(all_handled, "30 records handled")


async def test_a_failing_batch_is_not_skipped_not_even_by_a_restart(
    kafka: Connection, names: Names, ledger: Ledger, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = names.episode
    await prepared(kafka, topic)
    stated = [missing(uuid4()) for _ in range(40)]
    attempts: list[int] = []

    async def failing(batch: Sequence[Record], *_: object) -> BatchResult:
        attempts.append(len(batch))
        raise OSError("the disk is full")

    monkeypatch.setattr(router_module, "handle_batch", failing)
    async with routing(kafka, topic, ledger, book, names.group, instance="router-1"):
        await produce(kafka, records(stated[:20], topic=topic.name))

        async def tried_twice() -> bool:
            return len(attempts) >= 2

        await until(tried_twice, "two attempts")
        monkeypatch.setattr(router_module, "handle_batch", _fails_once(handle_batch))
        await produce(kafka, records(stated[20:30], topic=topic.name))

        async def thirty() -> bool:
            return await handled(ledger) == 30

        await until(thirty, "30 records handled after failures")
        monkeypatch.setattr(router_module, "handle_batch", failing)
        attempts.clear()
        await produce(kafka, records(stated[30:], topic=topic.name))

        async def tried() -> bool:
            return len(attempts) >= 1

        await until(tried, "one attempt")
    assert await handled(ledger) == 30
    monkeypatch.setattr(router_module, "handle_batch", handle_batch)
    async with routing(kafka, topic, ledger, book, names.group, instance="router-1"):

        async def forty() -> bool:
            return await handled(ledger) == 40

        await until(forty, "40 records handled after the restart")
    assert await committed(kafka, topic, names.group) == 40


def _fails_once(whole: object) -> object:
    left = [1]

    async def handle(*arguments: object) -> object:
        if left:
            left.pop()
            raise OSError("the disk is still full")
        return await whole(*arguments)  # type: ignore[operator]

    return handle


async def test_too_many_dead_letters_stop_the_consumer_and_unready_it(
    kafka: Connection, names: Names, ledger: Ledger, book: Book
) -> None:
    topic = names.episode
    await prepared(kafka, topic)
    await produce(kafka, [poisonous(topic.name, n) for n in range(400)])
    async with routing(kafka, topic, ledger, book, names.group) as router:

        async def stopped() -> bool:
            return not router.consumer.running

        await until(stopped, "the consumer stopped")
        # What /health/ready says of this process is taken from these two.
        assert "records could not be handled" in (router.consumer.stopped_by or "")
    async with ledger.read() as tx:
        letters = [row for row in await outbox.unpublished(tx, 1000) if row.topic == INVALID]
    # What had been committed before the limit is at most a batch with fewer than twenty bad records.
    assert len(letters) < 20
    assert await committed(kafka, topic, names.group) < 20


async def test_two_routers_of_one_group_share_the_work_without_a_second_effect(
    kafka: Connection, names: Names, ledger: Ledger, book: Book
) -> None:
    topic = names.episode
    await prepared(kafka, topic)
    ids: list[UUID] = [uuid4() for _ in range(300)]
    chance = random.Random(3)
    twice = [*(missing(id) for id in ids), *(missing(id) for id in ids)]
    chance.shuffle(twice)
    async with routing(kafka, topic, ledger, book, names.group, instance="one"):
        await produce(kafka, records(twice[:300], topic=topic.name))
        async with routing(kafka, topic, ledger, book, names.group, instance="two"):
            await produce(kafka, records(twice[300:], topic=topic.name))

            async def all_acknowledged() -> bool:
                return await committed(kafka, topic, names.group) == 600

            await until(all_acknowledged, "600 records acknowledged")
    async with ledger.read() as tx:
        assert await dispatches.count_by_state(tx) == {"pending": 300}
        assert all(len(said) == 1 for said in (await events.of_episodes(tx, ids)).values())
    assert sum((await inspect_cluster(kafka, [topic.name])).ends.values()) == 600


async def test_stopping_does_not_wait_for_a_back_off(
    kafka: Connection, names: Names, ledger: Ledger, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = names.episode
    await prepared(kafka, topic)
    attempts = asyncio.Event()

    async def failing(*_: object) -> None:
        attempts.set()
        raise OSError("no database")

    monkeypatch.setattr(router_module, "handle_batch", failing)
    monkeypatch.setattr("hub.channel.consumer.BACK_OFF_SECONDS", (600.0,))
    await produce(kafka, records([missing(uuid4())], topic=topic.name))
    async with routing(kafka, topic, ledger, book, names.group):
        await asyncio.wait_for(attempts.wait(), 60)
    assert await handled(ledger) == 0
