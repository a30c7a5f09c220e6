"""Small parts that the channel's tests are made of: a book of two rules, events, and records of the episode topic."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from contracts.adapter import Channel, Endpoint
from contracts.codes import Role, SubjectKind
from contracts.dispatch import Recipient
from contracts.envelope import Event, derived_id, event_of
from contracts.events import Data, Found, MissingReported
from contracts.person import Care, Identifiers, Person, SubjectFacts
from contracts.receipt import Receipt, Stage
from hub.channel.record import Record
from hub.channel.topics import EPISODE
from hub.ledger.outbox import OutRecord, record_of
from hub.routing.book import Book
from hub.routing.directory import Directory
from hub.routing.disclosure import read_disclosure
from hub.routing.reconcile import StandDown
from hub.routing.rules import read_procedure

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROTHERHAM = "E08000018"
UNROUTED = "E09000022"
CASE_TEAM = Recipient(role=Role.CASE_TEAM, authority=ROTHERHAM)

PROCEDURE = {
    "procedure": "test",
    "title": "Two rules",
    "version": "1",
    "rules": [
        {"id": "test.tell", "clause": "test 1", "when": {"status": ["missing"]}, "tell": [{"role": "case_team"}]},
        {
            "id": "test.weekly",
            "clause": "test 2",
            "when": {"status": ["missing"]},
            "tell": [{"role": "case_team", "kind": "reminder"}],
            "every": {"days": 7, "text": "Make the weekly contact."},
        },
    ],
}
DISCLOSURE = {
    "sets": {"identity": ["person.surname", "person.forenames"]},
    "rows": [
        {
            "role": "case_team",
            "kinds": ["notice", "reminder"],
            "purpose": "safeguarding",
            "lawful_basis": "public task",
            "fields": ["identity"],
        }
    ],
}


class NoForces:
    """A country without police."""

    def police_force_of(self, authority: str) -> tuple[str, str] | None:
        return None

    def seated(self, code: str) -> str:
        return code

    def what_is_wrong_with(self, code: str) -> str | None:
        return None

    def icbs_of(self, code: str, on: date) -> tuple[str, ...]:
        return ()


def book() -> Book:
    endpoint = Endpoint(id="rotherham", adapter="authorities", channel=Channel.INBOX, address="rotherham-council")
    return Book(
        (read_procedure("test.yaml", PROCEDURE),),
        read_disclosure("disclosure.yaml", DISCLOSURE),
        Directory({"rotherham": endpoint}, {CASE_TEAM.key: "rotherham"}),
        NoForces(),
        StandDown("test.stand-down", "test 9", "test", "1", "end what was raised", "public task"),
    )


def subject_of(episode: UUID) -> UUID:
    return derived_id("subject", episode)


def happened(
    data: Data, episode: UUID | None, name: str, *, minutes: int = 0, source: str = "/partners/police"
) -> Event:
    at = NOW + timedelta(minutes=minutes)
    return event_of(
        data, id=derived_id("event", episode, name), source=source, occurred_at=at, recorded_at=at, episode_id=episode
    )


def missing(episode: UUID, name: str = "missing", *, surname: str = "Example", authority: str = ROTHERHAM) -> Event:
    facts = SubjectFacts(
        subject_id=subject_of(episode),
        kind=SubjectKind.CHILD,
        person=Person(surname=surname, forenames="Sam"),
        identifiers=Identifiers(case_id=f"case-{episode}"),
        care=Care(responsible_authority=authority),
    )
    return happened(MissingReported(subjects=(facts,)), episode, name)


def found(episode: UUID, name: str = "found") -> Event:
    return happened(Found(), episode, name, minutes=60)


def receipt(dispatch_id: UUID, stage: Stage = Stage.TRANSPORTED) -> Receipt:
    return Receipt(dispatch_id=dispatch_id, stage=stage, at=NOW)


def records(events: Iterable[Event], *, first: int = 0, topic: str = EPISODE) -> list[Record]:
    return [record(record_of(event, NOW, topic), first + number) for number, event in enumerate(events)]


def record(row: OutRecord, offset: int = 0, partition: int = 0) -> Record:
    return Record(row.topic, partition, offset, row.key, tuple(row.headers.items()), row.value)


def poison(offset: int = 0, value: bytes = b"not JSON") -> Record:
    return Record(EPISODE, 0, offset, None, (("ce_id", b"x"),), value)
