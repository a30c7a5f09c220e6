"""Writing down what became of attempts: rows, receipts, inboxes or topics, tasks, many in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.adapter import Channel
from contracts.envelope import derived_id
from contracts.receipt import Receipt
from hub.delivery.attempting import Attempt
from hub.delivery.port import Delivery
from hub.delivery.superseding import close_unheard
from hub.ledger import attempts, collecting, outbox, receipts, tasks
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

    @property
    def queue(self) -> tuple[str, UUID]:
        """See `queue_of`."""
        return queue_of(self.claimed)


def queue_of(claimed: Claimed) -> tuple[str, UUID]:
    """Return recipient and subject: what is for the same ones arrives in the order in which it was claimed."""
    return claimed.dispatch.recipient.key, claimed.dispatch.subject_id


async def record(tx: Tx, done: Sequence[Done], delivery: Delivery) -> Recorded:
    """Write down attempts, in this order; what is not this claim's any more, or held by somebody, is left alone."""
    recorded = await attempts.record(tx, list(_made(done)))
    written = [one for one in done if one.claimed.dispatch.id in recorded.ids]
    for one in written:
        if one.attempt.result.outcome == "cancelled":
            await close_unheard(tx, one.claimed.dispatch)
    await collecting.place(tx, list(_inboxes(written)))
    await outbox.add(tx, list(_topics(written, delivery)))
    episode_of = {one.claimed.dispatch.id: one.claimed.dispatch.episode_id for one in written}
    await receipts.state(tx, list(_receipts(written)), episode_of, SOURCE, delivery.now())
    await tasks.open_all(tx, [_task(one) for one in written if one.attempt.result.outcome in _TITLES])
    return recorded


def _made(done: Sequence[Done]) -> Iterable[Made]:
    last: dict[tuple[str, UUID], UUID] = {}
    for one in done:
        id = one.claimed.dispatch.id
        yield Made(id, one.claimed.attempt_number, one.attempt.result, after=last.get(one.queue))
        last[one.queue] = id


def _receipts(written: Sequence[Done]) -> Iterable[Receipt]:
    for one in written:
        stage, result = one.attempt.stage, one.attempt.result
        if stage is not None:
            dispatch_id = one.claimed.dispatch.id
            yield Receipt(
                dispatch_id=dispatch_id, stage=stage, at=result.at, reference=result.reference, reason=result.reason
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
