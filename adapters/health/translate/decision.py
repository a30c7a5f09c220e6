"""A decision request: a task with a question that a named person answers by completing or rejecting it."""

from adapters.health.model import EVENT_DECISION_REQUEST, TASK_ID, TASK_SYSTEM, codeable
from adapters.health.translate import resources as fhir
from adapters.health.translate.alert import delivery_date, reason, withdrawn
from adapters.health.translate.facts import guidance, instant, lines
from adapters.health.translate.resources import Json
from contracts.adapter import Endpoint
from contracts.dispatch import Action, Dispatch
from contracts.errors import Undeliverable


def decision_request(dispatch: Dispatch, endpoint: Endpoint) -> Json:
    """Return the message that asks, asks anew, or takes the question back. Raises Undeliverable without a question."""
    if dispatch.content.question is None and dispatch.action is not Action.WITHDRAW:
        raise Undeliverable("the decision request carries no question: the rule that asks must state one")
    person, sender = fhir.patient(dispatch), fhir.author(dispatch)
    task = _task(dispatch, endpoint, person, sender)
    rest = [person, delivery_date(dispatch, person)]
    return fhir.message(dispatch, endpoint, EVENT_DECISION_REQUEST, sender, [task], rest)


def _task(dispatch: Dispatch, endpoint: Endpoint, person: Json | None, sender: Json) -> Json:
    question = None if dispatch.action is Action.WITHDRAW else dispatch.content.question
    whose = fhir.subject(dispatch, person)
    identifiers = [*fhir.own_identifiers(dispatch, TASK_ID, "task"), *fhir.decision_identifier(dispatch)]
    fields: Json = {
        "identifier": identifiers,
        "groupIdentifier": fhir.group(dispatch),
        "status": "requested" if question else "cancelled",
        "statusReason": None if question else {"text": withdrawn(dispatch)},
        "intent": "order",
        "priority": fhir.priority(dispatch),
        "code": codeable(TASK_SYSTEM, "answer-question", "Answer the question"),
        "description": f"{dispatch.episode_reference}: {question.text}" if question else dispatch.episode_reference,
        "focus": whose,
        "for": whose,
        "authoredOn": instant(dispatch.created_at),
        "requester": fhir.link(sender),
        "owner": fhir.receiver(dispatch, endpoint),
        "reasonCode": reason(dispatch),
        "restriction": {"period": {"end": instant(question.due_at)}} if question else None,
        "input": _facts(dispatch) if question else None,
    }
    return fhir.resource(dispatch, "Task", fields)


def _facts(dispatch: Dispatch) -> list[Json]:
    kind = codeable(TASK_SYSTEM, "fact", "Fact")
    return [{"type": kind, "valueString": line} for line in (*guidance(dispatch.content), *lines(dispatch.content))]
