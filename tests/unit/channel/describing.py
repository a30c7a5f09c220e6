"""Reports about people for the tests of proposals and links: each in an episode of its own, routed at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from contracts.dispatch import Action, Dispatch
from contracts.envelope import Event, derived_id
from contracts.events import Data, MissingReported
from contracts.person import SubjectFacts
from hub.channel.batch import handle_batch
from hub.ledger import dispatches, events, outbox, pairs, subjects, tables, tasks
from hub.ledger.engine import Ledger
from hub.ledger.pairs import Pair
from hub.ledger.tasks import Task
from hub.routing.book import Book
from tests.unit.channel.parts import NOW, happened, record
from tests.unit.identity.people import who


@dataclass
class Room:
    """A router on a ledger; each call handles one batch. `minutes` is the time now."""

    ledger: Ledger
    book: Book
    minutes: int = 0
    offset: int = 0
    seen: set[UUID] = field(default_factory=set)

    async def route(self, *said: Event) -> None:
        """Note the events' subjects as intake does, then handle them as one batch, and whatever the hub states on."""
        async with self.ledger.begin() as tx:
            for event in said:
                for facts in getattr(event.data, "subjects", ()):
                    if isinstance(event.data, MissingReported) and event.episode_id and facts.subject_id:
                        await subjects.join(tx, event.episode_id, facts.subject_id, open=True)
            await events.append(tx, said, None)
        await self.batch(said)
        await self.run()

    async def batch(self, said: Sequence[Event]) -> None:
        records = [record(outbox.record_of(event, NOW), self.offset + n) for n, event in enumerate(said)]
        self.offset += len(said)
        self.seen |= {event.id for event in said}
        now = NOW + timedelta(minutes=self.minutes)
        result = await handle_batch(records, self.ledger, self.book, now)
        assert result.dead == 0

    async def run(self) -> None:
        """Handle what the hub itself has stated, as the relay would bring it."""
        while True:
            async with self.ledger.read() as tx:
                rows = await outbox.unpublished(tx, 1000)
                ids = {row.event_id for row in rows if row.event_id} - self.seen
                episodes = await events.known(tx, ids)
                stored = await events.of_episodes(tx, set(episodes.values()))
            fresh = [event for some in stored.values() for event in some if event.id in ids]
            if not fresh:
                return
            await self.batch(fresh)

    async def pairs(self) -> list[Pair]:
        """The proposals that wait."""
        async with self.ledger.read() as tx:
            return await pairs.waiting(tx, 100)

    async def tasks(self) -> list[Task]:
        """The open tasks about possible matches."""
        async with self.ledger.read() as tx:
            return [one for one in await tasks.list_open(tx) if one.kind == "possible_match"]

    async def live(self, episode: UUID) -> set[tuple[UUID, str, str]]:
        """What stands raised of an episode: subject, recipient, thread."""
        standing: dict[tuple[UUID, str, str], Dispatch] = {}
        for one in await self.dispatches(episode):
            standing[one.subject_id, one.recipient.key, one.thread] = one
        return {key for key, one in standing.items() if one.action is not Action.WITHDRAW}

    async def dispatches(self, episode: UUID) -> list[Dispatch]:
        """All that was made of an episode and not closed before it left."""
        async with self.ledger.read() as tx:
            issued = (await dispatches.issued(tx, [episode]))[episode]
        return [one.dispatch for one in issued if one.state != "cancelled"]

    async def all_left(self) -> None:
        """Let everything that waits to be sent have left."""
        async with self.ledger.begin() as tx:
            table = tables.dispatch
            left = table.update().where(table.c.state != "cancelled").values(state="sent", may_have_left=True)
            await tx.execute(left)


def named(number: int) -> tuple[UUID, UUID]:
    """An episode and its subject."""
    return derived_id("episode", number), derived_id("subject", number)


def report(number: int, facts: SubjectFacts | None = None, *, minutes: int = 0, name: str = "report") -> Event:
    """Somebody is reported missing in an episode of its own."""
    episode, subject = named(number)
    told = (facts or who()).model_copy(update={"subject_id": subject})
    return happened(MissingReported(subjects=(told,)), episode, name, minutes=minutes)


def fact(number: int, data: Data, *, minutes: int, name: str | None = None) -> Event:
    """Something happened in the episode."""
    return happened(data, named(number)[0], name or type(data).__name__, minutes=minutes)
