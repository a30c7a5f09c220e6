"""Writing down what became of attempts: rows, receipt events, inboxes or topics, tasks, many in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.adapter import Channel
from contracts.dispatch import Dispatch
from contracts.envelope import Event, derived_id, event_of
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt
from hub.delivery.attempting import Attempt
from hub.delivery.port import Delivery
from hub.delivery.superseding import close_unheard
from hub.ledger import attempts, collecting, events, outbox, tasks
from hub.ledger.attempts import Made, Recorded
from hub.ledger.collecting import Ready
from hub.ledger.engine import Tx
from hub.ledger.lanes import Claimed
from hub.ledger.outbox import OutRecord
from hub.ledger.tasks import Task

SOURCE = "/hub/delivery"
_TITLES = {
    "failed": "Not delivered: tell the recipient by telephone, then mend the route.",
    "unknown": "It may have arrived: ask the recipient by telephone and record the answer.",
}


@dataclass(frozen=True)
class Done:
    """A claimed dispatch and what the attempt at it came to."""

    claimed: Claimed
    attempt: Attempt


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
    await outbox.add(tx, await _stored(tx, stated))


async def record(tx: Tx, done: Sequence[Done], delivery: Delivery) -> Recorded:
    """Write down attempts, in this order; what is not this claim's any more, or held by somebody, is left alone."""
    made = [Made(one.claimed.dispatch.id, one.claimed.attempt_number, one.attempt.result) for one in done]
    recorded = await attempts.record(tx, made)
    written = [one for one in done if one.claimed.dispatch.id in recorded.ids]
    for one in written:
        if one.attempt.result.outcome == "cancelled":
            await close_unheard(tx, one.claimed.dispatch)
    await collecting.place(tx, list(_inboxes(written)))
    receipts = await _stored(tx, [event for one in written for event in _receipts(one)])
    await outbox.add(tx, [*_topics(written, delivery), *receipts])
    await tasks.open_all(tx, [_task(one) for one in written if one.attempt.result.outcome in _TITLES])
    return recorded


async def _stored(tx: Tx, stated: Sequence[Event]) -> list[OutRecord]:
    new = await events.append(tx, stated, None) if stated else []
    return [outbox.record_of(event, event.recorded_at) for event in new]


def _receipts(done: Done) -> Iterable[Event]:
    dispatch, result = done.claimed.dispatch, done.attempt.result
    if done.attempt.stage is None:
        return
    yield receipt_event(
        dispatch,
        Receipt(
            dispatch_id=dispatch.id,
            stage=done.attempt.stage,
            at=result.at,
            reference=result.reference,
            reason=result.reason,
        ),
    )


def _inboxes(written: Sequence[Done]) -> Iterable[Ready]:
    for one in written:
        endpoint, wire = one.attempt.endpoint, one.attempt.rendered
        if endpoint is not None and wire is not None and endpoint.channel is Channel.INBOX:
            partner, at = endpoint.partner or endpoint.address, one.attempt.result.at
            yield Ready(partner, one.claimed.dispatch.id, wire.body, wire.content_type, at, wire.headers)


def _topics(written: Sequence[Done], delivery: Delivery) -> Iterable[OutRecord]:
    for one in written:
        endpoint, wire = one.attempt.endpoint, one.attempt.rendered
        if endpoint is not None and wire is not None and endpoint.channel is not Channel.INBOX:
            yield delivery.topic_record(one.claimed.dispatch, wire, endpoint.address)


def _task(done: Done) -> Task:
    dispatch, result = done.claimed.dispatch, done.attempt.result
    return Task(
        id=derived_id("task-delivery", dispatch.id, result.outcome),
        kind=f"delivery_{result.outcome}",
        title=_TITLES[result.outcome],
        detail={"dispatch": str(dispatch.id), "recipient": dispatch.recipient.key, "reason": result.reason or ""},
        episode_id=dispatch.episode_id,
        opened_at=result.at,
    )
