"""Receipts that must be asked for: which sent dispatches to ask about now, and when again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from contracts.dispatch import Dispatch
from hub.ledger import tables
from hub.ledger.dispatches import SENT, read
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, inline, update_each


@dataclass(frozen=True)
class Awaiting:
    """A sent dispatch whose further receipts are to be asked for, at the endpoint where it went."""

    dispatch: Dispatch
    reference: str | None
    endpoint_id: str | None


async def awaiting_receipts(
    tx: Tx,
    now: datetime,
    limit: int,
    *,
    again_after: timedelta = timedelta(minutes=5),
    for_longest: timedelta = timedelta(days=7),
) -> list[Awaiting]:
    """Return sent dispatches whose receipts are to be asked for now, the longest due first.

    Each comes up again after `again_after`, or half its own age if that is longer: what lies uncollected for a day is
    asked about a few times a day. After `for_longest` nobody asks any more.
    """
    table = tables.dispatch
    columns = (table.c.position, table.c.body, table.c.reference, table.c.endpoint_id, table.c.created_at)
    due = select(*columns).where(table.c.state == inline(SENT), table.c.next_attempt_at <= now)
    first = due.order_by(table.c.next_attempt_at).limit(limit).with_for_update(skip_locked=True)
    rows = (await tx.execute(first)).all()
    ages = {row.position: now - row.created_at for row in rows}
    again = [
        {"position": position, "next_attempt_at": now + max(again_after, age / 2) if age < for_longest else None}
        for position, age in ages.items()
    ]
    await update_each(tx, table, "position", again)
    return [Awaiting(read(row.body), row.reference, row.endpoint_id) for row in rows]


async def stop_awaiting(tx: Tx, dispatch_ids: Collection[UUID]) -> None:
    """Ask no more for receipts of these: the last one is in."""
    table = tables.dispatch
    for ids in chunks(sorted(dispatch_ids)):
        where = (table.c.id.in_(ids), table.c.state == SENT)
        await tx.execute(update(table).where(*where).values(next_attempt_at=None))
