"""Writing down what became of attempts: row, receipt event, inbox or topic, tasks, in one transaction."""

from collections.abc import Sequence

from contracts.adapter import Channel
from contracts.dispatch import Dispatch
from contracts.envelope import Event, derived_id, event_of
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt
from hub.delivery.attempting import Attempt
from hub.delivery.port import Delivery
from hub.delivery.superseding import close_unheard
from hub.ledger import collecting, events, lanes, outbox, tasks
from hub.ledger.engine import Tx
from hub.ledger.lanes import Claimed
from hub.ledger.tasks import Task

SOURCE = "/hub/delivery"


def receipt_event(dispatch: Dispatch, receipt: Receipt) -> Event:
    """Return the event that a dispatch reached a stage; the same stage of the same dispatch is one event."""
    return event_of(
        ReceiptRecorded(receipt=receipt),
        id=derived_id("receipt", dispatch.id, receipt.stage.value),
        source=SOURCE,
        occurred_at=receipt.at,
        recorded_at=receipt.at,
        episode_id=dispatch.episode_id,
    )


async def state_receipts(tx: Tx, stated: Sequence[Event]) -> None:
    """Store receipt events and put them in the outbox."""
    new = await events.append(tx, stated, None)
    await outbox.add(tx, [outbox.record_of(event, event.recorded_at) for event in new])


async def record(tx: Tx, claimed: Claimed, attempt: Attempt, delivery: Delivery) -> None:
    """Write down one attempt."""
    dispatch, result = claimed.dispatch, attempt.result
    await lanes.record_attempt(tx, dispatch.id, result)
    if result.outcome == "cancelled":
        await close_unheard(tx, dispatch)
    if attempt.rendered is not None and attempt.endpoint is not None:
        await _lay_ready(tx, dispatch, attempt, delivery)
    if attempt.stage is not None:
        receipt = Receipt(
            dispatch_id=dispatch.id,
            stage=attempt.stage,
            at=result.at,
            reference=result.reference,
            reason=result.reason,
        )
        await state_receipts(tx, [receipt_event(dispatch, receipt)])
    if result.outcome in ("failed", "unknown"):
        await tasks.open_all(tx, [_task(dispatch, result.outcome, result.reason or "")], result.at)


async def _lay_ready(tx: Tx, dispatch: Dispatch, attempt: Attempt, delivery: Delivery) -> None:
    endpoint, wire, at = attempt.endpoint, attempt.rendered, attempt.result.at
    if endpoint is None or wire is None:
        return
    if endpoint.channel is Channel.INBOX:
        partner = endpoint.partner or endpoint.address
        await collecting.place(tx, partner, dispatch.id, wire.body, wire.content_type, at, wire.headers)
    else:
        await outbox.add(tx, [delivery.topic_record(dispatch, wire, endpoint.address)])


def _task(dispatch: Dispatch, outcome: str, reason: str) -> Task:
    titles = {
        "failed": "Not delivered: tell the recipient by telephone, then mend the route.",
        "unknown": "It may have arrived: ask the recipient by telephone and record the answer.",
    }
    return Task(
        id=derived_id("task-delivery", dispatch.id, outcome),
        kind=f"delivery_{outcome}",
        title=titles[outcome],
        detail={"dispatch": str(dispatch.id), "recipient": dispatch.recipient.key, "reason": reason},
        episode_id=dispatch.episode_id,
        opened_at=None,
    )
