"""How far each consumer has read the log, kept in the transaction of what it made of it.

The ledger's word counts, not the broker's: after a restore from a backup it lies behind what the group has
acknowledged, and what lies between is read again. `until` ends that stretch; records before it may have had effects
that this ledger does not remember.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.outbox import EPISODE_TOPIC
from hub.ledger.sql import insert_new, one_at_a_time, upsert

Place = tuple[str, int]  # topic, partition


@dataclass(frozen=True)
class Span:
    """Offsets of one partition: the first, and the one after the last."""

    first: int
    end: int


@dataclass(frozen=True)
class Position:
    """The offset to be read next, and the end of the stretch that is read again (0: none)."""

    next: int
    until: int = 0


class Behind(Exception):
    """A batch begins beyond what this ledger knows as read; `gaps` has what lies between, by place. Read that first."""

    def __init__(self, gaps: Mapping[Place, Span]) -> None:
        super().__init__(f"{len(gaps)} partitions have records that this ledger has not read")
        self.gaps = gaps


class ReadingAgain(Exception):
    """The restored ledger is still reading again what came in after its backup: nothing is taken in meanwhile."""


@dataclass(frozen=True)
class Advanced:
    """Where each place of a batch stands; `restored`: a gap proved to hold records that an earlier ledger had read."""

    positions: Mapping[Place, Position]
    restored: bool


async def advance(tx: Tx, consumer: str, spans: Mapping[Place, Span], sought: Mapping[Place, int]) -> Advanced:
    """Note a batch as read. Raises Behind, having written nothing, when records before it are not known as read.

    `sought` has, by place, where the batch began that was put off for a gap. When nothing was found before it (the log
    has forgotten it, or it holds no record), it is taken as it is.
    """
    before = await _positions(tx, consumer, {topic for topic, _ in spans})
    gaps = {
        place: Span(before.get(place, Position(0)).next, span.first)
        for place, span in spans.items()
        if span.first > before.get(place, Position(0)).next and sought.get(place) != span.first
    }
    if gaps:
        raise Behind(gaps)
    # A place without a row is new, or its broker was lost and the log begins again: read again, but by this ledger.
    found = {place for place, put_off in sought.items() if place in before and _first(spans, place) < put_off}
    after = {}
    for place, span in spans.items():
        old = before.get(place, Position(0))
        until = max(old.until, sought[place]) if place in found else old.until
        after[place] = Position(max(old.next, span.end), until)
    await _save(tx, consumer, after)
    return Advanced(after, bool(found))


async def compare(tx: Tx, consumer: str, acknowledged: Mapping[Place, Span]) -> bool:
    """Compare what a group has acknowledged (`end`; `first` is the log's beginning) with what this ledger has read.

    A ledger that knows nothing of the group starts where the group stands. Returns whether the group had come further:
    the ledger was restored, and what lies between is read again.
    """
    await one_at_a_time(tx, [f"position {consumer}"])
    before = await _positions(tx, consumer, {topic for topic, _ in acknowledged})
    if not before:
        # Where the consumer has noted more meanwhile, that stands.
        rows = _rows(consumer, {place: Position(span.end) for place, span in acknowledged.items()})
        await insert_new(tx, tables.position, rows)
        return False
    further = {}
    for place, span in acknowledged.items():
        old = before.get(place, Position(0))
        if span.end > max(old.next, old.until):
            further[place] = Position(max(old.next, span.first), span.end)
    await _save(tx, consumer, further)
    return any(one.next < one.until for one in further.values())


async def forget(tx: Tx) -> None:
    """Forget every position: the broker has lost its data and counts from zero again."""
    await tx.execute(delete(tables.position))


async def unread(tx: Tx, consumer: str) -> dict[Place, Position]:
    """Return the stretches that a consumer must read again and has not read yet."""
    table = tables.position
    wanted = select(table).where(table.c.consumer == consumer, table.c.next < table.c.until)
    return {(row.topic, row.partition): Position(row.next, row.until) for row in await tx.execute(wanted)}


async def reading_again(tx: Tx) -> bool:
    """Say whether the episodes' log is still being read again after a restore."""
    table = tables.position
    wanted = select(table.c.next).where(table.c.topic == EPISODE_TOPIC, table.c.next < table.c.until).limit(1)
    return (await tx.execute(wanted)).first() is not None


async def require_all_read(tx: Tx) -> None:
    """Raise ReadingAgain while `reading_again`: a message would not find the episode that it is about."""
    if await reading_again(tx):
        raise ReadingAgain


async def _positions(tx: Tx, consumer: str, topics: set[str]) -> dict[Place, Position]:
    table = tables.position
    wanted = select(table).where(table.c.consumer == consumer, table.c.topic.in_(sorted(topics)))
    return {(row.topic, row.partition): Position(row.next, row.until) for row in await tx.execute(wanted)}


async def _save(tx: Tx, consumer: str, positions: Mapping[Place, Position]) -> None:
    await upsert(tx, tables.position, _rows(consumer, positions), ["next", "until"])


def _rows(consumer: str, positions: Mapping[Place, Position]) -> list[dict[str, Any]]:
    return [
        {"consumer": consumer, "topic": topic, "partition": partition, **vars(position)}
        for (topic, partition), position in sorted(positions.items(), key=lambda one: one[0])
    ]


def _first(spans: Mapping[Place, Span], place: Place) -> int:
    return spans[place].first if place in spans else 2**62
