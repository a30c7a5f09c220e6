"""A network towards the partners that breaks as told: a proxy in front of each, one HTTP exchange a connection."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

RESET, LOST_REPLY, HALF_A_BODY, TOO_LATE = "reset", "lost reply", "half a body", "too late"
KINDS = (RESET, LOST_REPLY, HALF_A_BODY, TOO_LATE)
TOO_LATE_SECONDS = 21.5
"""Longer than the hub waits for any answer."""

_HEAD = b"\r\n\r\n"


@dataclass
class Faults:
    """How many faults of each kind are still to come, and how likely a request is to meet one.

    Every request counts, sends and questions alike; where `only` is set, those to that partner with that method.
    `share` of all faults (0 to 1) may have come by now; `met` counts what came, by partner and kind; `under_way` are
    those that still last.
    """

    chance: random.Random
    left: Counter[str] = field(default_factory=Counter)
    likely: float = 0.0
    share: float = 1.0
    only: tuple[str, str] | None = None
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    under_way: int = 0

    def decide(self, partner: str, method: str) -> str | None:
        """Choose what befalls a request: a kind of fault, or nothing."""
        if self.only not in (None, (partner, method)):
            return None
        kinds = sorted(self.left.elements())
        due = self.share * (len(kinds) + self.count) > self.count
        if not kinds or not due or self.chance.random() >= self.likely:
            return None
        kind = self.chance.choice(kinds)
        self.left[kind] -= 1
        self.met[partner, kind] += 1
        return kind

    @property
    def count(self) -> int:
        """How many there were so far."""
        return self.met.total()

    @property
    def kinds(self) -> Counter[str]:
        """How many there were of each kind."""
        found: Counter[str] = Counter()
        for (_, kind), number in self.met.items():
            found[kind] += number
        return found

    @property
    def through(self) -> bool:
        """Whether all have come and none lasts any more."""
        return not self.left.total() and not self.under_way


@asynccontextmanager
async def broken_network(partners: Mapping[str, str], faults: Faults) -> AsyncIterator[dict[str, str]]:
    """Stand between the hub and these partners (name to address); gives the addresses that the hub is to use."""
    async with AsyncExitStack() as stack:
        ways = {}
        for name, url in partners.items():
            way = _Way(name, urlsplit(url).port or 80, faults)
            server = await stack.enter_async_context(await asyncio.start_server(way.serve, "127.0.0.1", 0))
            ways[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield ways


@dataclass
class _Way:
    """The way to one partner."""

    partner: str
    port: int
    faults: Faults

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one exchange on, or break it."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(_HEAD)
            body = await reader.readexactly(_length(head))
            fault = self.faults.decide(self.partner, head.split(b" ", 1)[0].decode())
            if fault is None:
                writer.write(await self._answer(head, body))
                await writer.drain()
            else:
                self.faults.under_way += 1
                try:
                    await self._break(fault, head, body, writer)
                finally:
                    self.faults.under_way -= 1
        writer.close()

    async def _break(self, fault: str, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        if fault != RESET:
            answer = await self._answer(head, body)
            if fault == TOO_LATE:
                await asyncio.sleep(TOO_LATE_SECONDS)
            elif fault == HALF_A_BODY:
                # All of the head, for a head that breaks off is a lost reply.
                writer.write(answer[: (answer.index(_HEAD) + len(_HEAD) + len(answer)) // 2])
                await writer.drain()
        writer.transport.abort()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(_closing(head) + body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


def _closing(head: bytes) -> bytes:
    """Ask for one answer only, so that its end is the connection's end."""
    lines = head.removesuffix(_HEAD).split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + _HEAD


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)
