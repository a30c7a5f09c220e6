"""Episodes that are routed together, because subjects of theirs are linked; mostly each one alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from contracts.envelope import Event
from contracts.events import IdentityLinked, IdentityUnlinked
from hub.channel.isolate import Planned, plan_in_isolation
from hub.channel.keeping import aside_of
from hub.channel.overdue import with_stages
from hub.episode.fold import SILENT
from hub.episode.joining import Link
from hub.ledger import dispatches, episodes, events, pairs, subjects
from hub.ledger.engine import Tx
from hub.ledger.episodes import EpisodeRow
from hub.routing.book import Book
from hub.routing.joined import plan_all
from hub.routing.plan import Issued, Plan


@dataclass(frozen=True)
class Family:
    """Episodes with all that routing needs of them, locked. `links` are between their subjects."""

    links: Sequence[Link]
    rows: Mapping[UUID, EpisodeRow]
    history: Sequence[Event]
    issued: Mapping[UUID, Sequence[Issued]]

    def planned(self, book: Book, now: datetime) -> Planned[dict[UUID, Plan]]:
        """Return each episode's plan, and the events that had to be left out: the new ones."""
        aside = {id for row in self.rows.values() for id in aside_of(row)}

        def planner(usable: Sequence[Event]) -> dict[UUID, Plan]:
            return plan_all(usable, self.links, self.issued, book, now)

        return plan_in_isolation(self.history, aside, planner)


class Families(NamedTuple):
    """What was locked: `rows` are those of every family, and of the episodes beside them."""

    found: list[Family]
    rows: Mapping[UUID, EpisodeRow]


async def families(
    tx: Tx,
    episode_ids: Collection[UUID],
    fresh: Sequence[Event] = (),
    *,
    beside: Collection[UUID] = (),
    for_update: bool = False,
    with_receipts: bool = False,
) -> Families:
    """Lock these episodes and those that hang together with them; `fresh` are new events, not to be read again.

    Episodes `beside` them are locked in the same go. `with_receipts`: what became of each dispatch is read as well.
    """
    links, members = await _linked(tx, episode_ids, fresh)
    groups = _groups(episode_ids, links, members)
    ids = {id for group in groups for id in group}
    rows = await episodes.lock(tx, ids, beside=beside)
    history = await events.of_episodes(tx, ids, without=SILENT, known={event.id: event for event in fresh})
    issued: Mapping[UUID, Sequence[Issued]] = await dispatches.issued(tx, ids, for_update=for_update)
    if with_receipts:
        issued = await with_stages(tx, issued)
    found = [
        Family(
            links if len(group) > 1 or _within(links, group, members) else (),
            {id: rows[id] for id in sorted(group)},
            [event for id in sorted(group) for event in history[id]],
            {id: issued[id] for id in group},
        )
        for group in groups
    ]
    return Families(found, rows)


async def _linked(
    tx: Tx, episode_ids: Collection[UUID], fresh: Sequence[Event]
) -> tuple[list[Link], dict[UUID, set[UUID]]]:
    """Return the links of these episodes' subjects, and the linked subjects of every episode that has any."""
    own = await subjects.members_of(tx, episode_ids)
    people = {subject for some in own.values() for subject in some} | set(_named(fresh))
    links = await pairs.links(tx, people)
    if not links:
        return [], {}
    linked = {subject for link in links for subject in link}
    return links, await subjects.episodes_of(tx, linked)


def _named(fresh: Iterable[Event]) -> Iterable[UUID]:
    for event in fresh:
        if isinstance(event.data, IdentityLinked | IdentityUnlinked):
            yield from (event.data.kept, event.data.merged)


def _groups(episode_ids: Collection[UUID], links: Sequence[Link], members: Mapping[UUID, set[UUID]]) -> list[set[UUID]]:
    """Return the episodes that must be planned in one go: those that any chain of links and subjects leads to."""
    together: dict[UUID, set[UUID]] = {}
    by_subject: dict[UUID, set[UUID]] = {}
    for episode, some in members.items():
        for subject in some:
            by_subject.setdefault(subject, set()).add(episode)
    for one, other in links:
        whole = by_subject.get(one, set()) | by_subject.get(other, set())
        for episode in list(whole):
            whole |= together.get(episode, set())
        together |= dict.fromkeys(whole, whole)
    found: list[set[UUID]] = []
    placed: set[UUID] = set()
    for id in episode_ids:
        if id not in placed:
            found.append(together.get(id, {id}))
            placed |= found[-1]
    return found


def _within(links: Sequence[Link], group: set[UUID], members: Mapping[UUID, set[UUID]]) -> bool:
    """Say whether two subjects of one and the same episode are linked."""
    return any({one, other} <= members.get(id, set()) for id in group for one, other in links)
