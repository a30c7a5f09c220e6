"""Claims: one lane per recipient, in order, each dispatch to one worker, and nobody waits for a slow partner."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from contracts.dispatch import Action, Dispatch
from hub.ledger import attempts, awaiting, dispatches, lanes, tables
from hub.ledger.attempts import AttemptResult, Made
from hub.ledger.engine import Ledger, Tx
from hub.ledger.lanes import Claimed
from tests.unit.ledger.making import NOW, at, dispatch

ROTHERHAM, NORFOLK, LAMBETH = "E08000018", "E10000020", "E09000022"


def ids(claimed: list[Claimed]) -> list[UUID]:
    return [one.dispatch.id for one in claimed]


def revisions(*actions: Action) -> list[Dispatch]:
    episode, subject = uuid4(), uuid4()
    return [dispatch(episode_id=episode, subject_id=subject, action=a, revision=n + 1) for n, a in enumerate(actions)]


async def attempt(tx: Tx, id: UUID, outcome: str, **more: object) -> None:
    number = (await dispatches.get(tx, [id]))[id].attempts
    result = AttemptResult(at=NOW, outcome=outcome, **more)  # type: ignore[arg-type]
    assert (await attempts.record(tx, [Made(id, number, result)])).ids == {id}


async def test_a_claim_is_an_intent_and_is_not_claimed_again(ledger: Ledger) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
        assert await lanes.claim(tx, "w", at(-1)) == []
        (claimed,) = await lanes.claim(tx, "w", NOW)
        assert claimed == Claimed(one, 1, doubtful=False, endpoint_id=None, may_have_left=False)
        assert await lanes.claim(tx, "w", NOW) == []
        (issued,) = (await dispatches.issued(tx, [one.episode_id]))[one.episode_id]
        assert (issued.state, issued.may_have_left) == ("claimed", True)


async def test_a_later_revision_waits_until_the_earlier_one_is_settled(ledger: Ledger) -> None:
    first, second = revisions(Action.RAISE, Action.WITHDRAW)
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first, second], {})
        assert ids(await lanes.claim(tx, "w", NOW)) == [first.id]
        assert await lanes.claim(tx, "w", NOW) == []
        await attempt(tx, first.id, "retry", next_attempt_at=at(1), may_have_left=False)
        assert await lanes.claim(tx, "w", NOW) == []
        (again,) = await lanes.claim(tx, "w", at(1))
        assert (again.dispatch.id, again.attempt_number) == (first.id, 2)
        await attempt(tx, first.id, "sent")
        assert ids(await lanes.claim(tx, "w", at(1))) == [second.id]


@pytest.mark.parametrize(
    ("outcome", "settled"),
    [
        ("sent", True),
        ("failed", True),
        ("unknown", True),
        ("cancelled", True),
        ("retry", False),
        ("doubtful", False),
    ],
)
async def test_what_settles_a_dispatch(ledger: Ledger, outcome: str, settled: bool) -> None:
    first, second = revisions(Action.RAISE, Action.WITHDRAW)
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first, second], {})
        await lanes.claim(tx, "w", NOW)
        await attempt(tx, first.id, outcome, next_attempt_at=at(5))
        assert ids(await lanes.claim(tx, "w", NOW)) == ([second.id] if settled else [])


def queue(*threads: str, **more: Any) -> list[Dispatch]:
    """Dispatches to one recipient about one subject, each on a thread of its own."""
    episode, subject = uuid4(), uuid4()
    made = [dispatch(episode_id=episode, subject_id=subject, revision=n + 1, **more) for n in range(len(threads))]
    return [one.model_copy(update={"thread": thread}) for one, thread in zip(made, threads, strict=True)]


async def claim_in_order(tx: Tx, hours: float = 0, room: int = 20) -> list[UUID]:
    return ids(await lanes.claim(tx, "w", at(hours), lambda _: room, in_order=lambda _: True))


async def test_who_keeps_their_order_may_claim_several_of_one_subject(ledger: Ledger) -> None:
    one, other = queue("notice", "question", "task"), queue("notice", "question")
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one[0], other[0], *one[1:], other[1]], {})
        assert await claim_in_order(tx, room=1) == [it.id for it in one]
        assert await claim_in_order(tx) == [it.id for it in other]


@pytest.mark.parametrize("state", ["claimed", "waiting", "later", "sent", "failed"])
async def test_nothing_is_claimed_while_what_lies_ahead_of_it_cannot_go_along(ledger: Ledger, state: str) -> None:
    first, second, third = queue("notice", "question", "task")
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first], {first.id: "waiting"} if state == "waiting" else {})
        if state != "waiting":
            await lanes.claim(tx, "w", NOW)
        if state == "later":
            await attempt(tx, first.id, "retry", next_attempt_at=at(1), may_have_left=False)
        elif state in ("sent", "failed"):
            await attempt(tx, first.id, state)
        await dispatches.add(tx, [second, third], {})
        settled = state in ("sent", "failed")
        assert await claim_in_order(tx, 0.5) == ([second.id, third.id] if settled else [])
        if state == "later":
            assert await claim_in_order(tx, 2) == [first.id], "what was put off is due last, and goes first"


async def test_of_one_thread_only_the_first_is_claimed(ledger: Ledger) -> None:
    raised, withdrawn = revisions(Action.RAISE, Action.WITHDRAW)
    after = dispatch(episode_id=raised.episode_id, subject_id=raised.subject_id, revision=3)
    after = after.model_copy(update={"thread": "other"})
    async with ledger.begin() as tx:
        await dispatches.add(tx, [raised, withdrawn, after], {})
        assert await claim_in_order(tx) == [raised.id]
        await attempt(tx, raised.id, "sent")
        assert await claim_in_order(tx) == [withdrawn.id, after.id]


async def test_what_somebody_else_holds_keeps_back_what_follows_it(postgres_ledger: Ledger) -> None:
    first, second = queue("notice", "question")
    async with postgres_ledger.begin() as tx:
        await dispatches.add(tx, [first, second], {})
    mine = select(tables.dispatch.c.id).where(tables.dispatch.c.id == first.id).with_for_update()
    async with postgres_ledger.begin() as holding, postgres_ledger.begin() as tx:
        await holding.execute(mine)
        assert await claim_in_order(tx) == []
    async with postgres_ledger.begin() as tx:
        assert await claim_in_order(tx) == [first.id, second.id]
    sent = AttemptResult(at=NOW, outcome="sent")
    made = [Made(first.id, 1, sent), Made(second.id, 1, sent, after=first.id)]
    async with postgres_ledger.begin() as holding, postgres_ledger.begin() as tx:
        await holding.execute(mine)
        recorded = await attempts.record(tx, made)
        assert (set(recorded.ids), set(recorded.held)) == (set(), {first.id, second.id})


async def test_behind_a_claim_that_was_lost_nothing_counts(ledger: Ledger) -> None:
    first, second = queue("notice", "question")
    sent = AttemptResult(at=NOW, outcome="sent")
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first, second], {})
        await claim_in_order(tx)
        recorded = await attempts.record(tx, [Made(first.id, 7, sent), Made(second.id, 1, sent, after=first.id)])
        assert (recorded.ids, recorded.held) == (frozenset(), frozenset())
        assert (await attempts.record(tx, [Made(second.id, 1, sent, after=first.id)])).ids == {second.id}


async def test_another_subject_or_recipient_does_not_wait(ledger: Ledger) -> None:
    first, second = revisions(Action.RAISE, Action.UPDATE)
    sibling = dispatch(episode_id=first.episode_id)
    other = dispatch(episode_id=first.episode_id, subject_id=first.subject_id, lane=NORFOLK)
    async with ledger.begin() as tx:
        await dispatches.add(tx, [first, second, sibling, other], {})
        assert ids(await lanes.claim(tx, "w", NOW)) == [first.id, sibling.id, other.id]


async def test_busy_lanes_are_left_alone_and_no_lane_starves_another(ledger: Ledger) -> None:
    crowd = [dispatch(lane=ROTHERHAM) for _ in range(30)]
    late = [dispatch(lane=NORFOLK, hours=0.1), dispatch(lane=LAMBETH, hours=0.2)]
    async with ledger.begin() as tx:
        await dispatches.add(tx, [*crowd, *late], {})
        full = {f"case_team@{ROTHERHAM}": 4}
        claimed = await lanes.claim(tx, "w", at(1), lambda lane: full.get(lane, 20))
        assert Counter(one.dispatch.recipient.authority for one in claimed) == {ROTHERHAM: 4, NORFOLK: 1, LAMBETH: 1}
        full = dict.fromkeys(full, 0)
        assert await lanes.claim(tx, "w", at(1), lambda lane: full.get(lane, 20)) == []
        assert ids(await lanes.claim(tx, "w", at(1), lambda _: 50)) == [one.id for one in crowd[4:]]


async def test_doubt_stays_until_the_next_attempt_settles_it(ledger: Ledger) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
        await lanes.claim(tx, "w", NOW)
        await attempt(tx, one.id, "doubtful", next_attempt_at=NOW, endpoint_id="e1", reference="r1", reason="timed out")
        (again,) = await lanes.claim(tx, "w", NOW)
        assert again == Claimed(one, 2, doubtful=True, endpoint_id="e1", may_have_left=True)
        await attempt(tx, one.id, "sent", reference="r2", next_attempt_at=at(1))
        row = (await dispatches.get(tx, [one.id]))[one.id]
        assert (row.state, row.reference, row.endpoint_id, row.attempts, row.reason) == ("sent", "r2", "e1", 2, None)


@pytest.mark.parametrize("whose", ["time", "worker"])
async def test_claims_of_a_dead_worker_become_doubtful(ledger: Ledger, whose: str) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
        await lanes.claim(tx, "w", NOW)
        assert await lanes.release_stale(tx, NOW) == 0
        assert await lanes.release_worker(tx, "other") == 0
        released = lanes.release_stale(tx, at(1)) if whose == "time" else lanes.release_worker(tx, "w")
        assert await released == 1
        (again,) = await lanes.claim(tx, "w2", at(1))
        assert (again.doubtful, again.may_have_left, again.attempt_number) == (True, True, 2)


async def test_receipts_are_asked_for_until_the_last_is_in(ledger: Ledger) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
        await lanes.claim(tx, "w", NOW)
        await attempt(tx, one.id, "sent", reference="m-1", endpoint_id="e1", next_attempt_at=at(1))
        assert await lanes.claim(tx, "w", at(2)) == []
        assert await awaiting.awaiting_receipts(tx, NOW, 10) == []
        (waiting,) = await awaiting.awaiting_receipts(tx, at(1), 10, again_after=timedelta(hours=1))
        assert (waiting.dispatch, waiting.reference, waiting.endpoint_id) == (one, "m-1", "e1")
        assert await awaiting.awaiting_receipts(tx, at(1.5), 10) == []
        assert len(await awaiting.awaiting_receipts(tx, at(2), 10)) == 1
        await awaiting.stop_awaiting(tx, [one.id])
        assert await awaiting.awaiting_receipts(tx, at(9), 10) == []


async def test_what_is_old_is_asked_about_less_often_and_in_the_end_no_more(ledger: Ledger) -> None:
    one = dispatch()
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
        await lanes.claim(tx, "w", NOW)
        await attempt(tx, one.id, "sent", next_attempt_at=NOW)

        async def asked(hours: float) -> bool:
            return bool(await awaiting.awaiting_receipts(tx, at(hours), 10, again_after=timedelta(minutes=30)))

        times = (0, 0.4, 0.5, 0.9, 1, 1.4, 1.5, 2, 2.3, 24, 35, 36, 24 * 8, 24 * 30)
        assert [hours for hours in times if await asked(hours)] == [0, 0.5, 1, 1.5, 2.3, 24, 36, 24 * 8]


async def test_workers_at_once_never_claim_the_same_and_keep_each_subjects_order(postgres_ledger: Ledger) -> None:
    made = [
        one
        for lane in (ROTHERHAM, NORFOLK, LAMBETH)
        for _ in range(8)
        for episode, subject in [(uuid4(), uuid4())]
        for one in (
            dispatch(episode_id=episode, subject_id=subject, lane=lane, revision=1),
            dispatch(episode_id=episode, subject_id=subject, lane=lane, revision=2, action=Action.UPDATE),
            dispatch(episode_id=episode, subject_id=subject, lane=lane, revision=3, action=Action.WITHDRAW),
        )
    ]
    async with postgres_ledger.begin() as tx:
        await dispatches.add(tx, made, {})
    sent: list[Dispatch] = []

    async def record_once_free(one: Claimed) -> None:
        """Another worker's claim may have looked at this row and hold it for a moment."""
        made = [Made(one.dispatch.id, one.attempt_number, AttemptResult(at=NOW, outcome="sent"))]
        recorded = None
        while recorded is None or recorded.held:
            async with postgres_ledger.begin() as tx:
                recorded = await attempts.record(tx, made)
        assert recorded.ids == {one.dispatch.id}

    async def work(worker: str) -> None:
        while len(sent) < len(made):
            async with postgres_ledger.begin() as tx:
                claimed = await lanes.claim(tx, worker, NOW, lambda _: 2)
            for one in claimed:
                sent.append(one.dispatch)
                await record_once_free(one)

    await asyncio.wait_for(asyncio.gather(*(work(f"w{number}") for number in range(4))), 60)
    assert Counter(one.id for one in sent) == Counter(one.id for one in made)
    for subject in {one.subject_id for one in made}:
        assert [one.revision for one in sent if one.subject_id == subject] == [1, 2, 3]
