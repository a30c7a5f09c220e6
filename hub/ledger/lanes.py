"""Claiming: deliverers take what is due, lane by lane. What became of it is written in `attempts`."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, func, or_, select, union_all, update

from contracts.dispatch import Action, Dispatch
from hub.ledger import tables
from hub.ledger.dispatches import CLAIMED, DOUBTFUL, PENDING, WAITING, read
from hub.ledger.engine import Tx
from hub.ledger.sql import among, among_found, first_of, inline

UNSETTLED = (WAITING, PENDING, CLAIMED, DOUBTFUL)
MOST_LANES = 64
# Rows that the router holds at the moment are stepped over: so many more than asked for are looked at.
SPARE = 32
# So many dispatches of one subject are looked for where several may be claimed at once.
OF_A_SUBJECT = 3


@dataclass(frozen=True)
class Claimed:
    """One dispatch for one worker to send. `doubtful`: an earlier attempt may have arrived, ask before sending again.

    `attempt_number` counts from 1; `endpoint_id` is where an earlier attempt went; `may_have_left` is what was known
    before this claim. `ended`: a withdrawal of the same thread waits behind it. `position` counts up as they were made.
    """

    dispatch: Dispatch
    attempt_number: int
    doubtful: bool
    endpoint_id: str | None
    may_have_left: bool
    ended: bool = False
    position: int = field(default=0, compare=False)


def twenty_each(_: str) -> int:
    """Return how many of any lane may be claimed where nobody counts."""
    return 20


def never(_: str) -> bool:
    """Return that no lane's dispatches about one subject are kept in order by whoever claims them."""
    return False


async def claim(
    tx: Tx,
    worker: str,
    now: datetime,
    room: Callable[[str], int] = twenty_each,
    in_order: Callable[[str], bool] = never,
) -> list[Claimed]:
    """Claim what is due, of each lane as many subjects at most as `room` has for; the longest waiting lane comes first.

    Of one recipient and subject only the earliest unsettled dispatch can be claimed, unless the worker keeps the order
    of that lane's (`in_order`): then also those that follow it, of each thread one. A claim is an intent to send: from
    here on the dispatch may have left. The result is grouped by lane, each lane in order.
    """
    wanted = {lane: most for lane in await _with_work(tx, now) if (most := room(lane)) > 0}
    if not wanted:
        return []
    chosen = _pick(await _lock_due(tx, now, dict(list(wanted.items())[:MOST_LANES]), in_order), wanted)
    if not chosen:
        return []
    table = tables.dispatch
    change = (
        update(table)
        .where(among(tx, table.c.position, chosen.keys()))
        .values(state=CLAIMED, claimed_by=worker, claimed_at=now, may_have_left=True, attempts=table.c.attempts + 1)
    )
    columns = (table.c.position, table.c.lane, table.c.body, table.c.attempts, table.c.doubtful, table.c.endpoint_id)
    rows = (await tx.execute(change.returning(*columns))).all()
    return [_claimed(row, chosen[row.position]) for row in sorted(rows, key=lambda row: (row.lane, row.position))]


async def bring_forward(tx: Tx, lane: str, reason: str, now: datetime) -> int:
    """Make due at once what waits in a lane for a later attempt because of one reason; returns how many."""
    table = tables.dispatch
    where = (table.c.lane == lane, _may_be_sent(table), table.c.next_attempt_at > now, table.c.reason == reason)
    return (await tx.execute(update(table).where(*where).values(next_attempt_at=now))).rowcount


async def release_stale(tx: Tx, before: datetime) -> int:
    """Turn claims made before a moment, whose worker is dead, into doubtful ones that are due; returns how many."""
    return await _make_doubtful(tx, tables.dispatch.c.claimed_at < before)


async def release_worker(tx: Tx, worker: str) -> int:
    """Do the same for everything that one worker had claimed: it is starting again under its name."""
    return await _make_doubtful(tx, tables.dispatch.c.claimed_by == worker)


async def _with_work(tx: Tx, now: datetime) -> list[str]:
    """Return the lanes in which something is due, the longest waiting first.

    From lane to lane in the index: it costs a look for each lane, however much waits in it.
    """
    table = tables.dispatch
    found = select(func.min(table.c.lane).label("lane")).where(_may_be_sent(table)).cte("lanes", recursive=True)
    following = select(func.min(table.c.lane)).where(_may_be_sent(table), table.c.lane > found.c.lane)
    found = found.union_all(select(following.scalar_subquery()).where(found.c.lane.is_not(None)))
    first = select(func.min(table.c.next_attempt_at)).where(_may_be_sent(table), table.c.lane == found.c.lane)
    since = first.scalar_subquery().label("since")
    rows = (await tx.execute(select(found.c.lane, since).where(found.c.lane.is_not(None)))).all()
    return [row.lane for row in sorted(rows, key=lambda row: (row.since, row.lane)) if row.since <= now]


async def _lock_due(
    tx: Tx, now: datetime, wanted: Mapping[str, int], in_order: Callable[[str], bool]
) -> list[Row[Any]]:
    """Lock the first due rows of each of these lanes, stepping over those that somebody else holds."""
    table = tables.dispatch
    lanes = _padded(list(wanted.items()))
    firsts = [_first_due(now, lane, most, in_order(lane)).subquery() for lane, most in lanes]
    positions = union_all(*(select(first.c.position) for first in firsts))
    columns = (table.c.position, table.c.lane, table.c.subject_id, table.c.episode_id, table.c.thread)
    locked = (
        select(*columns, table.c.may_have_left, _is_ended(table).label("ended"), _before(table).label("before"))
        .where(among_found(tx, table.c.position, positions), _may_be_sent(table), table.c.next_attempt_at <= now)
        .order_by(table.c.next_attempt_at, table.c.position)
    )
    return list((await tx.execute(locked.with_for_update(skip_locked=True))).all())


def _first_due(now: datetime, lane: str, most: int, several: bool) -> Select[tuple[int]]:
    """Find the first due rows of a lane; `several`: also those of a subject that wait for nothing but one another."""
    table, earlier = tables.dispatch, tables.dispatch.alias("earlier")
    waits = select(earlier.c.position).where(*_ahead_of(table, earlier))
    if several:
        waits = waits.where(or_(earlier.c.state.not_in((PENDING, DOUBTFUL)), earlier.c.next_attempt_at > now))
    due = (table.c.lane == lane, _may_be_sent(table), table.c.next_attempt_at <= now, first_of(waits).is_(None))
    most = (most + SPARE) * (OF_A_SUBJECT if several else 1)
    return select(table.c.position).where(*due).order_by(table.c.next_attempt_at, table.c.position).limit(most)


def _before(table: FromClause) -> ColumnElement[int]:
    """Count what is unsettled ahead of a dispatch, of the same recipient and subject."""
    earlier = tables.dispatch.alias("before")
    return select(func.count()).select_from(earlier).where(*_ahead_of(table, earlier)).scalar_subquery()


def _ahead_of(table: FromClause, earlier: FromClause) -> tuple[ColumnElement[bool], ...]:
    same = (earlier.c.lane == table.c.lane, earlier.c.subject_id == table.c.subject_id, is_unsettled(earlier))
    return (*same, earlier.c.position < table.c.position)


def _is_ended(table: FromClause) -> ColumnElement[bool]:
    later = tables.dispatch.alias("later")
    withdrawal = select(later.c.position).where(
        later.c.lane == table.c.lane,
        later.c.subject_id == table.c.subject_id,
        later.c.position > table.c.position,
        is_unsettled(later),
        later.c.episode_id == table.c.episode_id,
        later.c.thread == table.c.thread,
        later.c.action == inline(Action.WITHDRAW),
    )
    return and_(table.c.action != inline(Action.WITHDRAW), first_of(withdrawal).is_not(None))


def _padded(lanes: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Repeat the last lane until there are 1, 2, 4, 8 ...: so there are few different statements to plan."""
    return lanes + lanes[-1:] * ((1 << (len(lanes) - 1).bit_length()) - len(lanes))


def _pick(due: Iterable[Row[Any]], room: Mapping[str, int]) -> dict[int, Row[Any]]:
    """Choose as many subjects of each lane as there is room for; nothing without all that is unsettled ahead of it.

    Of one thread only the first: what becomes of a raise decides whether its withdrawal goes.
    """
    left, chosen = dict(room), {}
    taken: Counter[tuple[Any, ...]] = Counter()
    for row in due:
        of_subject, of_thread = (row.lane, row.subject_id), (row.lane, row.subject_id, row.episode_id, row.thread)
        is_first = row.before == 0
        if row.before != taken[of_subject] or taken[of_thread] or (is_first and left[row.lane] <= 0):
            continue
        left[row.lane] -= is_first
        taken[of_subject] += 1
        taken[of_thread] += 1
        chosen[row.position] = row
    return chosen


def _claimed(row: Row[Any], before: Row[Any]) -> Claimed:
    dispatch = read(row.body)
    return Claimed(
        dispatch, row.attempts, row.doubtful, row.endpoint_id, before.may_have_left, before.ended, row.position
    )


async def _make_doubtful(tx: Tx, whose: ColumnElement[bool]) -> int:
    table = tables.dispatch
    change = (
        update(table)
        .where(table.c.state == inline(CLAIMED), whose)
        .values(state=DOUBTFUL, doubtful=True, next_attempt_at=table.c.claimed_at, claimed_by=None, claimed_at=None)
    )
    return (await tx.execute(change)).rowcount


def is_unsettled(table: FromClause) -> ColumnElement[bool]:
    """Say that a dispatch may still be sent or is being sent."""
    return table.c.state.in_([inline(state) for state in UNSETTLED])


def _may_be_sent(table: FromClause) -> ColumnElement[bool]:
    return table.c.state.in_([inline(PENDING), inline(DOUBTFUL)])
