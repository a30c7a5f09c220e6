"""The audit: entries, each sealed with the hash of the one before. Ids and digests only, so purging keeps the chain."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import insert, one_at_a_time

Entry = tuple[str, Mapping[str, Any]]
_START = "0" * 64


async def append(tx: Tx, kind: str, ids: Mapping[str, Any], at: datetime) -> None:
    """Append one entry: what happened, and the ids (UUIDs, digests, names of partners) that it happened to."""
    await append_all(tx, [(kind, ids)], at)


async def append_all(tx: Tx, entries: Sequence[Entry], at: datetime) -> None:
    """Append entries in one statement. Others wait until this transaction ends: do it last."""
    if not entries:
        return
    await one_at_a_time(tx, ["audit"])
    number, seal = await head(tx)
    rows = []
    for kind, ids in entries:
        number += 1
        plain = {name: str(value) for name, value in ids.items()}
        seal = _seal(seal, number, kind, plain, at)
        rows.append({"number": number, "kind": kind, "ids": plain, "at": at, "hash": seal})
    await insert(tx, tables.audit, rows)


async def head(tx: Tx) -> tuple[int, str]:
    """Return the last entry's number and hash: written down elsewhere, it proves that no end was cut off."""
    table = tables.audit
    row = (await tx.execute(select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1))).first()
    return (row.number, row.hash) if row else (0, _START)


async def verify(tx: Tx) -> bool:
    """Say whether every entry still has the hash that its content and the entry before it give."""
    table = tables.audit
    number, seal = 0, _START
    async for row in await tx.stream(select(table).order_by(table.c.number)):
        number += 1
        seal = _seal(seal, number, row.kind, row.ids, row.at)
        if (row.number, row.hash) != (number, seal):
            return False
    return True


def _seal(before: str, number: int, kind: str, ids: Mapping[str, str], at: datetime) -> str:
    content = [before, number, kind, ids, at.astimezone(UTC).isoformat()]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
