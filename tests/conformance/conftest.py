"""One running simulator for each adapter, kept for the tests of a module."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hub.demo.cast import PARTNERS
from tests.conformance.simulators import Stand, stand
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
                more = _mesh(request) if adapter == "health" else {}
                started[adapter] = stack.enter_context(stand(adapter, folder, tokens, **more))
            return started[adapter]

        yield give


def _mesh(request: pytest.FixtureRequest) -> dict[str, str]:
    sandbox: MeshSandbox = request.getfixturevalue("mesh_sandbox")
    return {"mesh": f"{sandbox.url}/messageexchange", "shared_key": sandbox.shared_key, "interval": "0.1"}
