"""A recipient that takes nothing is tried by one call, which speaks for all that waits beside it (promise G7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.dispatch import Action
from hub.delivery.deliverer import NOT_TRIED
from hub.delivery.room import CALLS_A_LANE
from hub.ledger import lanes
from tests.unit.delivery.outside import GP, NOW, World, dispatch_to

CROWD = [dispatch_to(GP, subject=UUID(int=100 + n)) for n in range(60)]


async def rows(world: World) -> list[tuple[str, int, str | None]]:
    return [(row.state, row.attempts, row.reason) for row in [await world.row(one) for one in CROWD]]


async def test_a_dead_recipient_is_not_tried_for_each_that_waits(world: World) -> None:
    world.partner.behaviour["gp"] = ["down"]
    await world.add(*CROWD)
    await world.drain()
    after = await rows(world)
    assert world.partner.calls <= CALLS_A_LANE + 2
    assert {(state, attempts) for state, attempts, _ in after} == {("pending", 1)}
    assert {reason for _, _, reason in after} == {"no connection", NOT_TRIED}


async def test_everything_that_waits_is_given_up_in_time_and_a_person_is_told(world: World) -> None:
    world.patience = replace(world.patience, attempts=3)
    world.partner.behaviour["gp"] = ["down"]
    await world.add(*CROWD)
    for _ in range(3):
        await world.drain()
        world.clock.forward(600)
    assert {(state, attempts) for state, attempts, _ in await rows(world)} == {("failed", 3)}
    assert len(await world.open_tasks()) == len(CROWD)
    assert not any([(await world.row(one)).may_have_left for one in CROWD])


async def test_once_it_answers_what_was_not_tried_goes_at_once(world: World) -> None:
    world.partner.behaviour["gp"] = ["down"]
    await world.add(*CROWD)
    deliverer = world.deliverer()
    await deliverer.drain()
    untried = [one for one, (_, _, reason) in zip(CROWD, await rows(world), strict=True) if reason == NOT_TRIED]
    world.partner.behaviour["gp"] = ["ok"]
    newer = dispatch_to(GP, subject=UUID(int=99))
    await world.add(newer)
    world.clock.forward(3)
    await deliverer.drain()
    assert sorted(world.partner.sent_to("gp")) == sorted([newer.id, *(one.id for one in untried)])
    world.clock.forward(10)
    await deliverer.drain()
    assert await world.all_sent([*CROWD, newer])


async def test_a_wish_to_be_left_alone_holds_for_the_whole_lane(world: World) -> None:
    world.partner.behaviour["gp"], world.partner.not_before = ["later"], NOW + timedelta(hours=1)
    await world.add(*CROWD)
    await world.drain()
    assert {(await world.row(one)).next_attempt_at for one in CROWD} == {world.partner.not_before}


async def test_a_dispatch_that_alone_is_not_taken_holds_up_no_other(world: World) -> None:
    world.partner.behaviour["gp"] = ["down", "down", "ok"]
    deliverer = world.deliverer()
    await world.add(CROWD[0])
    await deliverer.drain()
    world.clock.forward(10)
    await deliverer.drain()
    await world.add(CROWD[1])
    world.clock.forward(2)
    await deliverer.drain()
    assert world.partner.sent_to("gp") == [CROWD[1].id]


async def test_what_was_withdrawn_before_it_could_leave_is_not_sent_any_more(world: World) -> None:
    raised, withdrawal = dispatch_to(GP), dispatch_to(GP, 2, Action.WITHDRAW)
    world.partner.behaviour["gp"] = ["down", "ok"]
    await world.add(raised)
    await world.drain()
    await world.add(withdrawal)
    world.clock.forward(10)
    await world.drain()
    assert world.partner.received == []
    assert (await world.state(raised), await world.state(withdrawal)) == ("cancelled", "cancelled")


async def test_a_claim_that_a_frozen_process_finds_again_is_not_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = CROWD[0]
    claim = lanes.claim

    async def frozen(*given: Any, **more: Any) -> list[lanes.Claimed]:
        claimed = await claim(*given, **more)
        world.clock.forward(60 if claimed else 0)
        return claimed

    await world.add(one)
    deliverer = world.deliverer()
    with monkeypatch.context() as stopped:
        stopped.setattr(lanes, "claim", frozen)
        await deliverer.drain()
    assert (world.partner.received, await world.state(one)) == ([], "claimed")
    world.clock.forward(60)
    await deliverer.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([one.id], [one.id])
