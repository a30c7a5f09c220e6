"""Sending: deliverers claim what is due, lane by lane, and record what became of each attempt."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from contracts.dispatch import Dispatch
from hub.ledger import tables
from hub.ledger.dispatches import CANCELLED, CLAIMED, DOUBTFUL, FAILED, PENDING, SENT, UNKNOWN, WAITING, read
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks

UNSETTLED = (WAITING, PENDING, CLAIMED, DOUBTFUL)
_STATE_AFTER = {
    "sent": SENT,
    "retry": PENDING,
    "doubtful": DOUBTFUL,
    "failed": FAILED,
    "unknown": UNKNOWN,
    "cancelled": CANCELLED,
}


@dataclass(frozen=True)
class Claimed:
    """One dispatch for one worker to send. `doubtful`: an earlier attempt may have arrived, ask before sending again.

    `attempt_number` counts from 1; `endpoint_id` is where an earlier attempt went; `may_have_left` is what was known
    before this claim.
    """

    dispatch: Dispatch
    attempt_number: int
    doubtful: bool
    endpoint_id: str | None
    may_have_left: bool


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
class Awaiting:
    """A sent dispatch whose further receipts are to be asked for, at the endpoint where it went."""

    dispatch: Dispatch
    reference: str | None
    endpoint_id: str | None


async def claim(
    tx: Tx, worker: str, now: datetime, busy: Collection[str] = (), limit: int = 100, *, per_lane: int = 20
) -> list[Claimed]:
    """Claim what is due, at most `per_lane` of a lane and nothing of a lane that is busy, here or in another process.

    Of one recipient and subject only the earliest unsettled dispatch can be claimed. A claim is an intent to send: from
    here on the dispatch may have left. The result is grouped by lane, each lane in order.
    """
    table = tables.dispatch
    due = (await tx.execute(_due(now, busy).limit(4 * limit).with_for_update(skip_locked=True))).all()
    chosen = _pick([(row.position, row.lane) for row in due], per_lane, limit)
    if not chosen:
        return []
    before = {row.position: row.may_have_left for row in due}
    change = (
        update(table)
        .where(table.c.position.in_(chosen))
        .values(
            state=CLAIMED,
            claimed_by=worker,
            claimed_at=now,
            may_have_left=True,
            attempts=table.c.attempts + 1,
        )
    )
    rows = (await tx.execute(change.returning(table))).all()
    return [
        Claimed(read(row.body), row.attempts, row.doubtful, row.endpoint_id, before[row.position])
        for row in sorted(rows, key=lambda row: (row.lane, row.position))
    ]


async def record_attempt(tx: Tx, dispatch_id: UUID, result: AttemptResult) -> None:
    """Record what became of a claimed dispatch, and when it is due again."""
    table = tables.dispatch
    bound = {} if result.endpoint_id is None else {"endpoint_id": result.endpoint_id}
    quoted = {} if result.reference is None else {"reference": result.reference}
    ended = {"live": False} if result.outcome in ("failed", "cancelled") and not result.may_have_left else {}
    change = (
        update(table)
        .where(table.c.id == dispatch_id)
        .values(
            state=_STATE_AFTER[result.outcome],
            doubtful=result.outcome == "doubtful",
            may_have_left=result.may_have_left,
            next_attempt_at=result.next_attempt_at,
            reason=result.reason,
            claimed_by=None,
            claimed_at=None,
            **bound,
            **quoted,
            **ended,
        )
    )
    number = (await tx.execute(change.returning(table.c.attempts))).scalar_one()
    row = {
        "dispatch_id": dispatch_id,
        "number": number,
        "at": result.at,
        "outcome": result.outcome,
        "endpoint_id": result.endpoint_id,
        "reference": result.reference,
        "reason": result.reason,
    }
    await tx.execute(tables.attempt.insert(), [row])


async def release_stale(tx: Tx, before: datetime) -> int:
    """Turn claims made before a moment, whose worker is dead, into doubtful ones that are due; returns how many."""
    table = tables.dispatch
    where = (table.c.state == CLAIMED, table.c.claimed_at < before)
    return await _make_doubtful(tx, *where)


async def release_worker(tx: Tx, worker: str) -> int:
    """Do the same for everything that one worker had claimed: it is starting again under its name."""
    table = tables.dispatch
    return await _make_doubtful(tx, table.c.state == CLAIMED, table.c.claimed_by == worker)


async def awaiting_receipts(
    tx: Tx, now: datetime, limit: int, *, again_after: timedelta = timedelta(minutes=5)
) -> list[Awaiting]:
    """Return sent dispatches whose receipts are to be asked for now; each comes up again after `again_after`."""
    table = tables.dispatch
    due = select(table.c.position).where(table.c.state == SENT, table.c.next_attempt_at <= now)
    first = due.order_by(table.c.next_attempt_at).limit(limit).with_for_update(skip_locked=True)
    positions = list((await tx.execute(first)).scalars())
    change = update(table).where(table.c.position.in_(positions)).values(next_attempt_at=now + again_after)
    rows = (await tx.execute(change.returning(table))).all() if positions else []
    return [Awaiting(read(row.body), row.reference, row.endpoint_id) for row in rows]


async def stop_awaiting(tx: Tx, dispatch_ids: Collection[UUID]) -> None:
    """Ask no more for receipts of these: the last one is in."""
    table = tables.dispatch
    for ids in chunks(sorted(dispatch_ids)):
        where = (table.c.id.in_(ids), table.c.state == SENT)
        await tx.execute(update(table).where(*where).values(next_attempt_at=None))


async def next_due(tx: Tx) -> datetime | None:
    """Return when the next attempt is due, which may be past; None when nothing waits to be sent."""
    table = tables.dispatch
    wanted = select(table.c.next_attempt_at).where(table.c.state.in_((PENDING, DOUBTFUL)))
    return (await tx.execute(wanted.order_by(table.c.next_attempt_at).limit(1))).scalar_one_or_none()


def _due(now: datetime, busy: Collection[str]) -> Select[tuple[int, str, bool]]:
    table, earlier, taken = tables.dispatch, tables.dispatch.alias("earlier"), tables.dispatch.alias("taken")
    blocked = select(earlier.c.position).where(
        earlier.c.lane == table.c.lane,
        earlier.c.subject_id == table.c.subject_id,
        earlier.c.position < table.c.position,
        earlier.c.state.in_(UNSETTLED),
    )
    lane_taken = select(taken.c.position).where(taken.c.lane == table.c.lane, taken.c.state == CLAIMED)
    wanted = select(table.c.position, table.c.lane, table.c.may_have_left).where(
        table.c.state.in_((PENDING, DOUBTFUL)),
        table.c.next_attempt_at <= now,
        ~blocked.exists(),
        ~lane_taken.exists(),
    )
    if busy:
        wanted = wanted.where(table.c.lane.not_in(sorted(busy)))
    return wanted.order_by(table.c.next_attempt_at, table.c.position)


def _pick(due: Iterable[tuple[int, str]], per_lane: int, limit: int) -> list[int]:
    """Choose up to `limit`, every lane's first before any lane's second, so that a full lane starves none."""
    turn: dict[str, int] = {}
    ranked = []
    for position, lane in due:
        turn[lane] = turn.get(lane, 0) + 1
        ranked.append((turn[lane], position))
    return [position for rank, position in sorted(ranked) if rank <= per_lane][:limit]


async def _make_doubtful(tx: Tx, *where: ColumnElement[bool]) -> int:
    table = tables.dispatch
    change = (
        update(table)
        .where(*where)
        .values(
            state=DOUBTFUL,
            doubtful=True,
            next_attempt_at=table.c.claimed_at,
            claimed_by=None,
            claimed_at=None,
        )
    )
    return (await tx.execute(change)).rowcount
