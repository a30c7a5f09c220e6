"""Outcomes are recorded in groups: one bad one spoils no other, and none counts before its transaction commits."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from hub.delivery import recorder, recording
from hub.delivery.port import Delivery
from hub.delivery.recording import Done
from hub.ledger import events, outbox
from hub.ledger.attempts import Recorded
from hub.ledger.engine import Tx
from tests.unit.delivery.outside import EPISODE, GP, SERVICE, TEAM, World, dispatch_to, stop, until

MANY = [dispatch_to(recipient, subject=UUID(int=100 + n)) for recipient in (GP, SERVICE, TEAM) for n in range(8)]


async def test_outcomes_that_come_together_share_a_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    record = recording.record

    async def counting(tx: Tx, done: Sequence[Done], delivery: Delivery) -> Recorded:
        sizes.append(len(done))
        return await record(tx, done, delivery)

    monkeypatch.setattr(recording, "record", counting)
    await world.add(*MANY)
    await world.drain()
    assert await world.all_sent(MANY)
    assert sum(sizes) == len(MANY)
    assert len(sizes) <= 6
    async with world.ledger.read() as tx:
        assert len((await events.of_episodes(tx, [EPISODE]))[EPISODE]) == len(sizes)
        assert len(await outbox.unpublished(tx, 100)) == len(sizes)
    assert sorted(await world.receipts()) == sorted((one.id, "transported") for one in MANY)
    assert world.woken <= len(sizes)


async def test_one_outcome_that_cannot_be_written_spoils_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, bad = recording.record, MANY[3]

    async def picky(tx: Tx, done: Sequence[Done], delivery: Delivery) -> Recorded:
        recorded = await record(tx, done, delivery)
        if any(one.claimed.dispatch.id == bad.id for one in done):
            raise ValueError("a value that no column takes")
        return recorded

    monkeypatch.setattr(recording, "record", picky)
    await world.add(*MANY)
    running = asyncio.create_task(world.deliverer().run())
    await until(lambda: world.all_sent([one for one in MANY if one != bad]))
    assert await world.state(bad) == "claimed"
    assert world.partner.sent_to("gp").count(bad.id) == 1
    await stop(running)


async def test_what_failed_for_a_moment_is_recorded_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record, failures = recording.record, iter(range(3))

    async def flaky(*given: Any) -> Recorded:
        recorded = await record(*given)
        if next(failures, None) is not None:
            raise OSError("the connection broke before the commit")
        return recorded

    monkeypatch.setattr(recording, "record", flaky)
    monkeypatch.setattr(recorder, "AGAIN_SECONDS", 0.01)
    await world.add(*MANY[:2])
    await world.drain()
    assert await world.all_sent(MANY[:2])
    assert (world.partner.asked, len(await world.receipts())) == ([], 2)


async def test_what_could_not_be_recorded_until_its_claim_went_stale_is_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, failures = recording.record, iter(range(2))

    async def broken_for_long(*given: Any) -> Recorded:
        if next(failures, None) is not None:
            world.clock.forward(100)
            raise OSError("no ledger")
        return await record(*given)

    monkeypatch.setattr(recording, "record", broken_for_long)
    one = MANY[0]
    await world.add(one)
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([one.id], [one.id])
    assert (await world.row(one)).attempts == 2
    assert await world.state(one) == "sent"


async def test_killed_between_writing_a_group_and_its_commit_all_of_it_is_asked_about_and_nothing_sent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, written = recording.record, asyncio.Event()

    async def killed_before_the_commit(*given: Any) -> Recorded:
        await record(*given)
        written.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody comes here")

    several = [one for one in MANY if one.recipient == GP]
    await world.add(*several)
    with monkeypatch.context() as dying:
        dying.setattr(recording, "record", killed_before_the_commit)
        first = asyncio.create_task(world.deliverer().run())
        await written.wait()
        await stop(first)
    assert {await world.state(one) for one in several} == {"claimed"}
    assert await world.receipts() == []
    second = asyncio.create_task(world.deliverer().run())
    await until(lambda: world.all_sent(several))
    await stop(second)
    ids = sorted(one.id for one in several)
    assert (sorted(world.partner.asked), sorted(world.partner.sent_to("gp"))) == (ids, ids)
    assert sorted(await world.receipts()) == [(one, "transported") for one in ids]


async def test_an_outcome_of_a_claim_that_was_taken_over_changes_nothing(world: World) -> None:
    one = MANY[0]
    world.partner.behaviour["gp"] = ["wait", "ok"]
    await world.add(one)
    slow = asyncio.create_task(world.deliverer("slow").drain())
    await world.partner.begun.wait()
    world.clock.forward(100)
    await world.deliverer("other").drain()
    assert (await world.row(one)).attempts == 2
    world.partner.open.set()
    await slow
    row = await world.row(one)
    assert (row.state, row.attempts) == ("sent", 2)
    assert len(await world.receipts()) == 1
