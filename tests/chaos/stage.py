"""The stage: Apache Kafka, PostgreSQL, MESH and the partners' stand-ins, and the hub in processes of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from contracts.adapter import Partner
from hub.demo.cast import PARTNERS, STAND_INS, StandIn
from hub.demo.processes import Company, company, prepare
from hub.ledger import partners
from hub.ledger.engine import open_ledger
from tests.chaos.armed import Armoury
from tests.chaos.network import Faults, broken_network
from tests.chaos.processes import ROOT, Supervisor, hub_processes, supervised
from tests.chaos.receivers import Places, Receivers
from tests.chaos.sending import Partners
from tests.chaos.servers import Servers
from tests.live.channel.harness import until
from tests.live.journeys.postroom import Postroom, postroom
from tests.live.journeys.stage import empty_database
from tests.live.servers.process import accepts, free_ports

# Nobody here waits for people, so what is asked for at a slow pace is asked for at a quicker one.
QUICK = {"HUB_RECEIPT_POLL_SECONDS": "2", "HUB_CLOCK_POLL_SECONDS": "2", "HUB_MESH_POLL_SECONDS": "0.5"}
INBOX_READER, PATIENCE = "lambeth-council", 120.0


@dataclass
class World:
    """The partners' side: stand-ins, MESH and its post room, and the broken ways there (`ways`).

    `port` is where they expect the hub's API; `folder` holds everybody's logs.
    """

    folder: Path
    company: Company
    post: Postroom
    faults: Faults
    ways: Mapping[str, str]
    port: int
    client: httpx.AsyncClient = field(repr=False)


@dataclass
class Stage:
    """A hub that runs, and everything around it."""

    servers: Servers
    world: World
    hub: Supervisor
    armoury: Armoury
    partners: Partners
    receivers: Receivers


def clock() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def partners_there(folder: Path, faults: Faults) -> AsyncIterator[World]:
    """Start the partners' side and wait until all of it answers; it sends nothing by itself but receipts."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        # The stand-ins send their receipts to the hub's API, which gets this port whenever it is started.
        port = free_ports(1)[0]
        playing = await stack.enter_async_context(company(prepare(folder, _stand_ins()), f"http://127.0.0.1:{port}"))
        await until(lambda: _answering(playing), "the stand-ins and MESH answer", PATIENCE)
        keys = playing.keys
        room = postroom(playing.urls["mesh"], keys["mesh_password"], keys["mesh_shared_key"])
        post = await stack.enter_async_context(room)
        ways = await stack.enter_async_context(broken_network(playing.urls, faults))
        yield World(folder, playing, post, faults, ways, port, client)


@asynccontextmanager
async def hub_there(
    servers: Servers,
    world: World,
    parts: Mapping[str, str | None],
    say: Callable[[str], None],
    *,
    settings: Mapping[str, str],
    first: Callable[[Armoury], Awaitable[None]] | None = None,
    without: str | None = None,
) -> AsyncIterator[Stage]:
    """Start the hub on an empty database, its API in the first process, and wait until all of it answers.

    `settings` are environment variables of every process; `first` is what befalls the processes while they start;
    `without` is the safeguard to leave out.
    """
    with empty_database(servers.postgres.url) as database:
        folder = world.folder / f"hub-{without or 'whole'}".replace(" ", "-")
        armoury = Armoury(folder)
        armoury.prepare()
        common = _environment(servers, world, database, armoury, settings, without)
        processes = hub_processes(folder, parts, world.port, common)
        async with supervised(processes, armoury, say) as hub:
            if first is not None:
                await first(armoury)
            api = next(iter(processes.values()))
            for one in processes.values():
                await one.until_ready(world.client, PATIENCE)
            await _introduce(database, world.company)
            yield _stage(servers, world, hub, armoury, api.url)


def _stage(servers: Servers, world: World, hub: Supervisor, armoury: Armoury, url: str) -> Stage:
    tokens = world.company.tokens
    stand_ins = {one.adapter: world.company.urls[one.adapter] for one in world.company.cast}
    places = Places(stand_ins, world.post, servers.kafka.bootstrap, url, tokens[INBOX_READER])
    receivers = Receivers(places, world.client)
    return Stage(servers, world, hub, armoury, Partners(url, tokens, world.client), receivers)


def _stand_ins() -> list[StandIn]:
    """The demo's; Rotherham's designated nurse is the only mailbox that is played, and nobody answers by itself."""
    silent = {"health": ("mailboxes=YROTHNUR",), "authorities": ("answers=no", "inbox=nobody")}
    return [replace(one, settings=(*one.settings, *silent.get(one.adapter, ()))) for one in STAND_INS]


async def _answering(playing: Company) -> bool:
    ports = [urlsplit(url).port or 0 for url in playing.urls.values()]
    return len(playing.stand_ins) == len(playing.cast) and all([await asyncio.to_thread(accepts, one) for one in ports])


def _environment(
    servers: Servers,
    world: World,
    database: str,
    armoury: Armoury,
    settings: Mapping[str, str],
    without: str | None,
) -> dict[str, str]:
    ways = {f"HUB_{name.upper()}_URL": url for name, url in world.ways.items()}
    here = {
        "KAFKA_BOOTSTRAP_SERVERS": servers.kafka.bootstrap,
        "DATABASE_URL": database,
        "HUB_DIRECTORY_FILE": str(ROOT / "hub" / "demo" / "directory.yaml"),
        "HUB_PROCEDURES_FOLDER": str(ROOT / "hub" / "procedures"),
        "HUB_ENVIRONMENT": "test",
        "HUB_LOG_LEVEL": "WARNING",
        "CHAOS_FOLDER": str(armoury.folder),
    }
    left_out = {"CHAOS_WITHOUT": without} if without else {}
    return {**world.company.environment(), **ways, **here, **QUICK, **settings, **left_out}


async def _introduce(database: str, playing: Company) -> None:
    """Give every partner its token."""
    ledger, now = await open_ledger(database), clock()
    try:
        async with ledger.begin() as tx:
            for member in PARTNERS:
                digest = partners.hash_token(playing.tokens[member.name])
                await partners.add(tx, Partner.model_validate(vars(member)), digest, now, now + timedelta(days=1))
    finally:
        await ledger.close()
