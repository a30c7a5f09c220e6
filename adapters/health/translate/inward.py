"""Reading what comes back over MESH: which kind of message it is, and the canonical events that it means."""

from collections.abc import Callable, Iterable
from datetime import datetime

from adapters.health.model import (
    EPISODE_ID,
    EVENT_ACKNOWLEDGEMENT,
    EVENT_DECISION,
    EVENT_SEEN,
    EVENT_SYSTEM,
    FHIR_JSON,
    MESH_REPORT,
    ROUTE,
)
from adapters.health.translate.answers import acknowledgement, decision
from adapters.health.translate.parsing import Message, at, items, message_of, text, uuid_of, value_of
from adapters.health.translate.report import report
from adapters.health.translate.seen import seen
from contracts.adapter import Document, PartnerKind, Reading, Route
from contracts.envelope import Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Data

ROUTES = (
    Route(
        path=ROUTE,
        partner_kinds=(PartnerKind.HEALTH,),
        content_types=(FHIR_JSON, MESH_REPORT, "application/json"),
        description="A FHIR message or a MESH error report from the hub's mailbox: a business acknowledgement, "
        "the answer to a decision request, or a possible sighting.",
    ),
)

_READERS: dict[str, Callable[[Message], tuple[Data, ...]]] = {
    EVENT_ACKNOWLEDGEMENT: acknowledgement,
    EVENT_DECISION: decision,
    EVENT_SEEN: seen,
}


def read(document: Document) -> Reading:
    """Translate a document into events. Raises InvalidMessage; a message of an unknown event is held."""
    if _is_report(document):
        return report(document)
    message = message_of(document)
    facts = _reader(message)(message)
    events = tuple(
        event_of(
            fact,
            id=derived_id("event", document.partner.name, message.id, number),
            source=document.partner.source,
            occurred_at=_occurred_at(message),
            recorded_at=document.received_at,
            references=_references(message),
        )
        for number, fact in enumerate(facts)
    )
    return Reading(events=events, warnings=tuple(dict.fromkeys(message.warnings)), message_id=message.id)


def _is_report(document: Document) -> bool:
    stated = document.headers.get("mex-messagetype", "").upper() == "REPORT"
    return stated or document.content_type.startswith(MESH_REPORT)


def _reader(message: Message) -> Callable[[Message], tuple[Data, ...]]:
    event = text(message.header, "eventCoding", "code")
    if event is None:
        problem = Problem("MessageHeader.eventCoding.code", "is missing", f"one of {', '.join(_READERS)}")
        raise InvalidMessage(Fate.UNUSABLE, "The message does not say what it is.", [problem])
    if at(message.header, "eventCoding", "system") != EVENT_SYSTEM or event not in _READERS:
        problem = Problem("MessageHeader.eventCoding", "not a message event that this hub reads")
        raise InvalidMessage(Fate.HELD, "The message's event is not known to this hub.", [problem])
    return _READERS[event]


def _occurred_at(message: Message) -> datetime:
    stated = message.moment("Bundle.timestamp", at(message.bundle, "timestamp"))
    return stated or message.document.received_at


def _references(message: Message) -> Iterable[Reference]:
    answered = uuid_of(text(message.header, "response", "identifier"))
    if answered is not None:
        yield Reference(kind="dispatch", issuer="hub", value=str(answered))
    task, encounter = message.first("Task"), message.first("Encounter")
    quoted = value_of([at(task, "groupIdentifier"), *items(encounter, "identifier")], EPISODE_ID)
    episode = uuid_of(quoted)
    if episode is not None:
        yield Reference(kind="episode", issuer="hub", value=str(episode))
