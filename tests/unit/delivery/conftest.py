"""Delivery's tests run on a real SQLite ledger."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ledger.engine import open_ledger, upgrade
from tests.unit.delivery.outside import World


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of an empty ledger, made once."""
    import asyncio

    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path.read_bytes()


@pytest.fixture
async def world(tmp_path: Path, empty_ledger: bytes) -> AsyncIterator[World]:
    """An empty ledger, a partner that takes everything, and a clock that stands."""
    path = tmp_path / "ledger.db"
    path.write_bytes(empty_ledger)
    ledger = await open_ledger(f"sqlite+aiosqlite:///{path}")
    yield World(ledger)
    await ledger.close()
