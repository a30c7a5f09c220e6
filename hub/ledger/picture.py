"""All that the ledger knows about what a document speaks of, fetched in a fixed number of statements."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select

from contracts.envelope import Reference
from contracts.events import EventType
from hub.identity.keys import Key
from hub.ledger import events, subjects, tables
from hub.ledger.engine import Tx
from hub.ledger.said import HUB_KINDS, Said
from hub.ledger.sql import among, chunks

OPENING = frozenset({EventType.CONCERN_RAISED, EventType.ABSENCE_REPORTED, EventType.MISSING_REPORTED})


@dataclass
class EpisodeFacts:
    """One episode: its subjects (missing there still?), when the last thing known of it happened, and if reported."""

    members: dict[UUID, bool] = field(default_factory=dict)
    last: datetime | None = None
    reported: bool = False

    @property
    def open(self) -> bool:
        """Whether anybody is still missing in it."""
        return any(self.members.values())


@dataclass
class Picture:
    """What is known now; placing a document's events adds to it as it goes.

    `dispatches`: id to (episode, subject). `holders` and `keys` are the same identifiers, both ways round.
    """

    stored: dict[UUID, UUID] = field(default_factory=dict)
    named: dict[Reference, UUID] = field(default_factory=dict)
    dispatches: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    episodes: dict[UUID, EpisodeFacts] = field(default_factory=dict)
    holders: dict[Key, UUID] = field(default_factory=dict)
    keys: dict[UUID, set[Key]] = field(default_factory=dict)
    open_in: dict[UUID, UUID] = field(default_factory=dict)
    latest: dict[UUID, UUID] = field(default_factory=dict)


async def look_up(tx: Tx, said: Collection[Said]) -> Picture:
    """Fetch what is known about everything that these events point at."""
    references = {reference for one in said for reference in one.references}
    picture = Picture(stored=await events.known(tx, [one.event.id for one in said]))
    picture.named = await subjects.episodes_by_references(tx, references)
    picture.dispatches = await _dispatches(tx, _hub_ids("dispatch", references))
    picture.holders = await subjects.subjects_by_keys(tx, {key for one in said for keys in one.keys for key in keys})
    people = {*picture.holders.values(), *(id for one in said for id in one.subject_ids)}
    picture.open_in = await subjects.open_episodes_of(tx, people)
    picture.latest = await subjects.latest_episodes_of(tx, people)
    candidates = {
        *_hub_ids("episode", references),
        *picture.named.values(),
        *picture.open_in.values(),
        *picture.latest.values(),
        *(episode for episode, _ in picture.dispatches.values()),
    }
    picture.episodes = await _episodes(tx, candidates)
    members = {subject for facts in picture.episodes.values() for subject in facts.members}
    picture.keys = await subjects.keys_by_subjects(tx, {*members, *people})
    picture.holders |= {key: subject for subject, keys in picture.keys.items() for key in keys}
    return picture


def _hub_ids(kind: str, references: Iterable[Reference]) -> set[UUID]:
    ids = (HUB_KINDS[kind](reference.value) for reference in references if reference.kind == kind)
    return {id for id in ids if id is not None}


async def _dispatches(tx: Tx, ids: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    table = tables.dispatch
    wanted = select(table.c.id, table.c.episode_id, table.c.subject_id)
    found: dict[UUID, tuple[UUID, UUID]] = {}
    for part in chunks(ids):
        rows = await tx.execute(wanted.where(among(tx, table.c.id, part)))
        found.update({row.id: (row.episode_id, row.subject_id) for row in rows})
    return found


async def _episodes(tx: Tx, ids: Collection[UUID]) -> dict[UUID, EpisodeFacts]:
    table = tables.event
    opening = func.max(case((table.c.type.in_([type.value for type in OPENING]), 1), else_=0))
    last = func.max(table.c.occurred_at, type_=table.c.occurred_at.type)
    wanted = select(table.c.episode_id, last.label("last"), opening.label("reported")).group_by(table.c.episode_id)
    found: dict[UUID, EpisodeFacts] = {}
    for part in chunks(ids):
        members = await subjects.members_of(tx, part)
        for row in await tx.execute(wanted.where(among(tx, table.c.episode_id, part))):
            found[row.episode_id] = EpisodeFacts(members[row.episode_id], row.last, bool(row.reported))
    return found
