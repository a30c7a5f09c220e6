"""Invented partners, documents, events and dispatches for the ledger's tests."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from contracts.adapter import Document, Partner, PartnerKind, Reading
from contracts.codes import Duty, Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, Recipient, WithdrawalReason, dispatch_id
from contracts.envelope import Event, Reference, derived_id, event_of
from contracts.events import (
    Cancelled,
    CareContextKnown,
    Data,
    EpisodeUpdated,
    Found,
    MissingReported,
    SubjectKey,
    WhereaboutsBelieved,
)
from contracts.person import Identifiers, Person, SubjectFacts
from hub.episode.reference import episode_reference

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
POLICE = Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024")
OTHER_POLICE = Partner(name="south-yorkshire-police", kind=PartnerKind.POLICE, code="E23000011")
COUNCIL = Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018")
HOME_OFFICE = Partner(name="home-office", kind=PartnerKind.HOME_OFFICE)
BORN = date(2010, 5, 17)
NHS, OTHER_NHS = "9990000018", "9990000026"
_numbers = count(1)


def at(hours: float) -> datetime:
    """NOW and so many hours."""
    return NOW + timedelta(hours=hours)


def report_reference(value: str = "NC-1", issuer: str = "E23000024") -> Reference:
    return Reference(kind="police_report", issuer=issuer, value=value)


def case_reference(value: str = "C-77", issuer: str = "E08000018") -> Reference:
    return Reference(kind="authority_case", issuer=issuer, value=value)


def hub_reference(kind: str, value: UUID | str) -> Reference:
    return Reference(kind=kind, issuer="hub", value=str(value))


def child(
    nhs: str | None = None,
    person_reference: str | None = None,
    case_id: str | None = None,
    name: str = "Rowan",
    born: date | None = BORN,
) -> SubjectFacts:
    return SubjectFacts(
        kind=SubjectKind.CHILD,
        person=Person(surname="Example", forenames=name, date_of_birth=born),
        identifiers=Identifiers(nhs_number=nhs, police_person_reference=person_reference, case_id=case_id),
    )


def key(nhs: str | None = None, person_reference: str | None = None, born: date = BORN) -> SubjectKey:
    numbers = Identifiers(nhs_number=nhs, police_person_reference=person_reference)
    return SubjectKey(identifiers=numbers, date_of_birth=born)


def said(
    data: Data,
    *references: Reference,
    hours: float = 0,
    partner: Partner = POLICE,
    name: object | None = None,
    version: int = 0,
) -> Event:
    """An event as an adapter gives it: no episode yet. `name` makes its id; without one every event is a new one."""
    return event_of(
        data,
        id=derived_id("event", partner.name, name if name is not None else uuid4()),
        source=partner.source,
        occurred_at=at(hours),
        recorded_at=NOW,
        source_version=version,
        references=references,
    )


def missing(*subjects: SubjectFacts, ref: str = "NC-1", hours: float = 0, partner: Partner = POLICE) -> Event:
    return said(
        MissingReported(subjects=subjects or (child(person_reference="P-1"),)),
        report_reference(ref, partner.code or "x"),
        hours=hours,
        partner=partner,
    )


def updated(*subjects: SubjectFacts, ref: str = "NC-1", hours: float = 1) -> Event:
    return said(EpisodeUpdated(subjects=subjects), report_reference(ref), hours=hours, version=2)


def found(*subjects: SubjectKey, ref: str | None = "NC-1", hours: float = 9, partner: Partner = POLICE) -> Event:
    references = [report_reference(ref)] if ref else []
    return said(Found(subjects=subjects), *references, hours=hours, partner=partner)


def cancelled(ref: str = "NC-1", hours: float = 9) -> Event:
    return said(Cancelled(), report_reference(ref), hours=hours)


def context(*subjects: SubjectFacts, shared: bool = False, hours: float = 2, about: Reference | None = None) -> Event:
    data = CareContextKnown(authority="E08000018", subjects=subjects, missing_risk_assessment_shared=shared)
    return said(data, *([about] if about else []), hours=hours, partner=COUNCIL)


def believed(*subjects: SubjectKey, about: Reference, hours: float = 4) -> Event:
    return said(WhereaboutsBelieved(subjects=subjects, believed_left_area=True), about, hours=hours, partner=COUNCIL)


def document(partner: Partner = POLICE, body: bytes | None = None, message_id: str | None = None) -> Document:
    """A message that is unlike every other one unless its body or id says so."""
    text = body if body is not None else f"message {next(_numbers)}".encode()
    return Document(partner, "reports", text, "application/xml", NOW, message_id)


def reading(*events: Event, message_id: str | None = None) -> Reading:
    return Reading(events, (), message_id)


def dispatch(
    *,
    episode_id: UUID | None = None,
    subject_id: UUID | None = None,
    lane: str = "E08000018",
    action: Action = Action.RAISE,
    revision: int = 1,
    thread: str = "notice",
    hours: float = 0,
) -> Dispatch:
    """One revision for the case team of an authority."""
    episode_id, subject_id = episode_id or uuid4(), subject_id or uuid4()
    recipient = Recipient(role=Role.CASE_TEAM, authority=lane)
    withdraws = action is Action.WITHDRAW
    return Dispatch(
        id=dispatch_id(episode_id, subject_id, recipient, thread, revision),
        episode_id=episode_id,
        episode_reference=episode_reference(episode_id),
        subject_id=subject_id,
        subject_kind=SubjectKind.CHILD,
        recipient=recipient,
        kind=Kind.NOTICE,
        thread=thread,
        action=action,
        revision=revision,
        grounds=(ground(),),
        due_at=at(hours + 1),
        created_at=at(hours),
        content=Content() if withdraws else Content(person=Person(surname="Example", date_of_birth=BORN)),
        reason=WithdrawalReason.FOUND if withdraws else None,
    )


def ground() -> Ground:
    return Ground(
        rule="tell-case-team",
        clause="rotherham section 2",
        procedure="rotherham",
        procedure_version="1",
        duty=Duty.MUST,
        occasion=1,
        due_at=at(1),
        purpose="safeguarding",
        lawful_basis="public task",
    )
