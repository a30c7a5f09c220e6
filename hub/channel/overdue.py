"""The tasks about what nobody has seen: opened by a step of the escalation, settled by a receipt or by the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contracts.envelope import derived_id
from hub.ledger import dispatches, receipts, tables, tasks
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks
from hub.ledger.tasks import Task
from hub.routing.directory import Directory
from hub.routing.escalation import RECEIPT_OVERDUE, StepDue, chased
from hub.routing.reconcile import Issued

SETTLED_BY = "routing"


def overdue_task_id(dispatch_id: UUID) -> UUID:
    """Return the id of the task about a dispatch that nobody has seen."""
    return derived_id("task-receipt-overdue", dispatch_id)


def overdue_task(due: StepDue, directory: Directory, now: datetime) -> Task:
    """Return the task to ring a recipient; `telephone` is its endpoint's number, if the directory has one."""
    dispatch = due.dispatch
    endpoint = directory.resolve(dispatch.recipient, now)
    said = "High risk, and nobody has opened it: ring" if due.urgent else "No receipt: ring"
    detail = {
        "dispatch": str(dispatch.id),
        "recipient": dispatch.recipient.key,
        "role": dispatch.recipient.role.value,
        "authority": dispatch.recipient.authority or "",
        "episode": str(dispatch.episode_id),
        "telephone": (endpoint.telephone if endpoint else None) or "",
        "due_at": due.due_at.isoformat(),
    }
    return Task(
        overdue_task_id(dispatch.id),
        RECEIPT_OVERDUE,
        f"{said} the recipient and ask whether it knows.",
        {name: value for name, value in detail.items() if value},
        dispatch.episode_id,
        now,
    )


async def with_stages(tx: Tx, issued: Mapping[UUID, Sequence[Issued]]) -> dict[UUID, list[Issued]]:
    """Return the dispatches of each episode with the stages of their receipts."""
    ids = [one.dispatch.id for made in issued.values() for one in made]
    known = await receipts.of_dispatches(tx, ids)
    return {
        episode: [replace(one, stages=frozenset(r.stage for r in known[one.dispatch.id])) for one in made]
        for episode, made in issued.items()
    }


async def settle_seen(tx: Tx, episode_ids: Collection[UUID], directory: Directory, now: datetime) -> None:
    """Settle the open tasks of these episodes about dispatches that somebody has seen by now."""
    table = tables.task
    concerned: set[UUID] = set()
    for ids in chunks(episode_ids):
        where = (table.c.episode_id.in_(ids), table.c.kind == RECEIPT_OVERDUE, table.c.settled_at.is_(None))
        concerned |= {row.episode_id for row in await tx.execute(select(table.c.episode_id).where(*where))}
    if not concerned:
        return
    made = await with_stages(tx, await dispatches.issued(tx, concerned))
    seen = [one.dispatch.id for past in made.values() for one in chased(past, directory) if one.seen]
    await tasks.settle_all(tx, [overdue_task_id(id) for id in seen], SETTLED_BY, now)
