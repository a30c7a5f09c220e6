"""Two deliverers on one PostgreSQL: each dispatch arrives once, each subject's in order, also when one is killed."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from contracts.dispatch import Action
from hub.ledger.engine import open_ledger, upgrade
from tests.unit.delivery.outside import DUTY, GP, SERVICE, TEAM, World, dispatch_to, stop, until

pytestmark = pytest.mark.live
ACTIONS = (Action.RAISE, Action.UPDATE, Action.UPDATE)
MADE = [
    dispatch_to(recipient, revision, action, UUID(int=100 + n))
    for revision, action in enumerate(ACTIONS, start=1)
    for recipient in (GP, SERVICE, TEAM, DUTY)
    for n in range(25)
]


@pytest.fixture
async def world(fresh_database: str) -> AsyncIterator[World]:
    """An empty ledger on PostgreSQL, and a partner that takes everything."""
    await upgrade(fresh_database)
    ledger = await open_ledger(fresh_database)
    yield World(ledger)
    await ledger.close()


@pytest.mark.parametrize("killed", [False, True])
async def test_each_dispatch_arrives_once_and_in_order(world: World, killed: bool) -> None:
    await world.add(*MADE)
    running = [asyncio.create_task(world.deliverer(name).run()) for name in ("one", "two")]
    if killed:
        await world.partner.begun.wait()
        await stop(running[0])
        running[0] = asyncio.create_task(world.deliverer("one").run())
    await until(lambda: world.all_sent(MADE))
    await asyncio.gather(*(stop(one) for one in running))
    arrived: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    by_id = {one.id: one for one in MADE}
    for endpoint, id in world.partner.received:
        arrived[endpoint, by_id[id].subject_id].append(by_id[id].revision)
    assert Counter(id for _, id in world.partner.received) == Counter(
        one.id for one in MADE if one.recipient in (GP, SERVICE)
    )
    assert set(map(tuple, arrived.values())) == {(1, 2, 3)}
    assert Counter(await world.receipts()) == Counter((one.id, "transported") for one in MADE)
