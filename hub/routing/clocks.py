"""Clocks: a pure function of the folded episode. No code cancels a clock; it is simply no longer there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    """The next tick of one clock. `id` is the same for the same tick of the same firing for ever: it fires once.

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


def _ticks(firing: Firing, episode: Episode, subject: Subject, start: datetime | None = None) -> list[ClockFell]:
    """Return the ticks of this firing that fell: since it fired, or due since `start`, where its clock began."""
    return [
        tick.data
        for tick in episode.ticks
        if tick.data.rule == firing.rule.id
        and tick.data.subject_id == subject.id
        and (tick.at >= firing.at or (start is not None and tick.data.due_at >= start))
    ]


def _recurring(firing: Firing, every: Every, episode: Episode, subject: Subject, now: datetime) -> Iterable[ClockDue]:
    start = starts_at(every.start, firing.at, episode, subject)
    # Found in error, a subject is missing again since the same moment as before: its clocks go on, they do not repeat.
    fallen = _ticks(firing, episode, subject, start)
    if every.once and fallen:
        return
    number = max((tick.tick for tick in fallen), default=0) + 1
    place = _next_place(every, start, subject, number, [tick.due_at for tick in fallen])
    due, missed = tick_at(every, start, place, subject), 0
    following = tick_at(every, start, place + 1, subject)
    while following is not None and following <= now:
        place, due, missed = place + 1, following, missed + 1
        following = tick_at(every, start, place + 1, subject)
    if due is not None:
        yield _clock(firing, episode, subject, number + missed, due, missed)


def _next_place(every: Every, start: datetime, subject: Subject, number: int, fallen: list[datetime]) -> int:
    """Return which moment of a clock comes after the last that fell: the nth, unless its beginning was corrected."""
    if not fallen:
        return 1
    last, place = max(fallen), number
    while place > 1 and (tick_at(every, start, place - 1, subject) or last) > last:
        place -= 1
    while (tick_at(every, start, place, subject) or last + timedelta(1)) <= last:
        place += 1
    return place


def _clock(firing: Firing, episode: Episode, subject: Subject, tick: int, due: datetime, missed: int) -> ClockDue:
    bound = bound_authorities(firing, subject)
    return ClockDue(
        id=derived_id(
            "clock", episode.id, firing.rule.id, subject.id, firing.occasion, firing.at.astimezone(UTC), tick
        ),
        episode_id=episode.id,
        rule=firing.rule.id,
        subject_id=subject.id,
        seat=firing.rule.seat,
        authority=bound[0] if bound else None,
        tick=tick,
        due_at=due,
        missed=missed,
    )
