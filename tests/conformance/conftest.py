"""One running simulator for each adapter, kept for the tests of a module, and the hub's own way out to it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.adapter import Reach
from hub.demo.cast import PARTNERS
from hub.http import HttpClient
from tests.conformance.found import speaks_mesh
from tests.conformance.recording import Recording
from tests.conformance.simulators import SECRETS, Stand, stand
from tests.live.servers.mesh import MeshSandbox

Stands = Callable[[str], Stand]


@pytest.fixture(scope="module")
def stands(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stands]:
    """Give the running simulator of an adapter; it is started when it is first asked for."""
    folder: Path = tmp_path_factory.mktemp("simulators")
    started: dict[str, Stand] = {}
    tokens = {partner.name: f"token-of-{partner.name}" for partner in PARTNERS}
    with ExitStack() as stack:

        def give(adapter: str) -> Stand:
            if adapter not in started:
                more = _mesh(request) if speaks_mesh(adapter) else {}
                started[adapter] = stack.enter_context(stand(adapter, folder, tokens, **more))
            started[adapter].mode("ok")
            return started[adapter]

        yield give


@pytest.fixture
async def reach() -> AsyncIterator[Reach]:
    """What the hub lends an adapter, with the secrets of every channel, and a way out that remembers."""
    async with HttpClient() as client:
        yield Reach(http=Recording(client), now=lambda: datetime.now(UTC), new_id=uuid4, secrets=SECRETS)


def _mesh(request: pytest.FixtureRequest) -> dict[str, str]:
    sandbox: MeshSandbox = request.getfixturevalue("mesh_sandbox")
    return {"mesh": f"{sandbox.url}/messageexchange", "interval": "0.1"}
