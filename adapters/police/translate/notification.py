"""A dispatch -> the notification that a force reads (profile `police-notification` v1)."""

from typing import Any

import orjson

from adapters.police.model.notification import CONTENT_TYPE, PROFILE, VERSION, wire_name
from contracts.adapter import Endpoint, Wire
from contracts.codes import Role
from contracts.dispatch import Action, Dispatch, Ground, Kind
from contracts.envelope import dump_data
from contracts.errors import Undeliverable

ROLES = (Role.POLICE_FORCE, Role.OFFICER_IN_CASE)
KINDS = (Kind.INFORMATION, Kind.FOUND_NOTICE, Kind.NOTICE, Kind.DECISION_REQUEST, Kind.REMINDER, Kind.TASK)


def render_notification(dispatch: Dispatch, endpoint: Endpoint) -> Wire:
    """Write a dispatch as police read it; all endpoints of police read the same.

    Raises Undeliverable for a kind or a role that is not for police. A withdrawal says why, and nothing else.
    """
    if dispatch.recipient.role not in ROLES:
        raise Undeliverable(f"the role {dispatch.recipient.role.value} is not reached through the police adapter")
    if dispatch.kind not in KINDS:
        raise Undeliverable(f"the police profile has no message of kind {dispatch.kind.value}")
    withdrawn = dispatch.action is Action.WITHDRAW
    body = _envelope(dispatch) | (
        _reason(dispatch) if withdrawn else {"content": _on_wire(dump_data(dispatch.content))}
    )
    headers = {"Idempotency-Key": str(dispatch.id)}
    return Wire(body=orjson.dumps(body, option=orjson.OPT_INDENT_2), content_type=CONTENT_TYPE, headers=headers)


def _envelope(dispatch: Dispatch) -> dict[str, Any]:
    recipient = {
        "role": dispatch.recipient.role.value,
        "force": dispatch.recipient.organisation,
        "authority": dispatch.recipient.authority,
    }
    envelope = {
        "profile": PROFILE,
        "version": VERSION,
        "messageId": str(dispatch.id),
        "kind": dispatch.kind.value,
        "action": dispatch.action.value,
        "episodeId": str(dispatch.episode_id),
        "episodeReference": dispatch.episode_reference,
        "subjectId": str(dispatch.subject_id),
        "subjectKind": dispatch.subject_kind.value,
        "thread": dispatch.thread,
        "revision": dispatch.revision,
        "recipient": {name: value for name, value in recipient.items() if value is not None},
        "highRisk": dispatch.high_risk,
        "issuedAt": dispatch.created_at.isoformat(),
        "dueAt": dispatch.due_at.isoformat(),
        "grounds": [_ground(ground) for ground in dispatch.grounds],
    }
    return envelope | ({"inAnswerTo": dispatch.in_answer_to} if dispatch.in_answer_to else {})


def _ground(ground: Ground) -> dict[str, str]:
    return {
        "clause": ground.clause,
        "procedure": ground.procedure,
        "procedureVersion": ground.procedure_version,
        "duty": ground.duty.value,
        "purpose": ground.purpose,
        "lawfulBasis": ground.lawful_basis,
        "dueAt": ground.due_at.isoformat(),
    }


def _reason(dispatch: Dispatch) -> dict[str, str]:
    return {"reason": dispatch.reason.value} if dispatch.reason else {}


def _on_wire(value: Any) -> Any:
    if isinstance(value, dict):
        return {wire_name(name): _on_wire(inner) for name, inner in value.items()}
    return [_on_wire(item) for item in value] if isinstance(value, list) else value
