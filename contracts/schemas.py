"""The JSON Schemas of everything that travels, generated from the models; `schemas/` holds them as committed.

A committed schema says what a writer may write: closed objects, closed lists. What a reader must take is wider, see
`as_reader`: unknown fields are ignored and an unknown word of an open list is read as `unknown`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from contracts.codes import OpenCode
from contracts.dispatch import Dispatch
from contracts.events import DATA_OF, EventType
from contracts.letters import DeadEvent, InvalidRecord
from contracts.older import OLDER
from contracts.receipt import Receipt

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPEN_LIST = "x-open-list"
MODELS: Mapping[str, type[BaseModel]] = {
    **{event_type.value: model for event_type, model in DATA_OF.items()},
    **OLDER,
    "dispatch.v1": Dispatch,
    "receipt.v1": Receipt,
    "missing.record.invalid.v1": InvalidRecord,
    "missing.event.dead.v1": DeadEvent,
}
ENVELOPE = "event.v1"
# Schemas of what travels otherwise than on a topic.
BESIDE_TOPICS: Mapping[str, str] = {
    "dispatch.v1": "what the ledger holds and every adapter is given to say in its partner's format",
    "receipt.v1": "POST /receipts",
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator with open lists marked and without a title for every field."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Mark a list that readers must take as open."""
        made = super().enum_schema(schema)
        return made | {OPEN_LIST: True} if issubclass(schema["cls"], OpenCode) else made

    def field_title_should_be_set(self, schema: Any) -> bool:
        """A field's name is title enough."""
        return False


def schema_names() -> tuple[str, ...]:
    """Return the name of every schema, sorted; for event data it is the event's type."""
    return tuple(sorted([*MODELS, ENVELOPE]))


def schema(name: str) -> dict[str, Any]:
    """Return one schema, as a writer must keep it. Raises KeyError for an unknown name."""
    made = _envelope() if name == ENVELOPE else _closed(MODELS[name].model_json_schema(schema_generator=_Generator))
    if name in {*EventType, *OLDER}:
        made["properties"] = {**made.get("properties", {}), "references": _references()}
    return {"$schema": DIALECT, "$id": f"urn:missing-children-hub:schema:{name}", **made}


def rendered() -> dict[str, bytes]:
    """Return every schema's file name and bytes, the same on every run: keys sorted, two spaces, a final newline."""
    return {f"{name}.json": render(schema(name)) for name in schema_names()}


def render(value: Any) -> bytes:
    """Return a JSON value as it is committed."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def as_reader(value: Any) -> Any:
    """Return a schema as a reader must take it: further fields are let through, words of open lists are any words."""
    if isinstance(value, list):
        return [as_reader(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(OPEN_LIST):
        return {"type": "string"}
    return {key: as_reader(item) for key, item in value.items() if (key, item) != ("additionalProperties", False)}


def _closed(value: Any) -> Any:
    """Return a schema whose objects take no further fields; a free mapping, which has no properties, stays one."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _closed(item) for key, item in value.items()}
    is_model = value.get("type") == "object" and "additionalProperties" not in value
    return made | {"additionalProperties": False} if is_model else made


def _envelope() -> dict[str, Any]:
    """Return the schema of one event in structured mode; its `data` fits the schema that its `type` names."""
    text = {"type": "string", "minLength": 1}
    moment = {"type": "string", "format": "date-time"}
    properties = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {**text, "description": "/partners/<name>, or /hub for what the hub itself stated"},
        "type": {**_words([*EventType, *OLDER]), OPEN_LIST: True},
        "time": {**moment, "description": "when it happened; orders the events of an episode"},
        "subject": {"type": "string", "format": "uuid", "description": "the episode, once it is known"},
        "datacontenttype": {"const": "application/json"},
        "recordedtime": {**moment, "description": "when the hub knew"},
        "sourceversion": {"type": "string", "pattern": "^-?[0-9]+$"},
        "references": _references(),
        "data": {"type": "object", "description": "see the schema that the type names"},
    }
    return {
        "title": "Event",
        "description": "CloudEvents 1.0 in structured mode; in Kafka's binary mode the attributes are ce_* headers.",
        "type": "object",
        "properties": properties,
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "additionalProperties": False,
    }


def _references() -> dict[str, Any]:
    """Return the schema of references: beside `data` in structured mode, among the data in Kafka's binary mode."""
    text = {"type": "string", "minLength": 1}
    reference = {
        "type": "object",
        "properties": {"kind": text, "issuer": text, "value": text},
        "required": ["kind", "issuer", "value"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": reference, "description": "how the sender names the episode"}


def _words(words: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(word) for word in words]}
