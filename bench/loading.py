"""Loading a partner's own topic with confluent-kafka, once the hub's consumer groups have settled."""

from collections.abc import Iterable, Sequence

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient

from tests.live.servers.process import wait_for

Headers = list[tuple[str, str | bytes | None]]


def await_groups(bootstrap: str, groups: Sequence[str], topics: Sequence[str], members: int = 1) -> None:
    """Wait until each of these groups has so many members with a share, and they hold every partition of the topics."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def settled() -> bool:
        try:
            known = admin.list_topics(timeout=5).topics
            wanted = {(name, number) for name in topics if name in known for number in known[name].partitions}
            asked = admin.describe_consumer_groups(list(groups))
            shares = [[one.assignment.topic_partitions for one in each.result().members] for each in asked.values()]
        except KafkaException:
            return False
        held = {(place.topic, place.partition) for group in shares for share in group for place in share}
        whole = all(sum(bool(share) for share in group) == members for group in shares)
        return whole and {name for name, _ in wanted} == set(topics) and wanted <= held

    wait_for(settled, what=f"groups {', '.join(groups)} have settled")


def load(bootstrap: str, topic: str, records: Iterable[tuple[bytes, bytes, Headers]]) -> None:
    """Write records (key, value, headers) as quickly as they go, and wait until all are acknowledged."""
    settings = {"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 5, "compression.type": "lz4"}
    producer = Producer({**settings, "queue.buffering.max.messages": 1_000_000})
    refused: list[object] = []
    for key, value, headers in records:
        producer.produce(
            topic,
            value,
            key=key,
            headers=headers,
            on_delivery=lambda error, _: refused.append(error) if error else None,
        )
        producer.poll(0)
    producer.flush()
    if refused:
        raise RuntimeError(f"{len(refused)} records were not taken: {refused[0]}")


def records_of(bodies: Iterable[tuple[str, bytes]], partner: str, **more: str) -> list[tuple[bytes, bytes, Headers]]:
    """Make records of bodies (id, body) as a partner writes them to its own topic."""
    common = [(name, text.encode()) for name, text in {"ce_source": f"/partners/{partner}", **more}.items()]
    return [(id.encode(), body, [("ce_id", id.encode()), *common]) for id, body in bodies]
