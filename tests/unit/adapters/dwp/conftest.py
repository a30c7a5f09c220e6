"""DWP's simulator on a real socket, and a way out that remembers every request."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import uvicorn

from adapters.dwp.simulator import SAMPLES, build, sending
from adapters.simulation import Simulation
from contracts.adapter import Http, HttpResponse, Reach, TlsIdentity
from hub.http import HttpClient
from tests.unit.adapters.dwp.making import NOW

SECRETS = {"client_id": "hub", "client_secret": "s3cret", "token": "a-token"}


@dataclass(frozen=True)
class Request:
    """One request as it left."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Recording:
    """The hub's own way out, remembering what it was asked to send."""

    http: Http
    requests: list[Request] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        identity: TlsIdentity | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        self.requests.append(Request(method, url, {k.lower(): v for k, v in (headers or {}).items()}, body))
        return await self.http.request(method, url, headers=headers, body=body, identity=identity, timeout=timeout)


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
