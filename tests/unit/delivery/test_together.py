"""What the hub lays ready itself goes in groups, across recipients, and for each of them in its order."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from contracts.adapter import Endpoint, Wire
from contracts.dispatch import Dispatch
from contracts.errors import RetryLater
from hub.delivery import recorder, recording, room
from hub.delivery.port import Delivery
from hub.delivery.recording import Done
from hub.delivery.room import together
from hub.ledger import collecting, events
from hub.ledger.attempts import Recorded
from hub.ledger.engine import Tx
from hub.ledger.lanes import Claimed
from tests.unit.delivery.outside import COUNCIL, DUTY, EPISODE, TEAM, World, dispatch_to

THREADS = ("notice", "question", "task")


def queue(subject: int = 1) -> list[Dispatch]:
    """Dispatches to one inbox about one subject, each on a thread of its own."""
    made = [dispatch_to(TEAM, revision=n + 1, subject=UUID(int=subject)) for n in range(len(THREADS))]
    return [one.model_copy(update={"thread": thread}) for one, thread in zip(made, THREADS, strict=True)]


async def in_the_inbox(world: World) -> list[UUID]:
    async with world.ledger.read() as tx:
        return [one.dispatch_id for one in await collecting.list_ready(tx, COUNCIL)]


async def test_what_an_episode_tells_several_is_one_event_with_all_receipts(world: World) -> None:
    made = [*queue(), dispatch_to(DUTY)]
    await world.add(*made)
    await world.drain()
    assert await world.all_sent(made)
    assert await in_the_inbox(world) == [one.id for one in made[:3]]
    assert sorted(await world.receipts()) == sorted((one.id, "transported") for one in made)
    async with world.ledger.read() as tx:
        assert len((await events.of_episodes(tx, [EPISODE]))[EPISODE]) == 1


@pytest.mark.parametrize("fault", [RetryLater("no room", maybe_received=False), ValueError("a fault of the adapter")])
async def test_what_cannot_be_laid_ready_keeps_back_what_follows_it_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    broken, other = queue(), queue(subject=2)
    render = world.partner.render

    def cannot(dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        if dispatch.id == broken[0].id:
            raise fault
        return render(dispatch, endpoint)

    await world.add(*broken, *other)
    with monkeypatch.context() as failing:
        failing.setattr(world.partner, "render", cannot)
        await world.drain()
    assert await in_the_inbox(world) == [one.id for one in other]
    world.clock.forward(60)
    await world.drain()
    assert await in_the_inbox(world) == [one.id for one in (*other, *broken)]


async def test_what_can_never_be_said_keeps_nothing_back(world: World) -> None:
    made = queue()
    world.partner.behaviour["team"] = ["refuse", "ok"]
    await world.add(*made)
    await world.drain()
    assert [await world.state(one) for one in made] == ["failed", "sent", "sent"]
    assert await in_the_inbox(world) == [one.id for one in made[1:]]


async def test_what_could_not_be_written_is_not_overtaken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made, record, failures = queue(), recording.record, iter(range(4))

    async def flaky(tx: Tx, done: Sequence[Done], delivery: Delivery) -> Recorded:
        recorded = await record(tx, done, delivery)
        if any(one.claimed.dispatch.id == made[0].id for one in done) and next(failures, None) is not None:
            raise OSError("the connection broke before the commit")
        return recorded

    monkeypatch.setattr(recording, "record", flaky)
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(recorder, "MOST", 1)
    await world.add(*made, *queue(subject=2))
    await world.drain()
    laid = await in_the_inbox(world)
    assert [id for id in laid if id in {one.id for one in made}] == [one.id for one in made]
    assert len(laid) == 6


def test_groups_keep_recipient_and_subject_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WRITTEN_TOGETHER", 4)
    made = [one for number in range(4) for one in queue(subject=number)]
    # As they were made, the questions after all the notices: so every subject would be cut in two.
    made = sorted(made, key=lambda one: THREADS.index(one.thread))
    claimed = [Claimed(one, 1, False, None, False, position=n) for n, one in enumerate(made)]
    groups = [[one.dispatch for one in group] for group in together(claimed[::-1])]
    assert sorted(one.id for group in groups for one in group) == sorted(one.id for one in made)
    for number in range(4):
        holding = [group for group in groups if any(one.subject_id == UUID(int=number) for one in group)]
        assert len(holding) == 1
        assert [one.thread for one in holding[0] if one.subject_id == UUID(int=number)] == list(THREADS)
    assert together([]) == []
