"""One Kafka record as the hub sees it, free of the client library: what handlers and tests work with."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaMessage

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class Record:
    """Topic, place, key, headers as they came (a value may be null or not UTF-8) and body (null becomes empty)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.value).hexdigest()

    def attributes(self) -> dict[str, bytes]:
        """Return the headers that have a value, names in lower case; a null header counts as absent."""
        return {name.lower(): value for name, value in self.headers if value is not None}

    def text(self, name: str) -> str | None:
        """Return one header as text; None when it is absent, null or not UTF-8."""
        try:
            return self.attributes().get(name, b"").decode() or None
        except UnicodeDecodeError:
            return None


def records_of(message: KafkaMessage) -> list[Record]:
    """Return a batch message's records as the hub's own, in the order in which they were fetched."""
    raw = message.raw_message
    return [_record(one) for one in (raw if isinstance(raw, tuple) else (raw,))]


def _record(raw: "ConsumerRecord[Any, Any]") -> Record:
    return Record(raw.topic, raw.partition, raw.offset, raw.key, tuple(raw.headers), raw.value or b"")


def legible(record: "ConsumerRecord[Any, Any]") -> "ConsumerRecord[Any, Any]":
    """Return a copy whose header values are all UTF-8: the library's own parser loses a record over a null one."""
    return replace(record, headers=tuple((name, _legible(value)) for name, value in record.headers))


def _legible(value: bytes | None) -> bytes:
    return (value or b"").decode(errors="replace").encode()
