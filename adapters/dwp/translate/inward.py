"""Answers in: what the Citizen API found becomes a document for intake, and the document an event."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from adapters.dwp.model import RECORD_PARTS, TraceAnswer, TraceResult
from contracts.adapter import Answer, Document, HttpResponse, Reading
from contracts.dispatch import Dispatch
from contracts.envelope import Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import SubjectKey, TracingInformationReceived

AGENCY = "DWP"
ROUTE = "trace-results"
JSON = "application/json"
LARGEST_ANSWER = 64 * 1024
_RESULT_OF_STATUS = {200: TraceResult.MATCHED, 404: TraceResult.NONE, 422: TraceResult.AMBIGUOUS}


def json_object(body: bytes) -> dict[str, Any]:
    """Return a body as a JSON object, or an empty one when it is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def trace_result(answer: HttpResponse) -> TraceResult | None:
    """Return what a match answer says, or None for an answer that is no match result.

    A 404 or 422 counts only with the API's own list of errors in it: a gateway's 404 is not "no such person".
    """
    body = json_object(answer.body)
    wanted = "data" if answer.status == 200 else "errors"
    return _RESULT_OF_STATUS.get(answer.status) if body.get(wanted) else None


def citizen_guid(match: HttpResponse) -> str | None:
    """Return the citizen's GUID from a match; it is good for one call."""
    data = json_object(match.body).get("data")
    guid = data.get("id") if isinstance(data, dict) else None
    return guid if isinstance(guid, str) and 0 < len(guid) <= 64 else None


def trace_answer(dispatch: Dispatch, result: TraceResult, match: HttpResponse, details: HttpResponse | None) -> Answer:
    """Return the document that goes through intake; the same finding gives the same bytes and message id."""
    shape = TraceAnswer(
        dispatch=dispatch.id,
        episode=dispatch.episode_id,
        subject=dispatch.subject_id,
        result=result,
        scenario=_scenario(match) if result is TraceResult.MATCHED else None,
        holds=_holds(details) if details else (),
    )
    body = orjson.dumps(shape.to_json(), option=orjson.OPT_SORT_KEYS)
    return Answer(ROUTE, body, JSON, message_id=str(derived_id("dwp-trace", dispatch.id, sha256(body).hexdigest())))


def _scenario(match: HttpResponse) -> str | None:
    data = json_object(match.body).get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    scenario = attributes.get("matchingScenario") if isinstance(attributes, dict) else None
    return scenario[:100] if isinstance(scenario, str) else None


def _holds(details: HttpResponse) -> tuple[str, ...]:
    data = json_object(details.body).get("data") if details.status == 200 else None
    relationships = data.get("relationships") if isinstance(data, dict) else None
    return tuple(part for part in RECORD_PARTS if part in relationships) if isinstance(relationships, dict) else ()


def read(document: Document) -> Reading:
    """Translate a `dwp-trace-answer` into TracingInformationReceived for the officer in the case.

    Raises InvalidMessage: refused when it is not a JSON object of moderate size, held when written in a newer version,
    unusable when it does not say which request it answers.
    """
    if document.route != ROUTE:
        raise InvalidMessage(Fate.REFUSED, "There is no such route.", [Problem("route", "unknown", f"use {ROUTE}")])
    body = json_object(document.body) if len(document.body) <= LARGEST_ANSWER else {}
    if not body:
        problem = Problem("body", "not a JSON object of at most 64 KiB", "send a dwp-trace-answer, version 1")
        raise InvalidMessage(Fate.REFUSED, "The answer is not readable.", [problem])
    _check_version(body)
    warnings: list[Problem] = []
    answer = _trace_answer(body, warnings)
    message_id = document.message_id or str(derived_id("dwp-trace", answer.dispatch, sha256(document.body).hexdigest()))
    event = event_of(
        TracingInformationReceived(
            subjects=(SubjectKey(subject_id=answer.subject),) if answer.subject else (),
            agency=AGENCY,
            matched={TraceResult.MATCHED: True, TraceResult.NONE: False}.get(answer.result),
            information=in_plain_words(answer),
        ),
        id=derived_id("event", document.partner.name, message_id, 0),
        source=document.partner.source,
        # DWP's answer names no time of its own.
        occurred_at=document.received_at,
        recorded_at=document.received_at,
        references=_references(answer),
    )
    return Reading((event,), tuple(warnings), message_id)


def in_plain_words(answer: TraceAnswer) -> str:
    """Say what an answer means for the officer in the case: no number, no benefit, no amount."""
    if answer.result is TraceResult.NONE:
        return "DWP found no record that fits the details sent."
    if answer.result is TraceResult.AMBIGUOUS:
        return "DWP found more than one record that fits and needs further details, such as earlier names or addresses."
    if answer.result is not TraceResult.MATCHED:
        return "DWP answered in words that the hub does not know; ask DWP what it found."
    how = f" ({answer.scenario})" if answer.scenario else ""
    parts = ", ".join(RECORD_PARTS[part] for part in answer.holds if part in RECORD_PARTS)
    held = f" It holds {parts}." if parts else ""
    return f"DWP has one record that fits the details sent{how}.{held} Ask DWP for what is needed from it."


def _check_version(body: Mapping[str, Any]) -> None:
    version = body.get("version", 1)
    if isinstance(version, int) and version > 1:
        problem = Problem(
            "version", "newer than this hub reads", "send version 1, or wait until the hub has been renewed"
        )
        raise InvalidMessage(Fate.HELD, "The answer is written in a newer version.", [problem])


def _trace_answer(body: Mapping[str, Any], warnings: list[Problem]) -> TraceAnswer:
    """Read an answer leniently: only the reference to the request is needed; other doubtful fields become warnings."""
    fields = {name: value for name, value in body.items() if name not in ("profile", "version")}
    fields.setdefault("result", TraceResult.UNKNOWN)
    try:
        answer = TraceAnswer.model_validate(fields)
    except ValidationError as error:
        doubtful = {str(item["loc"][0]) for item in error.errors(include_input=False, include_context=False)}
        if "dispatch" in doubtful:
            problem = Problem("dispatch", "is missing or not a UUID", "quote the correlation-id of the hub's request")
            raise InvalidMessage(Fate.UNUSABLE, "The answer names no request of the hub.", [problem]) from None
        warnings += [Problem(name, "not understood, left out") for name in sorted(doubtful)]
        kept = {name: value for name, value in fields.items() if name not in doubtful}
        answer = TraceAnswer.model_validate({"result": TraceResult.UNKNOWN, **kept})
    if answer.result is TraceResult.UNKNOWN:
        warnings.append(Problem("result", "unknown word", "send matched, none or ambiguous"))
    return answer


def _references(answer: TraceAnswer) -> Sequence[Reference]:
    named: Sequence[tuple[str, UUID | None]] = (("dispatch", answer.dispatch), ("episode", answer.episode))
    return [Reference(kind=kind, issuer="hub", value=str(value)) for kind, value in named if value]
