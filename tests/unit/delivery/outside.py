"""A partner, the clock and dispatches for tests of delivery; the ledger is the real one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts.adapter import (
    Answer,
    Channel,
    Document,
    Endpoint,
    Health,
    HttpResponse,
    Outcome,
    Reach,
    Reading,
    Route,
    TlsIdentity,
    Tracking,
    Wire,
)
from contracts.codes import Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Kind, Recipient, WithdrawalReason, dispatch_id
from contracts.errors import RetryLater, Undeliverable
from contracts.events import ReceiptRecorded
from contracts.person import Person
from contracts.receipt import Stage
from hub.delivery.backoff import Patience
from hub.delivery.deliverer import Deliverer
from hub.delivery.port import Delivery
from hub.episode.reference import episode_reference
from hub.ledger import dispatches, events, tasks
from hub.ledger.dispatches import DispatchRow
from hub.ledger.engine import Ledger
from hub.ledger.outbox import OutRecord
from hub.ledger.tasks import Task
from hub.routing.directory import Directory

EPISODE, CHILD = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
GP, SERVICE = (
    Recipient(role=Role.GP_PRACTICE, organisation="YROTHGP1"),
    Recipient(role=Role.SERVICE_0_19, organisation="YROTH019"),
)
TEAM = Recipient(role=Role.CASE_TEAM, authority="E08000018")
DUTY = Recipient(role=Role.DUTY_TEAM, authority="E10000020")


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Partner:
    """An adapter with its partner behind it. `behaviour` says what each endpoint does next; the last word stays.

    ok; down (no connection); lost (no answer, nothing arrived); swallowed (no answer, but it arrived); refuse; fault;
    wait (until `open` is set); later (a wish when to try again).
    """

    behaviour: dict[str, list[str]] = field(default_factory=dict)
    received: list[tuple[str, UUID]] = field(default_factory=list)
    asked: list[UUID] = field(default_factory=list)
    calls: int = 0
    can_be_asked: bool = True
    stages: dict[UUID, Stage | Exception] = field(default_factory=dict)
    waiting: list[Answer] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    answers: tuple[Answer, ...] = ()
    open: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    not_before: datetime | None = None
    name: str = "test"
    routes: Sequence[Route] = ()

    def read(self, document: Document) -> Reading:
        """Nothing is read in these tests."""
        raise NotImplementedError

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Say the dispatch in the partner's words."""
        if self._next(endpoint.id) == "refuse":
            raise Undeliverable("it cannot be said in this format")
        return Wire(
            f"{dispatch.action.value} {dispatch.id}".encode(), "text/plain", {"x-revision": str(dispatch.revision)}
        )

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """Do what the endpoint does next."""
        self.calls += 1
        word = self._next(endpoint.id)
        self.begun.set()
        if word == "wait":
            await self.open.wait()
        if word == "down":
            raise RetryLater("no connection", maybe_received=False)
        if word == "later":
            raise RetryLater("too busy", maybe_received=False, not_before=self.not_before)
        if word == "lost":
            raise RetryLater("no answer", maybe_received=True)
        if word == "refuse":
            raise Undeliverable("the mailbox is closed")
        if word == "fault":
            raise ValueError("a fault of the adapter")
        self.received.append((endpoint.id, dispatch.id))
        if word == "swallowed":
            raise RetryLater("no answer", maybe_received=True)
        return Outcome(reference=f"ref-{dispatch.revision}", answers=self.answers)

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Say whether it arrived, where that can be asked."""
        self.asked.append(dispatch.id)
        if not self.can_be_asked:
            return None
        known = (endpoint.id, dispatch.id) in self.received
        return Tracking(known=known, reference="tracked" if known else None)

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Say how far it got."""
        stage = self.stages.get(dispatch.id)
        if isinstance(stage, Exception):
            raise stage
        return stage

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Give what waits."""
        return list(self.waiting)

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Take it out of the mailbox."""
        self.acknowledged.append(answer.message_id)
        self.waiting.remove(answer)

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Always there."""
        return Health(reachable=True, detail="")

    def sent_to(self, endpoint: str) -> list[UUID]:
        """Return what arrived at an endpoint, in order."""
        return [dispatch for name, dispatch in self.received if name == endpoint]

    def _next(self, endpoint: str) -> str:
        words = self.behaviour.get(endpoint, ["ok"])
        return words.pop(0) if len(words) > 1 else words[0]


class NoHttp:
    """Nothing goes out over HTTP here."""

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
        """Refuse."""
        raise NotImplementedError


COUNCIL, TOPIC = "rotherham-council", "missing.to.norfolk-council.v1"
ENDPOINTS = {
    "gp": Endpoint(id="gp", adapter="test", channel=Channel.MESH, address="YROTHGP1"),
    "service": Endpoint(id="service", adapter="test", channel=Channel.MESH, address="YROTH019"),
    "team": Endpoint(id="team", adapter="test", channel=Channel.INBOX, address=COUNCIL, partner=COUNCIL),
    "duty": Endpoint(id="duty", adapter="test", channel=Channel.TOPIC, address=TOPIC),
}
ENTRIES = {GP.key: "gp", SERVICE.key: "service", TEAM.key: "team", DUTY.key: "duty"}


def topic_record(dispatch: Dispatch, wire: Wire, topic: str) -> OutRecord:
    """Make a partner topic's record."""
    key = str(dispatch.episode_id).encode()
    return OutRecord(None, topic, key, {"ce_id": str(dispatch.id).encode()}, wire.body, None, NOW)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that work in the background brings about; raises TimeoutError after a long while."""
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - what is waited for is a row in the ledger
            await asyncio.sleep(0.005)


async def stop(running: "asyncio.Task[None]") -> None:
    """Stop work in the background."""
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class World:
    """A ledger, one partner behind several endpoints, and deliverers."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.partner, self.clock = ledger, Partner(), Clock()
        self.directory = Directory(dict(ENDPOINTS), dict(ENTRIES))
        self.patience = Patience(first=10, longest=300, attempts=4)
        self.answers: dict[str, list[str]] = defaultdict(list)
        self.woken = 0

    @property
    def delivery(self) -> Delivery:
        """What the composition root lends."""
        return Delivery(
            ledger=self.ledger,
            adapters={"test": self.partner},
            directory=self.directory,
            http=NoHttp(),
            now=self.clock,
            new_id=uuid4,
            jitter=lambda: 1.0,
            secrets_of=lambda _: {},
            topic_record=topic_record,
            wake=self._wake,
            patience=self.patience,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def take_answer(self, answer: Answer, endpoint: Endpoint) -> None:
        """Store what came back in a delivery."""
        self.answers[endpoint.id].append(answer.message_id)

    def deliverer(self, worker: str = "one") -> Deliverer:
        """A deliverer under a name."""
        return Deliverer(self.delivery, self.take_answer, worker=worker, poll_seconds=0.01)

    async def drain(self) -> None:
        """Deliver all that is due now."""
        await self.deliverer().drain()

    async def add(self, *made: Dispatch, state: str = "pending") -> None:
        """Put dispatches in, as the router does."""
        async with self.ledger.begin() as tx:
            await dispatches.add(tx, made, dict.fromkeys((one.id for one in made), state))

    async def row(self, dispatch: Dispatch) -> DispatchRow:
        """Return a dispatch as it stands."""
        async with self.ledger.read() as tx:
            return (await dispatches.get(tx, [dispatch.id]))[dispatch.id]

    async def state(self, dispatch: Dispatch) -> str:
        """Return its state."""
        return (await self.row(dispatch)).state

    async def all_sent(self, made: Sequence[Dispatch]) -> bool:
        """Say whether all of these are sent."""
        async with self.ledger.read() as tx:
            rows = await dispatches.get(tx, [one.id for one in made])
        return {row.state for row in rows.values()} == {"sent"}

    async def open_tasks(self) -> list[Task]:
        """Return what a person must see to."""
        async with self.ledger.read() as tx:
            return await tasks.list_open(tx)

    async def receipts(self) -> list[tuple[UUID, str]]:
        """Return the receipts stated as events."""
        async with self.ledger.read() as tx:
            stored = (await events.of_episodes(tx, [EPISODE]))[EPISODE]
        stated = [it for one in stored if isinstance(one.data, ReceiptRecorded) for it in one.data.receipts]
        return [(one.dispatch_id, one.stage.value) for one in stated]


def dispatch_to(
    recipient: Recipient, revision: int = 1, action: Action = Action.RAISE, subject: UUID = CHILD
) -> Dispatch:
    """Return a dispatch to a recipient."""
    withdrawn = action is Action.WITHDRAW
    return Dispatch(
        id=dispatch_id(EPISODE, subject, recipient, "alert", revision),
        episode_id=EPISODE,
        episode_reference=episode_reference(EPISODE),
        subject_id=subject,
        subject_kind=SubjectKind.CHILD,
        recipient=recipient,
        kind=Kind.ALERT,
        thread="alert",
        action=action,
        revision=revision,
        grounds=(),
        due_at=NOW,
        created_at=NOW,
        content=Content() if withdrawn else Content(person=Person(surname="Example")),
        reason=WithdrawalReason.FOUND if withdrawn else None,
    )
