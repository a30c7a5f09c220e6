"""The building blocks that every message to a health service shares: envelope, patient, organisations, identifiers."""

from collections.abc import Sequence
from typing import Any

from adapters.health.model import (
    BASE,
    CONCERN_SYSTEM,
    DECISION_ID,
    EPISODE_ID,
    EVENT_DISPLAY,
    EVENT_SYSTEM,
    GSS_CODE,
    MESSAGE_ID,
    MESSAGE_REASON,
    NHS_NUMBER,
    ODS_CODE,
    SEQUENCE_ID,
    SNOMED,
    SUBJECT_ID,
    UK_CORE,
    UNBORN_SUBJECT_ID,
    codeable,
)
from adapters.health.translate.facts import instant
from contracts.adapter import Endpoint
from contracts.codes import Sex, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, first_thread
from contracts.envelope import derived_id

Json = dict[str, Any]

_CONCERN = {
    SubjectKind.CHILD: ("missing-child", "Missing child"),
    SubjectKind.UNBORN_CHILD: ("missing-expectant-mother", "Missing expectant mother"),
    SubjectKind.PREGNANT_WOMAN: ("missing-expectant-mother", "Missing expectant mother"),
    SubjectKind.ADULT: ("missing-family", "Missing family"),
}
_OTHER_CONCERN = ("missing-person", "Missing person")
_GENDER = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.INDETERMINATE: "other", Sex.UNKNOWN: "unknown"}
_REASON = {Action.RAISE: ("new", "New"), Action.UPDATE: ("update", "Update"), Action.WITHDRAW: ("update", "Update")}


def resource(dispatch: Dispatch, kind: str, fields: Json) -> Json:
    """Return a resource of a UK Core profile with an id that the same dispatch always gives."""
    return {
        "resourceType": kind,
        "id": str(derived_id("fhir", dispatch.id, kind)),
        "meta": {"profile": [f"{UK_CORE}{kind}"]},
        **{name: value for name, value in fields.items() if value not in (None, [], {})},
    }


def link(target: Json) -> Json:
    """Return a reference to a resource of the same message."""
    return {"reference": f"urn:uuid:{target['id']}"}


def identifier(system: str, value: object) -> Json:
    """Return a FHIR Identifier."""
    return {"system": system, "value": str(value)}


def own_identifiers(dispatch: Dispatch, system: str, name: str) -> list[Json]:
    """Return an identifier that stays the same over all revisions for this recipient, and the revision's sequence."""
    stable = derived_id(name, dispatch.episode_id, dispatch.subject_id, dispatch.recipient.key, dispatch.thread)
    return [identifier(system, stable), identifier(SEQUENCE_ID, dispatch.revision)]


def subject_identifier(dispatch: Dispatch) -> Json:
    """Return our own identifier of whose record it is; an unborn child has no record, so it names its mother's."""
    unborn = dispatch.subject_kind is SubjectKind.UNBORN_CHILD
    return identifier(UNBORN_SUBJECT_ID if unborn else SUBJECT_ID, dispatch.subject_id)


def subject(dispatch: Dispatch, person: Json | None) -> Json:
    """Return the reference to the patient: to the resource, or by our own identifier in a withdrawal."""
    logical = {"type": "Patient", "identifier": subject_identifier(dispatch)}
    return logical if person is None else {**link(person), **logical}


def patient(dispatch: Dispatch) -> Json | None:
    """Return the patient as disclosed, the mother for an unborn child; None in a withdrawal, which carries nothing."""
    if dispatch.action is Action.WITHDRAW:
        return None
    content, who = dispatch.content, dispatch.content.person
    number = content.identifiers.nhs_number
    fields: Json = {
        "identifier": [subject_identifier(dispatch), *([identifier(NHS_NUMBER, number)] if number else [])],
        "active": True,
        "name": _names(content),
        "gender": _GENDER[who.sex] if who.sex else None,
        "birthDate": who.date_of_birth.isoformat() if who.date_of_birth else None,
        "address": [] if content.care.record_sensitive else _addresses(content),
    }
    return resource(dispatch, "Patient", fields)


def _names(content: Content) -> list[Json]:
    who = content.person
    given = who.forenames.split() if who.forenames else []
    official = {"family": who.surname, "given": given}
    stated = {name: value for name, value in official.items() if value}
    others = [{"use": "nickname", "text": name} for name in who.known_as if name.strip()]
    return [*([{"use": "official", **stated}] if stated else []), *others]


def _addresses(content: Content) -> list[Json]:
    where = content.residence
    pairs = (
        ("home", where.home_address, where.home_postcode),
        ("temp", where.placement_address, where.placement_postcode),
    )
    found = [{"use": use, "text": text, "postalCode": postcode} for use, text, postcode in pairs if text or postcode]
    return [{name: value for name, value in address.items() if value} for address in found]


def author(dispatch: Dispatch) -> Json:
    """Return the organisation that speaks: the responsible or home authority if disclosed, else the hub itself."""
    care = dispatch.content.care
    code = care.responsible_authority or care.home_authority
    phones = [number for number in (care.case_team_phone, care.out_of_hours_phone) if number]
    fields: Json = {
        "identifier": [identifier(GSS_CODE, code)] if code else [],
        "active": True,
        "name": (care.case_team_name or f"Local authority {code}") if code else "Missing Children Hub",
        "telecom": [{"system": "phone", "value": number} for number in phones] if code else [],
    }
    return resource(dispatch, "Organization", fields)


def receiver(dispatch: Dispatch, endpoint: Endpoint) -> Json:
    """Return the logical reference to the receiving organisation: its ODS code, else the mailbox it is reached at."""
    code = dispatch.recipient.organisation or endpoint.options.get("organisation") or endpoint.address
    display = dispatch.recipient.role.value.replace("_", " ")
    return {"type": "Organization", "identifier": identifier(ODS_CODE, code), "display": display}


def concern(dispatch: Dispatch) -> Json:
    """Return what the concern is: our own code first, a SNOMED concern code second where the facts allow one."""
    code, display = _CONCERN.get(dispatch.subject_kind, _OTHER_CONCERN)
    own = {"system": CONCERN_SYSTEM, "code": code, "display": display}
    national = None if dispatch.action is Action.WITHDRAW else _snomed(dispatch)
    coding = [own, {"system": SNOMED, "code": national[0], "display": national[1]}] if national else [own]
    return {"coding": coding, "text": f"{display} ({dispatch.episode_reference})"}


def _snomed(dispatch: Dispatch) -> tuple[str, str] | None:
    content = dispatch.content
    if dispatch.subject_kind in (SubjectKind.UNBORN_CHILD, SubjectKind.PREGNANT_WOMAN):
        if content.unborn.child_protection_plan:
            return ("818901000000100", "Unborn child subject to child protection plan")
        return ("878111000000109", "Unborn child is cause for safeguarding concern")
    if dispatch.subject_kind is not SubjectKind.CHILD:
        return None
    if content.care.child_protection_plan:
        return ("342191000000101", "Subject to child protection plan")
    if content.care.looked_after:
        return ("764841000000100", "Looked after child")
    return ("836881000000105", "Child is cause for safeguarding concern")


def reasons(dispatch: Dispatch) -> list[Json]:
    """Return every clause under which this recipient is told."""
    return [{"text": f"{ground.clause}: {ground.purpose}"} for ground in dispatch.grounds]


def priority(dispatch: Dispatch) -> str:
    """Return FHIR's request priority."""
    return "stat" if dispatch.high_risk else "urgent"


def message(
    dispatch: Dispatch, endpoint: Endpoint, event: str, sender: Json, focus: Sequence[Json], rest: Sequence[Json | None]
) -> Json:
    """Return the message bundle: header first, then what it is about, then what those refer to."""
    header = _header(dispatch, endpoint, event, sender, focus)
    parts = [header, *focus, sender, *(part for part in rest if part is not None)]
    return {
        "resourceType": "Bundle",
        "id": str(dispatch.id),
        "meta": {"profile": [f"{UK_CORE}Bundle"]},
        "identifier": identifier(MESSAGE_ID, dispatch.id),
        "type": "message",
        "timestamp": instant(dispatch.created_at),
        "entry": [{"fullUrl": f"urn:uuid:{part['id']}", "resource": part} for part in parts],
    }


def _header(dispatch: Dispatch, endpoint: Endpoint, event: str, sender: Json, focus: Sequence[Json]) -> Json:
    mailbox = endpoint.options.get("from_mailbox")
    fields: Json = {
        "eventCoding": {"system": EVENT_SYSTEM, "code": event, "display": EVENT_DISPLAY[event]},
        "destination": [{"endpoint": f"mesh:{endpoint.address}", "receiver": receiver(dispatch, endpoint)}],
        "sender": link(sender),
        "source": {"name": "Missing Children Hub", "endpoint": f"mesh:{mailbox}" if mailbox else BASE},
        "reason": codeable(MESSAGE_REASON, *_REASON[dispatch.action]),
        "focus": [link(part) for part in focus],
    }
    # The header's id is what a reply quotes in MessageHeader.response.identifier.
    return {**resource(dispatch, "MessageHeader", fields), "id": str(dispatch.id)}


def group(dispatch: Dispatch) -> Json:
    """Return the episode's identifier, for replies to quote."""
    return identifier(EPISODE_ID, dispatch.episode_id)


def decision_identifier(dispatch: Dispatch) -> list[Json]:
    """Return the identifier of the rule that asks, for the answer to quote; a withdrawal takes it from its thread."""
    question = dispatch.content.question
    rule = question.decision if question else first_thread(dispatch.thread).partition(":")[2]
    return [identifier(DECISION_ID, rule)] if rule else []
