"""A batch consumer that loses nothing: acknowledged by hand after the work is committed, rewound after any failure."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Place
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.exceptions import StopConsume
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition

from hub.channel.broker import Connection
from hub.channel.progress import Progress
from hub.channel.pulse import Pulse
from hub.channel.record import Record, records_of
from hub.channel.topics import Topic
from hub.channel.window import TooManyBad
from hub.ledger.positions import Behind, Position

MAX_RECORDS = 500
# FastStream sleeps this long again after an empty poll: at 10 ms a hop costs next to nothing.
BATCH_TIMEOUT_MS = 10
BACK_OFF_SECONDS = (0.2, 1.0, 5.0, 15.0, 30.0)

log = structlog.get_logger(__name__)
Handle = Callable[[list[Record]], Awaitable[None]]


class BatchConsumer:
    """Feeds the records of some topics to `handle`, batch by batch, in order.

    `handle` commits its work before it returns; when it raises, the whole batch comes again after a back-off, also in
    the next process. With `progress` it notes in its transaction how far it has read; Behind sends the consumer back
    to what the ledger does not know. TooManyBad stops it: `stopped_by` says why. On real Kafka it is a member of
    `group`, a static one under `instance`; on the embedded broker it owns every partition.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        connection: Connection,
        topics: Sequence[Topic],
        handle: Handle,
        *,
        group: str,
        clock: Callable[[], datetime],
        instance: str | None = None,
    ) -> None:
        self.group = group
        self.last_handled_at: datetime | None = None
        self.stopped_by: str | None = None
        self._handle = handle
        self._clock = clock
        # The embedded broker forgets everything when it ends: there no place in the log outlives a start.
        self.progress = None if connection.embedded else Progress(group)
        self._failures = 0
        self._pulse = Pulse()
        which: dict[str, Any] = {"group_instance_id": instance}
        names = [topic.name for topic in topics]
        if connection.embedded:
            which = {"partitions": [TopicPartition(it.name, n) for it in topics for n in range(it.partitions)]}
            names = []
        self._subscriber = broker.subscriber(
            *names,
            **which,
            group_id=group,
            batch=True,
            max_records=MAX_RECORDS,
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
        )
        self._subscriber(self._consume)

    @property
    def running(self) -> bool:
        """Whether it reads."""
        return bool(self._subscriber.running)

    def stop_waiting(self) -> None:
        """Cut a back-off short, so that closing the broker need not wait for it."""
        self._pulse.stop()

    async def rewind(self) -> None:
        """Read every partition from its beginning: the broker has lost its data and counts from zero again."""
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        if kafka is not None and (places := kafka.assignment()):
            await kafka.seek_to_beginning(*places)

    async def read_again(self, stretches: Mapping[tuple[str, int], Position]) -> None:
        """Go back to what a restored ledger does not know, wherever this consumer stands beyond it."""
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        for place in kafka.assignment() if kafka is not None else ():
            stretch = stretches.get((place.topic, place.partition))
            if kafka is not None and stretch is not None and await kafka.position(place) >= stretch.until:
                kafka.seek(place, stretch.next)

    async def lag(self) -> dict[tuple[str, int], int]:
        """Return how many records wait, by topic and partition, as far as the broker has said."""
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        lags: dict[tuple[str, int], int] = {}
        if kafka is None:
            return lags
        for place in kafka.assignment():
            end = kafka.highwater(place)
            if end is not None:
                lags[place.topic, place.partition] = max(0, end - await kafka.position(place))
        return lags

    async def _consume(self, message: KafkaMessage) -> None:
        records = records_of(message)
        try:
            await self._handle(records)
        except TooManyBad as error:
            self.stopped_by = str(error)
            log.error("consumer_stopped", group=self.group, count=error.bad, limit=error.of)
            _rewind(message.consumer, records)
            raise StopConsume from error
        except Behind as behind:
            log.warning("reading_again", group=self.group, count=len(behind.gaps))
            _rewind(message.consumer, records)
            if self.progress is not None:
                self.progress.go_back(message.consumer, behind)
        except Exception as error:
            log.warning("batch_failed", group=self.group, count=len(records), exc_info=error)
            _rewind(message.consumer, records)
            await self._pulse.pause(BACK_OFF_SECONDS[min(self._failures, len(BACK_OFF_SECONDS) - 1)])
            self._failures += 1
        else:
            self._failures = 0
            if self.progress is not None:
                self.progress.done(records)
            self.last_handled_at = self._clock()
            await self._acknowledge(message.consumer, records)

    async def _acknowledge(self, kafka: Any, records: Iterable[Record]) -> None:
        # By offset and not by position: after a rebalance the position may be somebody else's work.
        ends = {Place(one.topic, one.partition): one.offset + 1 for one in records}
        mine = {place: end for place, end in ends.items() if place in kafka.assignment()}
        try:
            if mine:
                await kafka.commit(mine)
        except KafkaError as error:
            # The work is in the ledger; whoever reads these records again finds them in the inbox.
            log.warning("acknowledgement_failed", group=self.group, exc_info=error)


def _rewind(kafka: Any, records: Sequence[Record]) -> None:
    """Go back to the first record of every partition in the batch; a partition that was taken away is left alone.

    The library's own `nack` gives up at the first one taken away, and the next acknowledgement would pass the others.
    """
    starts = {Place(one.topic, one.partition): one.offset for one in reversed(records)}
    for place in starts.keys() & kafka.assignment():
        kafka.seek(place, starts[place])
