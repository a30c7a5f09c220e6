"""A dispatch in the words of `authority-message`: the same JSON for webhook, inbox and the authority's own topic."""

from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from adapters.authorities.model.message import PROFILE, VERSION
from adapters.authorities.model.words import field_word, word_of
from adapters.authorities.translate.subject import words_of
from contracts.adapter import Wire
from contracts.dispatch import Action, Dispatch, Kind
from contracts.errors import Undeliverable

CONTENT_TYPE = "application/json"
_TOLD = frozenset(
    {
        Kind.NOTICE,
        Kind.DECISION_REQUEST,
        Kind.CARE_CONTEXT_REQUEST,
        Kind.INFORMATION,
        Kind.FOUND_NOTICE,
        Kind.REMINDER,
        Kind.TASK,
    }
)
# groups of Content that stand beside the subject under their own name
_OWN_GROUPS = (
    *("missing", "last_seen", "risk", "police", "whereabouts", "found"),
    *("question", "information", "guidance", "reminder"),
)


def render_message(dispatch: Dispatch) -> Wire:
    """Write a dispatch for an authority.

    A withdrawal says which message it ends and why, and nothing else (promise G6). Raises Undeliverable for a kind that
    authorities are not sent.
    """
    if dispatch.kind not in _TOLD:
        raise Undeliverable(
            f"{PROFILE} has no words for a dispatch of kind {dispatch.kind.value}; correct the directory"
        )
    body = _header(dispatch)
    if dispatch.action is Action.WITHDRAW:
        body["reason"] = dispatch.reason and word_of(dispatch.reason)
    else:
        body |= _told(dispatch)
    return Wire(orjson.dumps(body), CONTENT_TYPE)


def _header(dispatch: Dispatch) -> dict[str, Any]:
    """What every message says. `episodeReference` and `subjectReference` are to be quoted in answers; `reference` is
    what people say on the phone; `thread` and `revision` tell which earlier message this one replaces.
    """
    header = {
        "profile": PROFILE,
        "version": VERSION,
        "messageId": str(dispatch.id),
        "messageType": word_of(dispatch.kind),
        "action": word_of(dispatch.action),
        "issuedAt": _plain(dispatch.created_at),
        "episodeReference": str(dispatch.episode_id),
        "reference": dispatch.episode_reference,
        "subjectReference": str(dispatch.subject_id),
        "recipient": _plain(dispatch.recipient),
        "thread": dispatch.thread,
        "revision": dispatch.revision,
    }
    return header | ({"inAnswerTo": dispatch.in_answer_to} if dispatch.in_answer_to else {})


def _told(dispatch: Dispatch) -> dict[str, Any]:
    content = dispatch.content
    groups = {field_word(name): _plain(getattr(content, name)) for name in _OWN_GROUPS}
    told = {
        "dueAt": _plain(dispatch.due_at),
        "highRisk": dispatch.high_risk,
        "subject": {"kind": word_of(dispatch.subject_kind)} | words_of(content),
        "grounds": [_plain(ground) for ground in dispatch.grounds],
    }
    return told | {name: value for name, value in groups.items() if value}


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str, Any], ...]:
    """Return each field of a model: its name, its word in the profile, and its default."""
    return tuple((name, field_word(name), field.default) for name, field in model.model_fields.items())


def _plain(value: Any) -> Any:
    """Return a canonical value as JSON values in the profile's words; fields that were never set are left out."""
    if isinstance(value, BaseModel):
        stated = [(word, getattr(value, name), default) for name, word, default in _fields(type(value))]
        return {word: _plain(one) for word, one, default in stated if one is not default and one != default}
    if isinstance(value, StrEnum):
        return word_of(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
