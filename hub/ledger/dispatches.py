"""Dispatches as the ledger holds them: made by the router, looked up by anybody. Sending them is in `lanes`.

States: waiting (no endpoint yet, a person sees it), pending, claimed, doubtful (may have arrived: ask first), sent,
unknown (may have arrived and nobody can be asked), failed, cancelled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_, update

from contracts.dispatch import Action, Dispatch, Recipient
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, insert
from hub.routing.reconcile import Issued

WAITING, PENDING, CLAIMED, DOUBTFUL = "waiting", "pending", "claimed", "doubtful"
SENT, UNKNOWN, FAILED, CANCELLED = "sent", "unknown", "failed", "cancelled"
_Thread = tuple[UUID, str, UUID, str]


@dataclass(frozen=True)
class DispatchRow:
    """A dispatch with all that is known of its sending."""

    dispatch: Dispatch
    state: str
    may_have_left: bool
    attempts: int
    next_attempt_at: datetime | None
    endpoint_id: str | None
    reference: str | None
    reason: str | None


async def issued(tx: Tx, episode_ids: Collection[UUID], for_update: bool = False) -> dict[UUID, list[Issued]]:
    """Return each episode's dispatches in the order they were made; `for_update` keeps deliverers off them."""
    table = tables.dispatch
    found: dict[UUID, list[Issued]] = {key: [] for key in episode_ids}
    for ids in chunks(sorted(found)):
        wanted = select(table.c.body, table.c.state, table.c.may_have_left).where(table.c.episode_id.in_(ids))
        wanted = wanted.order_by(table.c.position)
        for row in await tx.execute(wanted.with_for_update() if for_update else wanted):
            dispatch = read(row.body)
            found[dispatch.episode_id].append(Issued(dispatch, row.state, row.may_have_left))
    return found


async def get(tx: Tx, dispatch_ids: Collection[UUID]) -> dict[UUID, DispatchRow]:
    """Return these dispatches; an unknown id is left out."""
    found: dict[UUID, DispatchRow] = {}
    for ids in chunks(dispatch_ids):
        rows = await tx.execute(select(tables.dispatch).where(tables.dispatch.c.id.in_(ids)))
        found.update({row.id: row_of(row) for row in rows})
    return found


async def episodes_of(tx: Tx, dispatch_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the episode of each of these dispatches; an unknown id is left out."""
    table = tables.dispatch
    found: dict[UUID, UUID] = {}
    for ids in chunks(dispatch_ids):
        rows = await tx.execute(select(table.c.id, table.c.episode_id).where(table.c.id.in_(ids)))
        found.update({row.id: row.episode_id for row in rows})
    return found


async def of_episodes(tx: Tx, episode_ids: Collection[UUID]) -> dict[UUID, list[DispatchRow]]:
    """Return everything ever made for these episodes, in the order it was made."""
    found: dict[UUID, list[DispatchRow]] = {key: [] for key in episode_ids}
    table = tables.dispatch
    for ids in chunks(list(found)):
        rows = await tx.execute(select(table).where(table.c.episode_id.in_(ids)).order_by(table.c.position))
        for row in rows:
            found[row.episode_id].append(row_of(row))
    return found


async def add(tx: Tx, dispatches: Sequence[Dispatch], state_of: Mapping[UUID, str]) -> None:
    """Add dispatches in the order given; one that is there already is left as it is.

    Of one recipient, subject and thread of an episode only one raise is live: a withdrawal ends it, and the database
    refuses a second one (IntegrityError).
    """
    table = tables.dispatch
    there = await episodes_of(tx, [dispatch.id for dispatch in dispatches])
    new = [dispatch for dispatch in {d.id: d for d in dispatches}.values() if dispatch.id not in there]
    ended = {_thread(dispatch) for dispatch in new if dispatch.action is Action.WITHDRAW}
    for threads in chunks(ended, 1000):
        key = tuple_(table.c.episode_id, table.c.lane, table.c.subject_id, table.c.thread)
        await tx.execute(update(table).where(key.in_(threads), table.c.live).values(live=False))
    last_end = {_thread(d): n for n, d in enumerate(new) if d.action is Action.WITHDRAW}
    rows = [
        _row(dispatch, state_of.get(dispatch.id, PENDING), live=number > last_end.get(_thread(dispatch), -1))
        for number, dispatch in enumerate(new)
    ]
    await insert(tx, table, rows)


async def cancel(tx: Tx, dispatch_ids: Collection[UUID], reason: str) -> set[UUID]:
    """Cancel dispatches that are known not to have left; returns which ones it still could."""
    table = tables.dispatch
    cancelled: set[UUID] = set()
    for ids in chunks(sorted(dispatch_ids)):
        where = (table.c.id.in_(ids), table.c.state.in_((WAITING, PENDING, FAILED)), ~table.c.may_have_left)
        change = update(table).where(*where).values(state=CANCELLED, reason=reason, live=False, next_attempt_at=None)
        cancelled |= {row.id for row in await tx.execute(change.returning(table.c.id))}
    return cancelled


async def waiting_recipients(tx: Tx) -> dict[str, Recipient]:
    """Return the recipients, by key, for whom something waits because the directory has no endpoint."""
    table = tables.dispatch
    first = select(func.min(table.c.position)).where(table.c.state == WAITING).group_by(table.c.lane)
    rows = await tx.execute(select(table.c.body).where(table.c.position.in_(first)))
    recipients = [read(row.body).recipient for row in rows]
    return {recipient.key: recipient for recipient in recipients}


async def route_waiting(tx: Tx, recipient_keys: Collection[str], now: datetime) -> list[UUID]:
    """Release what waits for these recipients, now that the directory has an endpoint; returns their ids."""
    table = tables.dispatch
    where = (table.c.state == WAITING, table.c.lane.in_(sorted(recipient_keys)))
    change = update(table).where(*where).values(state=PENDING, next_attempt_at=now)
    return [row.id for row in await tx.execute(change.returning(table.c.id))]


async def endpoint_before(tx: Tx, dispatch: Dispatch) -> str | None:
    """Return the endpoint where the last earlier dispatch of the same thread went, or may have gone; None if none."""
    table = tables.dispatch
    same = (
        table.c.episode_id == dispatch.episode_id,
        table.c.lane == dispatch.recipient.key,
        table.c.subject_id == dispatch.subject_id,
        table.c.thread == dispatch.thread,
        table.c.revision < dispatch.revision,
        table.c.may_have_left,
        table.c.endpoint_id.is_not(None),
    )
    last = select(table.c.endpoint_id).where(*same).order_by(table.c.revision.desc()).limit(1)
    return cast(str | None, (await tx.execute(last)).scalar_one_or_none())


async def count_by_state(tx: Tx) -> dict[str, int]:
    """Return how many dispatches are in each state."""
    table = tables.dispatch
    rows = await tx.execute(select(table.c.state, func.count().label("number")).group_by(table.c.state))
    return {row.state: row.number for row in rows}


def read(body: str) -> Dispatch:
    """Read a stored dispatch."""
    return Dispatch.model_validate_json(body)


def row_of(row: Row[Any]) -> DispatchRow:
    """Turn a database row into what callers see."""
    return DispatchRow(
        dispatch=read(row.body),
        state=row.state,
        may_have_left=row.may_have_left,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        endpoint_id=row.endpoint_id,
        reference=row.reference,
        reason=row.reason,
    )


def _thread(dispatch: Dispatch) -> _Thread:
    return (dispatch.episode_id, dispatch.recipient.key, dispatch.subject_id, dispatch.thread)


def _row(dispatch: Dispatch, state: str, *, live: bool) -> dict[str, Any]:
    return {
        "id": dispatch.id,
        "episode_id": dispatch.episode_id,
        "subject_id": dispatch.subject_id,
        "lane": dispatch.recipient.key,
        "thread": dispatch.thread,
        "action": dispatch.action.value,
        "revision": dispatch.revision,
        "body": dispatch.model_dump_json(exclude_defaults=True),
        "state": state,
        "may_have_left": state == DOUBTFUL,
        "live": live and dispatch.action is Action.RAISE,
        "due_at": dispatch.due_at,
        "created_at": dispatch.created_at,
        "next_attempt_at": dispatch.created_at if state in (PENDING, DOUBTFUL) else None,
        "attempts": 0,
        "doubtful": state == DOUBTFUL,
    }
