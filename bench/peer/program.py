"""The loop: 500 records, one transaction, produced, then the offsets. `python -m bench.peer.program --help`."""

import argparse
import signal
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
import psycopg
from confluent_kafka import Consumer, KafkaException, Message, Producer

from bench.peer.messages import SPACE, Dispatch, dispatches, load_models
from bench.peer.report import read

BATCH = 500


def main() -> None:
    """Run until asked to end."""
    arguments = _arguments()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if not arguments.unchecked:
        load_models()  # half a second, not in the middle of the first batch
    common = {"bootstrap.servers": arguments.kafka}
    consumer = Consumer(
        {**common, "group.id": arguments.group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    )
    producer = Producer(
        {**common, "acks": "all", "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5}
    )
    consumer.subscribe([arguments.topic])
    with psycopg.connect(arguments.database) as database:
        while not stopping.is_set():
            if records := _readable(consumer.consume(BATCH, timeout=0.1)):
                _batch(records, database, producer, arguments.out, validate=not arguments.unchecked)
                consumer.commit(asynchronous=False)
    consumer.close()


def _batch(records: Sequence[Message], database: Any, producer: Producer, out: str, *, validate: bool) -> None:
    now = datetime.now(UTC)
    by_id = {_id(record): record for record in records}
    with database.transaction(), database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING message_id", [list(by_id)]
        )
        reports = {id: (by_id[id].value() or b"") for (id,) in cursor.fetchall()}
        read_in = {id: read(body) for id, body in reports.items()}
        cases = [one["address"]["socialCareReference"] for one in read_in.values()]
        cursor.execute("SELECT case_id, body FROM context WHERE case_id = ANY(%s)", [cases])
        contexts = dict(cursor.fetchall())
        made = {}
        for id, report in read_in.items():
            context = contexts[report["address"]["socialCareReference"]]
            episode = uuid5(SPACE, f"{report['police']['forceCode']}|{report['police']['reportReference']}")
            event = orjson.dumps({"episode": str(episode), "report": report, "context": context})
            made[id] = (episode, event, list(dispatches(episode, report, context, now, validate)))
        _write(cursor, reports, made, now)
    for episode, event, copies in made.values():
        producer.produce(f"{out}.episode", event, key=str(episode))
        for copy in copies:
            producer.produce(f"{out}.{copy.recipient.lower()}", copy.body, key=str(episode))
        producer.poll(0)
    if producer.flush(30):
        raise RuntimeError("the broker did not confirm in time")


def _write(
    cursor: Any, reports: dict[str, bytes], made: dict[str, tuple[UUID, bytes, list[Dispatch]]], now: datetime
) -> None:
    with cursor.copy("COPY message FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["uuid", "text", "timestamptz", "bytea"])
        for id, body in reports.items():
            copy.write_row((uuid5(SPACE, id), id, now, body))
    with cursor.copy("COPY event FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["uuid", "uuid", "text"])
        for id, (episode, event, _) in made.items():
            copy.write_row((uuid5(SPACE, f"event-{id}"), episode, event.decode()))
    with cursor.copy("COPY dispatch FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["uuid", "uuid", "text", "text", "text", "bytea", "timestamptz"])
        for episode, _, copies in made.values():
            for one in copies:
                copy.write_row((one.id, episode, one.recipient, one.kind, one.content_type, one.body, now))


def _readable(records: Sequence[Message]) -> list[Message]:
    for record in records:
        if (error := record.error()) is not None:
            raise KafkaException(error)
    return list(records)


def _id(record: Message) -> str:
    headers = dict(record.headers() or [])
    given = headers["ce_id"]
    return given.decode() if isinstance(given, bytes) else str(given)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kafka", "database", "group", "topic", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--unchecked", action="store_true", help="do not check the FHIR messages")
    return parser.parse_args()


if __name__ == "__main__":
    main()
