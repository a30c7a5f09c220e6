"""The stage: the compose file's four services of the hub, every partner's simulator and MESH, on real servers."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import make_url

from hub.demo.cast import PARTNERS, STAND_INS, Member, StandIn
from hub.demo.processes import Company, company, prepare
from hub.demo.reading import Api
from hub.http import HttpClient
from hub.procedures.loading import load_directory
from tests.live.channel.harness import until
from tests.live.journeys.compose import ROOT, hub_services
from tests.live.journeys.holding import Held, mesh_in_hand
from tests.live.journeys.hub_process import PATIENCE, HubProcess, app_folder
from tests.live.journeys.postroom import Postroom, postroom
from tests.live.servers.postgres import query
from tests.live.servers.process import free_ports, tail

# A story would wait for these as long as a real partner does.
QUICK = {"HUB_RECEIPT_POLL_SECONDS": "0.5", "HUB_CLOCK_POLL_SECONDS": "1"}


@dataclass
class Stage:
    """Everything that runs, and where the tests reach it."""

    services: dict[str, HubProcess]
    kafka: str
    database: str
    company: Company
    mesh: Held
    post: Postroom
    api: Api
    adapter_of: Mapping[str, str]
    client: httpx.AsyncClient = field(repr=False)
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    played: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.services["api"].url

    async def received(self, stand_in: str) -> dict[str, dict[str, Any]]:
        """Return what a partner's simulator holds, by message id."""
        answer = await self.client.get(f"{self.company.urls[stand_in]}/received")
        return {one["id"]: one for one in answer.json()["received"]}

    async def tasks(self) -> list[dict[str, Any]]:
        """Return what waits for a person."""
        return list((await self.api.get("/tasks"))["tasks"])


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    """Make an empty database beside the given one and drop it afterwards; gives its URL."""
    name = f"hub_stage_{uuid4().hex}"
    query(url, f"create database {name}")
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        query(url, f"drop database {name} with (force)")


@dataclass(frozen=True)
class SignIn:
    """How the hub signs in to Kafka: settings of its services, and of `hub partner`."""

    services: Mapping[str, str] = field(default_factory=dict, repr=False)
    partner: Mapping[str, str] = field(default_factory=dict, repr=False)


@asynccontextmanager
async def staged(
    folder: Path,
    kafka: str,
    database: str,
    settings: Mapping[str, str] | None = None,
    signing: SignIn | None = None,
) -> AsyncIterator[Stage]:
    """Start everything and wait until every service's healthcheck succeeds and every simulator answers.

    `settings` are the services' own beside those of the compose file.
    """
    signing = signing or SignIn()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60, trust_env=False))
        prepared = prepare(folder, _stand_ins())
        mesh, held = await stack.enter_async_context(mesh_in_hand(prepared.urls["mesh"]))
        values = _values(prepared, mesh)
        here = {"KAFKA_BOOTSTRAP_SERVERS": kafka, "DATABASE_URL": database, **signing.services, **(settings or {})}
        services = _services(app_folder(folder), values, here)
        stack.callback(_end, services.values())
        # All at once on an empty database: four services and nine commands, of which one makes the tables.
        for one in services.values():
            one.start()
        printed = await _added(services["api"], signing.partner)
        prepared.tokens = {name: lines[0] for name, lines in printed.items()}
        hub = services["api"].url
        playing = await stack.enter_async_context(company(prepared, hub))
        for one in services.values():
            await one.until_healthy()
        await _answering(client, playing)
        keys = playing.keys
        post = await stack.enter_async_context(
            postroom(playing.urls["mesh"], keys["mesh_password"], keys["mesh_shared_key"])
        )
        http = await stack.enter_async_context(HttpClient())
        yield Stage(
            services=services,
            kafka=kafka,
            database=database,
            company=playing,
            mesh=held,
            post=post,
            api=Api(http, hub, playing.tokens["operator"]),
            adapter_of=_adapters(values),
            client=client,
            passwords={name: lines[1] for name, lines in printed.items() if len(lines) > 1},
        )


def _stand_ins() -> list[StandIn]:
    """The demo's, but that only Rotherham's designated nurse is played: the other mailboxes are the post room's."""
    nurse = "mailboxes=YROTHNUR"
    return [replace(one, settings=(*one.settings, nurse)) if one.adapter == "health" else one for one in STAND_INS]


def _values(playing: Company, mesh: str) -> dict[str, str]:
    """What whoever calls compose would have in the environment."""
    keys = playing.keys
    known = {"MESH_PASSWORD": keys["mesh_password"], "MESH_SHARED_KEY": keys["mesh_shared_key"]}
    return {**playing.environment(), **known, "POSTGRES_PASSWORD": "unused", "HUB_MESH_URL": mesh}


def _adapters(values: Mapping[str, str]) -> dict[str, str]:
    directory = load_directory(ROOT / "hub" / "demo" / "directory.yaml", values)
    return {name: one.adapter for name, one in directory.endpoints.items()}


def _end(services: Iterable[HubProcess]) -> None:
    for one in services:
        one.ask_to_end()
    for one in services:
        if one.process is not None:
            one.await_end()


def _services(app: Path, values: Mapping[str, str], here: Mapping[str, str]) -> dict[str, HubProcess]:
    found = hub_services(values)
    moved = {"HUB_API_HOST": "127.0.0.1", **here, **QUICK}
    return {
        one.name: HubProcess(one, app, {**moved, "HUB_API_PORT": str(port)})
        for one, port in zip(found, free_ports(len(found)), strict=True)
    }


async def _added(api: HubProcess, more: Mapping[str, str]) -> dict[str, list[str]]:
    """Add every partner with the hub's own command, as in the api's container; returns the printed secrets."""
    printed = await asyncio.gather(*(_add(partner, api, more) for partner in PARTNERS))
    return {partner.name: lines for partner, lines in zip(PARTNERS, printed, strict=True)}


async def _add(partner: Member, api: HubProcess, more: Mapping[str, str]) -> list[str]:
    command = ["add", partner.name, "--kind", partner.kind, *(("--code", partner.code) if partner.code else ())]
    return await hub_partner(api, more, *command)


async def hub_partner(api: HubProcess, more: Mapping[str, str], *arguments: str) -> list[str]:
    """Run `hub partner` with the api's settings and some more; returns what it printed, secrets alone."""
    code, out, err = await try_partner(api, more, *arguments)
    assert code == 0, err
    return out.splitlines()


async def try_partner(api: HubProcess, more: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run `hub partner`, whatever becomes of it; returns its exit code and what it printed on both streams."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "partner", *arguments),
        cwd=api.folder,
        env={**api.environment, **more},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def _answering(client: httpx.AsyncClient, playing: Company) -> None:
    async def up() -> bool:
        # They are started from a thread, one after the other.
        if len(playing.stand_ins) < len(playing.cast):
            return False
        for stand_in, process in zip(playing.cast, playing.stand_ins, strict=True):
            log = playing.folder / f"{stand_in.adapter}.log"
            assert process.is_alive(), f"the simulator of {stand_in.adapter} ended by itself\n{tail(log)}"
        try:
            return all([(await client.get(f"{url}/health")).is_success for url in playing.urls.values()])
        except httpx.TransportError:
            return False

    await until(up, "every simulator and MESH answer", PATIENCE)
