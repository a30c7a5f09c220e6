"""One lane per recipient: what goes out and where, and that nobody waits for anybody (promises G2, G7, G8)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.adapter import Answer, Channel, Endpoint
from contracts.dispatch import Action, Dispatch, Recipient
from hub.ledger import collecting, lanes, outbox
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
RAISE = dispatch_to(GP)
STRANGER = dispatch_to(Recipient(role=GP.role, organisation="Y99999"))


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
    assert await world.receipts() == [(RAISE.id, "transported")]
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
    assert sorted(await world.receipts()) == sorted([(to_inbox.id, "transported"), (to_topic.id, "transported")])
    assert world.partner.received == []


async def test_what_cannot_be_said_in_the_partners_words_is_a_task(world: World) -> None:
    world.partner.behaviour["team"] = ["refuse"]
    await world.add(dispatch_to(TEAM))
    await world.drain()
    assert [task.kind for task in await world.open_tasks()] == ["delivery_failed"]


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
    (task,) = await world.open_tasks()
    assert task.detail["recipient"] == "gp_practice@Y99999"


async def test_an_endpoint_without_its_adapter_is_a_task_and_not_a_crash(world: World) -> None:
    gone = ENDPOINTS["gp"].model_copy(update={"adapter": "fax"})
    world.directory = Directory({**ENDPOINTS, "gp": gone}, ENTRIES)
    await world.add(RAISE, dispatch_to(SERVICE))
    await world.drain()
    assert (await world.state(RAISE), world.partner.sent_to("service")) == ("failed", [dispatch_to(SERVICE).id])
    assert (await world.open_tasks())[0].detail["reason"] == "no adapter is called fax: mend the directory"


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
