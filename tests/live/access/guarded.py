"""The stage on a secured Kafka, and partners' clients on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer

from hub.channel.broker import Connection
from tests.live.journeys.stage import SignIn, Stage, hub_partner, try_partner
from tests.live.servers.secured_kafka import SecuredKafka

HUB = "hub"
NORFOLK = "norfolk-council"


@dataclass
class Guarded:
    """Everything that runs, and the hub's own Kafka password."""

    stage: Stage
    kafka: SecuredKafka
    signing: SignIn
    folder: Path
    password: str = field(repr=False)

    async def partner(self, *arguments: str) -> list[str]:
        """Run `hub partner` as its operator does; returns what it printed."""
        return await hub_partner(self.stage.services["api"], self.signing.partner, *arguments)

    async def trying(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        """Run `hub partner` with other settings, whatever becomes of it; returns exit code, output, errors."""
        return await try_partner(self.stage.services["api"], {**self.signing.partner, **more}, *arguments)

    async def status(self, token: str) -> int:
        """Ask the running API for the inbox; returns the answer's status."""
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.stage.client.get(f"{self.stage.url}/inbox", headers=headers)).status_code


@asynccontextmanager
async def reading(connection: Connection, topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A partner's own consumer of a topic, from its beginning."""
    options: dict[str, Any] = {"group_id": group, "auto_offset_reset": "earliest", "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(topic, **connection.client_options(), **options)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read(consumer: AIOKafkaConsumer, count: int, patience: float = 30.0) -> list[Any]:
    """Read until `count` records are there, and whatever comes within a second more."""
    found: list[Any] = []
    deadline = monotonic() + patience
    while len(found) < count and monotonic() < deadline:
        found += [one for batch in (await consumer.getmany(timeout_ms=200)).values() for one in batch]
    await asyncio.sleep(1.0)
    return found + [one for batch in (await consumer.getmany(timeout_ms=200)).values() for one in batch]
