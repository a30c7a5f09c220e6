"""A notification of the Home Office becomes an event (childrens-home 6.6).

Disputed dates of birth are kept but marked, and never used for matching (promise G9).
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from adapters.homeoffice.model import PROFILE, VERSION, Notification
from adapters.homeoffice.translate.kinds import BUILDERS, birth_cannot_be
from contracts.adapter import Document, Partner, PartnerKind, Reading
from contracts.envelope import Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.lenient import read

ISSUER = "home-office"
_NAMING = frozenset({"hoReference", "ho_reference", "subjectReference", "subject_reference"})
CLOCK_TOLERANCE = timedelta(minutes=10)
_QUOTE = "Quote episodeReference from what the hub sent, or give your hoReference."


def read_notification(document: Document) -> Reading:
    """Translate one notification into one event.

    Raises InvalidMessage: refused when it is not a JSON object; held for a newer version or an unknown event type;
    unusable from another sender, without any reference, or for a missing person with neither name nor description.
    """
    _only_the_home_office(document.partner)
    notification, doubts = read(Notification, _json_object(document.body))
    if notification.version is not None and notification.version > VERSION:
        raise InvalidMessage(Fate.HELD, "The message is written in a newer version.", [Problem("version", "is newer")])
    build = BUILDERS.get(notification.event_type or "")
    if build is None:
        problem = Problem("eventType", "is missing or unknown", "Write one of: " + ", ".join(BUILDERS))
        raise InvalidMessage(Fate.HELD, "The kind of notification is not known to this hub.", [problem])
    references = _references(notification)
    unreadable = [doubt.problem() for doubt in doubts if doubt.location[0] in _NAMING]
    if unreadable and notification.ho_reference is None and notification.subject_reference is None:
        # what was meant for one child must never be taken as said of everybody in the episode
        raise InvalidMessage(Fate.UNUSABLE, "The reference of the child cannot be read.", unreadable)
    if not references and notification.subject_reference is None:
        problems = [Problem(name, "is missing", _QUOTE) for name in ("hoReference", "episodeReference")]
        raise InvalidMessage(Fate.UNUSABLE, "The notification does not say who is meant.", problems)
    warnings = [doubt.problem() for doubt in doubts] + _warnings(notification, document.received_at)
    event = event_of(
        build(notification, doubts, document.received_at),
        id=derived_id("event", document.partner.name, _identity(notification, document), 0),
        source=document.partner.source,
        occurred_at=_written_at(notification, document.received_at),
        recorded_at=document.received_at,
        references=references,
    )
    return Reading((event,), tuple(warnings), notification.message_id)


def _only_the_home_office(partner: Partner) -> None:
    if partner.kind is not PartnerKind.HOME_OFFICE:
        problem = Problem("sender", "is not the Home Office", "Send it with the Home Office's token.")
        raise InvalidMessage(Fate.UNUSABLE, "Only the Home Office may send this.", [problem])


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        raw = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        problem = Problem("body", "is not readable as JSON in UTF-8", "Send one JSON object.")
        raise InvalidMessage(Fate.REFUSED, "The message is not JSON.", [problem]) from None
    if not isinstance(raw, dict):
        problem = Problem("body", "is JSON, but not an object", "Send one JSON object for each message.")
        raise InvalidMessage(Fate.REFUSED, "The message is not a JSON object.", [problem])
    return raw


def _identity(notification: Notification, document: Document) -> str:
    return notification.message_id or document.message_id or hashlib.sha256(document.body).hexdigest()


def _can_be(stated: datetime, received_at: datetime) -> bool:
    return stated.year >= 2000 and stated <= received_at + CLOCK_TOLERANCE


def _written_at(notification: Notification, received_at: datetime) -> datetime:
    stated = notification.issued_at
    return stated if stated is not None and _can_be(stated, received_at) else received_at


def _warnings(notification: Notification, received_at: datetime) -> list[Problem]:
    warnings = []
    if notification.profile != PROFILE:
        warnings.append(Problem("profile", f"is not {PROFILE}", f"Write {PROFILE} to be sure of being understood."))
    if notification.message_id is None:
        warnings.append(Problem("messageId", "is missing", "Give every message its own id and keep it in a repeat."))
    if notification.issued_at is None or not _can_be(notification.issued_at, received_at):
        warnings.append(Problem("issuedAt", "is missing or cannot be", "The time of arrival was taken instead."))
    if notification.episode_reference is not None and _uuid(notification.episode_reference) is None:
        warnings.append(Problem("episodeReference", "is not a reference that the hub gave", "Quote it as it was sent."))
    if birth_cannot_be(notification, received_at):
        warnings.append(Problem("dateOfBirth", "cannot be: in the future or before 1900"))
    if notification.date_of_birth_disputed:
        warnings.append(Problem("dateOfBirth", "is disputed, so it is not used for matching"))
    return warnings


def _references(notification: Notification) -> tuple[Reference, ...]:
    references = []
    episode = _uuid(notification.episode_reference or "")
    if episode is not None:
        references.append(Reference(kind="episode", issuer="hub", value=str(episode)))
    if notification.ho_reference is not None:
        references.append(Reference(kind="home_office_case", issuer=ISSUER, value=notification.ho_reference))
    return tuple(references)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
