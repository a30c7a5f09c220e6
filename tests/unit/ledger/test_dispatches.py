"""Dispatches: made once, cancelled only when they never left, one live raise, waiting until there is an endpoint."""

from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from contracts.dispatch import Action
from hub.ledger import attempts, dispatches, lanes
from hub.ledger.attempts import AttemptResult, Made
from hub.ledger.dispatches import WAITING
from hub.ledger.engine import Ledger
from tests.unit.ledger.making import NOW, at, dispatch


async def test_a_repeat_changes_nothing_and_order_is_kept(ledger: Ledger) -> None:
    episode = uuid4()
    made = [dispatch(episode_id=episode) for _ in range(5)]
    async with ledger.begin() as tx:
        await dispatches.add(tx, made[:3], {})
        await lanes.claim(tx, "w", NOW)
        await dispatches.add(tx, made, {})
        issued = (await dispatches.issued(tx, [episode], for_update=True))[episode]
        assert [one.dispatch for one in issued] == made
        assert [one.state for one in issued] == ["claimed"] * 3 + ["pending"] * 2
        assert await dispatches.issued(tx, [uuid4()]) != {}
        assert await dispatches.count_by_state(tx) == {"claimed": 3, "pending": 2}
        assert [row.dispatch for row in (await dispatches.of_episodes(tx, [episode]))[episode]] == made


async def test_only_what_never_left_is_cancelled(ledger: Ledger) -> None:
    pending, waiting, claimed, doubtful, failed, retried = (dispatch(lane=f"E0800001{n}") for n in range(6))
    async with ledger.begin() as tx:
        await dispatches.add(tx, [claimed, doubtful, failed, retried], {})
        await lanes.claim(tx, "w", NOW)
        doubt = AttemptResult(at=NOW, outcome="doubtful", next_attempt_at=NOW)
        refused = AttemptResult(at=NOW, outcome="failed", may_have_left=False)
        again = AttemptResult(at=NOW, outcome="retry", next_attempt_at=NOW, may_have_left=True)
        outcomes = ((doubtful, doubt), (failed, refused), (retried, again))
        await attempts.record(tx, [Made(one.id, 1, result) for one, result in outcomes])
        await dispatches.add(tx, [pending, waiting], {waiting.id: WAITING})
        everything = [one.id for one in (pending, waiting, claimed, doubtful, failed, retried)]
        assert await dispatches.cancel(tx, everything, "found") == {pending.id, waiting.id, failed.id}
        assert await dispatches.cancel(tx, everything, "found") == set()
        rows = await dispatches.get(tx, [*everything, uuid4()])
        states = [rows[id].state for id in everything]
        assert states == ["cancelled", "cancelled", "claimed", "doubtful", "cancelled", "pending"]
        assert rows[pending.id].reason == "found"


async def test_two_live_raises_for_one_recipient_and_subject_are_refused(ledger: Ledger) -> None:
    first = dispatch()
    second = first.model_copy(update={"id": uuid4(), "revision": 2})
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first], {})
        with pytest.raises(IntegrityError):
            await dispatches.add(tx, [second], {})
        await tx.rollback()


@pytest.mark.parametrize("end", ["withdrawn", "withdrawn in the same batch", "cancelled", "failed"])
async def test_a_raise_may_follow_one_that_has_ended(ledger: Ledger, end: str) -> None:
    first = dispatch()
    episode, subject = first.episode_id, first.subject_id
    withdrawal = dispatch(episode_id=episode, subject_id=subject, action=Action.WITHDRAW, revision=2)
    second = dispatch(episode_id=episode, subject_id=subject, revision=3)
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first], {})
        if end == "withdrawn":
            await dispatches.add(tx, [withdrawal], {})
        elif end == "cancelled":
            await dispatches.cancel(tx, [first.id], "found")
        elif end == "failed":
            await lanes.claim(tx, "w", NOW)
            refused = AttemptResult(at=NOW, outcome="failed", may_have_left=False)
            await attempts.record(tx, [Made(first.id, 1, refused)])
        await dispatches.add(tx, [withdrawal, second] if "batch" in end else [second], {})
        with pytest.raises(IntegrityError):
            await dispatches.add(tx, [second.model_copy(update={"id": uuid4()})], {})
        await tx.rollback()


async def test_what_waits_goes_once_its_recipient_can_be_reached(ledger: Ledger) -> None:
    here, there = dispatch(lane="E08000018"), dispatch(lane="E10000020")
    async with ledger.begin() as tx:
        await dispatches.add(tx, [here, there], {here.id: WAITING, there.id: WAITING})
        assert await lanes.claim(tx, "w", at(1)) == []
        recipients = {one.recipient.key: one.recipient for one in (here, there)}
        assert await dispatches.waiting_recipients(tx) == recipients
        assert await dispatches.route_waiting(tx, [here.recipient.key], at(1)) == [here.id]
        assert await dispatches.waiting_recipients(tx) == {there.recipient.key: there.recipient}
        assert [one.dispatch for one in await lanes.claim(tx, "w", at(1))] == [here]
