"""Where subjects are filed, so that whoever may be the same is found without looking at everybody.

A drawer is a digest of words such as a date of birth with a name's sound. Subjects of open episodes stay filed; the
others are forgotten after a while.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, update

from hub.episode.episode import Episode, Subject
from hub.identity.profile import Drawers
from hub.ledger import episodes, subjects, tables
from hub.ledger.engine import Tx
from hub.ledger.sql import among, chunks, one_at_a_time, upsert

KEPT_AFTER_THE_END = timedelta(days=180)
# Of more than so many, those that share most drawers are compared.
MOST = 100


async def file(tx: Tx, drawers: Mapping[UUID, Drawers], forget_at: Mapping[UUID, datetime | None]) -> None:
    """File subjects, each until its time; without one for good. Others who file or search wait until this ends."""
    if not drawers:
        return
    # Of two routers with one child each, the second must find what the first has filed.
    await one_at_a_time(tx, ["drawers"])
    rows = [
        {"drawer": digest(words), "subject_id": subject_id, "forget_at": forget_at[subject_id]}
        for subject_id, places in drawers.items()
        for words in sorted(places.filed)
    ]
    await upsert(tx, tables.subject_drawer, rows, ["forget_at"])


async def keep_until(tx: Tx, subject_ids: Collection[UUID], forget_at: datetime | None) -> None:
    """Keep subjects that are filed until then, or for good."""
    table = tables.subject_drawer
    for part in chunks(subject_ids):
        await tx.execute(update(table).where(among(tx, table.c.subject_id, part)).values(forget_at=forget_at))


async def search(tx: Tx, drawers: Mapping[UUID, Drawers], now: datetime) -> dict[UUID, list[UUID]]:
    """Return for each of these subjects the others that share a drawer with it, at most MOST."""
    names = {digest(words) for places in drawers.values() for words in places.searched}
    found: dict[str, list[UUID]] = {}
    for part in chunks(names, 5000):
        for row in await tx.execute(in_drawers(tx, part, now)):
            found.setdefault(row.drawer, []).append(row.subject_id)
    near: dict[UUID, list[UUID]] = {}
    for subject_id, places in drawers.items():
        shared = Counter(other for words in sorted(places.searched) for other in found.get(digest(words), ()))
        shared.pop(subject_id, None)
        near[subject_id] = [other for other, _ in shared.most_common(MOST)]
    return near


def in_drawers(tx: Tx, names: Collection[str], now: datetime) -> Select[tuple[str, UUID]]:
    """Return the query for who lies in these drawers: only their rows are read, whatever else is filed."""
    table = tables.subject_drawer
    kept = or_(table.c.forget_at.is_(None), table.c.forget_at > now)
    return select(table.c.drawer, table.c.subject_id).where(among(tx, table.c.drawer, names), kept)


async def forget(tx: Tx, now: datetime) -> int:
    """Take out whose time is over; returns how many rows."""
    return (await tx.execute(delete(tables.subject_drawer).where(tables.subject_drawer.c.forget_at <= now))).rowcount


async def known(tx: Tx, subject_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, Subject]]:
    """Return the latest episode of each subject, and what is known of it there; one never routed is left out."""
    latest = await subjects.latest_episodes_of(tx, subject_ids)
    rows = await episodes.get(tx, set(latest.values()))
    states = {id: Episode.model_validate(row.state) for id, row in rows.items() if row.state}
    pairs = ((id, episode, states[episode].subject(id)) for id, episode in latest.items() if episode in states)
    return {id: (episode, subject) for id, episode, subject in pairs if subject is not None}


def digest(words: str) -> str:
    """Return the drawer of some words: it holds no name and no date."""
    return sha256(words.encode()).hexdigest()
