"""From a rule's words to moments in time. Pure. Hours are elapsed; days are civil London time (READINGS, Time)."""

from datetime import UTC, datetime, timedelta

from hub.episode.episode import Episode, Subject
from hub.routing.calendar import LONDON, end_of_working_day, nation_of, working_days_later
from hub.routing.rules import Deadline, Every, Moment


def starts_at(moment: Moment, fired_at: datetime, episode: Episode, subject: Subject) -> datetime:
    """Return when a deadline starts to run; a moment that is not known falls back to the firing itself."""
    if moment == "trigger":
        return fired_at
    return episode.moment(moment, subject) or fired_at


def due_at(deadline: Deadline, fired_at: datetime, episode: Episode, subject: Subject) -> datetime:
    """Return when a duty is due; without any time that is the moment it fired."""
    return _later(deadline, starts_at(deadline.start, fired_at, episode, subject), subject) or fired_at


def _later(deadline: Deadline, start: datetime, subject: Subject) -> datetime | None:
    if deadline.hours is not None:
        return (start.astimezone(UTC) + timedelta(hours=deadline.hours)).astimezone(start.tzinfo)
    if deadline.days is not None:
        return days_later(start, deadline.days)
    if deadline.working_days is not None:
        return working_days_later(start, deadline.working_days, nation_of(subject))
    return None


def days_later(start: datetime, days: int) -> datetime:
    """Return the same London wall-clock time n days later, in the offset of that day."""
    wall = start.astimezone(LONDON).replace(tzinfo=None) + timedelta(days=days)
    # By way of UTC: a wall time that the change of clocks skips or repeats is settled there.
    return wall.replace(tzinfo=LONDON).astimezone(UTC).astimezone(start.tzinfo)


def tick_at(every: Every, start: datetime, tick: int, subject: Subject) -> datetime | None:
    """Return when the nth tick of a clock is due, n from 1; None beyond the only tick of a clock that falls once."""
    first = _later(every.after, start, subject) if every.after else None
    if every.days is not None:
        return days_later(start, every.days * tick) if first is None else days_later(first, every.days * (tick - 1))
    if every.end_of_working_day:
        return end_of_working_day(first or start, tick, nation_of(subject))
    return first if tick == 1 else None
