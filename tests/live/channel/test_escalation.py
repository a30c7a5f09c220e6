"""What nobody opens, end to end on Apache Kafka and PostgreSQL: every step once, though the hub is cut off between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import pytest

from contracts.adapter import Channel, Endpoint
from contracts.codes import RiskLevel
from contracts.envelope import Event
from contracts.events import ClockFell, Found, MissingReported
from contracts.person import Risk
from hub.channel.broker import Connection
from hub.channel.clocks import Ticker
from hub.ledger import events, outbox, tasks
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.directory import Beside, Directory
from hub.routing.rules import read_procedure
from hub.routing.steps import Steps
from tests.live.channel.harness import Names, clock, prepared, put, relaying, routing, until
from tests.unit.channel.parts import CASE_TEAM, PROCEDURE, book, happened, missing
from tests.unit.delivery.outside import World, stop

pytestmark = pytest.mark.live
POSTS = ("day", "night", "boss")
ENDPOINTS = {name: Endpoint(id=name, adapter="test", channel=Channel.MESH, address=name) for name in POSTS}
# Seconds instead of minutes.
QUICK = Steps.model_validate(
    {"high_risk": {"remind": 0.05, "out_of_hours": 0.1, "telephone": 0.15, "manager": 0.2}, "others": {"telephone": 60}}
)
# By day and by night alike the first is sent to `day`: the desk of the night is a post like the manager's here.
DIRECTORY = Directory(ENDPOINTS, {CASE_TEAM.key: "day"}, {CASE_TEAM.key: Beside("night", "boss")}, steps=QUICK)
WITHOUT_CLOCKS = read_procedure("test.yaml", {**PROCEDURE, "rules": PROCEDURE["rules"][:1]})
BOOK = replace(book(), procedures=(WITHOUT_CLOCKS,), directory=DIRECTORY)


@pytest.fixture
async def postgres(fresh_database: str) -> AsyncIterator[Ledger]:
    await upgrade(fresh_database)
    ledger = await open_ledger(fresh_database)
    yield ledger
    await ledger.close()


@asynccontextmanager
async def hub(ledger: Ledger, kafka: Connection, names: Names, world: World) -> AsyncIterator[None]:
    """Run relay, router, ticker and deliverer while the block runs; its end cuts them off."""
    holder = uuid4().hex
    async with (
        relaying(ledger, kafka, [names.episode], holder) as relay,
        routing(kafka, names.episode, ledger, BOOK, names.group),
    ):
        ticker = Ticker(ledger, BOOK, clock=clock, wake=relay.wake, poll_seconds=0.2)
        working = [asyncio.create_task(ticker.run()), asyncio.create_task(world.deliverer("the-one").run())]
        try:
            yield
        finally:
            for one in working:
                await stop(one)


async def steps(ledger: Ledger, episode: UUID) -> list[str]:
    async with ledger.read() as tx:
        said = (await events.of_episodes(tx, [episode]))[episode]
    return [str(one.data.step.value) for one in said if isinstance(one.data, ClockFell) and one.data.step]


async def reached(world: World, *where: str) -> bool:
    return sorted(name for name, _ in world.partner.received) == sorted(where)


async def rings(ledger: Ledger) -> int:
    async with ledger.read() as tx:
        return sum(one.kind == "receipt_overdue" for one in await tasks.list_open(tx))


async def test_an_alert_that_nobody_opens_climbs_and_everybody_hears_of_the_end(
    postgres: Ledger, kafka: Connection, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_of = outbox.record_of

    def on_this_tests_topic(event: Event, at: datetime, topic: str = names.episode.name) -> outbox.OutRecord:
        return record_of(event, at, topic)

    monkeypatch.setattr(outbox, "record_of", on_this_tests_topic)
    await prepared(kafka, names.episode)
    world, episode = World(postgres), uuid4()
    world.directory, world.clock = DIRECTORY, clock  # type: ignore[assignment]
    report = missing(episode)
    assert isinstance(report.data, MissingReported)
    urgent = report.data.model_copy(update={"risk": Risk(level=RiskLevel.HIGH)})
    await put(postgres, [report.model_copy(update={"data": urgent})], names.episode.name)
    first = DIRECTORY.resolve(CASE_TEAM, clock())
    assert first is not None
    night = [] if first.id == "night" else ["night"]
    async with hub(postgres, kafka, names, world):
        await until(partial(reached, world, first.id, first.id), "it is told and reminded")
    # Cut off: what falls meanwhile comes late, and once.
    await asyncio.sleep(3)
    for _ in range(2):
        async with hub(postgres, kafka, names, world):
            told = (first.id, first.id, *night, "boss")
            await until(partial(reached, world, *told), "the night and the manager are told")
            await asyncio.sleep(1)
    taken = ["remind", *(["out_of_hours"] if night else []), "telephone", "manager"]
    assert sorted(await steps(postgres, episode)) == sorted(taken)
    assert await rings(postgres) == 1
    async with hub(postgres, kafka, names, world):
        await put(postgres, [happened(Found(), episode, "found", minutes=60)], names.episode.name)
        await until(partial(reached, world, *told, *told), "everybody hears of the end")
    assert await rings(postgres) == 0
