"""Attempts: what became of claimed dispatches, written down for many at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from hub.ledger import tables
from hub.ledger.dispatches import CANCELLED, CLAIMED, DOUBTFUL, FAILED, PENDING, SENT, UNKNOWN
from hub.ledger.engine import Tx
from hub.ledger.lanes import is_unsettled
from hub.ledger.sql import among, first_of, insert, update_each

_STATE_AFTER = {
    "sent": SENT,
    "retry": PENDING,
    "doubtful": DOUBTFUL,
    "failed": FAILED,
    "unknown": UNKNOWN,
    "cancelled": CANCELLED,
}


@dataclass(frozen=True)
class AttemptResult:
    """What became of an attempt: `outcome` is sent, retry, doubtful, failed, unknown or cancelled.

    `next_attempt_at`: when to try again; for `sent`, when to ask for the first receipt (None: never). `reference` is
    the partner's own id for it; `reason` carries no personal data.
    """

    at: datetime
    outcome: str
    reference: str | None = None
    reason: str | None = None
    next_attempt_at: datetime | None = None
    endpoint_id: str | None = None
    may_have_left: bool = True


@dataclass(frozen=True)
class Made:
    """An attempt that was made: at which dispatch, its number (so a claim is told from an earlier one), its result.

    `after` is what was claimed ahead of it for the same recipient and subject: it counts only if that does.
    """

    dispatch_id: UUID
    number: int
    result: AttemptResult
    after: UUID | None = None


@dataclass(frozen=True)
class Recorded:
    """What came of recording: `ids` are written; `held` are locked by somebody else, record them again soon.

    What is in neither is no longer this claim's: it went stale, and whoever took it over asks what became of it.
    `more`: something waits behind one of these.
    """

    ids: frozenset[UUID]
    held: frozenset[UUID]
    more: bool


async def record(tx: Tx, made: Sequence[Made]) -> Recorded:
    """Record what became of claimed dispatches, and when they are due again. Never waits for a row."""
    numbers = {one.dispatch_id: one.number for one in made}
    locked = (await tx.execute(_look(tx, numbers, lock=True))).all()
    ours = {row.id: row for row in locked if numbers[row.id] == row.attempts}
    unseen = numbers.keys() - {row.id for row in locked}
    seen = (await tx.execute(_look(tx, unseen))).all() if unseen else []
    held = {row.id for row in seen if numbers[row.id] == row.attempts}
    for one in made:
        if one.after in numbers and one.after not in ours:
            ours.pop(one.dispatch_id, None)
            held |= {one.dispatch_id} if one.after in held else set()
    written = [one for one in made if one.dispatch_id in ours]
    changes = [_change(one, ours[one.dispatch_id]) for one in written]
    await update_each(tx, tables.dispatch, "id", changes, claimed_by=None, claimed_at=None)
    await insert(tx, tables.attempt, [_row(one) for one in written])
    return Recorded(frozenset(ours), frozenset(held), any(row.more for row in locked))


def _look(tx: Tx, ids: Collection[UUID], *, lock: bool = False) -> Select[Any]:
    """Find dispatches that are claimed, or have become doubtful since without being claimed again."""
    table, behind = tables.dispatch, tables.dispatch.alias("behind")
    more = select(behind.c.position).where(
        behind.c.lane == table.c.lane,
        behind.c.subject_id == table.c.subject_id,
        behind.c.position > table.c.position,
        is_unsettled(behind),
    )
    columns = (table.c.id, table.c.attempts, table.c.live, table.c.endpoint_id, table.c.reference)
    wanted = select(*columns, first_of(more).is_not(None).label("more"))
    wanted = wanted.where(among(tx, table.c.id, sorted(ids)), table.c.state.in_((CLAIMED, DOUBTFUL)))
    # In the order in which the router locks an episode's dispatches.
    return wanted.order_by(table.c.position).with_for_update(skip_locked=True) if lock else wanted


def _change(one: Made, before: Row[Any]) -> dict[str, Any]:
    result = one.result
    ended = result.outcome in ("failed", "cancelled") and not result.may_have_left
    return {
        "id": one.dispatch_id,
        "state": _STATE_AFTER[result.outcome],
        "doubtful": result.outcome == "doubtful",
        "may_have_left": result.may_have_left,
        "live": before.live and not ended,
        "next_attempt_at": result.next_attempt_at,
        "reason": result.reason,
        "endpoint_id": before.endpoint_id if result.endpoint_id is None else result.endpoint_id,
        "reference": before.reference if result.reference is None else result.reference,
    }


def _row(one: Made) -> dict[str, Any]:
    result = one.result
    return {
        "dispatch_id": one.dispatch_id,
        "number": one.number,
        "at": result.at,
        "outcome": result.outcome,
        "endpoint_id": result.endpoint_id,
        "reference": result.reference,
        "reason": result.reason,
    }
