import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.book import Book
from tests.unit.channel import parts


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file at the newest version, to be copied: migrating it anew for each test takes longer than the test."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def ledger(tmp_path: Path, empty_ledger: Path) -> AsyncIterator[Ledger]:
    shutil.copy(empty_ledger, tmp_path / "hub.db")
    opened = await open_ledger(f"sqlite+aiosqlite:///{tmp_path}/hub.db")
    yield opened
    await opened.close()


@pytest.fixture
def book() -> Book:
    return parts.book()
