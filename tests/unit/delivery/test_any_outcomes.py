"""Whatever goes wrong, of one recipient and subject the order is kept, and what arrived is not sent again (G3, G7)."""

import asyncio
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch import Action, Dispatch
from hub.ledger.engine import open_ledger
from tests.unit.delivery.outside import GP, SERVICE, TEAM, World, dispatch_to

WORDS = st.sampled_from(["ok", "ok", "down", "lost", "swallowed", "fault"])
# For each of six (recipient, subject): how many revisions it has.
COUNTS = st.lists(st.integers(1, 3), min_size=6, max_size=6)
WHERE = [(recipient, UUID(int=50 + n)) for recipient in (GP, SERVICE, TEAM) for n in range(2)]


@settings(max_examples=25, deadline=None)
@given(counts=COUNTS, gp=st.lists(WORDS, max_size=25), service=st.lists(WORDS, max_size=25), kills=st.integers(0, 3))
def test_order_is_kept_and_nothing_arrives_twice(
    empty_ledger: bytes, counts: list[int], gp: list[str], service: list[str], kills: int
) -> None:
    made = [
        dispatch_to(recipient, revision, Action.UPDATE if revision > 1 else Action.RAISE, subject)
        for revision in (1, 2, 3)
        for (recipient, subject), count in zip(WHERE, counts, strict=True)
        if revision <= count
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        path.write_bytes(empty_ledger)
        asyncio.run(_deliver(path, made, {"gp": [*gp, "ok"], "service": [*service, "ok"]}, kills))


async def _deliver(path: Path, made: list[Dispatch], behaviour: dict[str, list[str]], kills: int) -> None:
    ledger = await open_ledger(f"sqlite+aiosqlite:///{path}")
    world = World(ledger)
    world.partner.behaviour = behaviour
    await world.add(*made)
    for _ in range(kills):
        running = asyncio.create_task(world.deliverer().run())
        await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    for _ in range(60):
        await world.drain()
        if {await world.state(one) for one in made} <= {"sent", "failed"}:
            break
        world.clock.forward(300)
    states = {await world.state(one) for one in made}
    await ledger.close()
    assert states <= {"sent", "failed"}
    arrived: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    by_id = {one.id: one for one in made}
    for _, id in world.partner.received:
        arrived[by_id[id].recipient.key, by_id[id].subject_id].append(by_id[id].revision)
    for revisions in arrived.values():
        assert revisions == sorted(set(revisions)), "in order, and each once"
