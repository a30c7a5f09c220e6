"""From a Kafka record to an event, and what may be said about a record that cannot be read."""

import re
from uuid import UUID

from contracts.envelope import Event, from_kafka
from contracts.errors import Fate, InvalidMessage, Problem
from hub.channel.record import Record

_SOURCE = re.compile(r"/(hub|partners/[a-z0-9][a-z0-9-]{0,62})")


def decode(record: Record) -> Event:
    """Read one record of the episode topic.

    Raises InvalidMessage: refused, unusable or held as the envelope says, and unusable without an episode.
    """
    event = read_event(record)
    if event.episode_id is None:
        raise InvalidMessage(Fate.UNUSABLE, "The event names no episode.", [Problem("subject", "is missing")])
    return event


def read_event(record: Record) -> Event:
    """Read a record in CloudEvents' binary mode; whatever breaks on the way is the record's fault. See `decode`."""
    try:
        return from_kafka(record.attributes(), record.value, record.key)
    except InvalidMessage:
        raise
    except Exception as error:
        problem = Problem("record", type(error).__name__)
        raise InvalidMessage(Fate.REFUSED, "The record is not readable.", [problem]) from error


def claimed_id(record: Record) -> str | None:
    """Return the record's `ce_id` if it is a UUID: free text might be anything, a name included."""
    try:
        return str(UUID(record.text("ce_id") or ""))
    except ValueError:
        return None


def claimed_source(record: Record) -> str | None:
    """Return the record's `ce_source` if it has the form of one of ours."""
    source = record.text("ce_source")
    return source if source is not None and _SOURCE.fullmatch(source) else None
