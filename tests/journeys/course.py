"""A hub that lives through one episode: the real router and ticker on a ledger, a clock that jumps, days of downtime.

Time is the test's. Events happen at one moment and arrive at another; the hub is off for a while, and its clock may be
wrong for a moment. Whatever is pending is sent, lost on the way or left waiting, by the number of the dispatch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import delete, func, select, update

from contracts.dispatch import Action, Dispatch
from contracts.envelope import Event, from_structured, to_structured
from contracts.events import ClockFell
from hub.channel.batch import handle_batch
from hub.channel.clocks import tick
from hub.channel.record import Record
from hub.ledger import dispatches, events, tables
from hub.ledger.dispatches import CANCELLED, DispatchRow
from hub.ledger.engine import Ledger
from hub.ledger.outbox import record_of
from hub.routing.book import Book
from hub.routing.escalation import RECEIPT_OVERDUE
from hub.routing.plan import ClockDue
from hub.routing.steps import Steps
from tests.stories.events import CHILD, EPISODE, SIBLING

HOUR = timedelta(hours=1)
POLL = 9 * HOUR
"""How long the ticker sleeps: clocks fall a little late and together, which also plays more in less time."""
_NEVER = 10_000 * 24 * 60.0
_UNCHASED = {"remind": None, "out_of_hours": None, "manager": None, "telephone": _NEVER}
_numbers = count(1)


def unchased(book: Book) -> Book:
    """Return the book with a directory that chases nobody: no partner of a course states a receipt."""
    steps = Steps.model_validate({"high_risk": _UNCHASED, "others": _UNCHASED})
    return replace(book, directory=replace(book.directory, steps=steps))


@dataclass(frozen=True)
class Course:
    """What happens: events with the hours that each takes to arrive, when the hub is off, when its clock is wrong.

    Hours count from `start`. `off` is (from, for how long), `jumps` are (when, by how much).
    """

    start: datetime
    arrivals: tuple[tuple[Event, int], ...]
    hours: int
    off: tuple[int, int] | None = None
    jumps: tuple[tuple[int, int], ...] = ()
    ticker_first: bool = False

    @property
    def end(self) -> datetime:
        """The moment at which everything is looked at."""
        return self.start + self.hours * HOUR

    @property
    def away(self) -> tuple[datetime, datetime]:
        """From when until when the hub is off."""
        first, long = self.off or (self.hours + 1, 0)
        return self.start + first * HOUR, self.start + (first + long) * HOUR


@dataclass
class Life:
    """One run of a course. `fell` are the ticks that were stated, each with the hub's time when it was."""

    ledger: Ledger
    book: Book
    course: Course
    episode: UUID = field(default_factory=lambda: UUID(int=EPISODE.int + next(_numbers) * 2**40))
    fell: list[tuple[datetime, ClockFell]] = field(default_factory=list)
    ticked: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    heard: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    async def live(self) -> None:
        """Let everything arrive and every clock fall, up to the end of the course."""
        async with self.ledger.begin() as tx:
            await tx.execute(delete(tables.clock))
        agenda: list[tuple[datetime, Event | int]] = [
            *((self.course.start + when * HOUR, by) for when, by in self.course.jumps),
            *((self._on(event.occurred_at + late * HOUR), event) for event, late in self.course.arrivals),
        ]
        for moment, what in sorted(agenda, key=lambda one: one[0]):
            await self._until(moment if self.course.ticker_first else moment - timedelta(microseconds=1))
            self.now = moment
            if isinstance(what, Event):
                await self._hear([what], moment)
            else:
                # A clock that is behind still knows no earlier time than that of the last event that came.
                await self._tick(max(moment + what * HOUR, self.heard))
        await self._until(self.course.end + POLL)

    async def clocks(self) -> list[ClockDue]:
        """Return the procedures' clocks that run."""
        table = tables.clock
        async with self.ledger.read() as tx:
            running = (table.c.episode_id == self.episode, ~table.c.fired, table.c.rule != RECEIPT_OVERDUE)
            rows = await tx.execute(select(table).where(*running))
            return [ClockDue(**{k: v for k, v in row._asdict().items() if k != "fired"}) for row in rows]

    async def history(self) -> list[Event]:
        """Return all that the ledger has of the episode."""
        async with self.ledger.read() as tx:
            return (await events.of_episodes(tx, [self.episode]))[self.episode]

    async def rows(self) -> list[DispatchRow]:
        """Return every dispatch that was not closed unsent, in order."""
        async with self.ledger.read() as tx:
            rows = (await dispatches.of_episodes(tx, [self.episode]))[self.episode]
        return [row for row in rows if row.state != CANCELLED]

    def _on(self, moment: datetime) -> datetime:
        first, last = self.course.away
        return last if first <= moment < last else moment

    async def _until(self, moment: datetime) -> None:
        """Tick while a clock is due, as a ticker does that sleeps for a while after each time."""
        for _ in range(500):
            async with self.ledger.read() as tx:
                table = tables.clock
                first = select(func.min(table.c.due_at)).where(table.c.episode_id == self.episode, ~table.c.fired)
                due = (await tx.execute(first)).scalar_one()
            if due is None:
                return
            at = self._on(max(due.astimezone(UTC), self.ticked + POLL, self.now))
            if at > moment:
                return
            self.ticked = at
            await self._tick(at)
        raise AssertionError("a clock is due and does not fall")

    async def _tick(self, now: datetime) -> None:
        stated = (await tick(self.ledger, self.book, now)).stated
        self.fell += [(now, event.data) for event in stated if isinstance(event.data, ClockFell)]
        if stated:
            await self._hear(stated, now)

    async def _hear(self, some: Sequence[Event], now: datetime) -> None:
        self.heard = max([self.heard, *(event.occurred_at for event in some)])
        await handle_batch([_record(event) for event in some], self.ledger, self.book, now)
        async with self.ledger.begin() as tx:
            rows = (await dispatches.of_episodes(tx, [self.episode]))[self.episode]
            for state, ids in _outcomes(row for row in rows if row.state == "pending"):
                changed = update(tables.dispatch).where(tables.dispatch.c.id.in_(ids))
                await tx.execute(changed.values(state=state, may_have_left=True))


def renamed(some: Iterable[Event], life: Life) -> list[Event]:
    """Return events as of the life's own episode and people: a ledger holds many lives."""
    shift = life.episode.int - EPISODE.int
    names = {str(one): str(UUID(int=one.int + shift)) for one in (EPISODE, CHILD, SIBLING)}
    found = []
    for event in some:
        text = to_structured(event).decode()
        for old, new in names.items():
            text = text.replace(old, new)
        read = from_structured(text.encode())
        found.append(read.model_copy(update={"id": UUID(int=event.id.int ^ shift)}))
    return found


def live(rows: Iterable[DispatchRow]) -> dict[tuple[UUID, str, str], Dispatch]:
    """Return what is held: of each recipient, subject and thread the last word, unless it takes back."""
    last = {(one.dispatch.subject_id, one.dispatch.recipient.key, one.dispatch.thread): one.dispatch for one in rows}
    return {key: one for key, one in last.items() if one.action is not Action.WITHDRAW}


def _record(event: Event) -> Record:
    row = record_of(event, event.recorded_at)
    return Record(row.topic, 0, 0, row.key, tuple(row.headers.items()), row.value)


def _outcomes(rows: Iterable[DispatchRow]) -> Iterable[tuple[str, list[UUID]]]:
    found: dict[str, list[UUID]] = {}
    for row in rows:
        state = ("sent", "sent", "unknown", "pending")[row.dispatch.id.int % 4]
        found.setdefault(state, []).append(row.dispatch.id)
    found.pop("pending", None)
    return found.items()
