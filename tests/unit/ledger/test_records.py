"""Receipts, clocks, tasks, leases, partners, disclosures, and what lies ready for partners."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.adapter import Partner, PartnerKind
from contracts.codes import Role, Seat
from contracts.dispatch import Action, Recipient
from contracts.envelope import Event, derived_id
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt, Stage
from hub.ledger import clocks, collecting, disclosures, dispatches, events, leases, outbox, partners, receipts, tasks
from hub.ledger.collecting import Ready
from hub.ledger.engine import Ledger
from hub.ledger.tasks import Task
from hub.routing.plan import ClockDue, Withheld
from tests.unit.ledger.making import NOW, at, dispatch


async def test_the_first_receipt_of_a_stage_stands(ledger: Ledger) -> None:
    one, other = dispatch(), dispatch()
    transported = Receipt(dispatch_id=one.id, stage=Stage.TRANSPORTED, at=at(1), reference="m-1")
    accepted = Receipt(dispatch_id=one.id, stage=Stage.ACCEPTED, at=at(3), by="A. Nurse")
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one, other], {})
        assert await receipts.record(tx, transported)
        later = transported.model_copy(update={"at": at(2)})
        assert not await receipts.record(tx, later)
        assert await receipts.record_all(tx, [accepted, later, accepted]) == [accepted]
        assert await receipts.of_dispatches(tx, [one.id, other.id]) == {one.id: [transported, accepted], other.id: []}


async def stated(ledger: Ledger, *some: Receipt, episodes: dict[UUID, UUID]) -> list[Receipt]:
    async with ledger.begin() as tx:
        return await receipts.state(tx, some, episodes, "/hub/delivery", NOW)


def reached(dispatch_id: UUID, stage: Stage = Stage.TRANSPORTED) -> Receipt:
    return Receipt(dispatch_id=dispatch_id, stage=stage, at=NOW)


async def told(ledger: Ledger, episodes: Iterable[UUID]) -> list[Event]:
    async with ledger.read() as tx:
        found = [event for some in (await events.of_episodes(tx, set(episodes))).values() for event in some]
        assert {one.event_id for one in await outbox.unpublished(tx, 100)} == {event.id for event in found}
    return found


def receipts_in(some: Iterable[Event]) -> list[tuple[UUID, str]]:
    return [
        (one.dispatch_id, one.stage.value)
        for event in some
        if isinstance(event.data, ReceiptRecorded)
        for one in event.data.receipts
    ]


async def test_receipts_that_come_together_are_one_event_of_each_episode(ledger: Ledger) -> None:
    one, two = uuid4(), uuid4()
    made = [dispatch(episode_id=episode) for episode in (one, two, one, one)]
    episodes = {it.id: it.episode_id for it in made}
    async with ledger.begin() as tx:
        await dispatches.add(tx, made, {})
    await stated(ledger, *(reached(it.id) for it in made), episodes=episodes)
    found = await told(ledger, episodes.values())
    assert {event.episode_id: len(receipts_in([event])) for event in found} == {one: 3, two: 1}
    assert sorted(receipts_in(found)) == sorted((it.id, "transported") for it in made)
    # One receipt alone is the event that it was before receipts came together.
    (alone,) = [event for event in found if event.episode_id == two]
    assert alone.id == derived_id("receipt", made[1].id, "transported")


@pytest.mark.parametrize("again", [(0, 1), (1, 0), (1,), (1, 2), (2, 1, 0), (0, 0)])
async def test_in_whatever_company_it_is_repeated_a_receipt_is_stated_once(
    ledger: Ledger, again: tuple[int, ...]
) -> None:
    episode = uuid4()
    made = [dispatch(episode_id=episode) for _ in range(3)]
    episodes = dict.fromkeys([it.id for it in made], episode)
    async with ledger.begin() as tx:
        await dispatches.add(tx, made, {})
    await stated(ledger, reached(made[0].id), reached(made[1].id), episodes=episodes)
    new = await stated(ledger, *(reached(made[n].id) for n in again), episodes=episodes)
    assert [one.dispatch_id for one in new] == ([made[2].id] if 2 in again else [])
    known = {made[n].id for n in (0, 1, *again)}
    assert sorted(receipts_in(await told(ledger, [episode]))) == sorted((id, "transported") for id in known)
    await stated(ledger, reached(made[0].id, Stage.OPENED), episodes=episodes)
    assert (made[0].id, "opened") in receipts_in(await told(ledger, [episode]))


async def test_a_transaction_that_is_lost_takes_receipts_and_event_with_it(ledger: Ledger) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
    episodes = {one.id: one.episode_id}
    async with ledger.begin() as tx:
        await receipts.state(tx, [reached(one.id)], episodes, "/hub/delivery", NOW)
        await tx.rollback()
    assert await told(ledger, episodes.values()) == []
    assert len(await stated(ledger, reached(one.id), episodes=episodes)) == 1
    assert receipts_in(await told(ledger, episodes.values())) == [(one.id, "transported")]


async def test_of_several_at_once_one_states_each_receipt(postgres_ledger: Ledger) -> None:
    ledger, episode = postgres_ledger, uuid4()
    made = [dispatch(episode_id=episode) for _ in range(6)]
    episodes = dict.fromkeys([it.id for it in made], episode)
    async with ledger.begin() as tx:
        await dispatches.add(tx, made, {})
    groups = [made[:4], made[2:], made[::-1], made[::2]]
    await asyncio.gather(*(stated(ledger, *(reached(it.id) for it in group), episodes=episodes) for group in groups))
    assert sorted(receipts_in(await told(ledger, [episode]))) == sorted((it.id, "transported") for it in made)


def tick(episode_id: UUID, hours: float, number: int = 1) -> ClockDue:
    return ClockDue(uuid4(), episode_id, "weekly", uuid4(), Seat.HOST, "E10000020", number, at(hours), 0)


async def test_exactly_the_given_clocks_run_and_none_falls_twice(ledger: Ledger) -> None:
    episode, other = uuid4(), uuid4()
    gone, first, second, others = tick(episode, 1), tick(episode, 2), tick(episode, 3), tick(other, 4)
    async with ledger.begin() as tx:
        assert await clocks.next_due(tx) is None
        await clocks.replace_all(tx, {episode: [gone, second], other: [others]})
        assert await clocks.replace(tx, episode, [second, first]) == [gone]
        assert await clocks.next_due(tx) == at(2)
        assert await clocks.due(tx, at(1), 10) == []
        assert await clocks.due(tx, at(9), 10) == [first, second, others]
        assert await clocks.due(tx, at(9), 1) == [first]
        await clocks.mark_fired(tx, [first.id])
        await clocks.replace(tx, episode, [first, second])
        assert await clocks.due(tx, at(9), 10) == [second, others]
        assert await clocks.replace(tx, episode, []) == [second], "what has fallen did not end"
        assert await clocks.episodes_with_other_rules(tx, ["weekly"], 10) == []
        assert await clocks.episodes_with_other_rules(tx, ["daily"], 10) == [other]
        assert await clocks.due(tx, at(9), 10) == [others]


async def test_a_task_is_opened_once_and_stays_settled(ledger: Ledger) -> None:
    one = Task(uuid4(), "unrouted", "No route.", {"dispatch": "1"}, uuid4(), at(0))
    two = Task(uuid4(), "unmatched", "Not matched.")
    async with ledger.begin() as tx:
        assert await tasks.open(tx, one)
        assert await tasks.open_all(tx, [one, two, two], at(1)) == [two.id]
        assert [task.id for task in await tasks.list_open(tx)] == [one.id, two.id]
        assert (await tasks.list_open(tx))[0] == one
        assert await tasks.settle(tx, one.id, "operator", at(2))
        assert not await tasks.settle(tx, one.id, "operator", at(3))
        assert not await tasks.open(tx, one)
        await tasks.settle_all(tx, [two.id, uuid4()], "hub", at(2))
        assert await tasks.list_open(tx) == []


async def test_a_lease_is_one_holders_until_it_ends(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        assert await leases.take(tx, "relay", "a", NOW, 5)
        assert not await leases.take(tx, "relay", "b", NOW + timedelta(seconds=4), 5)
        assert await leases.take(tx, "relay", "a", NOW + timedelta(seconds=4), 5)
        assert not await leases.take(tx, "relay", "b", NOW + timedelta(seconds=8), 5)
        assert await leases.take(tx, "relay", "b", NOW + timedelta(seconds=9), 5)
        await leases.release(tx, "relay", "a")
        assert not await leases.take(tx, "relay", "a", NOW + timedelta(seconds=10), 5)
        await leases.release(tx, "relay", "b")
        assert await leases.take(tx, "relay", "a", NOW + timedelta(seconds=10), 5)


NURSE = Partner(name="lambeth-nurse", kind=PartnerKind.HEALTH, code="RJ1", roles=(Role.DESIGNATED_NURSE_SAFEGUARDING,))


async def test_a_token_opens_until_it_expires_or_is_revoked(ledger: Ledger) -> None:
    token = partners.new_token()
    assert token != partners.new_token()
    hashed = partners.hash_token(token)
    assert token not in hashed
    async with ledger.begin() as tx:
        await partners.add(tx, NURSE, hashed, NOW, at(10))
        assert await partners.by_token_hash(tx, hashed, at(9)) == NURSE
        assert await partners.by_token_hash(tx, hashed, at(10)) is None
        assert await partners.by_token_hash(tx, partners.hash_token("guess"), NOW) is None
        assert await partners.revoke(tx, NURSE.name, at(1)) == 1
        assert await partners.by_token_hash(tx, hashed, at(1)) is None
        assert (await partners.by_name(tx, NURSE.name), await partners.list_all(tx)) == (NURSE, [NURSE])


@pytest.mark.parametrize(("overlap", "old_opens"), [(None, False), (at(2), True)])
async def test_a_rotated_token_may_overlap_with_the_new_one(ledger: Ledger, overlap: None, old_opens: bool) -> None:
    async with ledger.begin() as tx:
        await partners.add(tx, NURSE, "old", NOW, at(99))
        assert await partners.rotate(tx, NURSE.name, "new", at(1), at(99), overlap)
        assert (await partners.by_token_hash(tx, "old", at(1.5)) is not None) is old_opens
        assert await partners.by_token_hash(tx, "old", at(2)) is None
        assert await partners.by_token_hash(tx, "new", at(1.5)) == NURSE
        assert not await partners.rotate(tx, "nobody", "x", at(1), at(99))


async def test_disclosed_and_withheld_are_recorded_once_with_names_of_fields_only(ledger: Ledger) -> None:
    one = dispatch()
    withdrawal = dispatch(episode_id=one.episode_id, action=Action.WITHDRAW)
    recipient = Recipient(role=Role.PARENT)
    kept_back = Withheld(
        one.episode_id,
        one.subject_id,
        recipient,
        ("police.officer_name", "police.officer_contact"),
        "not for this role",
    )
    rows = [*disclosures.of_dispatch(one, NOW), disclosures.of_withheld(kept_back, at(1))]
    assert disclosures.of_dispatch(withdrawal, NOW) == []
    async with ledger.begin() as tx:
        await disclosures.record_disclosures(tx, rows)
        await disclosures.record_disclosures(tx, rows)
        assert await disclosures.disclosures(tx, one.episode_id) == rows
        assert await disclosures.disclosures(tx, one.episode_id, disclosures.WITHHELD) == rows[1:]
    assert rows[0].fields == ("person.date_of_birth", "person.surname")
    assert (rows[0].clause, rows[0].lawful_basis) == ("rotherham section 2", "public task")
    assert (rows[1].fields, rows[1].reason) == (kept_back.fields, "not for this role")
    assert "Example" not in repr(rows)


async def test_what_lies_ready_is_one_partners_own_and_collected_once(ledger: Ledger) -> None:
    one, two = dispatch(), dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one, two], {})
        for made in (one, two, one):
            await collecting.place(tx, [Ready("norfolk-council", made.id, b"{}", "application/json", NOW, {"x": "y"})])
        ready = await collecting.list_ready(tx, "norfolk-council")
        assert [(item.dispatch_id, item.body, item.headers) for item in ready] == [
            (one.id, b"{}", {"x": "y"}),
            (two.id, b"{}", {"x": "y"}),
        ]
        assert await collecting.list_ready(tx, "norfolk-council", after=ready[0].position) == ready[1:]
        assert await collecting.list_ready(tx, "lambeth-council") == []
        assert await collecting.collected(tx, "lambeth-council", [one.id], at(1)) == set()
        assert await collecting.collected(tx, "norfolk-council", [one.id], at(1)) == {one.id}
        assert await collecting.collected(tx, "norfolk-council", [one.id], at(2)) == set()
        left = await collecting.list_ready(tx, "norfolk-council", uncollected_only=True)
        assert [item.dispatch_id for item in left] == [two.id]
