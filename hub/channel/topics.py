"""The topics: created up front and never by accident, and what the cluster says of itself."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.topics import load_topics
from hub.channel.broker import RECORD_BYTES, Connection, make_admin, make_reader

EPISODE = "missing.episode.v1"
DEAD = "missing.episode.v1.dead"
INVALID = "missing.invalid.v1"
RETENTION = timedelta(days=7)
PATIENCE_SECONDS = 30.0

log = structlog.get_logger(__name__)
Place = tuple[str, int]


class ClusterUnready(Exception):
    """The brokers cannot be reached, are too few, or refused a topic; the message says what to do."""


@dataclass(frozen=True)
class Topic:
    """A topic to be created: name, number of partitions, how long its records are kept."""

    name: str
    partitions: int
    retention: timedelta = RETENTION


@dataclass(frozen=True)
class Cluster:
    """What the cluster says: its id, how many brokers, and per topic and partition the offset of the next record."""

    id: str
    brokers: int
    ends: Mapping[Place, int]


def from_topic(partner: str) -> str:
    """Return the topic on which a partner writes to the hub."""
    return f"missing.from.{partner}.v1"


def to_topic(partner: str) -> str:
    """Return the topic on which the hub writes to a partner."""
    return f"missing.to.{partner}.v1"


def all_topics(partners: Sequence[str], partitions: int | None = None) -> list[Topic]:
    """Return the hub's topics as contracts/topics describes them, and the pair of every partner named.

    `partitions` overrides the number in the files.
    """
    return [
        Topic(name, partitions or kind.partitions, timedelta(hours=kind.retention_hours))
        for kind in load_topics()
        for name in ([kind.name_for(partner) for partner in partners] if kind.is_template else [kind.topic])
    ]


async def ensure_topics(
    connection: Connection, topics: Sequence[Topic], *, replication: int = 1, patience: float = PATIENCE_SECONDS
) -> Cluster:
    """Create what is missing, and say what the cluster now holds.

    `replication` is the number of copies of each topic, and so the least number of brokers to create one on: an open
    port is not a ready cluster. Where nothing is missing, a broker may be away. Everything is asked again until
    `patience` seconds are over. Raises ClusterUnready.
    """
    reason: Exception | None = None
    try:
        async with asyncio.timeout(patience):
            while True:
                try:
                    return await _ensure(connection, topics, replication)
                except (KafkaError, OSError, ClusterUnready, TimeoutError) as error:
                    reason = error
                    await asyncio.sleep(0.1)
    except TimeoutError:
        raise ClusterUnready(
            f"Kafka at {connection.bootstrap_servers} was not ready after {patience:.0f} s ({_said(reason)}). "
            "Check that the brokers run, KAFKA_BOOTSTRAP_SERVERS, the certificate authority and the password."
        ) from reason


async def inspect_cluster(connection: Connection, topics: Iterable[str]) -> Cluster:
    """Ask for the cluster's id, its brokers, and the end offsets of the topics that exist. Raises KafkaError."""
    admin = make_admin(connection)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        described = await admin.describe_topics(sorted(set(topics)))
    finally:
        await admin.close()
    places = [TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]]
    return Cluster(cluster["cluster_id"], len(cluster["brokers"]), await _ends(connection, places))


async def _ensure(connection: Connection, topics: Sequence[Topic], replication: int) -> Cluster:
    admin = make_admin(connection)
    try:
        await admin.start()
        await _create(admin, topics, replication)
    finally:
        await admin.close()
    return await inspect_cluster(connection, [topic.name for topic in topics])


async def _create(admin: Any, topics: Sequence[Topic], replication: int) -> None:
    existing = set(await admin.list_topics())
    wanted = [_new_topic(topic, replication) for topic in topics if topic.name not in existing]
    if not wanted:
        return
    brokers = (await admin.describe_cluster())["brokers"]
    if len(brokers) < replication:
        raise ClusterUnready(f"{len(brokers)} of at least {replication} brokers are listed")
    answer = (await admin.create_topics(wanted)).to_object()
    for error in answer["topic_errors"]:
        kind = for_code(error["error_code"])
        if error["error_code"] and kind is not TopicAlreadyExistsError:
            raise ClusterUnready(f"topic {error['topic']} was not created: {kind.__name__}")
    log.info("topics_created", count=len(wanted))


def _new_topic(topic: Topic, replication: int) -> NewTopic:
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": str(int(topic.retention.total_seconds() * 1000)),
        "max.message.bytes": str(RECORD_BYTES),
    }
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=settings)


async def _ends(connection: Connection, places: Sequence[TopicPartition]) -> dict[Place, int]:
    if not places:
        return {}
    reader = make_reader(connection)
    try:
        await reader.start()
        ends = await reader.end_offsets(places)
    finally:
        await reader.stop()
    return {(place.topic, place.partition): offset for place, offset in ends.items()}


def _said(error: Exception | None) -> str:
    return str(error) if isinstance(error, ClusterUnready) else type(error).__name__
