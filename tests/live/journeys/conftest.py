import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.live.journeys.stage import Stage, empty_database, staged


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(kafka_bootstrap: str, database_url: str) -> AsyncIterator[Stage]:
    """One stage for every journey: starting eleven processes takes longer than most of them."""
    with (
        tempfile.TemporaryDirectory(prefix="hub-stage-") as folder,
        empty_database(database_url) as database,
    ):
        async with staged(Path(folder), kafka_bootstrap, database) as ready:
            yield ready
