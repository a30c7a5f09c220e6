"""Canonical CloudEvents from a partner, over HTTP or on its own topic, as intake wants them. Pure.

A partner speaks only in its own name: the event's source must be its own, its id is made unique to it, and what only
the hub itself may state is taken from nobody.
"""

from collections.abc import Sequence

from contracts.adapter import Document, Partner, Reading
from contracts.envelope import Event, Reference, derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import EventType, Report
from contracts.person import Description, Identifiers, SubjectFacts
from hub.doubting import read_doubting

# Links between subjects are decided at /identity, where one decision at a time is recorded.
HUB_ONLY = frozenset(
    {
        EventType.CARE_CONTEXT_REQUESTED,
        EventType.CLOCK_FELL,
        EventType.EARLIER_EPISODE_KNOWN,
        EventType.IDENTITY_LINKED,
        EventType.IDENTITY_UNLINKED,
    }
)


def read_event(document: Document) -> Reading:
    """Read one structured CloudEvent. Doubtful fields are set aside with a warning.

    Raises InvalidMessage: refused, unusable, or held for an unknown type.
    """
    event, warnings = read_doubting(document.body)
    return Reading((owned(event, document),), warnings, str(event.id))


def owned(event: Event, document: Document) -> Event:
    """Return a partner's event as the hub keeps it: its id made the partner's own, its episode as a reference.

    Raises InvalidMessage (unusable) when it is not the partner's to state, or says neither whom nor what is meant.
    """
    problems = [*_not_theirs(event, document.partner), *_nameless(event)]
    if problems:
        raise InvalidMessage(Fate.UNUSABLE, "The event cannot be used.", problems)
    return event.model_copy(
        update={
            "id": derived_id("event", document.partner.name, event.id, 0),
            "recorded_at": document.received_at,
            "episode_id": None,
            "references": _references(event),
        }
    )


def _references(event: Event) -> Sequence[Reference]:
    if event.episode_id is None:
        return event.references
    own = Reference(kind="episode", issuer="hub", value=str(event.episode_id))
    return tuple(dict.fromkeys((own, *event.references)))


def _not_theirs(event: Event, partner: Partner) -> list[Problem]:
    problems = []
    if event.source != partner.source:
        problems.append(Problem("source", "is not the sender's own", f"send {partner.source}"))
    if event.type in HUB_ONLY:
        problems.append(
            Problem("type", "is not a partner's to state", "send what you know; the hub states this itself")
        )
    return problems


def _nameless(event: Event) -> list[Problem]:
    """Say what is missing of the least that a report needs: a reference, and a name or a description (promise G9)."""
    if not isinstance(event.data, Report):
        return []
    problems = []
    if not event.references and event.episode_id is None and not any(_identified(s) for s in event.data.subjects):
        problems.append(Problem("references", "no reference is given", "send your own report or case reference"))
    if event.type is EventType.MISSING_REPORTED and not any(_recognisable(s) for s in event.data.subjects):
        remedy = "send a name or a description of at least one subject"
        problems.append(Problem("data.subjects", "neither name nor description is given", remedy))
    return problems


def _identified(subject: SubjectFacts) -> bool:
    return subject.identifiers != Identifiers()


def _recognisable(subject: SubjectFacts) -> bool:
    person = subject.person
    return bool(person.surname or person.forenames or person.known_as) or subject.description != Description()
