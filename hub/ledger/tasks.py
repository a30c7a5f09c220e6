"""Tasks: what a person must look at. They carry ids, never personal data."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import among, chunks, insert_new


@dataclass(frozen=True)
class Task:
    """One thing for a person to do. `title` and `detail` carry no personal data; the same `id` is opened once."""

    id: UUID
    kind: str
    title: str
    detail: dict[str, str] = field(default_factory=dict)
    episode_id: UUID | None = None
    opened_at: datetime | None = None


async def open(tx: Tx, task: Task, at: datetime | None = None) -> bool:
    """Open a task at its `opened_at`, or at `at`; the same one again changes nothing. Returns whether it was new."""
    return bool(await open_all(tx, [task], at))


async def open_all(tx: Tx, tasks: Sequence[Task], at: datetime | None = None) -> list[UUID]:
    """Open tasks in one statement; return the ids of those that were new."""
    rows = [{**vars(task), "opened_at": task.opened_at or at} for task in {task.id: task for task in tasks}.values()]
    return [row.id for row in await insert_new(tx, tables.task, rows, [tables.task.c.id])]


async def list_open(tx: Tx, limit: int = 1000) -> list[Task]:
    """Return open tasks, oldest first."""
    table = tables.task
    columns = (table.c.id, table.c.kind, table.c.title, table.c.detail, table.c.episode_id, table.c.opened_at)
    wanted = select(*columns).where(table.c.settled_at.is_(None)).order_by(table.c.opened_at, table.c.id).limit(limit)
    return [Task(**row._asdict()) for row in await tx.execute(wanted)]


async def settle(tx: Tx, id: UUID, by: str, at: datetime) -> bool:
    """Note that a person has settled a task. Returns whether it was open."""
    table = tables.task
    change = update(table).where(table.c.id == id, table.c.settled_at.is_(None))
    return (await tx.execute(change.values(settled_by=by, settled_at=at))).rowcount == 1


async def settle_all(tx: Tx, ids: Collection[UUID], by: str, at: datetime) -> None:
    """Settle every one of these tasks that is open, in one statement."""
    table = tables.task
    for part in chunks(ids):
        change = update(table).where(among(tx, table.c.id, part), table.c.settled_at.is_(None))
        await tx.execute(change.values(settled_by=by, settled_at=at))
