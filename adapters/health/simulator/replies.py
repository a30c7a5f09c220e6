"""What a health service sends back: business acknowledgements and answers to decision requests, as plain dicts."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from adapters.health.model import (
    BASE,
    EVENT_ACKNOWLEDGEMENT,
    EVENT_DECISION,
    EVENT_DECISION_REQUEST,
    EVENT_DISPLAY,
    EVENT_SYSTEM,
    FLAG_ID,
    MESSAGE_ID,
    OUTPUT_ANSWER,
    OUTPUT_AREA,
    OUTPUT_SYSTEM,
    SEQUENCE_ID,
    TASK_SYSTEM,
    codeable,
)

Json = dict[str, Any]


def resource_of(bundle: Json, kind: str) -> Json:
    """Return the first resource of a type in a message, or an empty one."""
    entries = bundle.get("entry", [])
    return next((entry["resource"] for entry in entries if entry["resource"]["resourceType"] == kind), {})


def summary(bundle: Json) -> Json:
    """Return what a service notes of a message: its event, its reason, and the flag's identifier, status, sequence."""
    header, flag = resource_of(bundle, "MessageHeader"), resource_of(bundle, "Flag")
    sequence = _value(flag, SEQUENCE_ID)
    return {
        "event": header.get("eventCoding", {}).get("code"),
        "reason": header.get("reason", {}).get("coding", [{}])[0].get("code"),
        "flag": _value(flag, FLAG_ID),
        "flag_status": flag.get("status"),
        "sequence": int(sequence) if sequence else None,
        "task_status": resource_of(bundle, "Task").get("status"),
    }


def is_question(bundle: Json) -> bool:
    """Say whether a message asks for a decision that is still wanted."""
    noted = summary(bundle)
    return (noted["event"], noted["task_status"]) == (EVENT_DECISION_REQUEST, "requested")


def acknowledgement(bundle: Json, mailbox: str, hub: str, by: str, at: str, *, accepted: bool) -> Json:
    """Return the business acknowledgement: accepted by a named person, or rejected."""
    task = _task(bundle, "accepted" if accepted else "rejected", by, at)
    if not accepted:
        task["statusReason"] = {"text": "Not our patient"}
    return _message(bundle, EVENT_ACKNOWLEDGEMENT, mailbox, hub, at, task)


def decision(bundle: Json, mailbox: str, hub: str, by: str, at: str, *, answer: bool, areas: Sequence[str]) -> Json:
    """Return the answer to a decision request: completed with yes and areas, or rejected."""
    task = _task(bundle, "completed" if answer else "rejected", by, at)
    task["identifier"] = resource_of(bundle, "Task")["identifier"]
    if answer:
        yes = {"type": codeable(OUTPUT_SYSTEM, OUTPUT_ANSWER, "Answer"), "valueBoolean": True}
        kind = codeable(OUTPUT_SYSTEM, OUTPUT_AREA, "Area to notify")
        task["output"] = [yes, *({"type": kind, "valueString": area} for area in areas)]
    return _message(bundle, EVENT_DECISION, mailbox, hub, at, task)


def _task(bundle: Json, status: str, by: str, at: str) -> Json:
    asked = resource_of(bundle, "Task")
    told: Json = {name: asked[name] for name in ("groupIdentifier", "for") if name in asked}
    whose = resource_of(bundle, "Communication").get("subject")
    # Only our own identifiers go back; what the patient is called stays here.
    subject = told.pop("for", whose) or {}
    return {
        "resourceType": "Task",
        "id": _id(bundle, status),
        **told,
        "status": status,
        "intent": "order",
        "code": codeable(TASK_SYSTEM, "place-alert", "Place an alert on the record"),
        "for": {"type": "Patient", "identifier": subject.get("identifier", {"system": BASE, "value": "none"})},
        "lastModified": at,
        "owner": {"display": by},
    }


def _message(bundle: Json, event: str, mailbox: str, hub: str, at: str, task: Json) -> Json:
    answered = resource_of(bundle, "MessageHeader")
    header = {
        "resourceType": "MessageHeader",
        "id": _id(bundle, f"{event} {task['status']}"),
        "eventCoding": {"system": EVENT_SYSTEM, "code": event, "display": EVENT_DISPLAY[event]},
        "destination": [{"endpoint": f"mesh:{hub}"}],
        "source": {"endpoint": f"mesh:{mailbox}"},
        "response": {"identifier": answered["id"], "code": "ok"},
        "focus": [{"reference": f"urn:uuid:{task['id']}"}],
    }
    return {
        "resourceType": "Bundle",
        "identifier": {"system": MESSAGE_ID, "value": header["id"]},
        "type": "message",
        "timestamp": at,
        "entry": [{"fullUrl": f"urn:uuid:{part['id']}", "resource": part} for part in (header, task)],
    }


def _id(bundle: Json, what: str) -> str:
    # The same for the same answer, so that a repeat is known as one.
    return str(uuid5(NAMESPACE_URL, f"{bundle.get('id')} {what}"))


def _value(resource: Json, system: str) -> str | None:
    found = (item["value"] for item in resource.get("identifier", []) if item["system"] == system)
    return next(found, None)
