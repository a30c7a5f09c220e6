"""An alert for a record: Flag, Communication, Task, Patient, the author, and the expected date of delivery."""

from adapters.health.model import (
    COMMUNICATION_CATEGORY,
    COMMUNICATION_ID,
    EVENT_ALERT,
    FLAG_CATEGORY,
    FLAG_ID,
    SNOMED,
    TASK_ID,
    TASK_SYSTEM,
    codeable,
)
from adapters.health.translate import resources as fhir
from adapters.health.translate.facts import guidance, instant, lines
from adapters.health.translate.resources import Json
from contracts.adapter import Endpoint
from contracts.dispatch import Action, Dispatch, WithdrawalReason

_RAISED_WRONGLY = frozenset({WithdrawalReason.CANCELLED, WithdrawalReason.CORRECTED})


def alert(dispatch: Dispatch, endpoint: Endpoint) -> Json:
    """Return the message that places, changes or withdraws a flag on a record."""
    person, sender = fhir.patient(dispatch), fhir.author(dispatch)
    flag = _flag(dispatch, person, sender)
    told = communication(dispatch, endpoint, person, sender, category=("alert", "Alert"), about=[fhir.link(flag)])
    task = _task(dispatch, endpoint, person, sender, flag)
    rest = [person, delivery_date(dispatch, person)]
    return fhir.message(dispatch, endpoint, EVENT_ALERT, sender, [flag, told, task], rest)


def raised_wrongly(dispatch: Dispatch) -> bool:
    """Say whether a withdrawal means that it should never have been raised."""
    return dispatch.reason in _RAISED_WRONGLY


def _flag(dispatch: Dispatch, person: Json | None, sender: Json) -> Json:
    started = dispatch.content.missing.missing_since or dispatch.created_at
    ended = dispatch.action is Action.WITHDRAW
    fields: Json = {
        "identifier": fhir.own_identifiers(dispatch, FLAG_ID, "flag"),
        "status": _flag_status(dispatch),
        "category": [codeable(FLAG_CATEGORY, "safety", "Safety")],
        "code": fhir.concern(dispatch),
        "subject": fhir.subject(dispatch, person),
        # The end is when it was withdrawn: when somebody was found is not said.
        "period": {"end": instant(dispatch.created_at)} if ended else {"start": instant(started)},
        "author": fhir.link(sender),
    }
    return fhir.resource(dispatch, "Flag", fields)


def _flag_status(dispatch: Dispatch) -> str:
    if dispatch.action is not Action.WITHDRAW:
        return "active"
    return "entered-in-error" if raised_wrongly(dispatch) else "inactive"


def communication(
    dispatch: Dispatch,
    endpoint: Endpoint,
    person: Json | None,
    sender: Json,
    *,
    category: tuple[str, str],
    about: list[Json],
) -> Json:
    """Return what the recipient is told in words: what to do if seen, whom to call, and the disclosed facts."""
    fields: Json = {
        "identifier": fhir.own_identifiers(dispatch, COMMUNICATION_ID, "communication"),
        "status": "entered-in-error" if raised_wrongly(dispatch) else "completed",
        "category": [codeable(COMMUNICATION_CATEGORY, *category)],
        "priority": fhir.priority(dispatch),
        "subject": fhir.subject(dispatch, person),
        "about": about,
        "sent": instant(dispatch.created_at),
        "recipient": [fhir.receiver(dispatch, endpoint)],
        "sender": fhir.link(sender),
        "reasonCode": fhir.reasons(dispatch),
        "payload": [{"contentString": line} for line in _payload(dispatch)],
    }
    return fhir.resource(dispatch, "Communication", fields)


def _payload(dispatch: Dispatch) -> tuple[str, ...]:
    reference = f"Episode {dispatch.episode_reference}"
    if dispatch.action is Action.WITHDRAW:
        return (reference, withdrawn(dispatch))
    return (reference, *guidance(dispatch.content), *lines(dispatch.content))


def withdrawn(dispatch: Dispatch) -> str:
    """Return what a withdrawal says: that it ended, never where or with whom somebody was found."""
    ending = "It was raised wrongly" if raised_wrongly(dispatch) else "It has ended"
    return f"Withdrawn: {ending}. No further action is asked for."


def _task(dispatch: Dispatch, endpoint: Endpoint, person: Json | None, sender: Json, flag: Json) -> Json:
    ended = dispatch.action is Action.WITHDRAW
    fields: Json = {
        "identifier": fhir.own_identifiers(dispatch, TASK_ID, "task"),
        "groupIdentifier": fhir.group(dispatch),
        "status": "cancelled" if ended else "requested",
        "statusReason": {"text": withdrawn(dispatch)} if ended else None,
        "intent": "order",
        "priority": fhir.priority(dispatch),
        "code": codeable(TASK_SYSTEM, "place-alert", "Place an alert on the record"),
        "focus": fhir.link(flag),
        "for": fhir.subject(dispatch, person),
        "authoredOn": instant(dispatch.created_at),
        "requester": fhir.link(sender),
        "owner": fhir.receiver(dispatch, endpoint),
        "reasonCode": reason(dispatch),
        "restriction": None if ended else {"period": {"end": instant(dispatch.due_at)}},
    }
    return fhir.resource(dispatch, "Task", fields)


def reason(dispatch: Dispatch) -> Json | None:
    """Return all clauses as the one reason that a task may carry."""
    texts = [str(item["text"]) for item in fhir.reasons(dispatch)]
    return {"text": "; ".join(texts)} if texts else None


def delivery_date(dispatch: Dispatch, person: Json | None) -> Json | None:
    """Return the expected date of delivery as an observation of the mother, if it was disclosed."""
    expected = dispatch.content.unborn.expected_date_of_delivery
    if expected is None or person is None:
        return None
    fields: Json = {
        "status": "final",
        "code": codeable(SNOMED, "161714006", "Estimated date of delivery"),
        "subject": fhir.link(person),
        "effectiveDateTime": instant(dispatch.created_at),
        "valueDateTime": expected.isoformat(),
    }
    return fhir.resource(dispatch, "Observation", fields)
