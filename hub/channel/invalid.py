"""Records that cannot be read: kept as far as they may be, told to the invalid channel, and to a person once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Fate, InvalidMessage
from hub.channel.letters import invalid_letter, record_id
from hub.channel.record import Record
from hub.channel.tasks import invalid_task
from hub.ledger import messages, outbox, tasks
from hub.ledger.engine import Tx
from hub.ledger.messages import StoredMessage

ADAPTER = "kafka"


@dataclass(frozen=True)
class BadRecord:
    """A record and why it cannot be read."""

    record: Record
    error: InvalidMessage


async def keep_invalid(tx: Tx, bad: Sequence[BadRecord], now: datetime) -> None:
    """Keep bad records in the message store (of refused ones size and digest only), write letters, open tasks."""
    await messages.keep_all(tx, [_stored(one, now) for one in bad])
    await outbox.add(tx, [invalid_letter(one.record, one.error, now) for one in bad])
    await tasks.open_all(tx, [invalid_task(one.record, one.error, now) for one in bad])


def _stored(one: BadRecord, now: datetime) -> StoredMessage:
    record, fate = one.record, one.error.fate
    return StoredMessage(
        id=record_id(record),
        partner="hub",
        adapter=ADAPTER,
        route=record.topic,
        message_id=f"{record.topic}/{record.partition}/{record.offset}",
        digest=record.digest,
        size=len(record.value),
        body=None if fate is Fate.REFUSED else record.value,
        content_type=(record.text("content-type") or "")[:200],
        received_at=now,
        fate=fate.value,
        answer={"title": one.error.title},
    )
