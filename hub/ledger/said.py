"""One event of a document, and what it points at: references, identifiers, ids of subjects. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from contracts.adapter import Document, PartnerKind, authority_of
from contracts.envelope import Event, Reference, derived_id
from contracts.events import (
    CareContextKnown,
    CareContextRequested,
    ClockFell,
    Data,
    DecisionRecorded,
    ReceiptRecorded,
    Report,
    SubjectKey,
)
from contracts.person import SubjectFacts
from hub.identity.keys import Key, keys_of
from hub.ledger.sql import storable

Pointer = SubjectFacts | SubjectKey
# References that name a person's case: the same through all of its episodes, and so also an identifier of the person.
PERSONAL = {"authority_case": "authority_case", "home_office_case": "home_office"}
WITHIN_EPISODE = "within_episode"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# References that the hub itself gave out.
HUB_KINDS: Mapping[str, Callable[[str], UUID | None]] = {"episode": _uuid, "dispatch": _uuid}


@dataclass(frozen=True)
class Said:
    """An event and what it points at. `sole`: the sender's document speaks of one subject in this event.

    `keys` has one tuple of identifiers per subject, in order; `references` are in the form in which they are kept.
    """

    event: Event
    sole: bool
    pointers: tuple[Pointer, ...]
    keys: tuple[tuple[Key, ...], ...]
    references: tuple[Reference, ...]

    @property
    def subject_ids(self) -> tuple[UUID, ...]:
        """The hub's own ids of subjects that the event gives."""
        data = self.event.data
        given = [pointer.subject_id for pointer in self.pointers]
        if isinstance(data, DecisionRecorded | ClockFell):
            given.append(data.subject_id)
        return tuple(id for id in given if id is not None)

    @property
    def own_references(self) -> tuple[Reference, ...]:
        """The sender's references, without those that the hub gave out."""
        return tuple(reference for reference in self.references if reference.kind not in HUB_KINDS)


def said_in(document: Document, events: tuple[Event, ...]) -> list[Said]:
    """Take a document's events apart: what is said of several children, or dispatches, may be of several episodes.

    What an authority holds about children is one event for each of them, and so are receipts.
    """
    return [_said(document, part, sole) for event in events for part, sole in _parts(event)]


def within_episode(episode_id: UUID, pointer: Pointer) -> Key | None:
    """Return the identifier by which the same name and date of birth mean the same subject of one episode."""
    if not isinstance(pointer, SubjectFacts):
        return None
    person = pointer.person
    if not (person.surname or person.forenames):
        return None
    words = [person.surname, person.forenames, person.date_of_birth]
    spelled = "|".join(" ".join(str(word or "").casefold().split()) for word in words)
    return (WITHIN_EPISODE, str(episode_id), sha256(spelled.encode()).hexdigest())


def _parts(event: Event) -> Iterator[tuple[Event, bool]]:
    each = _each(event.data)
    if len(each) < 2:
        yield event, len(pointers_of(event)) == 1
        return
    for number, own in enumerate(each):
        yield event.model_copy(update={"id": derived_id("event", event.id, number), "data": own}), False


def _each(data: Data) -> list[Data]:
    if isinstance(data, CareContextKnown):
        return [data.model_copy(update={"subjects": (subject,)}) for subject in data.subjects]
    if isinstance(data, ReceiptRecorded):
        return [data.model_copy(update={"receipts": (receipt,)}) for receipt in data.receipts]
    return []


def pointers_of(event: Event) -> tuple[Pointer, ...]:
    """Return how an event points at its subjects."""
    if isinstance(event.data, CareContextRequested):
        return (event.data.subject,)
    return tuple(getattr(event.data, "subjects", ()))


def _said(document: Document, event: Event, sole: bool) -> Said:
    pointers = pointers_of(event)
    references = tuple(dict.fromkeys(_kept(reference) for reference in _references(event)))
    keys = tuple(_keys(document, event, pointer, sole) for pointer in pointers)
    return Said(event, sole, pointers, keys, references)


def _references(event: Event) -> tuple[Reference, ...]:
    implied = []
    if event.episode_id is not None:
        implied.append(Reference(kind="episode", issuer="hub", value=str(event.episode_id)))
    if isinstance(event.data, ReceiptRecorded):
        implied += [Reference(kind="dispatch", issuer="hub", value=str(it.dispatch_id)) for it in event.data.receipts]
    return (*implied, *event.references)


def _keys(document: Document, event: Event, pointer: Pointer, sole: bool) -> tuple[Key, ...]:
    found: list[Any] = list(
        keys_of(
            pointer,
            force=_force(document, event),
            authority=authority_of(document.partner),
            references=event.references,
        )
    )
    if sole:
        found += [(PERSONAL[r.kind], r.issuer, r.value) for r in event.references if r.kind in PERSONAL]
    return tuple(
        dict.fromkeys((storable(kind, 100), storable(issuer), storable(value)) for kind, issuer, value in found)
    )


def _force(document: Document, event: Event) -> str | None:
    if document.partner.kind is PartnerKind.POLICE:
        return document.partner.code or document.partner.name
    return event.data.police.force if isinstance(event.data, Report) else None


def _kept(reference: Reference) -> Reference:
    return Reference(
        kind=storable(reference.kind, 100), issuer=storable(reference.issuer), value=storable(reference.value)
    )
