"""A dispatch as a Home Office notification. Only fields of the table below are ever written: no health data."""

from datetime import UTC, datetime
from typing import Any

import orjson

from adapters.homeoffice.model import PROFILE, VERSION
from contracts.adapter import Wire
from contracts.dispatch import Action, Content, Dispatch, Kind, WithdrawalReason
from contracts.envelope import dump_data
from contracts.errors import Undeliverable

CONTENT_TYPE = "application/json"
_EVENT_OF = {Kind.NOTICE: "missing", Kind.FOUND_NOTICE: "found", Kind.REMINDER: "weekly_contact"}
# field of the profile -> canonical group.field
_PLACES = {
    "hoReference": "identifiers.home_office_reference",
    "portReference": "identifiers.port_reference",
    "arcNumber": "identifiers.arc_number",
    "nrmReference": "identifiers.nrm_reference",
    "surname": "person.surname",
    "forenames": "person.forenames",
    "aliases": "person.known_as",
    "dateOfBirth": "person.date_of_birth",
    "ageApparent": "person.age_apparent",
    "sex": "person.sex",
    "nationality": "person.nationality",
    "subjectToRestriction": "immigration.subject_to_restriction",
    "restrictionGround": "immigration.restriction_ground",
    "responsibleLA": "care.responsible_authority",
    "placement": "residence.placement_type",
    "placementName": "residence.placement_name",
    "placementAddress": "residence.placement_address",
    "placementPostcode": "residence.placement_postcode",
    "missingSince": "missing.missing_since",
    "missingFrom": "missing.missing_from",
    "policeForce": "police.force",
    "policeReference": "police.report_reference",
    "pncCirculatedAt": "police.nationally_circulated_at",
    "foundAt": "found.at",
    "foundPlace": "found.place",
    "foundLA": "found.authority",
    "foundBy": "found.by",
    "contactDueAt": "reminder.due_at",
    "contactNumber": "reminder.tick",
    "contactsMissed": "reminder.missed",
    "whatIsDue": "reminder.text",
    "whatToDo": "guidance.action",
    "phone": "guidance.phone",
    "outOfHoursPhone": "guidance.out_of_hours_phone",
}


def render_notification(dispatch: Dispatch) -> Wire:
    """Write a dispatch for the Home Office.

    `eventType`: missing, weekly_contact (a contact is due), found (a rule lets the Home Office know of the find); for a
    withdrawal found or cancelled, by reference only (promise G6). Raises Undeliverable for any other kind.
    """
    body = _header(dispatch)
    if dispatch.action is Action.WITHDRAW:
        ended = dispatch.reason is WithdrawalReason.FOUND
        body |= {"eventType": "found" if ended else "cancelled", "reason": dispatch.reason and dispatch.reason.value}
    else:
        body |= {"dueAt": _utc(dispatch.due_at), "highRisk": dispatch.high_risk}
        body |= _told(dispatch.content)
    return Wire(orjson.dumps(body), CONTENT_TYPE)


def _header(dispatch: Dispatch) -> dict[str, Any]:
    if dispatch.kind not in _EVENT_OF:
        raise Undeliverable(
            f"{PROFILE} has no words for a dispatch of kind {dispatch.kind.value}; correct the directory"
        )
    return {
        "profile": PROFILE,
        "version": VERSION,
        "messageId": str(dispatch.id),
        "issuedAt": _utc(dispatch.created_at),
        "eventType": _EVENT_OF[dispatch.kind],
        "action": dispatch.action.value,
        "episodeReference": str(dispatch.episode_id),
        "reference": dispatch.episode_reference,
        "subjectReference": str(dispatch.subject_id),
        "recipient": dispatch.recipient.role.value,
        "thread": dispatch.thread,
        "revision": dispatch.revision,
    }


def _told(content: Content) -> dict[str, Any]:
    groups = dump_data(content)
    stated = {}
    for name, place in _PLACES.items():
        group, field = place.split(".")
        if field in groups.get(group, {}):
            stated[name] = groups[group][field]
    if "pncCirculatedAt" in stated:
        stated["pncCirculated"] = True
    return stated


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
