"""The router's consumer: batches of the episode topic into `handle_batch`, then the deliverers are woken."""

from collections.abc import Callable
from datetime import datetime

from faststream.kafka import KafkaBroker

from hub.channel.batch import handle_batch
from hub.channel.broker import Connection
from hub.channel.consumer import BatchConsumer
from hub.channel.record import Record
from hub.channel.topics import Topic
from hub.channel.window import BadWindow
from hub.ledger.engine import Ledger
from hub.routing.book import Book

GROUP = "hub-router"


class Router:
    """Reads the episode topic and routes. Make it before the broker starts; `consumer` is for its state.

    `wake` is called after each commit: deliverers and relay have something to do. `instance` is this router's static
    name within the group: unique per process, and the same after its restart.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        connection: Connection,
        topic: Topic,
        ledger: Ledger,
        book: Book,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        instance: str | None = None,
        group: str = GROUP,
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._clock = clock
        self._wake = wake
        self._window = BadWindow()
        self.consumer = BatchConsumer(
            broker, connection, [topic], self._route, group=group, clock=clock, instance=instance
        )

    async def _route(self, records: list[Record]) -> None:
        await handle_batch(records, self._ledger, self._book, self._clock(), self._window, self.consumer.progress)
        self._wake()
