"""What only the API asks of the ledger. Every function takes an open connection first."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from hub.api.views import AttemptView, TaskView
from hub.ledger import outbox
from hub.ledger import tables as t
from hub.ledger.collecting import Waiting
from hub.ledger.engine import Tx
from hub.ledger.outbox import EPISODE_TOPIC


async def attempts(tx: Tx, dispatch_ids: Collection[UUID]) -> dict[UUID, list[AttemptView]]:
    """Return every try at sending, by dispatch, in order."""
    query = select(t.attempt).where(t.attempt.c.dispatch_id.in_(dispatch_ids)).order_by(t.attempt.c.number)
    found: dict[UUID, list[AttemptView]] = defaultdict(list)
    for row in (await tx.execute(query)).mappings():
        found[row["dispatch_id"]].append(AttemptView.model_validate(dict(row)))
    return found


async def tasks_of(tx: Tx, episode_id: UUID) -> list[TaskView]:
    """Return an episode's tasks, settled ones too, oldest first."""
    query = select(t.task).where(t.task.c.episode_id == episode_id).order_by(t.task.c.opened_at, t.task.c.id)
    return [TaskView.model_validate(dict(row)) for row in (await tx.execute(query)).mappings()]


async def lying_ready(tx: Tx, partner: str, after: int, limit: int) -> list[Waiting]:
    """Return a partner's inbox beyond `after`, and whatever it never collected.

    A position can become visible after a higher one was read (two writers on PostgreSQL): a cursor alone would lose it.
    """
    table = t.delivered
    wanted = or_(table.c.position > after, table.c.collected_at.is_(None))
    query = select(table).where(table.c.partner == partner, wanted).order_by(table.c.position).limit(limit)
    return [Waiting(**row._asdict()) for row in await tx.execute(query)]


@dataclass(frozen=True)
class Flow:
    """How far relay and router are behind: `lag` counts the records that no router has handled yet."""

    oldest_unpublished: datetime | None
    lag: int
    oldest_waiting: datetime | None
    last_handled: datetime | None


async def flow(tx: Tx) -> Flow:
    """Return how the records between intake and router stand."""
    seen = t.outbox.outerjoin(t.inbox, t.inbox.c.event_id == t.outbox.c.event_id)
    ours = ~t.outbox.c.closed & (t.outbox.c.topic == EPISODE_TOPIC) & t.inbox.c.event_id.is_(None)
    waiting = select(func.count(), func.min(t.outbox.c.created_at)).select_from(seen).where(ours)
    # Only the router writes episodes, and it does so with every batch.
    handled = select(func.max(t.episode.c.updated_at))
    lag, oldest_waiting = (await tx.execute(waiting)).one()
    return Flow(
        oldest_unpublished=await outbox.oldest_unpublished(tx),
        lag=lag,
        oldest_waiting=oldest_waiting,
        last_handled=(await tx.execute(handled)).scalar(),
    )


async def open_tasks(tx: Tx) -> int:
    """Return how many tasks wait for a person."""
    query = select(func.count()).select_from(t.task).where(t.task.c.settled_at.is_(None))
    return (await tx.execute(query)).scalar() or 0
