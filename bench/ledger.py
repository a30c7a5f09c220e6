"""What stands in the hub's ledger, asked for on a connection of our own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

LOOK_SECONDS = 0.2
_LAID_READY = "SELECT count(*) FROM delivered WHERE position > $1"
_RAISED = """
    SELECT count(*) FROM delivered JOIN dispatch ON dispatch.id = delivered.dispatch_id
    WHERE delivered.position > $1 AND dispatch.state = 'sent' AND dispatch.action = 'raise'
"""
_LAST = "SELECT coalesce(max(position), 0) FROM delivered"
_KINDS = """
    SELECT lane, thread, state, count(*) AS number FROM dispatch GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""

_STAGES = """
    SELECT (SELECT min(received_at) FROM message WHERE adapter = 'police') AS begun,
           (
               SELECT max(published_at) FROM outbox JOIN event ON event.id = event_id WHERE message_id IS NOT NULL
           ) AS published,
           (SELECT max(created_at) FROM dispatch) AS routed,
           (SELECT max(at) FROM attempt) AS laid_ready
"""
_RAISES = "SELECT id, episode_id FROM dispatch WHERE starts_with(lane, $1) AND action = 'raise'"


class Ledger:
    """A look into a database that the hub writes."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, url: str) -> "Ledger":
        """Connect to a SQLAlchemy URL."""
        return cls(await asyncpg.connect(url.replace("+asyncpg", "", 1)))

    async def close(self) -> None:
        """Leave."""
        await self.connection.close()

    async def last_laid_ready(self) -> int:
        """Return the place of the last dispatch laid ready, to count from."""
        return int(await self.connection.fetchval(_LAST))

    async def await_raises(self, wanted: int, patience: float, since: int = 0) -> None:
        """Wait until so many raises are rendered and laid ready for good behind a place.

        Asking costs the server as little as it can: the exact count is taken only once the rows may suffice.
        """

        async def laid_ready() -> int:
            rows = int(await self.connection.fetchval(_LAID_READY, since))
            return int(await self.connection.fetchval(_RAISED, since)) if rows >= wanted else rows

        await await_count(laid_ready, wanted, "dispatches laid ready", patience)

    async def kept_ahead(self) -> int:
        """Return how many children the authority's knowledge is kept ahead of."""
        return int(await self.connection.fetchval("SELECT count(*) FROM ahead"))

    async def reports(self) -> int:
        """Return how many reports were accepted."""
        return int(await self.connection.fetchval("SELECT count(*) FROM message WHERE adapter = 'police'"))

    async def kinds(self) -> list[tuple[str, str, str, int]]:
        """Return the dispatches by lane, thread and state, most first."""
        return [
            (row["lane"], row["thread"], row["state"], row["number"]) for row in await self.connection.fetch(_KINDS)
        ]

    async def stages(self) -> dict[str, float]:
        """Return the seconds from the first report's consumption until the last event was published and so on."""
        row = await self.connection.fetchrow(_STAGES)
        return {
            name: float((row[name] - row["begun"]).total_seconds()) for name in ("published", "routed", "laid_ready")
        }

    async def raises(self, lane: str) -> dict[UUID, UUID]:
        """Return the raises of the lanes that begin so: dispatch id to episode id."""
        rows = await self.connection.fetch(_RAISES, lane)
        return {row["id"]: row["episode_id"] for row in rows}

    async def begun_at(self) -> float:
        """Return when the first report was consumed, as seconds of the wall clock."""
        first = await self.connection.fetchval("SELECT min(received_at) FROM message WHERE adapter = 'police'")
        return float(first.timestamp())


async def await_count(count: Callable[[], Awaitable[int]], wanted: int, what: str, patience: float) -> None:
    """Look until it is so many. RuntimeError with the number reached when nothing more comes for `patience` seconds."""
    reached, changed = -1, time.monotonic()
    while reached < wanted:
        now = await count()
        if now != reached:
            reached, changed = now, time.monotonic()
        elif time.monotonic() - changed > patience:
            raise RuntimeError(f"{what}: {reached} of {wanted} after {patience:.0f} s without another")
        if reached < wanted:
            await asyncio.sleep(LOOK_SECONDS)
