"""One lane per recipient: what goes out, when it is tried again, and that nobody waits for anybody (G3, G6, G7)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.adapter import Answer, Channel, Endpoint
from contracts.dispatch import Action, Dispatch, Recipient
from contracts.events import ReceiptRecorded
from hub.ledger import collecting, dispatches, events, lanes, outbox, tasks
from hub.ledger.tasks import Task
from hub.routing.directory import Directory
from tests.unit.delivery.outside import (
    CHILD,
    DUTY,
    ENDPOINTS,
    ENTRIES,
    EPISODE,
    GP,
    NOW,
    SERVICE,
    TEAM,
    World,
    dispatch_to,
    stop,
    until,
)

SIBLING = UUID(int=3)
RAISE, WITHDRAW = dispatch_to(GP), dispatch_to(GP, 2, Action.WITHDRAW)
STRANGER = dispatch_to(Recipient(role=GP.role, organisation="Y99999"))


async def open_tasks(world: World) -> list[Task]:
    """Return what a person must see to."""
    async with world.ledger.read() as tx:
        return await tasks.list_open(tx)


async def receipts(world: World) -> list[tuple[UUID, str]]:
    """Return the receipts stated as events."""
    async with world.ledger.read() as tx:
        stored = (await events.of_episodes(tx, [EPISODE]))[EPISODE]
    stated = [one.data.receipt for one in stored if isinstance(one.data, ReceiptRecorded)]
    return [(one.dispatch_id, one.stage.value) for one in stated]


async def test_a_dispatch_is_sent_once_and_its_receipt_is_an_event(world: World) -> None:
    await world.add(RAISE)
    await world.drain()
    await world.drain()
    row = await world.row(RAISE)
    assert world.partner.sent_to("gp") == [RAISE.id]
    assert (row.state, row.may_have_left, row.attempts, row.reference, row.endpoint_id) == (
        "sent",
        True,
        1,
        "ref-1",
        "gp",
    )
    assert await receipts(world) == [(RAISE.id, "transported")]
    async with world.ledger.read() as tx:
        assert len(await outbox.unpublished(tx, 10)) == 1
    assert world.woken


@pytest.mark.parametrize("word", ["wait", "down", "refuse", "fault", "lost"])
async def test_one_bad_recipient_delays_nobody_else(world: World, word: str) -> None:
    bad = [dispatch_to(GP, subject=UUID(int=100 + n)) for n in range(30)]
    good = [dispatch_to(SERVICE, subject=UUID(int=100 + n)) for n in range(30)]
    world.partner.behaviour["gp"] = [word]
    await world.add(*bad, *good)
    running = asyncio.create_task(world.deliverer().run())
    await until(lambda: world.all_sent(good))
    assert world.partner.sent_to("gp") == []
    assert world.partner.sent_to("service") == [one.id for one in good]
    await stop(running)


async def test_a_lane_keeps_the_order_of_one_subject(world: World) -> None:
    update = dispatch_to(GP, 2, Action.UPDATE)
    world.partner.behaviour["gp"] = ["down", "ok"]
    await world.add(RAISE, update)
    await world.drain()
    assert world.partner.received == [], "the update must not overtake the raise"
    world.clock.forward(10)
    await world.drain()
    assert world.partner.sent_to("gp") == [RAISE.id, update.id]


async def test_another_subject_of_the_same_recipient_goes_past(world: World) -> None:
    other = dispatch_to(GP, subject=SIBLING)
    world.partner.behaviour["gp"] = ["down", "ok"]
    await world.add(RAISE, other)
    await world.drain()
    assert world.partner.sent_to("gp") == [other.id]


async def test_retries_back_off_and_the_partners_wish_is_honoured(world: World) -> None:
    world.partner.behaviour["gp"] = ["down", "later", "ok"]
    world.partner.not_before = NOW + timedelta(hours=2)
    await world.add(RAISE)
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left, row.next_attempt_at) == ("pending", False, NOW + timedelta(seconds=10))
    world.clock.forward(10)
    await world.drain()
    assert (await world.row(RAISE)).next_attempt_at == world.partner.not_before
    world.clock.forward(3600)
    await world.drain()
    assert world.partner.received == []
    world.clock.forward(3600)
    await world.drain()
    assert world.partner.sent_to("gp") == [RAISE.id]


async def test_a_wish_that_has_passed_does_not_shorten_the_pause(world: World) -> None:
    world.partner.behaviour["gp"], world.partner.not_before = ["later"], NOW - timedelta(hours=1)
    await world.add(RAISE)
    await world.drain()
    assert (await world.row(RAISE)).next_attempt_at == NOW + timedelta(seconds=10)


async def test_in_doubt_it_asks_and_does_not_send_again_what_arrived(world: World) -> None:
    world.partner.behaviour["gp"] = ["swallowed", "ok"]
    await world.add(RAISE)
    await world.drain()
    assert (await world.row(RAISE)).state == "doubtful"
    world.clock.forward(10)
    await world.drain()
    assert (world.partner.sent_to("gp"), world.partner.asked) == ([RAISE.id], [RAISE.id])
    assert ((await world.row(RAISE)).state, (await world.row(RAISE)).reference) == ("sent", "tracked")
    assert await receipts(world) == [(RAISE.id, "transported")]


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
    (task,) = await open_tasks(world)
    assert (task.kind, task.detail["dispatch"]) == ("delivery_unknown", str(RAISE.id))


async def test_a_refusal_is_final_and_a_task(world: World) -> None:
    world.partner.behaviour["gp"] = ["refuse"]
    await world.add(RAISE)
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.may_have_left, row.reason) == ("failed", False, "the mailbox is closed")
    assert [task.kind for task in await open_tasks(world)] == ["delivery_failed"]
    assert await receipts(world) == [(RAISE.id, "undeliverable")]


async def test_it_gives_up_after_so_many_attempts_with_one_task(world: World) -> None:
    world.partner.behaviour["gp"] = ["down"]
    await world.add(RAISE)
    for _ in range(6):
        await world.drain()
        world.clock.forward(600)
    row = await world.row(RAISE)
    assert (row.state, row.attempts) == ("failed", world.patience.attempts)
    (task,) = await open_tasks(world)
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
        assert len(await lanes.claim(tx, "dead", world.clock(), limit=10)) == 1
    world.partner.received.append(("gp", RAISE.id))
    world.clock.forward(60)
    await world.drain()
    assert world.partner.asked == []
    world.clock.forward(60)
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])
    assert await world.state(RAISE) == "sent"


async def test_inbox_and_topic_are_laid_ready_in_the_partners_words(world: World) -> None:
    to_inbox, to_topic = dispatch_to(TEAM), dispatch_to(DUTY)
    await world.add(to_inbox, to_topic)
    await world.drain()
    async with world.ledger.read() as tx:
        (ready,) = await collecting.list_ready(tx, "rotherham-council")
        records = {one.topic: one for one in await outbox.unpublished(tx, 10)}
    assert (ready.dispatch_id, ready.body) == (to_inbox.id, f"raise {to_inbox.id}".encode())
    assert (ready.content_type, ready.headers) == ("text/plain", {"x-revision": "1"})
    record = records["missing.to.norfolk-council.v1"]
    assert (record.value, record.key) == (f"raise {to_topic.id}".encode(), str(EPISODE).encode())
    assert sorted(await receipts(world)) == sorted([(to_inbox.id, "transported"), (to_topic.id, "transported")])
    assert world.partner.received == []


async def test_what_cannot_be_said_in_the_partners_words_is_a_task(world: World) -> None:
    world.partner.behaviour["team"] = ["refuse"]
    await world.add(dispatch_to(TEAM))
    await world.drain()
    assert [task.kind for task in await open_tasks(world)] == ["delivery_failed"]


async def test_a_killed_worker_lays_ready_once(world: World) -> None:
    made = dispatch_to(TEAM)
    await world.add(made)
    async with world.ledger.begin() as tx:
        await lanes.claim(tx, "one", world.clock(), limit=10)
        await lanes.release_worker(tx, "one")
    await world.drain()
    async with world.ledger.read() as tx:
        assert [one.dispatch_id for one in await collecting.list_ready(tx, "rotherham-council")] == [made.id]
    assert world.partner.asked == []


async def test_the_endpoint_is_looked_up_again_at_every_attempt(world: World) -> None:
    world.partner.behaviour["gp"] = ["down"]
    await world.add(RAISE)
    await world.drain()
    moved = Endpoint(id="gp-new", adapter="test", channel=Channel.MESH, address="YROTHGP2")
    world.directory = Directory({**ENDPOINTS, "gp-new": moved}, {**ENTRIES, GP.key: "gp-new"})
    world.clock.forward(10)
    await world.drain()
    assert world.partner.received == [("gp-new", RAISE.id)]
    assert (await world.row(RAISE)).endpoint_id == "gp-new"


async def test_doubt_about_an_old_endpoint_is_not_asked_of_the_new_one(world: World) -> None:
    world.partner.behaviour["gp"] = ["lost"]
    await world.add(RAISE)
    await world.drain()
    world.directory = Directory({**ENDPOINTS}, {**ENTRIES, GP.key: "service"})
    world.clock.forward(10)
    await world.drain()
    assert (world.partner.asked, world.partner.received) == ([], [("service", RAISE.id)])


async def test_a_route_that_is_gone_is_a_task(world: World) -> None:
    await world.add(STRANGER)
    await world.drain()
    assert await world.state(STRANGER) == "failed"
    (task,) = await open_tasks(world)
    assert task.detail["recipient"] == "gp_practice@Y99999"


async def test_an_endpoint_without_its_adapter_is_a_task_and_not_a_crash(world: World) -> None:
    gone = ENDPOINTS["gp"].model_copy(update={"adapter": "fax"})
    world.directory = Directory({**ENDPOINTS, "gp": gone}, ENTRIES)
    await world.add(RAISE, dispatch_to(SERVICE))
    await world.drain()
    assert (await world.state(RAISE), world.partner.sent_to("service")) == ("failed", [dispatch_to(SERVICE).id])
    assert (await open_tasks(world))[0].detail["reason"] == "no adapter is called fax: mend the directory"


async def test_what_waits_without_a_route_goes_once_the_directory_has_one(world: World) -> None:
    await world.add(STRANGER, state="waiting")
    await world.drain()
    assert await world.state(STRANGER) == "waiting"
    world.directory = Directory(ENDPOINTS, {**ENTRIES, STRANGER.recipient.key: "service"})
    await world.drain()
    assert world.partner.sent_to("service") == [STRANGER.id]


ANSWER = Answer(route="match", body=b"{}", content_type="application/json", message_id="m-1")


async def test_answers_of_the_same_call_are_stored_before_it_counts_as_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[str] = []

    async def store(answer: Answer, endpoint: Endpoint) -> None:
        states.append(await world.state(RAISE))
        world.answers[endpoint.id].append(answer.message_id)

    monkeypatch.setattr(world, "take_answer", store)
    world.partner.answers = (ANSWER,)
    await world.add(RAISE)
    await world.drain()
    assert (world.answers, states) == ({"gp": ["m-1"]}, ["claimed"])
    assert await world.state(RAISE) == "sent"


async def test_an_answer_that_cannot_be_stored_leaves_doubt_and_holds_back_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(answer: Answer, endpoint: Endpoint) -> None:
        raise OSError("no room")

    monkeypatch.setattr(world, "take_answer", fail)
    world.partner.answers = (ANSWER,)
    several: list[Dispatch] = [dispatch_to(GP, subject=one) for one in (CHILD, SIBLING)]
    await world.add(*several)
    await world.drain()
    assert world.partner.sent_to("gp") == [one.id for one in several]
    assert [await world.state(one) for one in several] == ["doubtful", "doubtful"]


async def test_a_ledger_out_of_reach_for_a_moment_does_not_end_delivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, failures = lanes.claim, iter([True, True])

    async def flaky(*args: object, **options: object) -> object:
        if next(failures, False):
            raise OSError("connection reset")
        return await claim(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(lanes, "claim", flaky)
    await world.add(RAISE)
    running = asyncio.create_task(world.deliverer().run())
    await until(lambda: world.all_sent([RAISE]))
    await stop(running)
