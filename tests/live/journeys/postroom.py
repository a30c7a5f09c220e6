"""The mailboxes of the health services, emptied with NHS England's own mesh-client: an independent count."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from mesh_client import MeshClient

MAILBOXES = ("YROTH019", "YROTHGP1", "YROTHMID", "YLAMBNUR")
"""Collected here. The designated nurse of Rotherham, YROTHNUR, is the simulator's: she answers decision requests."""


@dataclass(frozen=True)
class Letter:
    """One MESH message in a mailbox."""

    mailbox: str
    message_id: str
    local_id: str
    document: bytes = field(repr=False)


@dataclass
class Postroom:
    """Collects from every mailbox while `open`; a message stays in its mailbox until it is acknowledged here."""

    url: str
    password: str
    shared_key: str
    letters: list[Letter] = field(default_factory=list)
    open: bool = True
    _clients: dict[str, Any] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def waiting(self) -> list[Letter]:
        """Return what lies in the mailboxes now, and leave it there."""
        async with self._turn:
            return [one for mailbox in MAILBOXES for one in await asyncio.to_thread(self._look, mailbox, False)]

    async def collect(self) -> None:
        """Take everything out of the mailboxes."""
        async with self._turn:
            for mailbox in MAILBOXES:
                self.letters += await asyncio.to_thread(self._look, mailbox, True)

    def times(self, ids: Sequence[str]) -> Counter[str]:
        """Return how often each of these local ids has been collected."""
        return Counter(one.local_id for one in self.letters if one.local_id in set(ids))

    def close(self) -> None:
        """Close the connections to the mailboxes."""
        for client in self._clients.values():
            client.close()

    def _look(self, mailbox: str, take: bool) -> list[Letter]:
        client = self._client(mailbox)
        found = []
        for message_id in client.list_messages():
            message = client.retrieve_message(message_id)
            found.append(Letter(mailbox, message_id, str(message.mex_header("localid")), message.read()))
            if take:
                message.acknowledge()
        return found

    def _client(self, mailbox: str) -> Any:
        if mailbox not in self._clients:
            key = self.shared_key.encode()
            self._clients[mailbox] = MeshClient(self.url, mailbox, self.password, shared_key=key, timeout=30)
        return self._clients[mailbox]


@asynccontextmanager
async def postroom(url: str, password: str, shared_key: str) -> AsyncIterator[Postroom]:
    """Keep a post room that looks into the mailboxes every second."""
    room, closing = Postroom(url, password, shared_key), asyncio.Event()
    looking = asyncio.create_task(_look_until(room, closing))
    try:
        yield room
    finally:
        closing.set()
        await looking
        room.close()


async def _look_until(room: Postroom, closing: asyncio.Event) -> None:
    while not closing.is_set():
        if room.open:
            await room.collect()
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), 1)
