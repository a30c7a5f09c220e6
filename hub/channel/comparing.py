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
                    return await _acknowledged(connection, groups)
                except (KafkaError, OSError) as failed:
                    # A broker that has just started does not know its groups yet.
                    error = failed
                    await asyncio.sleep(0.2)
    except TimeoutError:
        log.warning("log_not_compared", exc_info=error)
        return None


async def _acknowledged(connection: Connection, groups: Mapping[str, Sequence[Topic]]) -> dict[str, dict[Place, Span]]:
    """Return by group and place where the log begins and what is acknowledged, but never beyond the log's end."""
    admin, reader = make_admin(connection), make_reader(connection)
    try:
        await admin.start()
        await reader.start()
        found = {}
        for group, topics in groups.items():
            described = await admin.describe_topics([topic.name for topic in topics])
            places = [
                TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]
            ]
            said = await admin.list_consumer_group_offsets(group)
            first, end = await reader.beginning_offsets(places), await reader.end_offsets(places)
            found[group] = {
                (one.topic, one.partition): Span(first[one], min(said[one].offset if one in said else 0, end[one]))
                for one in places
            }
    finally:
        await reader.stop()
        await admin.close()
    return found
