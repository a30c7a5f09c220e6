"""One stage per module: starting it costs seconds, and no journey meets another's children."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.stage import Stage, staged


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The hub and all its partners, none of whom answers by itself."""
    async with staged(tmp_path_factory.mktemp("stage")) as running:
        yield running
