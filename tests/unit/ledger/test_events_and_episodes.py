"""Events come back as they were stored; episodes are locked in order and versioned."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from hub.episode.reference import episode_reference
from hub.ledger import episodes, events
from hub.ledger.engine import Ledger
from tests.unit.ledger.making import NHS, at, child, context, found, missing


async def test_events_come_back_as_they_were_and_only_new_ones_are_stored(ledger: Ledger) -> None:
    episode_id, other = uuid4(), uuid4()
    made = [one.model_copy(update={"episode_id": episode_id}) for one in (missing(), context(child(nhs=NHS)), found())]
    async with ledger.begin() as tx:
        assert await events.append(tx, made[:2], None) == made[:2]
        assert await events.append(tx, [made[2], *made, made[2]], None) == [made[2]]
        assert await events.append(tx, [], None) == []
        stored = await events.of_episodes(tx, [episode_id, other])
        assert await events.known(tx, [made[0].id, uuid4()]) == {made[0].id: episode_id}
    assert stored[other] == []
    assert sorted(stored[episode_id], key=lambda one: one.order) == made


async def test_a_batch_of_events_is_one_statement(ledger: Ledger) -> None:
    made = [missing(ref=str(n)).model_copy(update={"episode_id": uuid4()}) for n in range(1200)]
    async with ledger.begin() as tx:
        assert len(await events.append(tx, made, None)) == 1200
        assert len(await events.of_episodes(tx, [one.episode_id for one in made if one.episode_id])) == 1200


async def test_episodes_are_made_locked_and_saved(ledger: Ledger) -> None:
    first, second = uuid4(), uuid4()
    async with ledger.begin() as tx:
        rows = await episodes.lock(tx, [first, second, first])
        assert rows.keys() == {first, second}
        row = rows[first]
        assert (row.reference, row.version, row.state) == (episode_reference(first), 0, {})
        await episodes.save(tx, [replace(row, status="missing", state={"a": [1]}, updated_at=at(1))])
    async with ledger.begin() as tx:
        (saved,) = (await episodes.lock(tx, [first])).values()
        assert saved == replace(row, status="missing", state={"a": [1]}, updated_at=at(1), version=1)
        assert await episodes.get(tx, [first, uuid4()]) == {first: saved}
        assert await episodes.by_reference(tx, saved.reference) == saved
        assert await episodes.by_reference(tx, "MC-0000-0000") is None
        assert await episodes.recent(tx, 10, "missing") == [saved]


async def test_two_routers_never_hold_one_episode_at_once(ledger: Ledger) -> None:
    ids = [uuid4() for _ in range(3)]

    async def count_up(turn: int) -> None:
        async with ledger.begin() as tx:
            rows = await episodes.lock(tx, ids if turn % 2 else ids[::-1])
            await asyncio.sleep(0)
            seen = [replace(row, state={"n": row.state.get("n", 0) + 1}) for row in rows.values()]
            await episodes.save(tx, seen)

    await asyncio.gather(*(count_up(turn) for turn in range(10)))
    async with ledger.read() as tx:
        rows = await episodes.get(tx, ids)
    assert [(row.version, row.state) for row in rows.values()] == [(10, {"n": 10})] * 3
