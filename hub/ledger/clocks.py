"""Clocks: the next due time of each, and the ids that have fallen. An id falls once (promise G2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import delete, func, select, update

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, insert_new
from hub.routing.plan import ClockDue

_COLUMNS = [tables.clock.c[one.name] for one in fields(ClockDue)]


async def replace(tx: Tx, episode_id: UUID, clocks: Sequence[ClockDue]) -> list[ClockDue]:
    """Let exactly these clocks run for an episode; one that has fallen stays fallen. Returns those that run no more."""
    return await replace_all(tx, {episode_id: clocks})


async def replace_all(tx: Tx, clocks_of: Mapping[UUID, Sequence[ClockDue]]) -> list[ClockDue]:
    """Do `replace` for many episodes in two statements."""
    table = tables.clock
    taken: list[ClockDue] = []
    for ids in chunks(clocks_of):
        gone = delete(table).where(table.c.episode_id.in_(ids), ~table.c.fired).returning(*_COLUMNS)
        taken += [ClockDue(**row._asdict()) for row in await tx.execute(gone)]
    rows = [{**vars(clock), "fired": False} for clocks in clocks_of.values() for clock in clocks]
    await insert_new(tx, table, rows)
    running = {row["id"] for row in rows}
    return [clock for clock in taken if clock.id not in running]


async def episodes_with_other_rules(tx: Tx, rules: Collection[str], limit: int) -> list[UUID]:
    """Return episodes in which a clock runs that none of these rules set."""
    table = tables.clock
    wanted = select(table.c.episode_id).where(~table.c.fired, table.c.rule.not_in(sorted(rules)))
    return list((await tx.execute(wanted.distinct().limit(limit))).scalars())


async def due(tx: Tx, now: datetime, limit: int) -> list[ClockDue]:
    """Return clocks that are due and have not fallen, the oldest first; other processes skip them meanwhile."""
    table = tables.clock
    wanted = select(*_COLUMNS).where(~table.c.fired, table.c.due_at <= now).order_by(table.c.due_at).limit(limit)
    rows = await tx.execute(wanted.with_for_update(skip_locked=True))
    return [ClockDue(**row._asdict()) for row in rows]


async def mark_fired(tx: Tx, ids: Collection[UUID]) -> None:
    """Note that these clocks have fallen."""
    for part in chunks(ids):
        await tx.execute(update(tables.clock).where(tables.clock.c.id.in_(part)).values(fired=True))


async def next_due(tx: Tx) -> datetime | None:
    """Return when the next clock falls, which may be past; None when none runs."""
    table = tables.clock
    first = select(func.min(table.c.due_at)).where(~table.c.fired)
    return cast(datetime | None, (await tx.execute(first)).scalar_one())
