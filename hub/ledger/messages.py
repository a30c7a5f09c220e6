"""The message store: every message that came in, as it came, with what its sender was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, rows_among, upsert

ACCEPTED = "accepted"
MessageKey = tuple[str, str]  # partner, its id for the message


@dataclass(frozen=True)
class StoredMessage:
    """One message. `digest` is SHA-256 in hex, `size` is in bytes, `answer` is what the sender was told (JSON).

    `fate`: accepted, unusable, held or refused. `body` is None where only size and digest may be kept.
    """

    id: UUID
    partner: str
    adapter: str
    route: str
    message_id: str
    digest: str
    size: int
    body: bytes | None
    content_type: str
    received_at: datetime
    fate: str
    answer: dict[str, Any]


async def find(tx: Tx, partner: str, message_id: str, digest: str | None = None) -> StoredMessage | None:
    """Return the message that a partner sent under an id: the accepted one first, else the latest.

    With `digest`, only a message of exactly those bytes.
    """
    table = tables.message
    wanted = select(table).where(table.c.partner == partner, table.c.message_id == message_id)
    if digest is not None:
        wanted = wanted.where(table.c.digest == digest)
    first = case((table.c.fate == ACCEPTED, 0), else_=1)
    row = (await tx.execute(wanted.order_by(first, table.c.received_at.desc()).limit(1))).one_or_none()
    return None if row is None else StoredMessage(**row._asdict())


async def find_all(tx: Tx, keys: Collection[MessageKey]) -> dict[MessageKey, StoredMessage]:
    """Do `find` for many (partner, message id) in one statement; one that is not there is left out."""
    table = tables.message
    accepted_last = case((table.c.fate == ACCEPTED, 1), else_=0)
    found: dict[MessageKey, StoredMessage] = {}
    for part in chunks(keys, 1000):
        wanted = select(table).where(rows_among(tx, (table.c.partner, table.c.message_id), part))
        for row in await tx.execute(wanted.order_by(accepted_last, table.c.received_at)):
            found[row.partner, row.message_id] = StoredMessage(**row._asdict())
    return found


async def get(tx: Tx, id: UUID) -> StoredMessage | None:
    """Return a message by the hub's own id for it: the receipt that its sender got."""
    row = (await tx.execute(select(tables.message).where(tables.message.c.id == id))).one_or_none()
    return None if row is None else StoredMessage(**row._asdict())


async def keep_all(tx: Tx, messages: Sequence[StoredMessage]) -> None:
    """Store messages; the same one again is overwritten: it was held, and can be read now."""
    changes = ("adapter", "route", "body", "received_at", "fate", "answer")
    await upsert(tx, tables.message, [vars(message) for message in messages], changes)
