"""Reports over HTTP, on kept connections, as a police system sends them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpcore
import orjson

from bench.children import Child, report


@dataclass(frozen=True)
class Taken:
    """The hub's 202 to one report: its episode, and when the answer was here (perf_counter seconds)."""

    episode: UUID
    at: float


class Sender:
    """Sends reports to one hub; `connections` at most are open at once."""

    def __init__(self, url: str, token: str, pool: httpcore.AsyncConnectionPool) -> None:
        self._url = f"{url}/intake/police/reports"
        self._headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/xml")]
        self._pool = pool

    async def send(self, child: Child) -> Taken:
        """Send one report. RuntimeError when the answer is not 202."""
        body = report(child, datetime.now(UTC))
        answer = await self._pool.request("POST", self._url, headers=self._headers, content=body)
        at = time.perf_counter()
        if answer.status != 202:
            raise RuntimeError(f"the hub answers {answer.status} to a report")
        return Taken(UUID(orjson.loads(answer.content)["episode"]), at)


@asynccontextmanager
async def sending(url: str, token: str, connections: int) -> AsyncIterator[Sender]:
    """Give a sender; its connections are closed with the block."""
    async with httpcore.AsyncConnectionPool(max_connections=connections, max_keepalive_connections=connections) as pool:
        yield Sender(url, token, pool)
