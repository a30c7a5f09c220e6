"""The stage of the journeys: the real hub in this process, every partner's stand-in and the NHS MESH sandbox beside it.

Nothing waits for a time: whoever waits asks until it is so.
"""

import asyncio
import io
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import Select, func, select

from adapters.simulation import redated
from contracts.adapter import Partner
from hub.app import Hub, build, now
from hub.demo.cast import PARTNERS, STAND_INS
from hub.demo.processes import SANDBOX_PYTHON, Company, company, free_port, prepare
from hub.ledger import partners, tables
from hub.logging import configure
from hub.settings import Settings

PATIENCE_SECONDS = 90.0
# Nobody answers by itself: each test says who states what.
SILENT = {"authorities": ("decisions=none", "answers=no"), "health": ("answer=none", "interval=0.2")}
SAMPLES = Path(__file__).resolve().parents[2] / "adapters"
XML, JSON = "application/xml", "application/json"
REPORTS, CARE_CONTEXT, FACTS = (
    "/intake/police/reports",
    "/intake/authorities/care-context",
    "/intake/authorities/facts",
)
Json = dict[str, Any]
T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Ask again and again until the answer is true, and return it."""
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        found = await ask()
        if found:
            return found
        if monotonic() > deadline:
            raise AssertionError(f"never so: {what}")
        await asyncio.sleep(0.1)


def sample(adapter: str, name: str, changes: Mapping[str, str] | None = None, *, days_ago: int = 0) -> str:
    """Return a partner's sample file as if it had been written now, or some days ago, with words replaced."""
    text = (SAMPLES / adapter / "samples" / name).read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        text = text.replace(old, new)
    return redated(text, now() - timedelta(days=days_ago))


@dataclass
class Stage:
    """What a journey works with: the hub, the other processes, and a client that speaks as any partner.

    `answers` keeps every answer that the client got; `logs` is the hub's log.
    """

    folder: Path
    port: int
    company: Company
    client: httpx.AsyncClient
    hub: Hub
    logs: io.StringIO
    answers: list[httpx.Response] = field(default_factory=list)

    def headers(self, partner: str | None, **more: str) -> dict[str, str]:
        """Return a partner's authorisation and further headers, `Content_Type="..."`."""
        token = {"Authorization": f"Bearer {self.company.tokens[partner]}"} if partner else {}
        return token | {name.replace("_", "-"): value for name, value in more.items()}

    async def post(
        self, path: str, partner: str | None, body: bytes | str | Json, type: str = JSON, **more: str
    ) -> httpx.Response:
        """POST to the hub as a partner; a dict goes as JSON."""
        content = json.dumps(body) if isinstance(body, dict) else body
        headers = self.headers(partner, Content_Type=type, **more)
        return self._noted(await self.client.post(path, content=content, headers=headers))

    async def get(self, path: str, partner: str = "operator") -> httpx.Response:
        """GET from the hub as a partner."""
        return self._noted(await self.client.get(path, headers=self.headers(partner)))

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        self.answers.append(answer)
        return answer

    async def accepted(self, path: str, partner: str, body: bytes | str | Json, type: str = JSON) -> Json:
        """POST something good; returns the receipt."""
        answer = await self.post(path, partner, body, type)
        assert answer.status_code == 202, answer.text
        receipt: Json = answer.json()
        assert receipt.get("fate", "accepted") == "accepted", receipt
        return receipt

    async def episode(self, id: str) -> Json:
        """Return an episode's course as the operator sees it."""
        answer = await self.get(f"/episodes/{id}")
        assert answer.status_code == 200, answer.text
        course: Json = answer.json()
        return course

    async def tasks(self) -> list[Json]:
        """Return the open tasks."""
        found: list[Json] = (await self.get("/tasks")).json()["tasks"]
        return found

    async def received(self, adapter: str) -> list[Json]:
        """Return what a stand-in received."""
        answer = await self.client.get(f"{self.company.urls[adapter]}/received")
        found: list[Json] = answer.json()["received"]
        return found

    async def told(self, episode: str, *expected: str) -> Json:
        """Wait until each `role[@place]/thread or kind` has been sent something; returns the episode's course."""
        wanted = [(who, what) for who, _, what in (one.partition("/") for one in expected)]

        async def ask() -> bool:
            async with self.hub.ledger.read() as tx:
                sent = (await tx.execute(_sent(UUID(episode)))).all()
            known = {(who, what) for lane, thread in sent for who in _names(lane, "@") for what in _names(thread, ":")}
            return known.issuperset(wanted)

        await until(ask, f"told: {', '.join(expected)}")
        return await self.episode(episode)

    async def quiet(self, episode: str) -> Json:
        """Wait until every event of an episode is routed and every dispatch settled; returns the episode's course."""

        async def ask() -> bool:
            # In one reading: whatever one part of the hub hands on to the next, it hands on in one transaction.
            async with self.hub.ledger.read() as tx:
                waiting = (await tx.execute(_unsettled(UUID(episode)))).scalar_one()
                return waiting + (await tx.execute(_unrouted(UUID(episode)))).scalar_one() == 0

        await until(ask, "the episode comes to rest")
        return await self.episode(episode)


# The course is asked of the API; whether it is time to ask is looked up where that costs little.
def _sent(episode: UUID) -> Select[str, str]:
    table = tables.dispatch
    return select(table.c.lane, table.c.thread).where(table.c.episode_id == episode, table.c.state == "sent")


def _unsettled(episode: UUID) -> Select[int]:
    table = tables.dispatch
    under_way = table.c.state.in_(("pending", "claimed", "doubtful"))
    return select(func.count()).select_from(table).where(table.c.episode_id == episode, under_way)


def _unrouted(episode: UUID) -> Select[int]:
    """An outbox row is closed once the router has handled its event."""
    row, event = tables.outbox, tables.event
    joined = row.join(event, row.c.event_id == event.c.id)
    return select(func.count()).select_from(joined).where(event.c.episode_id == episode, ~row.c.closed)


def _names(key: str, mark: str) -> tuple[str, str]:
    """The whole of a key, and what stands before its mark: a role without its place, a kind without its rule."""
    return key, key.partition(mark)[0]


@asynccontextmanager
async def playing(folder: Path, port: int, settings: Mapping[str, tuple[str, ...]]) -> AsyncIterator[Company]:
    """Start every stand-in, with settings by adapter, and the sandbox; they are up when the block begins."""
    if not SANDBOX_PYTHON.exists():
        pytest.fail("no MESH sandbox in .venv-mesh: run `make test`, which installs it", pytrace=False)
    chosen = [replace(one, settings=settings.get(one.adapter, one.settings)) for one in STAND_INS]
    async with company(prepare(folder, chosen), f"http://127.0.0.1:{port}") as running:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for name, url in running.urls.items():
                await until(partial(_answers, client, f"{url}/health"), f"{name} answers")
        yield running


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    with suppress(httpx.TransportError):
        return (await client.get(url)).status_code < 500
    return False


@asynccontextmanager
async def serving(
    folder: Path,
    port: int,
    running: Company,
    logs: io.StringIO,
    *,
    level: str = "INFO",
    change: Callable[[Hub], None] = lambda _: None,
) -> AsyncIterator[Hub]:
    """Run the whole hub on the folder's ledger and a broker of its own until the block ends, then cut it off.

    It is cancelled wherever it stands, as the end of its process would: nothing is brought to an end first. Its log
    goes to `logs`; `change` may alter the hub before it serves.
    """
    with pytest.MonkeyPatch.context() as patch, _logging(logs, level):
        for name in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        for name, value in running.environment().items():
            patch.setenv(name, value)
        async with build(_settings(folder, port)) as hub:
            await _admit(hub, running)
            change(hub)
            serving = asyncio.create_task(hub.serve())
            ready = asyncio.create_task(hub.ready.wait())
            await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if serving.done():
                await serving
            try:
                yield hub
            except AssertionError:
                sys.stderr.write(logs.getvalue())
                raise
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving


@contextmanager
def _logging(stream: io.StringIO, level: str) -> Iterator[None]:
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    configure(level, "test", stream=stream)
    try:
        yield
    finally:
        root.handlers[:], root.level = handlers, before
        structlog.reset_defaults()


def _settings(folder: Path, port: int) -> Settings:
    return Settings(
        _env_file=None,
        environment="test",
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/hub.db"),
        api_port=port,
        kafka_partitions=1,
        clock_poll_seconds=0.5,
        receipt_poll_seconds=0.5,
    )


async def _admit(hub: Hub, running: Company) -> None:
    async with hub.ledger.begin() as tx:
        known = {one.name for one in PARTNERS if await partners.by_name(tx, one.name) is not None}
        for member in PARTNERS:
            if member.name not in known:
                digest = partners.hash_token(running.tokens[member.name])
                partner = Partner.model_validate(vars(member))
                await partners.add(tx, partner, digest, now(), now() + timedelta(days=1))


@asynccontextmanager
async def staged(
    folder: Path,
    settings: Mapping[str, tuple[str, ...]] = SILENT,
    level: str = "INFO",
    change: Callable[[Hub], None] = lambda _: None,
) -> AsyncIterator[Stage]:
    """Run everything; `change` may alter the hub before it serves."""
    port, logs = free_port(), io.StringIO()
    async with (
        playing(folder, port, settings) as running,
        serving(folder, port, running, logs, level=level, change=change) as hub,
        speaking(port) as client,
    ):
        yield Stage(folder, port, running, client, hub, logs)


def speaking(port: int) -> httpx.AsyncClient:
    """Return a client of the hub, to be closed after use."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
