"""A pass-through in front of the MESH sandbox that notes when it has taken each message, by the sender's local id.

Bytes are passed on as they come; only the local id of a request and the first line of its answer are looked at. MESH
answers once the message stands in the recipient's mailbox, so that is when it can be read there.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

_LOCAL_ID = re.compile(rb"mex-localid: *([0-9a-f-]{36})", re.IGNORECASE)
_TAKEN = re.compile(rb"HTTP/1\.1 20[02] ")
CHUNK = 65_536


@dataclass
class Tap:
    """`taken`: local id to perf_counter seconds of the sandbox's answer."""

    host: str
    port: int
    taken: dict[UUID, float] = field(default_factory=dict)
    _open: dict["asyncio.Task[None]", tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=dict)

    async def connect(self, hub: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Pass one connection of the hub on until either side ends it."""
        mesh, there = await asyncio.open_connection(self.host, self.port)
        passing = cast("asyncio.Task[None]", asyncio.current_task())
        self._open[passing] = (back, there)
        waiting: list[UUID] = []

        def asked(chunk: bytes) -> None:
            waiting.extend(UUID(found.decode()) for found in _LOCAL_ID.findall(chunk))

        def answered(chunk: bytes) -> None:
            if waiting and chunk.startswith(b"HTTP/1.1 "):
                id = waiting.pop()
                if _TAKEN.match(chunk):
                    self.taken[id] = time.perf_counter()

        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(hub, there, asked))
                both.create_task(_pass(mesh, back, answered))
        finally:
            back.close()
            there.close()
            del self._open[passing]

    async def close(self) -> None:
        """End every connection and wait until each has said so."""
        for back, there in self._open.values():
            back.close()
            there.close()
        if self._open:
            await asyncio.wait(tuple(self._open))


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, look: Callable[[bytes], None]) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(CHUNK):
            look(chunk)
            sink.write(chunk)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def tapped(url: str) -> AsyncIterator[tuple[str, Tap]]:
    """Serve the pass-through on a free port; gives its address and what it notes."""
    parts = urlsplit(url)
    tap = Tap(str(parts.hostname), int(parts.port or 80))
    server = await asyncio.start_server(tap.connect, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", tap
    finally:
        server.close()
        await tap.close()
