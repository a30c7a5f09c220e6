"""The CloudEvents 1.0 envelope around every event: one model, and its two forms on the wire.

Structured JSON (HTTP, files, `hub explain`) and Kafka's binary mode (`ce_*` headers, JSON body, key = episode id).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid5

import orjson
from cloudevents.core.bindings.kafka import KafkaMessage, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import AwareDatetime, BaseModel, ConfigDict, SerializeAsAny, ValidationError, model_validator

from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import DATA_OF, TYPE_OF, Data, EventType
from contracts.upcasters import upcast

NAMESPACE = UUID("6f1f6c1e-3f0a-5d0b-9a52-6d9f7c1e8b11")
CONTENT_TYPE = "application/cloudevents+json"


class Reference(BaseModel):
    """How a sender names an episode: a kind, the body that issued it, and its value.

    Kinds: `police_report` (issuer: force code or system), `authority_case` (issuer: GSS), `home_office_case`,
    `episode` (the hub's own id), `dispatch` (the hub's own id, in an answer).
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    issuer: str
    value: str


class Event(BaseModel):
    """One fact that happened. `occurred_at` orders it, `source_version` breaks ties, `recorded_at` is when we knew.

    `episode_id` is None until intake has found or opened the episode that `references` and the subjects point at.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    type: EventType
    source: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    source_version: int = 0
    episode_id: UUID | None = None
    references: tuple[Reference, ...] = ()
    data: SerializeAsAny[Data]

    @model_validator(mode="before")
    @classmethod
    def _data_by_type(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and isinstance(raw.get("data"), Mapping):
            return {**raw, "data": DATA_OF[EventType(raw["type"])].model_validate(raw["data"])}
        return raw

    @model_validator(mode="after")
    def _data_matches_type(self) -> Self:
        if type(self.data) is not DATA_OF[self.type]:
            raise ValueError("the event's type and its data do not belong together")
        return self

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The key by which an episode's events are sorted before they are folded (promise G4)."""
        return (self.occurred_at.astimezone(UTC), self.source_version, str(self.id))


def derived_id(*parts: object) -> UUID:
    """Return the id that the same parts always give: repeats of one fact carry one id."""
    return uuid5(NAMESPACE, "|".join(map(str, parts)))


def event_of(
    data: Data,
    *,
    id: UUID,
    source: str,
    occurred_at: datetime,
    recorded_at: datetime,
    source_version: int = 0,
    episode_id: UUID | None = None,
    references: Iterable[Reference] = (),
) -> Event:
    """Wrap data into its envelope; the type follows from the data's model."""
    return Event(
        id=id,
        type=TYPE_OF[type(data)],
        source=source,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        source_version=source_version,
        episode_id=episode_id,
        references=tuple(references),
        data=data,
    )


def dump_data(data: BaseModel) -> dict[str, Any]:
    """Return a model as plain JSON values, without the fields that were never set."""
    return data.model_dump(mode="json", exclude_defaults=True)


def _attributes(event: Event) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": event.source,
        "type": event.type.value,
        "time": event.occurred_at,
        "datacontenttype": "application/json",
        "recordedtime": event.recorded_at.astimezone(UTC).isoformat(),
        "sourceversion": str(event.source_version),
    }
    if event.episode_id is not None:
        attributes["subject"] = str(event.episode_id)
    return attributes


def _text(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def to_structured(event: Event) -> bytes:
    """Write an event as one line of structured-mode JSON."""
    attributes = {name: _text(value) for name, value in _attributes(event).items()}
    return orjson.dumps({**attributes, "data": dump_data(event.data)} | _references(event))


def _references(event: Event) -> dict[str, Any]:
    references = [reference.model_dump() for reference in event.references]
    return {"references": references} if references else {}


def from_structured(line: bytes, *, recorded_at: datetime | None = None) -> Event:
    """Read one structured-mode event; `recorded_at` fills in when the line does not say.

    Raises InvalidMessage: refused when it is not a CloudEvent, held when its type is not known here.
    """
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidMessage(
            Fate.REFUSED, "The event is not JSON.", [Problem("body", "not readable as JSON")]
        ) from error
    if not isinstance(body, dict):
        raise InvalidMessage(Fate.REFUSED, "The event is not a JSON object.", [Problem("body", "an object is needed")])
    return from_body(body, recorded_at)


def to_kafka(event: Event) -> KafkaMessage:
    """Write an event in Kafka's binary mode: key = episode id, attributes in `ce_*` headers, data as JSON body.

    The references stand beside the data, in the body: a case number says something about somebody.
    """
    envelope = CloudEvent(attributes=_attributes(event), data=orjson.dumps(dump_data(event.data) | _references(event)))
    return to_binary(envelope, JSONFormat(), lambda _: str(event.episode_id).encode() if event.episode_id else None)


def from_kafka(headers: Mapping[str, bytes], value: bytes, key: bytes | None = None) -> Event:
    """Read an event from Kafka's binary mode.

    Raises InvalidMessage: refused for unreadable headers or body, held for a type that is not known here.
    """
    try:
        body: dict[str, Any] = {
            name.lower().removeprefix("ce_"): raw.decode()
            for name, raw in headers.items()
            if name.lower().startswith("ce_")
        }
        body["data"] = orjson.loads(value)
        if isinstance(body["data"], dict):
            body["references"] = body["data"].pop("references", ())
    except (UnicodeDecodeError, AttributeError, orjson.JSONDecodeError) as error:
        raise InvalidMessage(
            Fate.REFUSED, "The record is not readable.", [Problem("record", type(error).__name__)]
        ) from error
    if key is not None and body.get("subject") not in (None, key.decode(errors="replace")):
        raise InvalidMessage(Fate.REFUSED, "Key and subject differ.", [Problem("key", "must equal ce_subject")])
    return from_body(body)


def from_body(body: Mapping[str, Any], recorded_at: datetime | None = None) -> Event:
    """Read an event from the JSON object of structured mode, whatever version of its type it was written under.

    Raises InvalidMessage as `from_structured` does.
    """
    problems = [
        Problem(name, "is missing") for name in ("specversion", "id", "source", "type", "time") if not body.get(name)
    ]
    if problems:
        raise InvalidMessage(Fate.REFUSED, "The event is not a CloudEvent 1.0.", problems)
    if body["type"] not in EventType._value2member_map_:
        body = upcast(body)
    if body["type"] not in EventType._value2member_map_:
        raise InvalidMessage(
            Fate.HELD, "The event's type is not known to this hub.", [Problem("type", "unknown or newer")]
        )
    raw = {
        "id": body["id"],
        "type": body["type"],
        "source": body["source"],
        "occurred_at": body["time"],
        "recorded_at": body.get("recordedtime") or recorded_at or body["time"],
        "source_version": body.get("sourceversion") or 0,
        "episode_id": body.get("subject") or None,
        "references": body.get("references") or (),
        "data": body.get("data") or {},
    }
    try:
        return Event.model_validate(raw)
    except ValidationError as error:
        problems = [Problem(".".join(map(str, item["loc"])), item["msg"]) for item in error.errors(include_input=False)]
        raise InvalidMessage(Fate.UNUSABLE, "The event does not fit its type.", problems) from error
