"""What lies ready for partners that fetch it themselves (`GET /inbox`), already in their own form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import insert_new


@dataclass(frozen=True)
class Ready:
    """One rendered dispatch to lay ready for a partner."""

    partner: str
    dispatch_id: UUID
    body: bytes
    content_type: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """One rendered dispatch that lies ready. `position` counts up: ask for what comes after the last one seen."""

    position: int
    partner: str
    dispatch_id: UUID
    content_type: str
    headers: dict[str, str]
    body: bytes
    at: datetime
    collected_at: datetime | None


async def place(tx: Tx, ready: Sequence[Ready]) -> None:
    """Lay dispatches ready for partners, in this order; the same one again changes nothing."""
    await insert_new(tx, tables.delivered, [vars(one) for one in ready])


async def list_ready(
    tx: Tx, partner: str, after: int = 0, limit: int = 100, *, uncollected_only: bool = False
) -> list[Waiting]:
    """Return what lies ready for a partner, oldest first."""
    table = tables.delivered
    wanted = select(table).where(table.c.partner == partner, table.c.position > after)
    if uncollected_only:
        wanted = wanted.where(table.c.collected_at.is_(None))
    rows = await tx.execute(wanted.order_by(table.c.position).limit(limit))
    return [Waiting(**row._asdict()) for row in rows]


async def collected(tx: Tx, partner: str, dispatch_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Note that a partner has fetched these; returns those that it had not fetched before."""
    table = tables.delivered
    where = (table.c.partner == partner, table.c.dispatch_id.in_(sorted(dispatch_ids)), table.c.collected_at.is_(None))
    rows = await tx.execute(update(table).where(*where).values(collected_at=at).returning(table.c.dispatch_id))
    return {row.dispatch_id for row in rows}
