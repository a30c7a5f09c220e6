"""The subject register: whose identifiers these are, and which episodes a subject is part of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from contracts.envelope import Event, Reference
from hub.identity.keys import Key
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.events import read, write
from hub.ledger.sql import among, chunks, insert_new, one_at_a_time, rows_among

Membership = tuple[UUID, UUID]  # episode, subject
Ahead = tuple[UUID, Event, UUID | None]  # subject, what is known of it, the message that it came in


async def subjects_by_keys(tx: Tx, keys: Collection[Key]) -> dict[Key, UUID]:
    """Return the subject that holds each of these identifiers; an unknown one is left out."""
    table = tables.subject_key
    found: dict[Key, UUID] = {}
    names = (table.c.kind, table.c.issuer, table.c.value)
    for part in chunks(set(keys), 1000):
        for row in await tx.execute(select(table).where(rows_among(tx, names, part))):
            found[row.kind, row.issuer, row.value] = row.subject_id
    return found


async def keys_by_subjects(tx: Tx, subject_ids: Collection[UUID]) -> dict[UUID, set[Key]]:
    """Return the identifiers that these subjects hold."""
    found: dict[UUID, set[Key]] = {key: set() for key in subject_ids}
    table = tables.subject_key
    for part in chunks(list(found)):
        for row in await tx.execute(select(table).where(among(tx, table.c.subject_id, part))):
            found[row.subject_id].add((row.kind, row.issuer, row.value))
    return found


async def register(tx: Tx, subject_id: UUID, keys: Collection[Key]) -> None:
    """Note a subject's identifiers; the first holder of one keeps it."""
    await register_all(tx, {subject_id: keys})


async def register_all(tx: Tx, keys_of_subjects: Mapping[UUID, Collection[Key]]) -> None:
    """Note the identifiers of many subjects in one statement."""
    rows = [
        {"kind": kind, "issuer": issuer, "value": value, "subject_id": subject_id}
        for subject_id, keys in keys_of_subjects.items()
        for kind, issuer, value in keys
    ]
    await insert_new(tx, tables.subject_key, rows)


async def open_episodes_of(tx: Tx, subject_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the one open episode of each subject that has one."""
    table = tables.episode_subject
    found: dict[UUID, UUID] = {}
    for part in chunks(subject_ids):
        wanted = select(table.c.subject_id, table.c.episode_id).where(among(tx, table.c.subject_id, part), table.c.open)
        found.update({row.subject_id: row.episode_id for row in await tx.execute(wanted)})
    return found


async def join(tx: Tx, episode_id: UUID, subject_id: UUID, open: bool) -> bool:
    """Note that a subject is part of an episode, and whether it is still missing there.

    A subject has one open episode: while another one is open, this one is noted as closed. Returns what was noted.
    """
    return (await join_all(tx, {(episode_id, subject_id): open}))[episode_id, subject_id]


async def join_all(tx: Tx, memberships: Mapping[Membership, bool]) -> dict[Membership, bool]:
    """Do `join` for many in a fixed number of statements; closings are done first."""
    if not memberships:
        return {}
    table = tables.episode_subject
    await one_at_a_time(tx, [f"subject {subject}" for _, subject in memberships])
    key = (table.c.episode_id, table.c.subject_id)
    for part in chunks([one for one, wish in memberships.items() if not wish], 1000):
        await tx.execute(update(table).where(rows_among(tx, key, part), table.c.open).values(open=False))
    granted = await _granted(tx, [one for one, wish in memberships.items() if wish])
    rows = [{"episode_id": e, "subject_id": s, "open": (e, s) in granted} for e, s in memberships]
    new = await insert_new(tx, table, rows, [table.c.episode_id, table.c.subject_id])
    there = granted - {(row.episode_id, row.subject_id) for row in new}
    for part in chunks(there, 1000):
        await tx.execute(update(table).where(rows_among(tx, key, part), ~table.c.open).values(open=True))
    return {one: one in granted for one in memberships}


async def members_of(tx: Tx, episode_ids: Collection[UUID]) -> dict[UUID, dict[UUID, bool]]:
    """Return each episode's subjects, and whether each is still missing there."""
    found: dict[UUID, dict[UUID, bool]] = {key: {} for key in episode_ids}
    table = tables.episode_subject
    for part in chunks(list(found)):
        rows = await tx.execute(select(table).where(among(tx, table.c.episode_id, part)).order_by(table.c.number))
        for row in rows:
            found[row.episode_id][row.subject_id] = row.open
    return found


async def episodes_beside(tx: Tx, episode_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return, for each of these episodes that has any, the other episodes of its subjects."""
    one, other = tables.episode_subject.alias("one"), tables.episode_subject.alias("other")
    found: dict[UUID, set[UUID]] = {}
    joined = one.join(other, (one.c.subject_id == other.c.subject_id) & (one.c.episode_id != other.c.episode_id))
    for part in chunks(episode_ids):
        wanted = select(one.c.episode_id, other.c.episode_id.label("other_id")).select_from(joined)
        for row in await tx.execute(wanted.where(among(tx, one.c.episode_id, part))):
            found.setdefault(row.episode_id, set()).add(row.other_id)
    return found


async def episodes_of(tx: Tx, subject_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return every episode that any of these subjects is part of, and which of them are."""
    table = tables.episode_subject
    found: dict[UUID, set[UUID]] = {}
    for part in chunks(subject_ids):
        for row in await tx.execute(select(table).where(among(tx, table.c.subject_id, part)).order_by(table.c.number)):
            found.setdefault(row.episode_id, set()).add(row.subject_id)
    return found


async def latest_episodes_of(tx: Tx, subject_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the episode that each subject was last made part of, open or not."""
    table = tables.episode_subject
    found: dict[UUID, UUID] = {}
    for part in chunks(subject_ids):
        wanted = select(table).where(among(tx, table.c.subject_id, part)).order_by(table.c.number)
        found.update({row.subject_id: row.episode_id for row in await tx.execute(wanted)})
    return found


async def episode_by_references(tx: Tx, references: Sequence[Reference]) -> UUID | None:
    """Return the episode that the first known reference names; of several, the open one, else the newest."""
    named = await episodes_by_references(tx, references)
    return next((named[reference] for reference in references if reference in named), None)


async def episodes_by_references(tx: Tx, references: Collection[Reference]) -> dict[Reference, UUID]:
    """Return the episode that each known reference names; of several, the open one, else the newest."""
    table, member = tables.episode_reference, tables.episode_subject
    is_open = select(member.c.episode_id).where(member.c.episode_id == table.c.episode_id, member.c.open).exists()
    found: dict[Reference, UUID] = {}
    for part in chunks({(r.kind, r.issuer, r.value) for r in references}, 1000):
        wanted = select(table).where(rows_among(tx, (table.c.kind, table.c.issuer, table.c.value), part))
        for row in await tx.execute(wanted.order_by(is_open, table.c.number)):
            found[Reference(kind=row.kind, issuer=row.issuer, value=row.value)] = row.episode_id
    return found


async def references_of(tx: Tx, episode_ids: Collection[UUID]) -> dict[UUID, list[Reference]]:
    """Return the references by which senders name each episode, oldest first."""
    found: dict[UUID, list[Reference]] = {key: [] for key in episode_ids}
    table = tables.episode_reference
    for part in chunks(list(found)):
        rows = await tx.execute(select(table).where(among(tx, table.c.episode_id, part)).order_by(table.c.number))
        for row in rows:
            found[row.episode_id].append(Reference(kind=row.kind, issuer=row.issuer, value=row.value))
    return found


async def name_episode(tx: Tx, episode_id: UUID, references: Collection[Reference]) -> None:
    """Note how senders name an episode."""
    await name_episodes(tx, {episode_id: references})


async def name_episodes(tx: Tx, names: Mapping[UUID, Collection[Reference]]) -> None:
    """Note how senders name many episodes, in one statement."""
    if not any(names.values()):
        return
    table = tables.episode_reference
    rows = [
        {**reference.model_dump(), "episode_id": episode_id}
        for episode_id, references in names.items()
        for reference in dict.fromkeys(references)
    ]
    await insert_new(tx, table, rows)


async def rename_episode(tx: Tx, old: UUID, into: UUID) -> None:
    """Let every reference to one episode, its own id included, name another that it proved to be part of."""
    own = Reference(kind="episode", issuer="hub", value=str(old))
    references = (await references_of(tx, [old]))[old]
    await name_episodes(tx, {into: [*references, own]})
    await tx.execute(delete(tables.episode_reference).where(tables.episode_reference.c.episode_id == old))


async def keep_ahead(tx: Tx, kept: Iterable[Ahead], expires_at: datetime) -> None:
    """Keep what authorities shared about subjects ahead of any episode, until it expires."""
    rows = [
        {
            "event_id": event.id,
            "subject_id": subject_id,
            "message_id": message_id,
            "body": write(event),
            "expires_at": expires_at,
        }
        for subject_id, event, message_id in kept
    ]
    await insert_new(tx, tables.ahead, rows)


async def purge_ahead(tx: Tx, now: datetime) -> int:
    """Delete early context that has expired; returns how many pieces."""
    return (await tx.execute(delete(tables.ahead).where(tables.ahead.c.expires_at <= now))).rowcount


async def take_ahead(tx: Tx, subject_ids: Collection[UUID], now: datetime) -> list[Ahead]:
    """Take out what was kept ahead about these subjects; what has expired goes unread."""
    if not subject_ids:
        return []
    table = tables.ahead
    found: list[Ahead] = []
    for part in chunks(subject_ids):
        taken = delete(table).where(among(tx, table.c.subject_id, part))
        columns = (table.c.subject_id, table.c.body, table.c.message_id, table.c.expires_at)
        rows = await tx.execute(taken.returning(*columns))
        found += [(row.subject_id, read(row.body), row.message_id) for row in rows if row.expires_at > now]
    return sorted(found, key=lambda one: one[1].order)


async def move(tx: Tx, moved: Mapping[UUID, UUID]) -> None:
    """Give all that one subject's identifiers and early context mean to another: both turned out to be the same."""
    for old, new in moved.items():
        for table in (tables.subject_key, tables.ahead):
            await tx.execute(update(table).where(table.c.subject_id == old).values(subject_id=new))


async def _granted(tx: Tx, wished: Collection[Membership]) -> set[Membership]:
    open_in = await open_episodes_of(tx, {subject for _, subject in wished})
    for episode, subject in wished:
        open_in.setdefault(subject, episode)
    return {(episode, subject) for episode, subject in wished if open_in[subject] == episode}
