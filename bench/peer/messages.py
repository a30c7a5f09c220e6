"""What is told of a report: notice and decision request to the case team, a FHIR alert to two health services."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import orjson

BASE = "https://missing-children-hub.example/fhir"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
ODS, NHS = "https://fhir.nhs.uk/Id/ods-organization-code", "https://fhir.nhs.uk/Id/nhs-number"
SPACE = UUID("3d2f6d6c-54bb-4b58-9a1e-5a3cf1d3a6f1")
FHIR_JSON = "application/fhir+json"
ACTION = "If seen: do not alarm the child; tell the case team and police at once"
Json = dict[str, Any]


@dataclass(frozen=True)
class Dispatch:
    """One recipient's copy, rendered."""

    id: UUID
    recipient: str
    kind: str
    content_type: str
    body: bytes


def dispatches(episode: UUID, report: Json, context: Json, now: datetime, validate: bool) -> Iterator[Dispatch]:
    """Give the four copies of one report. ValueError when a FHIR message is not valid."""
    for kind in ("notice", "decision_request"):
        id = uuid5(episode, f"case_team-{kind}")
        yield Dispatch(id, "case_team", kind, "application/json", orjson.dumps(_notice(id, kind, report, context, now)))
    for role, code in (("service_0_19", context["service_0_19"]), ("gp_practice", context["gp_practice"])):
        id = uuid5(episode, f"{role}-alert")
        bundle = _alert(id, episode, role, code, report, context, now.isoformat())
        if validate:
            load_models().model_validate(bundle)
        yield Dispatch(id, code, "alert", FHIR_JSON, orjson.dumps(bundle))


def _notice(id: UUID, kind: str, report: Json, context: Json, now: datetime) -> Json:
    kept = ("person", "description", "address", "health", "clothing", "possessions", "phones", "missing", "last_seen")
    told = {name: report[name] for name in (*kept, "risk", "police", "officer")}
    question = {"question": "Notify the Department for Work and Pensions?"} if kind == "decision_request" else {}
    return {"id": str(id), "kind": kind, "issuedAt": now.isoformat(), "care": context, **told, **question}


def _alert(id: UUID, episode: UUID, role: str, code: str, report: Json, context: Json, now: str) -> Json:
    ids = {kind: str(uuid5(id, kind)) for kind in ("Flag", "Communication", "Task", "Organization", "Patient")}
    link = {kind: {"reference": f"urn:uuid:{each}"} for kind, each in ids.items()}
    person, police = report["person"], report["police"]
    subject = {**link["Patient"], "type": "Patient", "identifier": _identifier("subject", uuid5(episode, "subject"))}
    owner = {"type": "Organization", "identifier": {"system": ODS, "value": code}, "display": role.replace("_", " ")}
    reason = {"text": "rotherham P11: safeguarding - an alert on the health record"}
    concern = _coding("missing-concern", "missing-child", "Missing child")
    parts = [
        _resource("MessageHeader", str(id), {
            "eventCoding": {"system": f"{BASE}/CodeSystem/message-event", "code": "missing-alert"},
            "destination": [{"endpoint": f"mesh:{code}", "receiver": owner}],
            "sender": link["Organization"],
            "source": {"name": "Missing Children Hub", "endpoint": "mesh:HUB001"},
            "reason": _coding("message-reason", "new", "New"),
            "focus": [link["Flag"], link["Communication"], link["Task"]],
        }),
        _resource("Flag", ids["Flag"], {
            "identifier": [_identifier("flag", uuid5(episode, f"{role}-flag")), _identifier("sequence", 1)],
            "status": "active",
            "category": [_coding("flag-category", "safety", "Safety")],
            "code": concern | {"text": f"Missing child ({police['reportReference']})"},
            "subject": subject,
            "period": {"start": report["missing"]["missingSince"]},
            "author": link["Organization"],
        }),
        _resource("Communication", ids["Communication"], {
            "identifier": [_identifier("communication", uuid5(episode, role)), _identifier("sequence", 1)],
            "status": "completed",
            "category": [_coding("communication-category", "alert", "Alert")],
            "priority": "stat",
            "subject": subject,
            "about": [link["Flag"]],
            "sent": now,
            "recipient": [owner],
            "sender": link["Organization"],
            "reasonCode": [reason],
            "payload": [{"contentString": line} for line in _lines(report, context)],
        }),
        _resource("Task", ids["Task"], {
            "identifier": [_identifier("task", uuid5(episode, f"{role}-task")), _identifier("sequence", 1)],
            "groupIdentifier": _identifier("episode", episode),
            "status": "requested",
            "intent": "order",
            "priority": "stat",
            "code": _coding("missing-task", "place-alert", "Place an alert on the record"),
            "focus": link["Flag"],
            "for": subject,
            "authoredOn": now,
            "requester": link["Organization"],
            "owner": owner,
            "reasonCode": reason,
            "restriction": {"period": {"end": now}},
        }),
        _resource("Organization", ids["Organization"], {
            "active": True,
            "name": context["case_team_name"],
            "telecom": [{"system": "phone", "value": context["case_team_phone"]}],
        }),
        _resource("Patient", ids["Patient"], {
            "identifier": [subject["identifier"], {"system": NHS, "value": person["nhsNumber"]}],
            "active": True,
            "name": [
                {"use": "official", "family": person["surname"], "given": person["forenames"].split()},
                {"use": "nickname", "text": person["knownAs"]},
            ],
            "gender": person["sex"],
            "birthDate": person["dob"],
        }),
    ]  # fmt: skip
    return {
        "resourceType": "Bundle",
        "id": str(id),
        "meta": {"profile": [f"{UK_CORE}Bundle"]},
        "identifier": _identifier("message", id),
        "type": "message",
        "timestamp": now,
        "entry": [{"fullUrl": f"urn:uuid:{part['id']}", "resource": part} for part in parts],
    }


def _lines(report: Json, context: Json) -> Iterator[str]:
    yield f"Episode {report['police']['reportReference']}"
    yield ACTION
    yield f"By phone: {context['case_team_phone']}"
    yield f"Out of hours: {context['out_of_hours_phone']}"
    told = (
        ("health", "conditions"),
        ("health", "medicationDependent"),
        ("missing", "missingSince"),
        ("risk", "riskLevel"),
    )
    police = (("police", "forceCode"), ("police", "forceName"), ("officer", "name"), ("officer", "contact"))
    for group, field in (*told, *police):
        yield f"{group}, {field}: {report[group][field]}"


def _resource(kind: str, id: str, fields: Json) -> Json:
    return {"resourceType": kind, "id": id, "meta": {"profile": [f"{UK_CORE}{kind}"]}, **fields}


def _identifier(name: str, value: object) -> Json:
    return {"system": f"{BASE}/Id/{name}", "value": str(value)}


def _coding(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": f"{BASE}/CodeSystem/{system}", "code": code, "display": display}]}


@cache
def load_models() -> Any:
    """Load the FHIR models, once; returns the one of a bundle."""
    from fhir.resources.R4B.bundle import Bundle

    return Bundle
