"""Reading a message from outside safely: limits first, then a lenient view that never trusts a type."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from adapters.health.model import MOST_BYTES, MOST_DEPTH
from contracts.adapter import Document
from contracts.errors import Fate, InvalidMessage, Problem

_LONGEST_TEXT = 4000
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Message:
    """A FHIR message: its header, all its resources, and the doubts that reading it raised."""

    document: Document
    bundle: dict[str, Any]
    header: dict[str, Any]
    resources: tuple[dict[str, Any], ...]
    warnings: list[Problem] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The sender's own id of the message, which a repeat shares; else the transport's, else the bytes' digest."""
        stated = text(self.bundle, "identifier", "value") or text(self.header, "id") or self.document.message_id
        return stated or sha256(self.document.body).hexdigest()

    def first(self, kind: str) -> dict[str, Any]:
        """Return the first resource of a type, or an empty one."""
        return next((found for found in self.resources if found.get("resourceType") == kind), {})

    def linked(self, reference: Any) -> dict[str, Any]:
        """Return the resource that a reference points at, or an empty one."""
        wanted = text(reference, "reference")
        return next((found for url, found in self._entries() if wanted and url == wanted), {})

    def moment(self, place: str, value: Any) -> datetime | None:
        """Return a moment in UTC; one that cannot be right is left out with a warning."""
        if value is None:
            return None
        found = moment(value)
        if found is None or not is_possible(found, self.document):
            self.warn(place, "not a possible moment with a time zone; left out")
            return None
        return found

    def warn(self, place: str, detail: str) -> None:
        """Note a doubtful field."""
        self.warnings.append(Problem(place, detail))

    def _entries(self) -> list[tuple[str | None, dict[str, Any]]]:
        entries = at(self.bundle, "entry") or []
        return [(text(entry, "fullUrl"), at(entry, "resource") or {}) for entry in entries if isinstance(entry, dict)]


def message_of(document: Document) -> Message:
    """Return the message in a document. Raises InvalidMessage: refused if unreadable, unusable if no FHIR message."""
    bundle = json_of(document.body)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "message":
        raise _unusable("Bundle.type", "a Bundle of type message is needed")
    entries = bundle.get("entry")
    resources = [at(entry, "resource") for entry in entries] if isinstance(entries, list) else []
    kept = tuple(found for found in resources if isinstance(found, dict))
    if not kept or kept[0].get("resourceType") != "MessageHeader":
        raise _unusable("Bundle.entry[0].resource", "a MessageHeader is needed")
    return Message(document, bundle, kept[0], kept)


def json_of(body: bytes) -> dict[str, Any]:
    """Return a JSON object within the limits. Raises InvalidMessage (refused)."""
    if len(body) > MOST_BYTES:
        raise _refused("longer than 5,000,000 bytes")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _refused("not readable as UTF-8 JSON; FHIR as XML is not taken") from error
    if not isinstance(parsed, dict):
        raise _refused("a JSON object is needed")
    if _too_deep(parsed):
        raise _refused(f"nested deeper than {MOST_DEPTH} levels")
    return parsed


def at(value: Any, *path: str | int) -> Any:
    """Return what stands at a path of names and positions, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and len(value) > step:
            value = value[step]
        else:
            return None
    return value


def text(value: Any, *path: str | int) -> str | None:
    """Return the non-blank text at a path, shortened to 4000 characters, or None."""
    found = at(value, *path)
    return (found.replace("\x00", "").strip()[:_LONGEST_TEXT] or None) if isinstance(found, str) else None


def items(value: Any, *path: str | int) -> list[Any]:
    """Return the list at a path, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def value_of(identifiers: Any, *systems: str) -> str | None:
    """Return the value of the first identifier of one of the systems; a single identifier or a list of them."""
    listed = identifiers if isinstance(identifiers, list) else [identifiers]
    return next((text(item, "value") for item in listed if at(item, "system") in systems), None)


def uuid_of(value: str | None) -> UUID | None:
    """Return a UUID, or None for anything else."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    """Return an ISO moment with a time zone in UTC, or None."""
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def is_possible(found: datetime, document: Document) -> bool:
    """Say whether a stated moment can be right: in this century, and not after the message itself (a day's grace)."""
    return _EARLIEST <= found <= document.received_at + timedelta(days=1)


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        below = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
        level = [item for item in below if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


def _refused(detail: str) -> InvalidMessage:
    problem = Problem("body", detail, "send a FHIR R4 JSON message")
    return InvalidMessage(Fate.REFUSED, "The message is not readable.", [problem])


def _unusable(place: str, detail: str) -> InvalidMessage:
    return InvalidMessage(Fate.UNUSABLE, "This is not a FHIR message.", [Problem(place, detail)])
