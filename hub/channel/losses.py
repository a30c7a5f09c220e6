"""Reading again: after the broker lost its data, whichever process noticed it, and after the ledger was restored."""

from collections.abc import Callable, Sequence

import structlog

from hub.channel.consumer import BatchConsumer
from hub.channel.pulse import Pulse
from hub.ledger import outbox, positions
from hub.ledger.engine import Ledger

log = structlog.get_logger(__name__)


class LossWatch:
    """Compares the ledger's count of lost logs with the one it saw last, and rewinds this process's consumers; it also
    sends them back to what a restored ledger does not know.

    `consumers` gives those that run at the moment. `wake` looks at once; otherwise every `poll_seconds`. `seen` is the
    count at the last look, None before the first.
    """

    def __init__(
        self, ledger: Ledger, consumers: Callable[[], Sequence[BatchConsumer]], poll_seconds: float = 2.0
    ) -> None:
        self._ledger = ledger
        self._consumers = consumers
        self._poll = poll_seconds
        self._pulse = Pulse()
        self.seen: int | None = None

    def wake(self) -> None:
        """Say that a log may have been lost."""
        self._pulse.beat()

    async def run(self) -> None:
        """Watch until cancelled; a failure is logged and tried again."""
        while True:
            try:
                await self._look()
            except Exception as error:
                log.warning("loss_watch_failed", exc_info=error)
            await self._pulse.wait(self._poll)

    async def _look(self) -> None:
        async with self._ledger.read() as tx:
            count = await outbox.losses(tx)
        if self.seen is not None and count > self.seen:
            for consumer in self._consumers():
                await consumer.rewind()
            log.warning("reading_again", count=count)
        self.seen = count
        for consumer in self._consumers():
            async with self._ledger.read() as tx:
                stretches = await positions.unread(tx, consumer.group)
            if stretches:
                await consumer.read_again(stretches)
