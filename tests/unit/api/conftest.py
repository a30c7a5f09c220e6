"""The API on a real SQLite ledger, with the police adapter and a small directory, spoken to over ASGI."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import FastAPI

from adapters.police import ADAPTER as POLICE
from contracts.adapter import Channel, Endpoint, Partner, PartnerKind
from contracts.codes import Duty, Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, Recipient, dispatch_id
from contracts.envelope import event_of
from contracts.events import MissingReported
from contracts.person import Person, SubjectFacts
from hub.api.app import create_api
from hub.api.services import Limits, Reader, Services
from hub.ledger import attempts, collecting, dispatches, episodes, events, lanes, partners
from hub.ledger.attempts import AttemptResult, Made
from hub.ledger.collecting import Ready
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.directory import Directory

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
SAMPLES = Path(POLICE.__class__.__module__.replace(".", "/")).parent / "samples"
EPISODE, SUBJECT = UUID("0e000000-0000-5000-8000-00000000000a"), UUID("0c000000-0000-5000-8000-00000000000a")
RULE = "rotherham.tell-receiving"
CAST = (
    Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024"),
    Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018"),
    Partner(name="lambeth-council", kind=PartnerKind.AUTHORITY, code="E09000022"),
    Partner(name="operator", kind=PartnerKind.OPERATOR),
)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """What a test works with: the application, its ledger, a client, and every partner's token."""

    app: FastAPI
    ledger: Ledger
    client: httpx.AsyncClient
    clock: Clock
    tokens: dict[str, str]
    woken: list[int] = field(default_factory=list)

    def headers(self, partner: str | None, **more: str) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.tokens[partner]}"} if partner else {}
        return token | {name.replace("_", "-"): value for name, value in more.items()}

    async def get(self, path: str, partner: str | None = "operator") -> httpx.Response:
        return await self.client.get(path, headers=self.headers(partner))

    async def post(self, path: str, partner: str | None, body: bytes, type: str, **more: str) -> httpx.Response:
        headers = self.headers(partner, Content_Type=type, **more)
        return await self.client.post(path, content=body, headers=headers)


def directory() -> Directory:
    """Rotherham by webhook, Lambeth by inbox."""
    rotherham = Endpoint(
        id="rotherham",
        adapter="authorities",
        channel=Channel.WEBHOOK,
        address="https://r.example",
        partner="rotherham-council",
    )
    lambeth = Endpoint(
        id="lambeth", adapter="authorities", channel=Channel.INBOX, address="lambeth-council", partner="lambeth-council"
    )
    entries = {"case_team@E08000018": "rotherham", "duty_team@E09000022": "lambeth"}
    return Directory({"rotherham": rotherham, "lambeth": lambeth}, entries)


def dispatch(recipient: Recipient, kind: Kind, thread: str) -> Dispatch:
    ground = Ground(
        rule=RULE,
        clause="rotherham P9",
        procedure="rotherham",
        procedure_version="1",
        duty=Duty.MUST,
        occasion=1,
        due_at=START,
        purpose="safeguarding",
        lawful_basis="public task",
    )
    return Dispatch(
        id=dispatch_id(EPISODE, SUBJECT, recipient, thread, 1),
        episode_id=EPISODE,
        episode_reference="MC-TEST-TEST",
        subject_id=SUBJECT,
        subject_kind=SubjectKind.CHILD,
        recipient=recipient,
        kind=kind,
        thread=thread,
        action=Action.RAISE,
        revision=1,
        grounds=(ground,),
        due_at=START,
        created_at=START,
        content=Content(person=Person(surname="CANARY-SURNAME")),
    )


ASKED = dispatch(
    Recipient(role=Role.CASE_TEAM, authority="E08000018"), Kind.DECISION_REQUEST, f"decision_request:{RULE}"
)
NOTICE = dispatch(Recipient(role=Role.DUTY_TEAM, authority="E09000022"), Kind.NOTICE, "notice")
UNSENT = dispatch(Recipient(role=Role.CASE_TEAM, authority="E08000018"), Kind.NOTICE, "notice")


REPORTED = event_of(
    MissingReported(subjects=(SubjectFacts(subject_id=SUBJECT, person=Person(surname="Example")),)),
    id=UUID("0d000000-0000-5000-8000-00000000000a"),
    source="/partners/metropolitan-police",
    occurred_at=START,
    recorded_at=START,
    episode_id=EPISODE,
)


async def tell(desk: Desk) -> None:
    """One episode: Rotherham was asked, Lambeth's notice lies in its inbox, another notice has not left yet."""
    async with desk.ledger.begin() as tx:
        await episodes.lock(tx, [EPISODE])
        await events.append(tx, [REPORTED], None)
        made = [ASKED, NOTICE, UNSENT]
        await dispatches.add(tx, made, {one.id: "pending" for one in made})
        await lanes.claim(tx, "worker", START)
        sent = AttemptResult(at=START, outcome="sent", may_have_left=True)
        told = ((ASKED, "rotherham"), (NOTICE, "lambeth"))
        await attempts.record(tx, [Made(one.id, 1, replace(sent, endpoint_id=endpoint)) for one, endpoint in told])
        await collecting.place(tx, [Ready("lambeth-council", NOTICE.id, b'{"notice": 1}', "application/json", START)])


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No log on the terminal: an unconfigured one would draw every error with its local variables."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), wrapper_class=structlog.BoundLogger)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger at the newest version, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def desk(tmp_path: Path, empty_ledger: Path) -> AsyncIterator[Desk]:
    """The whole API with every partner of the cast."""
    url = f"sqlite+aiosqlite:///{shutil.copy(empty_ledger, tmp_path / 'ledger.db')}"
    ledger = await open_ledger(url)
    clock, tokens, woken = Clock(), {}, []
    async with ledger.begin() as tx:
        for partner in CAST:
            tokens[partner.name] = partners.new_token()
            hashed = partners.hash_token(tokens[partner.name])
            await partners.add(tx, partner, hashed, START, START + timedelta(days=30))
    services = Services(
        ledger=ledger,
        readers={"police": Reader(POLICE.routes, POLICE.read)},
        directory=directory(),
        now=clock,
        wake=lambda: woken.append(1),
        limits=Limits(body_bytes=1_000_000, batch_events=10),
    )
    app = create_api(services)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.example") as client:
        yield Desk(app, ledger, client, clock, tokens, woken)
    await ledger.close()
