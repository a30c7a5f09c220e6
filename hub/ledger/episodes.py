"""What each episode folded to, for reading; the events are the truth. Only the router writes here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from hub.episode.reference import episode_reference
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, insert_new, upsert

NEW = "unreported"


@dataclass(frozen=True)
class EpisodeRow:
    """An episode's row: `reference` is the human one, `version` counts saves, `state` is JSON."""

    id: UUID
    reference: str
    status: str
    version: int
    state: dict[str, Any]
    updated_at: datetime | None


async def lock(tx: Tx, episode_ids: Collection[UUID], beside: Collection[UUID] = ()) -> dict[UUID, EpisodeRow]:
    """Lock episodes until the transaction ends, in the order of their ids; a missing row is made, but none `beside`."""
    ids = sorted(set(episode_ids))
    await insert_new(tx, tables.episode, [_empty(key) for key in ids])
    table = tables.episode
    found: dict[UUID, EpisodeRow] = {}
    for part in chunks(sorted({*ids, *beside})):
        rows = await tx.execute(select(table).where(table.c.id.in_(part)).order_by(table.c.id).with_for_update())
        found.update({row.id: EpisodeRow(**row._asdict()) for row in rows})
    return found


async def save(tx: Tx, rows: Sequence[EpisodeRow]) -> None:
    """Write rows that are locked; each one's version goes up by one."""
    values = [{**vars(row), "version": row.version + 1} for row in rows]
    await upsert(tx, tables.episode, values, ["status", "version", "state", "updated_at"])


async def get(tx: Tx, episode_ids: Collection[UUID]) -> dict[UUID, EpisodeRow]:
    """Return the rows of these episodes, without locking; one that was never routed is left out."""
    found: dict[UUID, EpisodeRow] = {}
    for part in chunks(episode_ids):
        rows = await tx.execute(select(tables.episode).where(tables.episode.c.id.in_(part)))
        found.update({row.id: EpisodeRow(**row._asdict()) for row in rows})
    return found


async def by_reference(tx: Tx, reference: str) -> EpisodeRow | None:
    """Return the episode that people call by this reference."""
    row = (await tx.execute(select(tables.episode).where(tables.episode.c.reference == reference))).first()
    return None if row is None else EpisodeRow(**row._asdict())


async def recent(tx: Tx, limit: int, status: str | None = None) -> list[EpisodeRow]:
    """Return the episodes that changed last, newest first."""
    wanted = select(tables.episode).order_by(tables.episode.c.updated_at.desc()).limit(limit)
    if status is not None:
        wanted = wanted.where(tables.episode.c.status == status)
    return [EpisodeRow(**row._asdict()) for row in await tx.execute(wanted)]


def _empty(id: UUID) -> dict[str, Any]:
    return vars(EpisodeRow(id, episode_reference(id), NEW, 0, {}, None))
