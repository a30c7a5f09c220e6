"""Receipts: how far each dispatch got."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from contracts.receipt import Receipt, Stage
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, insert_new


async def record(tx: Tx, receipt: Receipt) -> bool:
    """Record one receipt; the first of a stage stands. Returns whether it was new."""
    return bool(await record_all(tx, [receipt]))


async def record_all(tx: Tx, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Record receipts in one statement; return those that were new. Each dispatch must exist."""
    table = tables.receipt
    unique = {(receipt.dispatch_id, receipt.stage.value): receipt for receipt in reversed(receipts)}
    rows = [{**dict(receipt), "stage": stage} for (_, stage), receipt in unique.items()]
    new = await insert_new(tx, table, rows, [table.c.dispatch_id, table.c.stage])
    return [unique[row.dispatch_id, row.stage] for row in new]


async def of_dispatches(tx: Tx, dispatch_ids: Collection[UUID]) -> dict[UUID, list[Receipt]]:
    """Return each dispatch's receipts, oldest first."""
    table = tables.receipt
    found: dict[UUID, list[Receipt]] = {key: [] for key in dispatch_ids}
    for ids in chunks(list(found)):
        for row in await tx.execute(select(table).where(table.c.dispatch_id.in_(ids)).order_by(table.c.at)):
            found[row.dispatch_id].append(Receipt(**{**row._asdict(), "stage": Stage(row.stage)}))
    return found
