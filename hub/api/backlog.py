"""How long the oldest record has waited to be passed on: looked at once a second, however many messages come in."""

import asyncio
from datetime import datetime

from hub.ledger import outbox
from hub.ledger.engine import Ledger

LOOK_SECONDS = 1.0


class Backlog:
    """The outbox as intake sees it; one for each application."""

    def __init__(self) -> None:
        self._looked_at = float("-inf")
        self._oldest: datetime | None = None

    async def age(self, ledger: Ledger, now: datetime) -> float:
        """Return the age of the oldest record not yet in the log, in seconds, as of a second ago at most; 0 when none.

        While one caller looks, the others go by the look before.
        """
        at = asyncio.get_running_loop().time()
        if at - self._looked_at >= LOOK_SECONDS:
            self._looked_at = at
            async with ledger.read() as tx:
                self._oldest = await outbox.oldest_unpublished(tx)
        return 0.0 if self._oldest is None else (now - self._oldest).total_seconds()
