"""Receipts as facts: kept with their dispatch and, when new, told to the episode like any other event."""

from collections.abc import Sequence
from datetime import datetime

from contracts.envelope import Event, derived_id, event_of
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt
from hub.ledger import dispatches, events, outbox, receipts
from hub.ledger.engine import Tx


async def state_receipts(tx: Tx, stated: Sequence[Receipt], source: str, now: datetime) -> list[Event]:
    """Record receipts, and for each new one an event with its outbox record; returns those events.

    A stage that a dispatch already reached changes nothing. Every dispatch must exist.
    """
    new = await receipts.record_all(tx, stated)
    known = await dispatches.get(tx, [receipt.dispatch_id for receipt in new])
    told = [
        event_of(
            ReceiptRecorded(receipt=receipt),
            id=derived_id("receipt", receipt.dispatch_id, receipt.stage.value),
            source=source,
            occurred_at=receipt.at,
            recorded_at=now,
            episode_id=known[receipt.dispatch_id].dispatch.episode_id,
        )
        for receipt in new
    ]
    added = await events.append(tx, told, None)
    await outbox.add(tx, [outbox.record_of(event, now) for event in added])
    return added
