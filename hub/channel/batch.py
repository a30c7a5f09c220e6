"""One batch of the episode topic: inbox, fold, routing, and everything that follows, in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from contracts.envelope import Event
from contracts.errors import InvalidMessage
from contracts.events import ReceiptRecorded
from hub.channel import repeats
from hub.channel.decode import decode
from hub.channel.families import Family, families
from hub.channel.invalid import BadRecord, keep_invalid
from hub.channel.isolate import reason_of
from hub.channel.keeping import Routed, aside_of, keep
from hub.channel.letters import dead_letter, record_id
from hub.channel.overdue import settle_seen
from hub.channel.progress import Progress, rounds
from hub.channel.record import Record
from hub.channel.tasks import dead_task
from hub.channel.window import BadWindow
from hub.episode.fold import SILENT
from hub.ledger import dispatches, events, inbox, outbox, receipts, registering, tasks
from hub.ledger.engine import Ledger, Tx
from hub.ledger.faults import not_the_data
from hub.routing.book import Book

CONSUMER = "router"


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch. `bad` says record by record whether it went to a letter instead of into an episode."""

    handled: int
    repeated: int
    invalid: int
    dead: int
    dispatches: int
    bad: tuple[bool, ...]

    def __add__(self, other: "BatchResult") -> "BatchResult":
        """Return what became of both."""
        return BatchResult(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(BatchResult)))


@dataclass
class _Batch:
    records: Sequence[Record]
    again: bool
    good: dict[int, Event] = field(default_factory=dict)
    bad: dict[int, BadRecord] = field(default_factory=dict)
    dead: dict[UUID, tuple[Event, str]] = field(default_factory=dict)


async def handle_batch(
    records: Sequence[Record],
    ledger: Ledger,
    book: Book,
    now: datetime,
    window: BadWindow | None = None,
    progress: Progress | None = None,
) -> BatchResult:
    """Handle records of the episode topic in one transaction; nothing is committed when anything raises.

    A record that cannot be read becomes a letter, and so does an event that breaks its episode's fold or routing; the
    rest commits. Raises TooManyBad when `window` says that too many did, Behind when `progress` lies before the batch.
    """
    result = BatchResult(0, 0, 0, 0, 0, ())
    async with ledger.begin() as tx:
        again = await progress.note(tx, records, now) if progress else frozenset()
        for part, is_again in rounds(records, again):
            result += await _handle(tx, _read(part, is_again), book, now)
        if window is not None:
            window.check(result.bad)
    if window is not None:
        window.keep(result.bad)
    return result


def _read(records: Sequence[Record], again: bool) -> _Batch:
    batch = _Batch(records, again)
    for number, record in enumerate(records):
        try:
            batch.good[number] = decode(record)
        except InvalidMessage as error:
            batch.bad[number] = BadRecord(record, error)
    return batch


async def _handle(tx: Tx, batch: _Batch, book: Book, now: datetime) -> BatchResult:
    read = {event.id: event for event in batch.good.values()}
    new = await inbox.claim(tx, CONSUMER, [*read, *(record_id(one.record) for one in batch.bad.values())], now)
    await keep_invalid(tx, [one for one in batch.bad.values() if record_id(one.record) in new], now)
    fresh = [event for event in read.values() if event.id in new]
    # Nearly all were stored when they came in: only of a restored ledger the log knows more.
    there = await events.known(tx, [event.id for event in fresh])
    await events.append(tx, [event for event in fresh if event.id not in there], None)
    if batch.again:
        await registering.register(tx, fresh)
    silent = [event for event in fresh if event.type in SILENT]
    await _note_receipts(tx, silent, batch, book, now)
    made = await _route(tx, [event for event in fresh if event.type not in SILENT], batch, book, now)
    await _bury(tx, batch, now)
    await outbox.close_handled(tx, list(read))
    flags = tuple(n in batch.bad or batch.good[n].id in batch.dead for n in range(len(batch.records)))
    return BatchResult(
        handled=len(fresh) - sum(event.id in batch.dead for event in fresh),
        repeated=len(batch.good) - len(fresh),
        invalid=len(batch.bad),
        dead=len(batch.dead),
        dispatches=made,
        bad=flags,
    )


async def _note_receipts(tx: Tx, silent: Sequence[Event], batch: _Batch, book: Book, now: datetime) -> None:
    """Record what became of dispatches. Nobody is told anything because of it, so their episodes are left alone."""
    stated = [
        (event, receipt)
        for event in silent
        if isinstance(event.data, ReceiptRecorded)
        for receipt in event.data.receipts
    ]
    episode_of = await dispatches.episodes_of(tx, [receipt.dispatch_id for _, receipt in stated])
    known = [receipt for event, receipt in stated if episode_of.get(receipt.dispatch_id) == event.episode_id]
    strange = [event for event, receipt in stated if episode_of.get(receipt.dispatch_id) != event.episode_id]
    # Beside a strange receipt the others of its event still count.
    batch.dead |= {event.id: (event, "receipt for a dispatch that this episode never had") for event in strange}
    await receipts.record_all(tx, known)
    await settle_seen(tx, {episode_of[receipt.dispatch_id] for receipt in known}, book.directory, now)


async def _route(tx: Tx, fresh: Sequence[Event], batch: _Batch, book: Book, now: datetime) -> int:
    ids: dict[UUID, list[Event]] = defaultdict(list)
    for event in fresh:
        if event.episode_id is not None:
            ids[event.episode_id].append(event)
    if not ids:
        return 0
    others = await repeats.beside(tx, book, ids)
    found, rows = await families(
        tx, ids, fresh, for_update=True, beside={id for some in others.values() for id in some}
    )
    routed = [one for family in found for one in _routed(family, ids, batch, book, now)]
    made = await _keep(tx, routed, batch, book, now)
    kept = [one for one in routed if not any(event.id in batch.dead for event in one.fresh)]
    await repeats.tell_each_other(tx, book, kept, rows, others, now)
    return made


def _routed(
    family: Family, fresh: Mapping[UUID, Sequence[Event]], batch: _Batch, book: Book, now: datetime
) -> list[Routed]:
    planned = family.planned(book, now)
    by_id = {event.id: event for event in family.history}
    batch.dead |= {id: (by_id[id], reason) for id, reason in planned.set_aside.items()}
    plans = planned.plan or {}
    routed = []
    # In the plans' order: whoever tells now does so before the others withdraw.
    for id in (*plans, *(family.rows.keys() - plans.keys())):
        new = {one: reason for one, reason in planned.set_aside.items() if by_id[one].episode_id == id}
        aside = aside_of(family.rows[id]) | new
        usable = tuple(event for event in fresh.get(id, ()) if event.id not in aside)
        routed.append(Routed(family.rows[id], usable, plans.get(id), aside))
    return routed


async def _keep(tx: Tx, routed: Sequence[Routed], batch: _Batch, book: Book, now: datetime) -> int:
    try:
        async with tx.begin_nested():
            return await keep(tx, routed, book, now, may_have_left=batch.again)
    except Exception as error:
        if not_the_data(error):
            raise
    return sum([await _keep_alone(tx, one, batch, book, now) for one in routed])


async def _keep_alone(tx: Tx, one: Routed, batch: _Batch, book: Book, now: datetime) -> int:
    try:
        async with tx.begin_nested():
            return await keep(tx, [one], book, now, may_have_left=batch.again)
    except Exception as error:
        if not_the_data(error):
            raise
        batch.dead |= {event.id: (event, reason_of(error)) for event in one.fresh}
        return 0


async def _bury(tx: Tx, batch: _Batch, now: datetime) -> None:
    buried: Mapping[UUID, tuple[Event, str]] = batch.dead
    await outbox.add(tx, [dead_letter(event, reason, now) for event, reason in buried.values()])
    await tasks.open_all(tx, [dead_task(event, reason, now) for event, reason in buried.values()])
