"""A broker that lost its data loses nothing of ours: topics are made again, and what is open is published again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from hub.channel.broker import Connection
from hub.channel.topics import Cluster, Place, Topic, ensure_topics, inspect_cluster
from hub.ledger import outbox, positions
from hub.ledger.engine import Ledger

# The relay asks again anyway, and must be able to stop meanwhile.
PATIENCE_SECONDS = 3.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """The cluster as it is, and whether it is another one than before or has lost records."""

    cluster: Cluster
    lost: bool


async def recover(ledger: Ledger, connection: Connection, topics: Sequence[Topic], replication: int) -> Found:
    """Make the topics that are missing; on a changed cluster id, or an end offset lower than what was published there,
    open every unhandled outbox row again. Raises ClusterUnready.
    """
    cluster = await ensure_topics(connection, topics, replication=replication, patience=PATIENCE_SECONDS)
    async with ledger.read() as tx:
        before = await outbox.cluster_in_use(tx)
        highest = await outbox.highest_offsets(tx, cluster.id)
    if before == cluster.id and not _lost(highest, cluster.ends, connection.embedded):
        return Found(cluster, lost=False)
    async with ledger.begin() as tx:
        reopened = await outbox.reopen(tx, cluster.id)
        if before is not None:
            await outbox.count_loss(tx)
            await positions.forget(tx)
    log.warning("broker_changed", cluster_id=cluster.id, count=reopened)
    return Found(cluster, lost=before is not None)


async def needs_recovery(ledger: Ledger, connection: Connection, topics: Sequence[Topic]) -> bool:
    """Say whether `recover` would find something to do; nothing is changed. Raises KafkaError.

    It takes most of a second, and may go on beside publishing, which `recover` may not.
    """
    names = {topic.name for topic in topics}
    cluster = await inspect_cluster(connection, names)
    async with ledger.read() as tx:
        before = await outbox.cluster_in_use(tx)
        highest = await outbox.highest_offsets(tx, cluster.id)
    there = {topic for topic, _ in cluster.ends}
    return before != cluster.id or bool(names - there) or _lost(highest, cluster.ends, connection.embedded)


def _lost(highest: Mapping[Place, int], ends: Mapping[Place, int], embedded: bool) -> bool:
    # The embedded broker's end offsets count the last batch as one record; there the changed id alone tells.
    return not embedded and any(ends.get(place, 0) <= offset for place, offset in highest.items())
