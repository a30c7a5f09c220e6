"""The ledger's tests run on SQLite always, and on PostgreSQL wherever a server can be had."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.ledger.engine import Ledger, open_ledger, upgrade

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.live)]


def ledger_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """URL of an empty database of the given kind."""
    if kind == "sqlite":
        return f"sqlite+aiosqlite:///{folder}/ledger.db"
    return str(request.getfixturevalue("fresh_database"))


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    return ledger_url(request.param, request, tmp_path)


@pytest.fixture
async def ledger(url: str) -> AsyncIterator[Ledger]:
    """An open ledger at the newest version."""
    await upgrade(url)
    opened = await open_ledger(url)
    yield opened
    await opened.close()


@pytest.fixture(params=["postgresql"])
async def postgres_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger on PostgreSQL: for what only several processes at once can show."""
    url = ledger_url(request.param, request, tmp_path)
    await upgrade(url)
    opened = await open_ledger(url)
    yield opened
    await opened.close()
