import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.live.recovery.site import Site, built


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(kafka_bootstrap: str, database_url: str) -> AsyncIterator[Site]:
    """One site for every test that ruins servers; only where the run's own servers could be had too."""
    with tempfile.TemporaryDirectory(prefix="hub-site-") as folder:
        async with built(Path(folder)) as ready:
            yield ready
