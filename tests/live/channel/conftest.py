from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.channel.broker import Connection
from hub.channel.embedded import embedded_broker
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.book import Book
from tests.live.channel.harness import Names
from tests.unit.channel import parts


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    url = f"sqlite+aiosqlite:///{tmp_path}/hub.db"
    await upgrade(url)
    opened = await open_ledger(url)
    yield opened
    await opened.close()


@pytest.fixture
def book() -> Book:
    return parts.book()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def kafka(kafka_bootstrap: str) -> Connection:
    return Connection(kafka_bootstrap)


@pytest.fixture
async def tansu() -> AsyncIterator[Connection]:
    async with embedded_broker(str(uuid4())) as connection:
        yield connection
