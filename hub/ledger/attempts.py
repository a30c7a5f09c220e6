"""Attempts: what became of claimed dispatches, written down for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Select, String, Text, and_, bindparam, func, select, update

from hub.ledger import tables
from hub.ledger.columns import UtcDateTime
from hub.ledger.dispatches import CANCELLED, CLAIMED, DOUBTFUL, FAILED, PENDING, SENT, UNKNOWN
from hub.ledger.engine import Tx
from hub.ledger.lanes import is_unsettled
from hub.ledger.sql import padded

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
    """An attempt that was made: at which dispatch, its number (so a claim is told from an earlier one), its result."""

    dispatch_id: UUID
    number: int
    result: AttemptResult


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
    locked = (await tx.execute(_look(numbers, lock=True))).all()
    ours = {row.id for row in locked if numbers[row.id] == row.attempts}
    unseen = numbers.keys() - {row.id for row in locked}
    seen = (await tx.execute(_look(dict.fromkeys(unseen, 0)))).all() if unseen else []
    held = {row.id for row in seen if numbers[row.id] == row.attempts}
    written = [one for one in made if one.dispatch_id in ours]
    if written:
        await tx.execute(_CHANGE, [_change(one) for one in written])
        await tx.execute(tables.attempt.insert(), [_row(one) for one in written])
    return Recorded(frozenset(ours), frozenset(held), any(row.more for row in locked))


def _look(numbers: dict[UUID, int], *, lock: bool = False) -> Select[Any]:
    """Find dispatches that are claimed, or have become doubtful since without being claimed again."""
    table, behind = tables.dispatch, tables.dispatch.alias("behind")
    more = select(behind.c.position).where(
        behind.c.lane == table.c.lane,
        behind.c.subject_id == table.c.subject_id,
        behind.c.position > table.c.position,
        is_unsettled(behind),
    )
    claimed = (table.c.id.in_(padded(sorted(numbers))), table.c.state.in_((CLAIMED, DOUBTFUL)))
    wanted = select(table.c.id, table.c.attempts, more.exists().label("more")).where(*claimed)
    # In the order in which the router locks an episode's dispatches.
    return wanted.order_by(table.c.position).with_for_update(skip_locked=True) if lock else wanted


_TABLE = tables.dispatch
_CHANGE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("which"))
    .values(
        state=bindparam("after"),
        doubtful=bindparam("doubt"),
        may_have_left=bindparam("left"),
        live=and_(_TABLE.c.live, bindparam("stays", type_=Boolean)),
        next_attempt_at=bindparam("again", type_=UtcDateTime),
        reason=bindparam("why"),
        endpoint_id=func.coalesce(bindparam("endpoint", type_=String), _TABLE.c.endpoint_id),
        reference=func.coalesce(bindparam("quoted", type_=Text), _TABLE.c.reference),
        claimed_by=None,
        claimed_at=None,
    )
)


def _change(one: Made) -> dict[str, Any]:
    result = one.result
    return {
        "which": one.dispatch_id,
        "after": _STATE_AFTER[result.outcome],
        "doubt": result.outcome == "doubtful",
        "left": result.may_have_left,
        "stays": result.may_have_left or result.outcome not in ("failed", "cancelled"),
        "again": result.next_attempt_at,
        "why": result.reason,
        "endpoint": result.endpoint_id,
        "quoted": result.reference,
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
