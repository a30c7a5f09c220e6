"""Writing what routing decided: dispatches, clocks, tasks, audit and the hub's own events, in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.envelope import Event
from hub.channel import auditing
from hub.channel.closing import close
from hub.channel.proposing import propose
from hub.channel.tasks import settle_what_is_over, tasks_of
from hub.ledger import clocks, dispatches, episodes, events, outbox, subjects, tasks
from hub.ledger.engine import Tx
from hub.ledger.episodes import EpisodeRow
from hub.routing.book import Book
from hub.routing.plan import Plan

SET_ASIDE = "set_aside"
NEVER_LEFT = "overtaken before it left"


@dataclass(frozen=True)
class Routed:
    """One episode of a batch: its locked row, its new events, its plan (None when no event was usable), and the events
    that are left out for good, id to reason.
    """

    row: EpisodeRow
    fresh: tuple[Event, ...]
    plan: Plan | None
    aside: Mapping[UUID, str] = field(default_factory=dict)


def aside_of(row: EpisodeRow) -> dict[UUID, str]:
    """Return the events that this episode leaves out, because they broke its fold or its routing: id to reason."""
    return {UUID(id): reason for id, reason in row.state.get(SET_ASIDE, {}).items()}


async def keep(tx: Tx, routed: Sequence[Routed], book: Book, now: datetime, *, may_have_left: bool = False) -> int:
    """Write everything that these plans say; returns how many dispatches were made.

    `may_have_left`: an earlier state of this ledger may have sent them, so each is asked about before it is sent.
    """
    plans = [one.plan for one in routed if one.plan is not None]
    made = [dispatch for plan in plans for dispatch in plan.dispatches]
    states = dict.fromkeys((one.id for one in made), dispatches.DOUBTFUL) if may_have_left else {}
    states |= dict.fromkeys((id for plan in plans for id in plan.waiting), dispatches.WAITING)
    await dispatches.cancel(tx, [id for plan in plans for id in plan.cancelled], NEVER_LEFT)
    await dispatches.add(tx, made, states)
    ended = await clocks.replace_all(tx, {plan.episode.id: plan.all_clocks for plan in plans})
    await subjects.join_all(tx, _memberships(plans))
    await _state(tx, [event for plan in plans for event in plan.events], now)
    await tasks.open_all(tx, [task for plan in plans for task in tasks_of(plan)], now)
    await settle_what_is_over(tx, plans, now)
    await episodes.save(tx, [_row(one) for one in routed])
    await propose(tx, [(one.row, one.fresh, one.plan) for one in routed if one.plan is not None], now)
    await close(tx, ended, book, now)
    await auditing.record(tx, plans, now)
    return len(made)


async def _state(tx: Tx, stated: Sequence[Event], now: datetime) -> None:
    new = await events.append(tx, stated, None)
    await outbox.add(tx, [outbox.record_of(event, now) for event in new])


def _memberships(plans: Sequence[Plan]) -> dict[tuple[UUID, UUID], bool]:
    found: dict[tuple[UUID, UUID], bool] = {}
    for plan in plans:
        missing = {subject.id: not subject.status.ended for subject in plan.episode.subjects}
        members = {id: id for id in missing} if plan.members is None else plan.members
        found |= {(plan.episode.id, own): missing[called] for own, called in members.items() if called in missing}
    return found


def _row(one: Routed) -> EpisodeRow:
    aside = {SET_ASIDE: {str(id): reason for id, reason in one.aside.items()}} if one.aside else {}
    if one.plan is None:
        return replace(one.row, state=one.row.state | aside)
    episode = one.plan.episode
    state: dict[str, Any] = episode.model_dump(mode="json", exclude_defaults=True) | aside
    return replace(one.row, status=episode.status.value, state=state, updated_at=episode.updated_at)
