"""At every start: has the log been read further than this ledger knows? Then it was restored from a backup."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from hub.channel.broker import Connection, make_admin, make_reader
from hub.channel.topics import Topic
from hub.ledger import positions, restoring
from hub.ledger.engine import Ledger
from hub.ledger.positions import Place, Span

PATIENCE_SECONDS = 5.0

log = structlog.get_logger(__name__)


async def compare(ledger: Ledger, connection: Connection, groups: Mapping[str, Sequence[Topic]], now: datetime) -> bool:
    """Compare the ledger with what each consumer group has acknowledged; returns whether the ledger is an older one.

    Then whatever it holds as unsent is asked about before it is sent, and what it does not know is read again. Where
    the brokers do not answer for a while, nothing can be said, and it is logged.
    """
    found = await _patiently(connection, groups)
    if found is None:
        return False
    async with ledger.begin() as tx:
        older = [await positions.compare(tx, group, places) for group, places in sorted(found.items())]
        count = await restoring.note_restored(tx, now) if any(older) else 0
    if any(older):
        log.warning("ledger_restored", count=count)
    return any(older)


async def _patiently(
    connection: Connection, groups: Mapping[str, Sequence[Topic]]
) -> dict[str, dict[Place, Span]] | None:
    error: Exception | None = None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return {group: await _acknowledged(connection, group, topics) for group, topics in groups.items()}
                except (KafkaError, OSError) as failed:
                    # A broker that has just started does not know its groups yet.
                    error = failed
                    await asyncio.sleep(0.2)
    except TimeoutError:
        log.warning("log_not_compared", exc_info=error)
        return None


async def _acknowledged(connection: Connection, group: str, topics: Sequence[Topic]) -> dict[Place, Span]:
    """Return by place where the log begins and what the group has acknowledged, but never beyond the log's end."""
    admin, reader = make_admin(connection), make_reader(connection)
    try:
        await admin.start()
        await reader.start()
        existing = set(await admin.list_topics())
        places = [TopicPartition(one.name, n) for one in topics if one.name in existing for n in range(one.partitions)]
        said = await admin.list_consumer_group_offsets(group)
        first, end = await reader.beginning_offsets(places), await reader.end_offsets(places)
    finally:
        await reader.stop()
        await admin.close()
    acknowledged = {place: min(said[place].offset if place in said else 0, end[place]) for place in places}
    return {(one.topic, one.partition): Span(first[one], acknowledged[one]) for one in places}
