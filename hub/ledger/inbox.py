"""The inbox: which events a consumer has handled, so that a repeat is dropped."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import insert_new


async def claim(tx: Tx, consumer: str, event_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Note events as handled by a consumer in this transaction; return those that it had not seen before."""
    rows = [{"consumer": consumer, "event_id": event, "at": at} for event in sorted(set(event_ids))]
    return {row.event_id for row in await insert_new(tx, tables.inbox, rows, [tables.inbox.c.event_id])}
