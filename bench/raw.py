"""The bare loops: aiokafka alone, consume 500, produce four of each, commit; no ledger, no work on the records.

It bounds what any program over this client can reach on this machine.
"""

import asyncio
import time
from uuid import uuid4

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import NewTopic

from bench.children import PER_REPORT
from bench.figures import Figure
from bench.loading import load
from bench.servers import Servers
from hub.channel.broker import Connection, make_admin, make_producer
from hub.channel.consumer import MAX_RECORDS

PARTITIONS = 6
BODY = b"x" * 4_000
"""As long as a report."""


async def measure(servers: Servers, count: int) -> list[Figure]:
    """Measure the loop over so many records of a report's length."""
    tag = uuid4().hex[:8]
    connection = Connection(servers.kafka)
    came, went = f"bench.{tag}.in", f"bench.{tag}.out"
    admin = make_admin(connection)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (came, went)])
        await asyncio.to_thread(load, servers.kafka, came, ((str(n).encode(), BODY, []) for n in range(count)))
        seconds = await _loop(connection, came, went, count)
        await admin.delete_topics([came, went])
    finally:
        await admin.close()
    what = f"raw aiokafka loop: consume {MAX_RECORDS}, produce {PER_REPORT} each, commit"
    return [Figure(what, f"{count / seconds:,.0f} records/s")]


async def _loop(connection: Connection, came: str, went: str, count: int) -> float:
    consumer = AIOKafkaConsumer(
        came,
        **connection.client_options(),
        group_id=f"{came}-group",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = make_producer(connection)
    await consumer.start()
    await producer.start()
    try:
        done, begun = 0, 0.0
        while done < count:
            batches = await consumer.getmany(timeout_ms=200, max_records=MAX_RECORDS)
            records = [record for batch in batches.values() for record in batch]
            if not records:
                continue
            begun = begun or time.perf_counter()
            sent = [await producer.send(went, one.value, key=one.key) for one in records for _ in range(PER_REPORT)]
            await asyncio.gather(*sent)
            await consumer.commit()
            done += len(records)
        return time.perf_counter() - begun
    finally:
        await producer.stop()
        await consumer.stop()
