"""What every message of an authority has in common: opening it, who speaks, and which episode is meant."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from adapters.authorities.model.message import PROFILE, VERSION, Header
from contracts.adapter import Document, authority_of
from contracts.codes import GssCode
from contracts.envelope import Event, Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Data
from contracts.lenient import read

CLOCK_TOLERANCE = timedelta(minutes=10)
_NAMING = frozenset({"subjectReference", "subject_reference"})
_QUOTE = "Quote episodeReference from what the hub sent, or give your caseId."


@dataclass(frozen=True)
class Opened:
    """A message whose header was read: its raw content, its header, the authority, the warnings so far."""

    document: Document
    raw: dict[str, Any]
    header: Header
    authority: GssCode
    occurred_at: datetime
    references: tuple[Reference, ...]
    names_somebody_unreadably: bool = False
    warnings: list[Problem] = field(default_factory=list)

    def event(self, data: Data, position: int) -> Event:
        """Wrap what stands at a position of the message into an event; the same message always gives the same ids.

        All facts of one message carry the time when it was written: their order in it breaks ties.
        """
        partner = self.document.partner
        return event_of(
            data,
            id=derived_id("event", partner.name, self._identity(), position),
            source=partner.source,
            occurred_at=self.occurred_at,
            recorded_at=self.document.received_at,
            source_version=position,
            references=self.references,
        )

    def _identity(self) -> str:
        return self.header.message_id or self.document.message_id or hashlib.sha256(self.document.body).hexdigest()


def open_message(document: Document) -> Opened:
    """Read the header of a message.

    Raises InvalidMessage: refused when it is not a JSON object, held when it is written in a newer version, unusable
    when it speaks for another authority than its sender's.
    """
    raw = _json_object(document.body)
    header, doubts = read(Header, raw)
    if header.version is not None and header.version > VERSION:
        detail = f"is newer than version {VERSION}, which this hub reads"
        raise InvalidMessage(Fate.HELD, "The message is written in a newer version.", [Problem("version", detail)])
    warnings = [doubt.problem() for doubt in doubts] + _header_warnings(header)
    return Opened(
        document=document,
        raw=raw,
        header=header,
        authority=_speaker(document, header),
        occurred_at=_written_at(header, document.received_at, warnings),
        references=_references(document, header, warnings),
        names_somebody_unreadably=any(doubt.location[0] in _NAMING for doubt in doubts),
        warnings=warnings,
    )


def unusable(title: str, *problems: Problem) -> InvalidMessage:
    """Return the error for a message that a person must look at."""
    return InvalidMessage(Fate.UNUSABLE, title, problems)


def nobody_meant() -> InvalidMessage:
    """Return the error for a message that names neither an episode nor a person."""
    fields = ("episodeReference", "caseId", "subjects")
    return unusable("The message does not say who is meant.", *(Problem(name, "is missing", _QUOTE) for name in fields))


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


def _header_warnings(header: Header) -> list[Problem]:
    warnings = []
    if header.profile != PROFILE:
        warnings.append(Problem("profile", f"is not {PROFILE}", f"Write {PROFILE} to be sure of being understood."))
    if header.version is None:
        warnings.append(Problem("version", "is missing", f"Write {VERSION}; it was read as that."))
    if header.message_id is None:
        warnings.append(
            Problem("messageId", "is missing", "Give every message an id of its own and keep it in a repeat.")
        )
    return warnings


def _speaker(document: Document, header: Header) -> GssCode:
    """Return the authority that speaks: always the sender's own, whatever is stated."""
    own = authority_of(document.partner)
    if own is None:
        problem = Problem("authority", "the sender does not act for an authority", "Send it with an authority's token.")
        raise unusable("Only an authority may send this.", problem)
    if header.authority is not None and header.authority != own:
        problem = Problem("authority", "is not the sender's own", "An authority speaks only for itself.")
        raise unusable("The message speaks for another authority.", problem)
    return own


def _written_at(header: Header, received_at: datetime, warnings: list[Problem]) -> datetime:
    """Return when the message was written; a time that cannot be is replaced by the time of arrival."""
    stated = header.issued_at
    if stated is None:
        if not any(problem.field == "issuedAt" for problem in warnings):
            warnings.append(
                Problem("issuedAt", "is missing", "Say when it was written; the time of arrival was taken.")
            )
        return received_at
    if stated.year < 2000 or stated > received_at + CLOCK_TOLERANCE:
        warnings.append(Problem("issuedAt", "cannot be: too early, or later than its arrival", "Check the clock."))
        return received_at
    return stated


def _references(document: Document, header: Header, warnings: list[Problem]) -> tuple[Reference, ...]:
    references = []
    if header.episode_reference is not None:
        episode = _uuid(header.episode_reference)
        if episode is None:
            warnings.append(
                Problem("episodeReference", "is not a reference that the hub gave", "Quote it as it was sent.")
            )
        else:
            references.append(Reference(kind="episode", issuer="hub", value=str(episode)))
    authority = authority_of(document.partner)
    if header.case_id is not None and authority is not None:
        references.append(Reference(kind="authority_case", issuer=authority, value=header.case_id))
    if header.in_answer_to is not None:
        references.append(Reference(kind="dispatch", issuer="hub", value=str(header.in_answer_to)))
    return tuple(references)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
