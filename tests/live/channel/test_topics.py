"""The hub's topics on three nodes of which one goes away."""

from pathlib import Path
from uuid import uuid4

import pytest

from hub.channel.broker import Connection
from hub.channel.topics import ClusterUnready, Topic, ensure_topics
from hub.ledger import outbox
from hub.ledger.engine import Ledger
from tests.live.channel.harness import put, relaying, until
from tests.live.servers.kafka import local_kafka
from tests.live.servers.process import Unavailable
from tests.unit.channel.parts import missing

pytestmark = pytest.mark.live
COPIES = 3


async def all_out(ledger: Ledger) -> bool:
    async with ledger.read() as tx:
        return await outbox.unpublished(tx, 1) == []


async def test_with_one_node_of_three_away_the_relay_goes_on_and_only_a_new_topic_waits(
    tmp_path: Path, ledger: Ledger
) -> None:
    topic = Topic(f"test.{uuid4().hex}", 1)
    try:
        with local_kafka(tmp_path / "kafka", COPIES, {"broker.session.timeout.ms": "3000"}) as cluster:
            connection = Connection(cluster.bootstrap)
            assert (await ensure_topics(connection, [topic], replication=COPIES)).brokers == COPIES
            cluster.kill(1)

            async def two_are_listed() -> bool:
                return (await ensure_topics(connection, [topic], replication=COPIES)).brokers == COPIES - 1

            await until(two_are_listed, "the cluster lists two nodes")
            await put(ledger, [missing(uuid4())], topic.name)
            async with relaying(ledger, connection, [topic], "hub", replication=COPIES):
                await until(lambda: all_out(ledger), "the relay has published")
            new = Topic(f"test.{uuid4().hex}", 1)
            with pytest.raises(ClusterUnready, match="2 of at least 3 brokers"):
                await ensure_topics(connection, [topic, new], replication=COPIES, patience=2.0)
    except Unavailable as reason:
        pytest.skip(str(reason))
