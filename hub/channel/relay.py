"""The relay: what the ledger's outbox holds goes to Kafka, by one relay at a time, in the outbox's order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import text

from hub.channel.broker import Connection, make_producer
from hub.channel.pulse import Pulse
from hub.channel.recovery import needs_recovery, recover
from hub.channel.sending import Sent, send_batch
from hub.channel.tasks import refused_task
from hub.channel.topics import Cluster, Topic
from hub.ledger import leases, outbox, tasks
from hub.ledger.engine import Ledger, Tx
from hub.ledger.outbox import OutRecord

LEASE = "relay"
LEASE_SECONDS = 3.0
BATCH = 500
CHECK_SECONDS = 15.0
BACK_OFF_SECONDS = 0.5
# However fast the bell rings: what comes within this time shares a turn here, and so a batch of the router's.
PACE_SECONDS = 0.02

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


class Relay:
    """Publishes the outbox until it is told to stop.

    `holder` names this relay in the lease row: one name per process on PostgreSQL, a constant one on SQLite (whose
    only process may then go on at once after a crash). `clock` gives UTC. `lost` is called after the broker has lost
    its data, which the ledger counts: let every process look at that count.
    """

    def __init__(
        self,
        ledger: Ledger,
        connection: Connection,
        topics: Sequence[Topic],
        *,
        holder: str,
        clock: Clock,
        poll_seconds: float = 0.5,
        replication: int = 1,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._connection = connection
        self._topics = topics
        self._holder = holder
        self._clock = clock
        self._poll = min(poll_seconds, LEASE_SECONDS / 3)
        self._replication = replication
        self._lost = lost
        self._pulse = Pulse()
        self._producer: AIOKafkaProducer | None = None
        self._cluster: Cluster | None = None
        self._looking: asyncio.Task[bool] | None = None
        self._held_at: float | None = None
        self._checked_at = float("-inf")

    def wake(self) -> None:
        """Say that the outbox has something new; call it after the transaction has committed."""
        self._pulse.beat()

    async def run(self) -> None:
        """Publish until `stop`; every failure is logged and tried again."""
        try:
            while not self._pulse.stopped:
                if not await self._turn():
                    await asyncio.sleep(PACE_SECONDS)
                    await self._pulse.wait(self._poll)
        finally:
            await self._close()

    def stop(self) -> None:
        """End `run` after the batch in hand."""
        self._pulse.stop()

    async def _turn(self) -> bool:
        """Publish one batch; true when there may be more."""
        try:
            if not await self._hold_lease():
                return False
            producer = await self._ready()
            return await self._publish(producer)
        except Exception as error:
            log.warning("relay_failed", error=type(error).__name__, exc_info=error)
            self._checked_at = float("-inf")
            await self._pulse.pause(BACK_OFF_SECONDS)
            return False

    async def _hold_lease(self) -> bool:
        at = asyncio.get_running_loop().time()
        if self._held_at is not None and at - self._held_at < LEASE_SECONDS / 4:
            return True
        async with self._brief() as tx:
            held = await leases.take(tx, LEASE, self._holder, self._clock(), LEASE_SECONDS)
        if held and self._held_at is None:
            log.info("relay_took_over", holder=self._holder)
            self._checked_at = float("-inf")
        self._held_at = at if held else None
        return held

    @asynccontextmanager
    async def _brief(self) -> AsyncIterator[Tx]:
        """A transaction that PostgreSQL ends by itself when this process freezes in it: its locks would hold all up."""
        async with self._ledger.begin() as tx:
            if self._ledger.kind == "postgresql":
                await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = '1500ms'"))
            yield tx

    async def _ready(self) -> AIOKafkaProducer:
        at = asyncio.get_running_loop().time()
        if self._cluster is None or self._checked_at == float("-inf") or self._has_changed():
            self._cluster = await self._check_cluster()
            self._checked_at = at
        elif at - self._checked_at > CHECK_SECONDS and self._looking is None:
            # Beside publishing, which would stand still for most of a second.
            self._looking = asyncio.create_task(needs_recovery(self._ledger, self._connection, self._topics))
            self._checked_at = at
        if self._producer is None:
            producer = make_producer(self._connection)
            await producer.start()
            self._producer = producer
        return self._producer

    def _has_changed(self) -> bool:
        """Say whether a look at the broker is over and found something to do; raises what broke the look."""
        looking = self._looking
        if looking is None or not looking.done():
            return False
        self._looking = None
        return looking.result()

    async def _check_cluster(self) -> Cluster:
        found = await recover(self._ledger, self._connection, self._topics, self._replication)
        if found.lost:
            await self._drop_producer()
            self._lost()
        return found.cluster

    async def _publish(self, producer: AIOKafkaProducer) -> bool:
        async with self._ledger.read() as tx:
            rows = await outbox.unpublished(tx, BATCH)
        if not rows:
            return False
        sent = await send_batch(producer, rows, self._hold_lease)
        await self._mark(sent)
        if sent.refused:
            await self._ask_a_person(sent.refused)
        if sent.failed:
            raise KafkaError(f"{len(sent.failed)} records were not taken: {sent.reasons}")
        return len(rows) == BATCH and bool(sent.done)

    async def _mark(self, sent: Sent) -> None:
        if not sent.done or self._cluster is None:
            return
        async with self._brief() as tx:
            await outbox.mark_published(tx, sent.done, self._clock(), self._cluster.id)

    async def _ask_a_person(self, refused: Sequence[OutRecord]) -> None:
        now = self._clock()
        async with self._ledger.begin() as tx:
            await tasks.open_all(tx, [refused_task(row, now) for row in refused])
            await outbox.set_aside(tx, [row.id for row in refused if row.id is not None])

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._drop_producer()
        if self._held_at is not None:
            async with self._ledger.begin() as tx:
                await leases.release(tx, LEASE, self._holder)
