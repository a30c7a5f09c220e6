"""A person decides whether two subjects are one child: one answer, however many decide at once, kept and stated."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.envelope import Event, derived_id, event_of
from contracts.events import IdentityLinked, IdentityUnlinked
from hub.identity.likeness import likeness
from hub.identity.profile import profile_of
from hub.ledger import audit, events, filing, outbox, pairs, subjects, tasks
from hub.ledger.engine import Tx
from hub.ledger.pairs import Pair, PairState

SOURCE = "/hub"


class Decision(StrEnum):
    """What a person says about a pair."""

    ACCEPT = "accept"
    REJECT = "reject"
    UNLINK = "unlink"


_FROM = {
    Decision.ACCEPT: (PairState.PROPOSED,),
    Decision.REJECT: (PairState.PROPOSED, PairState.LAPSED),
    Decision.UNLINK: (PairState.ACCEPTED,),
}
# What a person may come to after an earlier decision, which must be named.
_REVISED = {
    Decision.ACCEPT: (PairState.REJECTED, PairState.UNLINKED, PairState.LAPSED),
    Decision.REJECT: (),
    Decision.UNLINK: (),
}
_TO = {
    Decision.ACCEPT: PairState.ACCEPTED,
    Decision.REJECT: PairState.REJECTED,
    Decision.UNLINK: PairState.UNLINKED,
}


class NoSuchPair(Exception):
    """Nobody has ever asked about these two."""


@dataclass
class NotSo(Exception):
    """The pair stands otherwise: somebody has decided differently, or nothing was proposed."""

    pair: Pair


class Forbidden(Exception):
    """What is known of the two forbids it: two NHS numbers, or an identity that is protected."""


@dataclass(frozen=True)
class Decided:
    """How the pair stands, and the events that state it: none when it stood so before."""

    pair: Pair
    events: tuple[Event, ...] = ()


async def decide(
    tx: Tx, pair_id: UUID, decision: Decision, *, by: str, partner: str, now: datetime, revises: int | None = None
) -> Decided:
    """Record a decision, state it to every episode of both subjects, and settle the question.

    The same decision again changes nothing. `revises` is the version of an earlier decision that this one puts right.
    Raises NoSuchPair, NotSo, Forbidden.
    """
    pair = (await pairs.get(tx, [pair_id], for_update=True)).get(pair_id)
    if pair is None:
        raise NoSuchPair
    if pair.state is _TO[decision]:
        return Decided(pair)
    revising = revises == pair.version and pair.state in _REVISED[decision]
    if pair.state not in _FROM[decision] and not revising:
        raise NotSo(pair)
    if decision is Decision.ACCEPT and await _forbidden(tx, pair):
        raise Forbidden
    decided = pair.now(_TO[decision], decided_at=now, decided_by=by)
    await pairs.put(tx, [decided])
    await tasks.settle(tx, pairs.task_id(pair), by, now)
    stated = await _state(tx, decided, by, now)
    ids = {"pair": pair.id, "one": pair.one, "other": pair.other, "partner": partner}
    await audit.append(tx, f"identity_{decided.state.value}", ids, now)
    return Decided(decided, tuple(stated))


async def restate(tx: Tx, event: Event) -> None:
    """Note a decision that the log tells and a restored ledger does not know; the latest decision stands."""
    data = event.data
    if not isinstance(data, IdentityLinked | IdentityUnlinked):
        return
    new = pairs.new_pair(data.kept, data.merged)
    pair = (await pairs.get(tx, [new.id], for_update=True)).get(new.id, new)
    if pair.decided_at is not None and pair.decided_at >= event.occurred_at:
        return
    state = PairState.ACCEPTED if isinstance(data, IdentityLinked) else PairState.UNLINKED
    await tasks.settle(tx, pairs.task_id(pair), data.decided_by, event.occurred_at)
    await pairs.put(tx, [pair.now(state, decided_at=event.occurred_at, decided_by=data.decided_by)])


async def _forbidden(tx: Tx, pair: Pair) -> bool:
    known = await filing.known(tx, [pair.one, pair.other])
    if len(known) < len(("one", "other")):
        return False
    one, other = (profile_of(known[id][1].facts) for id in (pair.one, pair.other))
    return likeness(one, other).forbidden


async def _state(tx: Tx, pair: Pair, by: str, now: datetime) -> list[Event]:
    """State the decision to every episode that the two are part of: each is told anew, together or apart.

    A rejection is stated as well, so that a restored ledger does not ask again.
    """
    members = await subjects.episodes_of(tx, [pair.one, pair.other])
    kept = pair.one if pair.one in next(iter(members.values()), set()) else pair.other
    merged = pair.other if kept == pair.one else pair.one
    model = IdentityLinked if pair.state is PairState.ACCEPTED else IdentityUnlinked
    data = model(kept=kept, merged=merged, decided_by=by)
    stated = [
        event_of(
            data,
            id=derived_id("identity", pair.id, pair.version, episode_id),
            source=SOURCE,
            occurred_at=now,
            recorded_at=now,
            source_version=pair.version,
            episode_id=episode_id,
        )
        for episode_id in members
    ]
    new = await events.append(tx, stated, None)
    await outbox.add(tx, [outbox.record_of(event, now) for event in new])
    return new
