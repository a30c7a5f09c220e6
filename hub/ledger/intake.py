"""Intake: message, events and outbox in one transaction; whoever sends the same again gets the same answer.

Documents that come together are stored together, those that have to do with each other one after the other. Every id is
derived from the message, so that a retry after a rollback gives the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import InvalidMessage
from hub.ledger.engine import Tx
from hub.ledger.faults import not_the_data
from hub.ledger.incoming import Check, Incoming, Prepared, prepare, unrelated
from hub.ledger.outcomes import Accepted, Conflict, Kept, NotTheirs, Outcome
from hub.ledger.picture import Picture, look_up
from hub.ledger.sql import one_at_a_time
from hub.ledger.storing import KEPT_AHEAD_FOR, keep_bad, store

__all__ = [
    "KEPT_AHEAD_FOR",
    "TOGETHER",
    "Accepted",
    "Check",
    "Conflict",
    "Failed",
    "Incoming",
    "Kept",
    "NotTheirs",
    "Outcome",
    "accept",
    "accept_all",
]

# So many documents are taken in one transaction: more gain little, and every name that they lock takes a place in
# PostgreSQL's table of locks.
TOGETHER = 200

Held = Callable[[Exception], InvalidMessage]


@dataclass(frozen=True)
class Failed:
    """A document that could not be stored, by a fault of its own or of ours. Nothing of it was kept."""

    error: Exception


async def accept(tx: Tx, incoming: Incoming, *, now: datetime) -> Outcome:
    """Do `accept_all` for one document. Raises the error over which it could not be stored."""
    (outcome,) = await accept_all(tx, [incoming], now=now)
    if isinstance(outcome, Failed):
        raise outcome.error
    return outcome


async def accept_all(
    tx: Tx,
    incoming: Sequence[Incoming],
    *,
    now: datetime,
    held: Held | None = None,
) -> list[Outcome | Failed]:
    """Store documents and what they say, as if one after the other; return what became of each, in their order.

    A bad one is kept as far as it may be, and harms no other. One that cannot be stored is kept as `held` says, else it
    is Failed. Raises only what has nothing to do with any of them: a database that is gone.
    """
    waiting = [prepare(number, one) for number, one in enumerate(incoming)]
    await one_at_a_time(tx, {name for one in waiting for name in one.locks})
    outcomes: dict[int, Outcome | Failed] = {}
    while waiting:
        picture = await _look_up(tx, waiting)
        some, waiting = unrelated(waiting, picture)
        if waiting and not outcomes:
            # The rounds to come lock subjects too: all those that are known now, in one order.
            await one_at_a_time(tx, [f"subject {id}" for id in picture.keys])
        became = await _store(tx, some, picture, now, held)
        outcomes |= {one.number: outcome for one, outcome in zip(some, became, strict=True)}
    return [outcomes[number] for number in range(len(incoming))]


async def _look_up(tx: Tx, documents: Sequence[Prepared]) -> Picture:
    return await look_up(tx, [said for one in documents for said in one.said])


async def _store(
    tx: Tx, some: Sequence[Prepared], picture: Picture, now: datetime, held: Held | None, *, again: bool = True
) -> list[Outcome | Failed]:
    """Store unrelated documents; where that fails, by halves, so that the one at fault fails alone.

    One alone is tried twice: what another process committed in between may be what it fell over.
    """
    try:
        async with tx.begin_nested():
            return list(await store(tx, some, picture, now))
    except Exception as error:
        if not_the_data(error):
            raise
        if len(some) == 1 and not again:
            return [await _failed(tx, some[0], error, now, held)]
    middle = (len(some) + 1) // 2
    outcomes: list[Outcome | Failed] = []
    for part in (some[:middle], some[middle:]):
        if part:
            outcomes += await _store(tx, part, await _look_up(tx, part), now, held, again=False)
    return outcomes


async def _failed(tx: Tx, one: Prepared, error: Exception, now: datetime, held: Held | None) -> Kept | Failed:
    return Failed(error) if held is None else await keep_bad(tx, one, held(error), now)
