from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.book import Book
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
