"""Clocks: a pure function of the folded episode. No code cancels a clock; it is simply no longer there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.codes import Duty, GssCode, Seat
from contracts.envelope import derived_id
from contracts.events import ClockFell
from hub.episode.episode import Episode, Subject
from hub.routing.deadlines import due_at, starts_at, tick_at
from hub.routing.deciding import decision_on
from hub.routing.firing import Firing, bound_authorities, subjects_by_id
from hub.routing.rules import Every
from hub.routing.wanted import Assessment


@dataclass(frozen=True)
class ClockDue:
    """The next tick of one clock. `id` is the same for the same tick for ever, so that it fires once.

    `missed` counts ticks before this one that fell unseen; it is above zero only when the hub was off.
    """

    id: UUID
    episode_id: UUID
    rule: str
    subject_id: UUID
    seat: Seat
    authority: GssCode | None
    tick: int
    due_at: datetime
    missed: int = 0

    def fallen(self) -> ClockFell:
        """Return what is stated when this tick falls."""
        return ClockFell(
            rule=self.rule,
            subject_id=self.subject_id,
            seat=self.seat,
            authority=self.authority,
            tick=self.tick,
            missed=self.missed,
            due_at=self.due_at,
        )


def clocks(assessment: Assessment, now: datetime) -> tuple[ClockDue, ...]:
    """Return the clocks that run: recurring duties, and decisions that nobody has recorded yet.

    A recurring clock that slept through several ticks shows the last one that has passed, with those missed.
    """
    episode = assessment.episode
    subjects = subjects_by_id(episode)
    return tuple(_running(assessment.standing, episode, subjects, now))


def _running(
    standing: Iterable[Firing], episode: Episode, subjects: dict[UUID, Subject], now: datetime
) -> Iterable[ClockDue]:
    for firing in standing:
        subject, rule = subjects[firing.subject_id], firing.rule
        if rule.every is not None:
            yield from _recurring(firing, rule.every, episode, subject, now)
        elif _undecided(firing, episode, subject):
            yield _clock(firing, episode, subject, 1, due_at(rule.by, firing.at, episode, subject), 0)


def _undecided(firing: Firing, episode: Episode, subject: Subject) -> bool:
    if firing.rule.duty is not Duty.CONSIDER or decision_on(firing.rule, subject, episode) is not None:
        return False
    return not _ticks(firing, episode, subject)


def _ticks(firing: Firing, episode: Episode, subject: Subject) -> list[int]:
    return [
        tick.data.tick
        for tick in episode.ticks
        if tick.data.rule == firing.rule.id and tick.data.subject_id == subject.id and tick.at >= firing.at
    ]


def _recurring(firing: Firing, every: Every, episode: Episode, subject: Subject, now: datetime) -> Iterable[ClockDue]:
    start = starts_at(every.start, firing.at, episode, subject)
    first = tick = max(_ticks(firing, episode, subject), default=0) + 1
    due = tick_at(every, start, tick, subject)
    following = tick_at(every, start, tick + 1, subject)
    while following is not None and following <= now:
        tick, due, following = tick + 1, following, tick_at(every, start, tick + 2, subject)
    if due is not None:
        yield _clock(firing, episode, subject, tick, due, tick - first)


def _clock(firing: Firing, episode: Episode, subject: Subject, tick: int, due: datetime, missed: int) -> ClockDue:
    bound = bound_authorities(firing, subject)
    return ClockDue(
        id=derived_id("clock", episode.id, firing.rule.id, subject.id, firing.occasion, tick),
        episode_id=episode.id,
        rule=firing.rule.id,
        subject_id=subject.id,
        seat=firing.rule.seat,
        authority=bound[0] if bound else None,
        tick=tick,
        due_at=due,
        missed=missed,
    )
