"""Delivery's tests run on a real SQLite ledger."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ledger.engine import open_ledger, upgrade
from tests.unit.delivery.outside import World


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of an empty ledger, made once."""
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
    await _let_connections_end()


async def _let_connections_end() -> None:
    # A deliverer stopped in the middle of a statement leaves its connection to a thread, which outlives it briefly.
    for thread in threading.enumerate():
        if "connection_worker" in thread.name:
            await asyncio.to_thread(thread.join, 10)
