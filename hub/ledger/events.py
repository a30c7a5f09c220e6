"""The store of events: immutable facts, read back into today's models."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from contracts.envelope import Event, from_body, to_structured
from contracts.events import DATA_OF, EventType, Report
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import among, chunks, insert_new, rows_among


async def append(tx: Tx, events: Sequence[Event], message_id: UUID | None) -> list[Event]:
    """Store events that have an episode; return those that were new, in the order given."""
    return await append_all(tx, [(event, message_id) for event in events])


async def append_all(tx: Tx, events: Iterable[tuple[Event, UUID | None]]) -> list[Event]:
    """Do `append` for events each with the message that it came in."""
    distinct: dict[UUID, tuple[Event, UUID | None]] = {}
    for event, message_id in events:
        distinct.setdefault(event.id, (event, message_id))
    rows = [_row(event, message_id) for event, message_id in distinct.values()]
    new = {row.id for row in await insert_new(tx, tables.event, rows, [tables.event.c.id])}
    return [event for event, _ in distinct.values() if event.id in new]


async def of_episodes(
    tx: Tx,
    episode_ids: Collection[UUID],
    without: Collection[EventType] = (),
    known: Mapping[UUID, Event] = MappingProxyType({}),
) -> dict[UUID, list[Event]]:
    """Return each episode's events in no particular order (fold sorts), but for types that the caller can do without.

    An episode without events has an empty list. Events that the caller has in its hands are not read again: `known`.
    """
    found: dict[UUID, list[Event]] = {key: [] for key in episode_ids}
    table = tables.event
    for ids in chunks(list(found)):
        wanted = select(table.c.id, table.c.episode_id, table.c.body).where(among(tx, table.c.episode_id, ids))
        if without:
            wanted = wanted.where(table.c.type.not_in(sorted(one.value for one in without)))
        for id, episode_id, body in await tx.execute(wanted):
            found[episode_id].append(known.get(id) or read(body))
    return found


async def known(tx: Tx, event_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the episode of each of these events that is stored."""
    table = tables.event
    found: dict[UUID, UUID] = {}
    for ids in chunks(event_ids):
        rows = await tx.execute(select(table.c.id, table.c.episode_id).where(among(tx, table.c.id, ids)))
        found.update({row.id: row.episode_id for row in rows})
    return found


async def has_stated(tx: Tx, episode_id: UUID, source: str) -> bool:
    """Say whether an event of this source is part of the episode."""
    query = select(tables.event.c.id).where(tables.event.c.episode_id == episode_id, tables.event.c.source == source)
    return (await tx.execute(query.limit(1))).first() is not None


async def highest_versions(tx: Tx, wanted: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """Return the highest version of a report in each (episode, source) that has one."""
    table = tables.event
    types = [name.value for name, model in DATA_OF.items() if issubclass(model, Report)]
    columns = (table.c.episode_id, table.c.source)
    found: dict[tuple[UUID, str], int] = {}
    for part in chunks(wanted, 1000):
        highest = select(*columns, func.max(table.c.source_version)).group_by(*columns)
        rows = await tx.execute(highest.where(rows_among(tx, columns, part), table.c.type.in_(types)))
        found.update({(episode_id, source): version for episode_id, source, version in rows})
    return found


def write(event: Event) -> str:
    """Write an event as it is stored: one line of structured-mode JSON."""
    return to_structured(event).decode()


def read(body: str) -> Event:
    """Read a stored event, whatever version of the schema it was written under."""
    return from_body(orjson.loads(body))


def _row(event: Event, message_id: UUID | None) -> dict[str, Any]:
    return {
        "id": event.id,
        "episode_id": event.episode_id,
        "type": event.type.value,
        "occurred_at": event.occurred_at,
        "source_version": event.source_version,
        "recorded_at": event.recorded_at,
        "source": event.source,
        "message_id": message_id,
        "body": write(event),
    }
