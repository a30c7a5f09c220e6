"""Tasks that the channel opens, and those that routing opens and closes by itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from contracts.envelope import Event, derived_id
from contracts.errors import InvalidMessage
from hub.channel.overdue import SETTLED_BY, overdue_task_id
from hub.channel.record import Record
from hub.ledger import tables, tasks
from hub.ledger.engine import Tx
from hub.ledger.outbox import OutRecord
from hub.ledger.sql import chunks
from hub.ledger.tasks import Task
from hub.routing.escalation import RECEIPT_OVERDUE
from hub.routing.plan import Plan

# What plan() lists as long as it stands: gone from the list, it is settled without a person.
BY_FACTS = ("unrouted", "unmatched", "decision_overdue", RECEIPT_OVERDUE)


def tasks_of(plan: Plan) -> Iterable[Task]:
    """Return a plan's tasks as the ledger keeps them."""
    return (Task(one.id, one.kind, one.title, dict(one.detail), plan.episode.id) for one in plan.tasks)


async def settle_what_is_over(tx: Tx, plans: Sequence[Plan], now: datetime) -> None:
    """Settle these episodes' open tasks that their plans list no longer."""
    table = tables.task
    listed = {task.id for plan in plans for task in plan.tasks}
    listed |= {overdue_task_id(id) for plan in plans for id in plan.chased}
    for ids in chunks([plan.episode.id for plan in plans]):
        where = (table.c.episode_id.in_(ids), table.c.settled_at.is_(None), table.c.kind.in_(BY_FACTS))
        over = [row.id for row in await tx.execute(select(table.c.id).where(*where)) if row.id not in listed]
        await tasks.settle_all(tx, over, SETTLED_BY, now)


def invalid_task(record: Record, error: InvalidMessage, now: datetime) -> Task:
    """Return the task about records that cannot be read: one per topic, reason and day, however many there are."""
    return Task(
        derived_id("task-invalid", record.topic, error.fate.value, error.title, now.date()),
        "invalid_record",
        "Records that cannot be read are arriving: see the invalid-message topic, and tell whoever writes them.",
        {
            "topic": record.topic,
            "fate": error.fate.value,
            "reason": error.title,
            "first_partition": str(record.partition),
            "first_offset": str(record.offset),
            "digest": record.digest,
        },
        None,
        now,
    )


def refused_task(row: OutRecord, now: datetime) -> Task:
    """Return the task about an outbox row that Kafka will never take."""
    return Task(
        derived_id("task-refused", row.topic, row.id, row.event_id),
        "outbox_refused",
        "A record is too large for Kafka: raise max.message.bytes of its topic, or tell its reader in another way.",
        {"topic": row.topic, "outbox_row": str(row.id), "event": str(row.event_id), "size": str(len(row.value))},
        None,
        now,
    )


def dead_task(event: Event, reason: str, now: datetime) -> Task:
    """Return the task about one event that could not be folded or routed."""
    return Task(
        derived_id("task-dead", event.id),
        "dead_letter",
        "An event could not be routed: read it in the ledger, tell by telephone whoever must know, mend the hub.",
        {"event": str(event.id), "type": event.type.value, "reason": reason},
        event.episode_id,
        now,
    )
