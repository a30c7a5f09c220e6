"""The outbox: what must go to Kafka, written in the transaction that made it so.

There is no cursor: numbers of a sequence become visible out of order, and a cursor would pass the late ones by. A row
is unpublished until it is marked, whatever its number.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from contracts.envelope import Event, to_kafka
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import among, chunks, insert, update_each, upsert

EPISODE_TOPIC = "missing.episode.v1"
_CLUSTER = "kafka.cluster_id"
_LOSSES = "kafka.losses"


@dataclass(frozen=True)
class OutRecord:
    """One Kafka record to publish; `id` is the outbox row's, None until it is stored."""

    id: int | None
    topic: str
    key: bytes | None
    headers: dict[str, bytes]
    value: bytes
    event_id: UUID | None
    created_at: datetime


def record_of(event: Event, created_at: datetime, topic: str = EPISODE_TOPIC) -> OutRecord:
    """Return the Kafka record of an event (binary mode, key = episode id)."""
    sent = to_kafka(event)
    key = sent.key.encode() if isinstance(sent.key, str) else sent.key
    return OutRecord(None, topic, key, dict(sent.headers), sent.value or b"", event.id, created_at)


async def add(tx: Tx, records: Sequence[OutRecord]) -> None:
    """Add records in one statement."""
    rows = [
        {
            "topic": record.topic,
            "key": record.key,
            "headers": {name: raw.decode() for name, raw in record.headers.items()},
            "value": record.value,
            "event_id": record.event_id,
            "created_at": record.created_at,
            "closed": False,
        }
        for record in records
    ]
    await insert(tx, tables.outbox, rows)


async def unpublished(tx: Tx, limit: int) -> list[OutRecord]:
    """Return up to `limit` unpublished records, oldest number first."""
    table = tables.outbox
    wanted = select(table).where(table.c.published_at.is_(None)).order_by(table.c.id).limit(limit)
    return [
        OutRecord(
            row.id,
            row.topic,
            row.key,
            {name: text.encode() for name, text in row.headers.items()},
            row.value,
            row.event_id,
            row.created_at,
        )
        for row in await tx.execute(wanted)
    ]


async def mark_published(
    tx: Tx, published: Sequence[tuple[int, int, int]], at: datetime, cluster_id: str | None
) -> None:
    """Mark (id, partition, offset) as published.

    Our own topic's rows are closed by `close_handled`. Those of partners' topics stay open until `purge`, as long as
    the topics keep their records: a partner may not have read them yet when the broker loses its data.
    """
    rows = [{"id": row, "partition": partition, "offset": offset} for row, partition, offset in published]
    await update_each(tx, tables.outbox, "id", rows, published_at=at, cluster_id=cluster_id)


async def set_aside(tx: Tx, rows: Collection[int]) -> None:
    """Note that Kafka refuses these rows for good: they are still tried, but nothing waits for them any more."""
    table = tables.outbox
    for ids in chunks(rows):
        await tx.execute(update(table).where(table.c.id.in_(ids)).values(closed=True))


async def close_handled(tx: Tx, event_ids: Collection[UUID]) -> None:
    """Close the rows of events that our own consumer has handled: only those with an inbox row."""
    table, inbox = tables.outbox, tables.inbox
    handled = select(inbox.c.event_id).where(inbox.c.event_id == table.c.event_id).exists()
    for ids in chunks(event_ids):
        await tx.execute(
            update(table).where(among(tx, table.c.event_id, ids), ~table.c.closed, handled).values(closed=True)
        )


async def reopen(tx: Tx, cluster_id: str) -> int:
    """Publish again whatever was published but is not closed: the broker lost its data, or is another one.

    Notes `cluster_id` as the broker now in use and returns how many rows were reopened.
    """
    table = tables.outbox
    again = update(table).where(table.c.published_at.is_not(None), ~table.c.closed)
    nowhere = {"partition": None, "offset": None, "cluster_id": None}
    result = await tx.execute(again.values(published_at=None, **nowhere))
    # Closed rows stand in a log that is gone: measured by their offsets the new one would count as lost again.
    await tx.execute(update(table).where(table.c.cluster_id.is_not(None)).values(**nowhere))
    await upsert(tx, tables.setting, [{"name": _CLUSTER, "value": cluster_id}], ["value"])
    return result.rowcount


async def cluster_in_use(tx: Tx) -> str | None:
    """Return the id of the broker that `reopen` noted last; None before the first."""
    wanted = select(tables.setting.c.value).where(tables.setting.c.name == _CLUSTER)
    return (await tx.execute(wanted)).scalar_one_or_none()


async def losses(tx: Tx) -> int:
    """Return how often a broker has lost its data, or been replaced, so far."""
    wanted = select(tables.setting.c.value).where(tables.setting.c.name == _LOSSES)
    return int((await tx.execute(wanted)).scalar_one_or_none() or 0)


async def count_loss(tx: Tx) -> None:
    """Count one more loss: whoever reads the log must begin it again."""
    await upsert(tx, tables.setting, [{"name": _LOSSES, "value": str(await losses(tx) + 1)}], ["value"])


async def highest_offsets(tx: Tx, cluster_id: str) -> dict[tuple[str, int], int]:
    """Return the highest offset published to each (topic, partition) of a broker: its end offsets must lie above."""
    table = tables.outbox
    where = (table.c.cluster_id == cluster_id, table.c.partition.is_not(None))
    wanted = select(table.c.topic, table.c.partition, func.max(table.c.offset)).where(*where)
    rows = await tx.execute(wanted.group_by(table.c.topic, table.c.partition))
    return {(topic, partition): offset for topic, partition, offset in rows}


async def positions(tx: Tx, event_ids: Collection[UUID]) -> dict[UUID, tuple[str, int, int]]:
    """Return (topic, partition, offset) of each of these events that is published on our own topic."""
    table = tables.outbox
    found: dict[UUID, tuple[str, int, int]] = {}
    for ids in chunks(event_ids):
        where = (among(tx, table.c.event_id, ids), table.c.topic == EPISODE_TOPIC, table.c.partition.is_not(None))
        for row in await tx.execute(select(table).where(*where).order_by(table.c.id)):
            found[row.event_id] = (row.topic, row.partition, row.offset)
    return found


async def oldest_unpublished(tx: Tx) -> datetime | None:
    """Return when the oldest unpublished record was made; None when everything is out.

    One look at the index's beginning, however long the outbox has grown. What Kafka refuses for good waits for a person
    (`set_aside`) and does not count.
    """
    table = tables.outbox
    waiting = select(table.c.created_at).where(table.c.published_at.is_(None), ~table.c.closed)
    return (await tx.execute(waiting.order_by(table.c.id).limit(1))).scalar_one_or_none()


async def purge(tx: Tx, before: datetime) -> int:
    """Delete rows published before a moment that nobody needs any more; returns how many.

    On our own topic that is what our consumer has handled; partners had until that moment to read theirs.
    """
    table = tables.outbox
    done = table.c.closed | (table.c.topic != EPISODE_TOPIC)
    return (await tx.execute(delete(table).where(done, table.c.published_at < before))).rowcount
