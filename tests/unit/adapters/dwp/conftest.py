"""DWP's simulator on a real socket, and a way out that remembers every request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import uvicorn

from adapters.dwp.simulator import SAMPLES, build, sending
from adapters.simulation import Simulation
from contracts.adapter import Reach
from hub.http import HttpClient
from tests.conformance.recording import Recording
from tests.unit.adapters.dwp.making import NOW

SECRETS = {"client_id": "hub", "client_secret": "s3cret", "token": "a-token"}


@dataclass(frozen=True)
class Running:
    """A simulator at work, what it has got, and what the hub lends the adapter."""

    url: str
    simulation: Simulation
    http: Recording
    reach: Reach


def new_id() -> UUID:
    raise AssertionError("the adapter needs no new id")


@asynccontextmanager
async def running(**settings: str) -> AsyncIterator[Running]:
    simulation = Simulation("dwp", SAMPLES, "http://127.0.0.1:9", {"dwp": "t"}, settings, sending=sending)
    server = uvicorn.Server(
        uvicorn.Config(build(simulation), host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with HttpClient() as client:
        http = Recording(client)
        yield Running(f"http://127.0.0.1:{port}", simulation, http, Reach(http, lambda: NOW, new_id, SECRETS))
    server.should_exit = True
    await serving
