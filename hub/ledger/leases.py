"""Leases: one process at a time does a job; a frozen holder is taken over when its time is up."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import insert_new


async def take(tx: Tx, name: str, holder: str, now: datetime, seconds: float) -> bool:
    """Take a lease, or hold it longer; False while somebody else has it."""
    table = tables.lease
    until = now + timedelta(seconds=seconds)
    if await insert_new(tx, table, [{"name": name, "holder": holder, "until": until}], [table.c.name]):
        return True
    free = or_(table.c.holder == holder, table.c.until <= now)
    change = update(table).where(table.c.name == name, free).values(holder=holder, until=until)
    return (await tx.execute(change)).rowcount == 1


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease up, if it is still one's own."""
    table = tables.lease
    await tx.execute(delete(table).where(table.c.name == name, table.c.holder == holder))
