"""Receipts: how far each dispatch got, and the events that say so."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contracts.envelope import Event, derived_id, event_of
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt, Stage
from hub.ledger import events, outbox, tables
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks, insert_new


async def record(tx: Tx, receipt: Receipt) -> bool:
    """Record one receipt; the first of a stage stands. Returns whether it was new."""
    return bool(await record_all(tx, [receipt]))


async def record_all(tx: Tx, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Record receipts in one statement; return those that were new. Each dispatch must exist."""
    table = tables.receipt
    unique = {_key(receipt): receipt for receipt in reversed(receipts)}
    # In one order, so that no two transactions that record the same ones wait for each other.
    rows = [{**dict(unique[key]), "stage": key[1]} for key in sorted(unique)]
    new = await insert_new(tx, table, rows, [table.c.dispatch_id, table.c.stage])
    return [unique[row.dispatch_id, row.stage] for row in new]


async def state(
    tx: Tx, stated: Sequence[Receipt], episode_of: Mapping[UUID, UUID], source: str, now: datetime
) -> list[Receipt]:
    """Record receipts and tell each episode in one event which of them are new; returns those.

    A stage that a dispatch reached before changes nothing, so no receipt is stated twice, whoever states it and in
    whatever company. `episode_of` has the episode of each dispatch; each must exist.
    """
    new = await record_all(tx, stated)
    together: dict[UUID, list[Receipt]] = defaultdict(list)
    for receipt in new:
        together[episode_of[receipt.dispatch_id]].append(receipt)
    told = [_event(episode_id, some, source, now) for episode_id, some in together.items()]
    await outbox.add(tx, [outbox.record_of(event, now) for event in await events.append(tx, told, None)])
    return new


def _event(episode_id: UUID, some: Sequence[Receipt], source: str, now: datetime) -> Event:
    told = sorted(some, key=_key)
    return event_of(
        ReceiptRecorded(receipts=tuple(told)),
        id=derived_id("receipt", *(part for receipt in told for part in _key(receipt))),
        source=source,
        occurred_at=max(receipt.at for receipt in told),
        recorded_at=now,
        episode_id=episode_id,
    )


def _key(receipt: Receipt) -> tuple[UUID, str]:
    return receipt.dispatch_id, receipt.stage.value


async def of_dispatches(tx: Tx, dispatch_ids: Collection[UUID]) -> dict[UUID, list[Receipt]]:
    """Return each dispatch's receipts, oldest first."""
    table = tables.receipt
    found: dict[UUID, list[Receipt]] = {key: [] for key in dispatch_ids}
    for ids in chunks(list(found)):
        for row in await tx.execute(select(table).where(table.c.dispatch_id.in_(ids)).order_by(table.c.at)):
            found[row.dispatch_id].append(Receipt(**{**row._asdict(), "stage": Stage(row.stage)}))
    return found
