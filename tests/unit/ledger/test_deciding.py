"""Pairs and decisions about them, on both databases; where several processes decide at once, on PostgreSQL."""

import asyncio
from uuid import UUID, uuid4

import pytest

from contracts.events import IdentityLinked, IdentityUnlinked
from hub.ledger import audit, deciding, events, outbox, pairs, subjects, tasks
from hub.ledger.deciding import Decided, Decision, NoSuchPair, NotSo
from hub.ledger.engine import Ledger
from hub.ledger.pairs import Pair, PairState
from tests.unit.ledger.making import NOW, at


async def proposed(ledger: Ledger, one: UUID | None = None, other: UUID | None = None) -> Pair:
    """Two subjects, each in an open episode of its own, and the question about them."""
    pair = pairs.new_pair(one or uuid4(), other or uuid4()).now(PairState.PROPOSED, proposed_at=NOW)
    episodes = {subject: uuid4() for subject in (pair.one, pair.other)}
    async with ledger.begin() as tx:
        await subjects.join_all(tx, {(episode, subject): True for subject, episode in episodes.items()})
        await pairs.put(tx, [pair])
        await tasks.open(tx, pairs.task_of(pair, episodes[pair.one], NOW))
    return pair


async def decided(ledger: Ledger, pair: Pair, decision: Decision, by: str = "A. Manager") -> Decided:
    async with ledger.begin() as tx:
        return await deciding.decide(tx, pair.id, decision, by=by, partner="operator", now=at(1))


async def test_a_decision_is_kept_stated_to_both_episodes_settled_and_sealed(ledger: Ledger) -> None:
    pair = await proposed(ledger)
    outcome = await decided(ledger, pair, Decision.ACCEPT)
    async with ledger.read() as tx:
        kept = (await pairs.get(tx, [pair.id]))[pair.id]
        members = await subjects.episodes_of(tx, [pair.one, pair.other])
        stored = await events.of_episodes(tx, members)
        published = {row.event_id for row in await outbox.unpublished(tx, 10)}
        assert await tasks.list_open(tx) == []
        assert await pairs.waiting(tx, 10) == []
        assert await audit.verify(tx)
    assert (kept.state, kept.decided_by, kept.decided_at) == (PairState.ACCEPTED, "A. Manager", at(1))
    assert {event.episode_id for event in outcome.events} == set(members)
    assert published == {event.id for some in stored.values() for event in some}
    assert all(isinstance(event.data, IdentityLinked) for event in outcome.events)


@pytest.mark.parametrize(
    ("decision", "model"), [(Decision.REJECT, IdentityUnlinked), (Decision.ACCEPT, IdentityLinked)]
)
async def test_what_the_log_is_told(ledger: Ledger, decision: Decision, model: type) -> None:
    outcome = await decided(ledger, await proposed(ledger), decision)
    assert {type(event.data) for event in outcome.events} == {model}


@pytest.mark.parametrize("decision", list(Decision))
async def test_nobody_decides_about_a_pair_that_was_never_proposed(ledger: Ledger, decision: Decision) -> None:
    with pytest.raises(NoSuchPair):
        await decided(ledger, pairs.new_pair(uuid4(), uuid4()), decision)


STATES: list[tuple[tuple[Decision, ...], Decision, PairState | None]] = [
    ((), Decision.UNLINK, None),
    ((Decision.ACCEPT,), Decision.ACCEPT, PairState.ACCEPTED),
    ((Decision.ACCEPT,), Decision.REJECT, None),
    ((Decision.ACCEPT, Decision.UNLINK), Decision.UNLINK, PairState.UNLINKED),
    ((Decision.ACCEPT, Decision.UNLINK), Decision.ACCEPT, None),
    ((Decision.ACCEPT, Decision.UNLINK), Decision.REJECT, None),
    ((Decision.REJECT,), Decision.REJECT, PairState.REJECTED),
    ((Decision.REJECT,), Decision.ACCEPT, None),
    ((Decision.REJECT,), Decision.UNLINK, None),
]


@pytest.mark.parametrize(("before", "decision", "state"), STATES)
async def test_every_decision_after_every_other(
    ledger: Ledger, before: tuple[Decision, ...], decision: Decision, state: PairState | None
) -> None:
    pair = await proposed(ledger)
    for one in before:
        await decided(ledger, pair, one)
    if state is None:
        with pytest.raises(NotSo):
            await decided(ledger, pair, decision)
    else:
        assert (await decided(ledger, pair, decision)).pair.state is state


async def test_links_reach_as_far_as_they_hang_together(ledger: Ledger) -> None:
    a, b, c, d, e = sorted(uuid4() for _ in range(5))
    for one, other in ((a, b), (b, c), (d, e)):
        await decided(ledger, await proposed_pair(ledger, one, other), Decision.ACCEPT)
    await proposed_pair(ledger, c, d)
    async with ledger.read() as tx:
        assert await pairs.links(tx, [a]) == [(a, b), (b, c)]
        assert await pairs.links(tx, [e]) == [(d, e)]
        assert await pairs.links(tx, [uuid4()]) == []


async def proposed_pair(ledger: Ledger, one: UUID, other: UUID) -> Pair:
    pair = pairs.new_pair(one, other).now(PairState.PROPOSED, proposed_at=NOW)
    async with ledger.begin() as tx:
        await pairs.put(tx, [pair])
    return pair


async def test_two_who_decide_at_once_get_one_answer(postgres_ledger: Ledger) -> None:
    pair = await proposed(postgres_ledger)
    wishes = [Decision.ACCEPT, Decision.REJECT] * 5
    outcomes = await asyncio.gather(
        *(decided(postgres_ledger, pair, wish, by=wish.value) for wish in wishes), return_exceptions=True
    )
    taken = {one.pair.version for one in map(_decided, outcomes) if one is not None and one.events}
    agreed = {one.pair.decided_by for one in map(_decided, outcomes) if one is not None}
    assert len(taken) == len(agreed) == 1
    assert sum(isinstance(one, NotSo) for one in outcomes) == 5


def _decided(outcome: Decided | BaseException) -> Decided | None:
    return outcome if isinstance(outcome, Decided) else None
