"""Pairs of subjects that may be, or are, one child: proposed by likeness, decided by a person, kept for good."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from contracts.envelope import derived_id
from hub.identity.likeness import IDENTIFIER, Reason
from hub.ledger import tables, tasks
from hub.ledger.engine import Tx
from hub.ledger.sql import among, chunks, upsert
from hub.ledger.tasks import Task

TOGETHER = Reason(IDENTIFIER, "Identifiers of both were given for one person.")


class PairState(StrEnum):
    """Where a pair stands. `lapsed`: proposed once, and what is known now no longer supports it."""

    PROPOSED = "proposed"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNLINKED = "unlinked"

    @property
    def decided(self) -> bool:
        """Whether a person has decided."""
        return self in (PairState.ACCEPTED, PairState.REJECTED, PairState.UNLINKED)


@dataclass(frozen=True)
class Pair:
    """Two subjects, and where the question whether they are one stands. `version` counts the changes.

    `reasons` are objects with `points` and `text`, as they were when it was proposed.
    """

    id: UUID
    one: UUID
    other: UUID
    state: PairState
    version: int = 1
    reasons: list[dict[str, Any]] = field(default_factory=list)
    proposed_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None

    def now(self, state: PairState, **changes: Any) -> "Pair":
        """Return the pair in another state, one version on."""
        return replace(self, state=state, version=self.version + 1, **changes)


def new_pair(one: UUID, other: UUID) -> Pair:
    """Return the pair of two subjects, whichever is named first."""
    first, second = sorted((one, other))
    return Pair(derived_id("identity-pair", first, second), first, second, PairState.PROPOSED, version=0)


async def get(tx: Tx, ids: Collection[UUID], for_update: bool = False) -> dict[UUID, Pair]:
    """Return these pairs; `for_update` lets nobody else decide meanwhile."""
    table = tables.identity_pair
    found: dict[UUID, Pair] = {}
    for part in chunks(sorted(ids)):
        wanted = select(table).where(among(tx, table.c.id, part)).order_by(table.c.id)
        for row in await tx.execute(wanted.with_for_update() if for_update else wanted):
            found[row.id] = _read(row)
    return found


async def of_subjects(tx: Tx, subject_ids: Collection[UUID], state: PairState) -> list[Pair]:
    """Return the pairs in this state that one of these subjects is part of."""
    table = tables.identity_pair
    found: dict[UUID, Pair] = {}
    for part in chunks(subject_ids, 5000):
        either = or_(among(tx, table.c.one, part), among(tx, table.c.other, part))
        rows = await tx.execute(select(table).where(either, table.c.state == state.value))
        found.update({row.id: _read(row) for row in rows})
    return list(found.values())


async def waiting(tx: Tx, limit: int) -> list[Pair]:
    """Return the pairs that wait for a person, oldest first."""
    table = tables.identity_pair
    wanted = select(table).where(table.c.state == PairState.PROPOSED.value).order_by(table.c.proposed_at, table.c.id)
    return [_read(row) for row in await tx.execute(wanted.limit(limit))]


async def put(tx: Tx, pairs: Sequence[Pair]) -> None:
    """Write pairs as they stand now."""
    rows = [vars(pair) | {"state": pair.state.value} for pair in pairs]
    changes = ("state", "version", "reasons", "proposed_at", "decided_at", "decided_by")
    await upsert(tx, tables.identity_pair, rows, changes)


async def links(tx: Tx, subject_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Return every accepted pair that hangs together with one of these subjects, through others too."""
    found: set[tuple[UUID, UUID]] = set()
    reached: set[UUID] = set()
    ask = set(subject_ids)
    while ask:
        reached |= ask
        found |= {(pair.one, pair.other) for pair in await of_subjects(tx, ask, PairState.ACCEPTED)}
        ask = {subject for pair in found for subject in pair} - reached
    return sorted(found)


async def propose(tx: Tx, conflicts: Collection[tuple[UUID, UUID, UUID]], now: datetime) -> None:
    """Ask a person about subjects whose identifiers came together, each given with an episode; once for all time."""
    wanted = {(pair := new_pair(one, other)).id: (pair, episode) for episode, one, other in conflicts}
    there = await get(tx, wanted) if wanted else {}
    reasons = [vars(TOGETHER)]
    new = [
        (pair.now(PairState.PROPOSED, reasons=reasons, proposed_at=now), episode)
        for id, (pair, episode) in wanted.items()
        if id not in there
    ]
    await put(tx, [pair for pair, _ in new])
    await tasks.open_all(tx, [task_of(pair, episode, now) for pair, episode in new])


def task_of(pair: Pair, episode_id: UUID, at: datetime) -> Task:
    """Return the task for whoever decides about a pair: ids and reasons, nothing about anybody."""
    return Task(
        task_id(pair),
        "possible_match",
        "Perhaps the same child as in another report: compare the two records (hub identity show) and decide.",
        {
            "pair": str(pair.id),
            "subject": str(pair.one),
            "other": str(pair.other),
            "reasons": " ".join(reason["text"] for reason in pair.reasons),
        },
        episode_id,
        at,
    )


def task_id(pair: Pair) -> UUID:
    """Return the id of the task about this version of a pair."""
    return derived_id("task-possible-match", pair.id, pair.version)


def _read(row: Any) -> Pair:
    return Pair(**row._asdict() | {"state": PairState(row.state)})
