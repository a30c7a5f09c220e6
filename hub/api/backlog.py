"""Whether what comes in can be passed on: looked at once a second, however many messages come in."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from hub.ledger import outbox, positions
from hub.ledger.engine import Ledger

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Standing:
    """`oldest`: when the oldest record not yet in the log was made, None when all are. `reading_again`: the ledger was
    restored and does not know yet what came in after its backup.
    """

    oldest: datetime | None = None
    reading_again: bool = False

    def age(self, now: datetime) -> float:
        """Return how long the oldest record has waited, in seconds; 0 when none does."""
        return 0.0 if self.oldest is None else (now - self.oldest).total_seconds()


class Backlog:
    """The ledger's standing as intake sees it; one for each application."""

    def __init__(self) -> None:
        self._looked_at = float("-inf")
        self._standing = Standing()

    async def look(self, ledger: Ledger) -> Standing:
        """Return the standing as of a second ago at most. While one caller looks, others go by the look before."""
        at = asyncio.get_running_loop().time()
        if at - self._looked_at >= LOOK_SECONDS:
            self._looked_at = at
            async with ledger.read() as tx:
                self._standing = Standing(await outbox.oldest_unpublished(tx), await positions.reading_again(tx))
        return self._standing
