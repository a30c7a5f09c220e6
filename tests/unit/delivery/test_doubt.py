"""When a send fails, may have arrived or comes too late: ask first, send once, raise nothing after the end (G3, G6)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.dispatch import Action
from hub.ledger import collecting, dispatches, lanes
from tests.unit.delivery.outside import (
    EPISODE,
    GP,
    NOW,
    TEAM,
    World,
    dispatch_to,
    stop,
    until,
)

RAISE, WITHDRAW = dispatch_to(GP), dispatch_to(GP, 2, Action.WITHDRAW)


async def test_in_doubt_it_asks_and_does_not_send_again_what_arrived(world: World) -> None:
    world.partner.behaviour["gp"] = ["swallowed", "ok"]
    await world.add(RAISE)
    await world.drain()
    assert (await world.row(RAISE)).state == "doubtful"
    world.clock.forward(10)
    await world.drain()
    assert (world.partner.sent_to("gp"), world.partner.asked) == ([RAISE.id], [RAISE.id])
    assert ((await world.row(RAISE)).state, (await world.row(RAISE)).reference) == ("sent", "tracked")
    assert await world.receipts() == [(RAISE.id, "transported")]


@pytest.mark.parametrize("word", ["lost", "fault"])
async def test_in_doubt_it_asks_and_sends_again_what_did_not_arrive(world: World, word: str) -> None:
    world.partner.behaviour["gp"] = [word, "ok"]
    await world.add(RAISE)
    await world.drain()
    assert await world.state(RAISE) == "doubtful"
    world.clock.forward(10)
    await world.drain()
    assert (world.partner.sent_to("gp"), world.partner.asked) == ([RAISE.id], [RAISE.id])
    assert await world.state(RAISE) == "sent"


async def test_where_nobody_can_be_asked_it_is_unknown_and_a_person_decides(world: World) -> None:
    world.partner.behaviour["gp"], world.partner.can_be_asked = ["lost", "ok"], False
    await world.add(RAISE)
    await world.drain()
    world.clock.forward(10)
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left, world.partner.received) == ("unknown", True, [])
    (task,) = await world.open_tasks()
    assert (task.kind, task.detail["dispatch"]) == ("delivery_unknown", str(RAISE.id))


async def test_a_refusal_is_final_and_a_task(world: World) -> None:
    world.partner.behaviour["gp"] = ["refuse"]
    await world.add(RAISE)
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left, row.reason) == ("failed", False, "the mailbox is closed")
    assert [task.kind for task in await world.open_tasks()] == ["delivery_failed"]
    assert await world.receipts() == [(RAISE.id, "undeliverable")]


async def test_it_gives_up_after_so_many_attempts_with_one_task(world: World) -> None:
    world.partner.behaviour["gp"] = ["down"]
    await world.add(RAISE)
    for _ in range(6):
        await world.drain()
        world.clock.forward(600)
    row = await world.row(RAISE)
    assert (row.state, row.attempts) == ("failed", world.patience.attempts)
    (task,) = await world.open_tasks()
    assert task.detail["reason"] == "given up after 4 attempts: no connection"
    assert task.opened_at == NOW + timedelta(seconds=1800)


async def test_given_up_in_doubt_may_have_left(world: World) -> None:
    world.patience = replace(world.patience, attempts=1)
    world.partner.behaviour["gp"] = ["lost"]
    await world.add(RAISE)
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left) == ("failed", True)


async def test_a_raise_and_its_withdrawal_both_unsent_neither_goes(world: World) -> None:
    world.partner.behaviour["gp"] = ["down", "ok"]
    await world.add(RAISE)
    await world.drain()
    async with world.ledger.begin() as tx:
        (held,) = (await dispatches.issued(tx, [EPISODE], for_update=True))[EPISODE]
        assert not held.may_have_left
        assert await dispatches.cancel(tx, [held.dispatch.id], "found before it left") == {RAISE.id}
    world.clock.forward(3600)
    await world.drain()
    assert (world.partner.received, await world.state(RAISE)) == ([], "cancelled")


async def test_a_doubtful_raise_that_never_arrived_is_not_sent_after_the_end_nor_withdrawn(world: World) -> None:
    world.partner.behaviour["gp"] = ["lost", "ok"]
    await world.add(RAISE)
    await world.drain()
    await world.add(WITHDRAW)
    world.clock.forward(10)
    await world.drain()
    await world.drain()
    assert world.partner.received == []
    assert (await world.state(RAISE), await world.state(WITHDRAW)) == ("cancelled", "cancelled")


async def test_a_doubtful_raise_that_arrived_is_withdrawn(world: World) -> None:
    world.partner.behaviour["gp"] = ["swallowed", "ok"]
    await world.add(RAISE)
    await world.drain()
    await world.add(WITHDRAW)
    world.clock.forward(10)
    await world.drain()
    assert world.partner.sent_to("gp") == [RAISE.id, WITHDRAW.id]


async def test_a_doubtful_update_that_never_arrived_is_dropped_but_the_raise_is_withdrawn(world: World) -> None:
    update, withdraw = dispatch_to(GP, 2, Action.UPDATE), dispatch_to(GP, 3, Action.WITHDRAW)
    world.partner.behaviour["gp"] = ["ok", "lost", "ok"]
    await world.add(RAISE, update)
    await world.drain()
    await world.add(withdraw)
    world.clock.forward(10)
    await world.drain()
    assert world.partner.sent_to("gp") == [RAISE.id, withdraw.id]


async def test_an_unknown_raise_is_withdrawn(world: World) -> None:
    world.partner.behaviour["gp"], world.partner.can_be_asked = ["lost", "ok"], False
    await world.add(RAISE)
    await world.drain()
    await world.add(WITHDRAW)
    world.clock.forward(10)
    await world.drain()
    assert (await world.state(RAISE), world.partner.sent_to("gp")) == ("unknown", [WITHDRAW.id])


async def test_a_worker_killed_while_sending_leaves_doubt_and_asks_on_its_return(world: World) -> None:
    world.partner.behaviour["gp"] = ["wait", "ok"]
    await world.add(RAISE)
    first = asyncio.create_task(world.deliverer().run())
    await world.partner.begun.wait()
    await stop(first)
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left) == ("claimed", True)
    second = asyncio.create_task(world.deliverer().run())
    await until(lambda: world.all_sent([RAISE]))
    await stop(second)
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])


async def test_what_a_dead_worker_claimed_is_asked_about_by_another_once_stale(world: World) -> None:
    await world.add(RAISE)
    async with world.ledger.begin() as tx:
        assert len(await lanes.claim(tx, "dead", world.clock())) == 1
    world.partner.received.append(("gp", RAISE.id))
    world.clock.forward(60)
    await world.drain()
    assert world.partner.asked == []
    world.clock.forward(60)
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])
    assert await world.state(RAISE) == "sent"


async def test_a_killed_worker_lays_ready_once(world: World) -> None:
    made = dispatch_to(TEAM)
    await world.add(made)
    async with world.ledger.begin() as tx:
        await lanes.claim(tx, "one", world.clock())
        await lanes.release_worker(tx, "one")
    await world.drain()
    async with world.ledger.read() as tx:
        assert [one.dispatch_id for one in await collecting.list_ready(tx, "rotherham-council")] == [made.id]
    assert world.partner.asked == []
