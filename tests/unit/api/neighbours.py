"""Five partners, each with a child of its own that nobody else was told about, and words that mark what is whose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from adapters import ADAPTERS
from contracts.adapter import Channel, Endpoint, Partner, PartnerKind
from contracts.codes import Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, Recipient, dispatch_id
from contracts.envelope import event_of
from contracts.events import MissingReported
from contracts.person import Person, SubjectFacts
from contracts.receipt import Receipt, Stage
from hub.api.services import Reader
from hub.episode.reference import episode_reference
from hub.ledger import attempts, collecting, dispatches, episodes, events, lanes, partners, receipts, tasks
from hub.ledger.attempts import AttemptResult, Made
from hub.ledger.collecting import Ready
from hub.ledger.engine import Tx
from hub.ledger.tasks import Task
from hub.routing.directory import Directory
from tests.unit.api.conftest import ASKED, START, Desk

NAMESPACE = UUID("5e000000-0000-5000-8000-00000000000e")
KINDS = {
    "norfolk-police": PartnerKind.POLICE,
    "rotherham-council": PartnerKind.AUTHORITY,
    "lambeth-council": PartnerKind.AUTHORITY,
    "home-office": PartnerKind.HOME_OFFICE,
    "dwp": PartnerKind.DWP,
}
AREAS = ("E10000020", "E08000018", "E09000022", "E06000001", "E06000002")


@dataclass(frozen=True)
class House:
    """What belongs to one partner: an episode, a question, a notice and a task; `marks` are in no other's answers."""

    partner: str
    area: str
    episode: UUID
    subject: UUID
    task: UUID
    asked: Dispatch
    notice: Dispatch

    @property
    def canary(self) -> str:
        """A word that only stands in what is this partner's."""
        return f"CANARY-{self.partner.upper()}"

    @property
    def marks(self) -> Sequence[str]:
        """Whatever would show that something of this partner's came out."""
        ids = (self.episode, self.subject, self.task, self.asked.id, self.notice.id)
        return (self.canary, episode_reference(self.episode), *map(str, ids))


def _dispatch(it: House, recipient: Recipient, kind: Kind, thread: str) -> Dispatch:
    ground: Ground = ASKED.grounds[0]
    return Dispatch(
        id=dispatch_id(it.episode, it.subject, recipient, thread, 1),
        episode_id=it.episode,
        episode_reference=episode_reference(it.episode),
        subject_id=it.subject,
        subject_kind=SubjectKind.CHILD,
        recipient=recipient,
        kind=kind,
        thread=thread,
        action=Action.RAISE,
        revision=1,
        grounds=(ground,),
        due_at=START,
        created_at=START,
        content=Content(person=Person(surname=it.canary)),
    )


def house(partner: str, area: str, name: str = "") -> House:
    """Make what belongs to a partner; with a `name` it is somebody's that nobody ever stored."""
    episode, subject, task = (uuid5(NAMESPACE, f"{name}{partner}{what}") for what in ("episode", "subject", "task"))
    asked = Recipient(role=Role.CASE_TEAM, authority=area)
    told = Recipient(role=Role.DUTY_TEAM, authority=area)
    made = House(partner, area, episode, subject, task, ASKED, ASKED)
    asking = _dispatch(made, asked, Kind.DECISION_REQUEST, ASKED.thread)
    return replace(made, asked=asking, notice=_dispatch(made, told, Kind.NOTICE, "notice"))


HOUSES = [house(partner, area) for partner, area in zip(KINDS, AREAS, strict=True)]


def street() -> Directory:
    """Return the directory that reaches each of them, and nobody for another."""
    endpoints = {
        it.partner: Endpoint(
            id=it.partner, adapter="authorities", channel=Channel.INBOX, address=it.partner, partner=it.partner
        )
        for it in HOUSES
    }
    roles = (Role.CASE_TEAM, Role.DUTY_TEAM)
    return Directory(endpoints, {f"{role.value}@{it.area}": it.partner for it in HOUSES for role in roles})


async def move_in(desk: Desk) -> None:
    """Put everything into the desk's ledger, and every adapter's way in beside it."""
    readers = {adapter.name: Reader(adapter.routes, adapter.read) for adapter in ADAPTERS}
    desk.app.state.services = replace(desk.app.state.services, directory=street(), readers=readers)
    async with desk.ledger.begin() as tx:
        await episodes.lock(tx, [it.episode for it in HOUSES])
        for it in HOUSES:
            await _furnish(tx, it, desk)


async def _furnish(tx: Tx, it: House, desk: Desk) -> None:
    token = partners.new_token()
    partner = Partner(name=it.partner, kind=KINDS[it.partner], code=it.area)
    await partners.add(tx, partner, partners.hash_token(token), START, START.replace(year=START.year + 9))
    desk.tokens[it.partner] = token
    facts = SubjectFacts(subject_id=it.subject, person=Person(surname=it.canary))
    reported = event_of(
        MissingReported(subjects=(facts,)),
        id=uuid5(NAMESPACE, f"{it.partner} report"),
        source="/partners/metropolitan-police",
        occurred_at=START,
        recorded_at=START,
        episode_id=it.episode,
    )
    await events.append(tx, [reported], None)
    made = [it.asked, it.notice]
    await dispatches.add(tx, made, {one.id: "pending" for one in made})
    while claimed := await lanes.claim(tx, "worker", START):
        sent = AttemptResult(at=START, outcome="sent", endpoint_id=it.partner, may_have_left=True)
        await attempts.record(tx, [Made(one.dispatch.id, one.attempt_number, sent) for one in claimed])
    bodies = {one.id: f'{{"notice": "{it.canary}", "id": "{one.id}"}}'.encode() for one in made}
    ready = [Ready(it.partner, id, body, "application/json", START) for id, body in bodies.items()]
    await collecting.place(tx, ready)
    said = Receipt(dispatch_id=it.notice.id, stage=Stage.ACCEPTED, at=START, by=it.canary)
    episode_of = await dispatches.episodes_of(tx, [said.dispatch_id])
    await receipts.state(tx, [said], episode_of, partner.source, START)
    await tasks.open(tx, Task(it.task, "receipt_overdue", it.canary, {"who": it.canary}, it.episode, START))
