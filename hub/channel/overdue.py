"""Dispatches whose deadline passed without any receipt."""

from datetime import datetime

from sqlalchemy import exists, select

from contracts.dispatch import Dispatch
from contracts.envelope import derived_id
from hub.ledger import dispatches, events, tables
from hub.ledger.engine import Tx

PAGE = 500
_UNDER_WAY = (dispatches.PENDING, dispatches.CLAIMED, dispatches.DOUBTFUL, dispatches.SENT)


async def without_receipt(tx: Tx, due_before: datetime) -> list[Dispatch]:
    """Return dispatches under way that were due before a moment, have no receipt at all, and were not yet reported.

    One that failed, waits for a route or is unknown has a task of its own.
    """
    after = 0
    while True:
        rows = await _page(tx, due_before, after)
        found = [dispatches.read(body) for _, body in rows]
        reported = await events.known(tx, [derived_id("receipt-overdue", one.id) for one in found])
        new = [one for one in found if derived_id("receipt-overdue", one.id) not in reported]
        if new or len(rows) < PAGE:
            return new
        after = rows[-1][0]


async def _page(tx: Tx, due_before: datetime, after: int) -> list[tuple[int, str]]:
    table, receipt = tables.dispatch, tables.receipt
    answered = exists().where(receipt.c.dispatch_id == table.c.id)
    where = (
        table.c.position > after,
        table.c.state.in_(_UNDER_WAY),
        table.c.due_at < due_before,
        table.c.created_at < due_before,
        ~answered,
    )
    wanted = select(table.c.position, table.c.body).where(*where).order_by(table.c.position).limit(PAGE)
    return [(row.position, row.body) for row in await tx.execute(wanted)]
