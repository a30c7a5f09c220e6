"""A notice without a route: a task at once, it waits visibly, and it goes when the directory has got the endpoint."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from contracts.adapter import Channel, Endpoint
from hub.channel.batch import handle_batch
from hub.ledger import dispatches, tasks
from hub.ledger.engine import Ledger
from hub.routing.directory import Directory
from tests.unit.channel.parts import CASE_TEAM, NOW, book, found, missing, records
from tests.unit.delivery.outside import World

NOWHERE = Directory({}, {})
TEAM = Endpoint(id="team", adapter="test", channel=Channel.MESH, address="YROTHTEAM")
FOUND = Directory({"team": TEAM}, {CASE_TEAM.key: "team"})


async def states(ledger: Ledger) -> dict[str, int]:
    async with ledger.read() as tx:
        return await dispatches.count_by_state(tx)


async def open_tasks(ledger: Ledger) -> list[tuple[str, str]]:
    async with ledger.read() as tx:
        return [(one.kind, one.detail["recipient"]) for one in await tasks.list_open(tx)]


async def test_it_waits_with_a_task_and_goes_once_when_the_directory_has_the_endpoint(ledger: Ledger) -> None:
    await handle_batch(records([missing(uuid4())]), ledger, replace(book(), directory=NOWHERE), NOW)
    before = World(ledger)
    before.directory = NOWHERE
    await before.drain()
    assert (before.partner.received, await states(ledger)) == ([], {"waiting": 1})
    assert await open_tasks(ledger) == [("unrouted", CASE_TEAM.key)]
    for _ in range(2):  # Started again with the endpoint, and once more.
        after = World(ledger)
        after.directory = FOUND
        await after.drain()
        before.partner.received += after.partner.received
    assert [name for name, _ in before.partner.received] == ["team"]
    assert (await states(ledger), await open_tasks(ledger)) == ({"sent": 1}, [])


async def test_what_waits_is_never_sent_once_the_child_is_found(ledger: Ledger) -> None:
    episode, nowhere = uuid4(), replace(book(), directory=NOWHERE)
    await handle_batch(records([missing(episode)]), ledger, nowhere, NOW)
    await handle_batch(records([found(episode)], first=1), ledger, nowhere, NOW + timedelta(hours=1))
    after = World(ledger)
    after.directory = FOUND
    await after.drain()
    assert (after.partner.received, await states(ledger)) == ([], {"cancelled": 1})
    assert await open_tasks(ledger) == []
