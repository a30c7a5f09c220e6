"""What must hold after the ledger was restored from a backup: whatever it holds as unsent may have left since."""

from datetime import datetime

from sqlalchemy import func, update

from contracts.envelope import derived_id
from hub.ledger import audit, tables, tasks
from hub.ledger.dispatches import CLAIMED, DOUBTFUL, PENDING, WAITING
from hub.ledger.engine import Tx
from hub.ledger.tasks import Task


async def note_restored(tx: Tx, now: datetime) -> int:
    """Let everything unsent be asked about before it is sent, and open the task; returns how many dispatches.

    A second call on the same day opens no second task.
    """
    table = tables.dispatch
    unsent = update(table).where(table.c.state.in_((PENDING, CLAIMED, DOUBTFUL)))
    due = func.coalesce(table.c.next_attempt_at, table.c.claimed_at, now)
    doubtful = {"state": DOUBTFUL, "doubtful": True, "may_have_left": True, "next_attempt_at": due}
    count = (await tx.execute(unsent.values(**doubtful, claimed_by=None, claimed_at=None))).rowcount
    # No route then is no proof of none since; until there is one again it can still be taken back.
    await tx.execute(update(table).where(table.c.state == WAITING).values(doubtful=True))
    await tasks.open(tx, _task(now))
    await audit.append(tx, "ledger_restored", {"unsent": count}, now)
    return count


def _task(now: datetime) -> Task:
    return Task(
        id=derived_id("task-restored", now.date()),
        kind="ledger_restored",
        title="The ledger was restored from a backup: ask partners to send again what they sent since, revoke tokens "
        "again, and see the page on operating for what a backup cannot know.",
        opened_at=now,
    )
