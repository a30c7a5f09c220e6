from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.proofs import Proofs, proving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proofs(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proofs]:
    """The servers and partners that all proofs share."""
    folder: Path = tmp_path_factory.mktemp("proofs")
    async with proving(folder, print) as ready:
        yield ready
