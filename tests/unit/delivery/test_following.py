"""After sending: receipts that must be asked for, and mailboxes that must be emptied."""

import asyncio
from datetime import timedelta

import pytest

from contracts.adapter import Answer, Endpoint
from contracts.errors import RetryLater
from contracts.events import ReceiptRecorded
from contracts.receipt import Stage
from hub.delivery.following import ask_receipts, empty_mailbox, follow
from hub.ledger import events
from tests.unit.delivery.outside import ENDPOINTS, EPISODE, GP, SERVICE, TEAM, World, dispatch_to, stop

AGAIN = timedelta(minutes=5)
TO_GP, TO_SERVICE = dispatch_to(GP), dispatch_to(SERVICE)


def letter(number: int) -> Answer:
    """Return a document in the mailbox."""
    return Answer(route="reply", body=b"{}", content_type="application/json", message_id=f"m-{number}")


async def stages(world: World) -> list[str]:
    """Return the receipts stated as events."""
    async with world.ledger.read() as tx:
        stored = (await events.of_episodes(tx, [EPISODE]))[EPISODE]
    stated = [it for one in stored if isinstance(one.data, ReceiptRecorded) for it in one.data.receipts]
    return sorted(it.stage.value for it in stated)


async def test_receipts_are_asked_for_until_they_come(world: World) -> None:
    await world.add(TO_GP)
    await world.drain()
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 0
    world.partner.stages[TO_GP.id] = Stage.OPENED
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 0, "asked too soon"
    world.clock.forward(300)
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 1
    assert await stages(world) == ["opened", "transported"]
    world.clock.forward(300)
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 0, "the last one is in"


async def test_one_that_lies_uncollected_is_asked_about_again(world: World) -> None:
    await world.add(TO_GP)
    await world.drain()
    world.partner.stages[TO_GP.id] = Stage.TRANSPORTED
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 0
    world.partner.stages[TO_GP.id] = Stage.OPENED
    world.clock.forward(300)
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 1
    assert await stages(world) == ["opened", "transported"]


async def test_an_inbox_is_not_asked(world: World) -> None:
    await world.add(dispatch_to(TEAM))
    await world.drain()
    assert (await world.row(dispatch_to(TEAM))).next_attempt_at is None


@pytest.mark.parametrize("fault", [RetryLater("down", maybe_received=False), ValueError("a fault of the adapter")])
async def test_one_partners_fault_does_not_keep_back_anothers_receipts(world: World, fault: Exception) -> None:
    await world.add(TO_GP, TO_SERVICE)
    await world.drain()
    world.partner.stages = {TO_GP.id: fault, TO_SERVICE.id: Stage.OPENED}
    assert await ask_receipts(world.delivery, again_after=AGAIN) == 1
    assert await stages(world) == ["opened", "transported", "transported"]


async def test_a_letter_is_acknowledged_only_when_it_is_stored(world: World) -> None:
    world.partner.waiting = [letter(1), letter(2), letter(3)]
    stored: list[str] = []

    async def store(answer: Answer, endpoint: Endpoint) -> None:
        assert answer.message_id not in world.partner.acknowledged
        if answer.message_id == "m-2":
            raise OSError("no room")
        stored.append(answer.message_id)

    assert await empty_mailbox(ENDPOINTS["gp"], world.delivery, store) == 2
    assert stored == world.partner.acknowledged == ["m-1", "m-3"]
    assert [one.message_id for one in world.partner.waiting] == ["m-2"], "it stays in the mailbox"


async def test_polling_goes_on_after_a_fault(world: World) -> None:
    world.partner.waiting = [letter(1)]
    polls, taken = 0, asyncio.Event()
    poll = world.partner.poll

    async def flaky(endpoint: Endpoint, reach: object) -> list[Answer]:
        nonlocal polls
        polls += 1
        if polls == 1:
            raise RetryLater("down", maybe_received=False)
        return list(await poll(endpoint, reach))  # type: ignore[arg-type]

    async def store(answer: Answer, endpoint: Endpoint) -> None:
        taken.set()

    world.partner.poll = flaky  # type: ignore[method-assign]
    running = asyncio.create_task(
        follow(world.delivery, [ENDPOINTS["gp"]], store, interval_of=lambda _: 0.01, receipts_every=0.01)
    )
    async with asyncio.timeout(20):
        await taken.wait()
    await stop(running)
    assert polls >= 2
