"""What the hub writes to Kafka beside events, as outbox rows: invalid-message letters, dead letters, partner copies.

Letters carry ids, reasons and digests only; who needs the content finds it in the ledger.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from contracts.adapter import Wire
from contracts.dispatch import Action, Dispatch
from contracts.envelope import Event, derived_id
from contracts.errors import InvalidMessage
from hub.channel.decode import claimed_id, claimed_source
from hub.channel.record import Record
from hub.channel.topics import DEAD, INVALID
from hub.ledger.outbox import OutRecord

SOURCE = "/hub"
_JSON = "application/json"
_SAID = {Action.RAISE: "raised", Action.UPDATE: "updated", Action.WITHDRAW: "withdrawn"}


def record_id(record: Record) -> UUID:
    """Return the id of a record that has none: of its place in the log and its bytes."""
    return derived_id("record", record.topic, record.partition, record.offset, record.digest)


def invalid_letter(record: Record, error: InvalidMessage, at: datetime) -> OutRecord:
    """Return the letter about a record that could not be read: why, where it stands in the log, and its digest."""
    body = {
        "fate": error.fate.value,
        "reason": error.title,
        "problems": [{"field": one.field, "detail": one.detail, "remedy": one.remedy} for one in error.problems],
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "digest": record.digest,
        "size": len(record.value),
        "event_id": claimed_id(record),
        "source": claimed_source(record),
        "at": _moment(at),
    }
    return _letter(INVALID, record_id(record), "missing.record.invalid.v1", body, None, at)


def dead_letter(event: Event, reason: str, at: datetime) -> OutRecord:
    """Return the letter about an event that broke the fold or the routing of its episode."""
    body = {
        "reason": reason,
        "event_id": str(event.id),
        "episode_id": str(event.episode_id),
        "type": event.type.value,
        "source": event.source if event.source.startswith("/") else None,
        "at": _moment(at),
    }
    key = str(event.episode_id).encode()
    return _letter(DEAD, derived_id("dead", event.id), "missing.event.dead.v1", body, key, at)


def topic_record(dispatch: Dispatch, wire: Wire, topic: str) -> OutRecord:
    """Return a dispatch as a record of its recipient's own topic: key = episode id, `ce_id` = dispatch id.

    Only the wire's body and content type go along: what an adapter puts into its headers is for HTTP.
    """
    headers = _attributes(dispatch.id, f"missing.dispatch.{_SAID[dispatch.action]}.v1", dispatch.created_at)
    headers |= {"ce_subject": str(dispatch.episode_id).encode(), "content-type": wire.content_type.encode()}
    key = str(dispatch.episode_id).encode()
    return _row(topic, key, headers, wire.body, None, dispatch.created_at)


def _letter(topic: str, id: UUID, kind: str, body: Mapping[str, Any], key: bytes | None, at: datetime) -> OutRecord:
    headers = _attributes(id, kind, at) | {"content-type": _JSON.encode()}
    return _row(topic, key, headers, orjson.dumps(body), None, at)


def _row(
    topic: str, key: bytes | None, headers: dict[str, bytes], value: bytes, event_id: UUID | None, at: datetime
) -> OutRecord:
    return OutRecord(id=None, topic=topic, key=key, headers=headers, value=value, event_id=event_id, created_at=at)


def _attributes(id: UUID, kind: str, at: datetime) -> dict[str, bytes]:
    attributes = {"specversion": "1.0", "id": str(id), "source": SOURCE, "type": kind, "time": _moment(at)}
    return {f"ce_{name}": value.encode() for name, value in attributes.items()}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
