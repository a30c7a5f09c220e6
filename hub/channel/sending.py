"""Sending one batch of outbox rows: all at once, awaited together, each with its own fate."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from hub.ledger.outbox import OutRecord

RENEW_SECONDS = 0.5
_FOR_GOOD = (MessageSizeTooLargeError, RecordListTooLargeError)


@dataclass
class Sent:
    """`done`: (outbox id, partition, offset) of what Kafka confirmed; `failed`: ids of what it did not, to try again;
    `refused`: rows that it will never take.
    """

    done: list[tuple[int, int, int]] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    refused: list[OutRecord] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)

    @property
    def reasons(self) -> str:
        """The kinds of error, for the log."""
        return ", ".join(sorted(self.errors))


async def send_batch(
    producer: AIOKafkaProducer, rows: Sequence[OutRecord], renew: Callable[[], Awaitable[bool]]
) -> Sent:
    """Send rows in their order; a row of a topic that just failed waits for the next time, so that order holds.

    `renew` keeps the lease while Kafka takes its time.
    """
    sent = Sent()
    pending: list[tuple[OutRecord, asyncio.Future[Any]]] = []
    broken: set[str] = set()
    for row in rows:
        if row.topic in broken:
            sent.failed.append(_id(row))
            continue
        try:
            pending.append((row, await _enqueue(producer, row)))
        except Exception as error:  # noqa: BLE001 - one record's fault (too large, say) must not stop the others
            _note(sent, row, error)
            if not isinstance(error, _FOR_GOOD):
                broken.add(row.topic)
    await _settle({future for _, future in pending}, renew)
    for row, future in pending:
        fault = future.exception()
        if fault is None:
            sent.done.append((_id(row), future.result().partition, future.result().offset))
        else:
            _note(sent, row, fault)
    return sent


async def _enqueue(producer: AIOKafkaProducer, row: OutRecord) -> "asyncio.Future[Any]":
    headers = list(row.headers.items())
    future: asyncio.Future[Any] = await producer.send(row.topic, row.value, key=row.key, headers=headers)
    return future


async def _settle(waiting: set["asyncio.Future[Any]"], renew: Callable[[], Awaitable[bool]]) -> None:
    while waiting:
        _, waiting = await asyncio.wait(waiting, timeout=RENEW_SECONDS)
        if waiting:
            await renew()


def _note(sent: Sent, row: OutRecord, error: BaseException) -> None:
    sent.errors.add(type(error).__name__)
    if isinstance(error, _FOR_GOOD):
        sent.refused.append(row)
    else:
        sent.failed.append(_id(row))


def _id(row: OutRecord) -> int:
    if row.id is None:
        raise ValueError("only stored outbox rows can be sent")
    return row.id
