"""From a rule's words to moments in time. Pure. Hours are elapsed; days are civil London time (READINGS, Time)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.episode.episode import Episode, Subject
from hub.routing.rules import Deadline, Every, Moment

LONDON = ZoneInfo("Europe/London")


def starts_at(moment: Moment, fired_at: datetime, episode: Episode, subject: Subject) -> datetime:
    """Return when a deadline starts to run; a moment that is not known falls back to the firing itself."""
    if moment == "trigger":
        return fired_at
    return episode.moment(moment, subject) or fired_at


def due_at(deadline: Deadline, fired_at: datetime, episode: Episode, subject: Subject) -> datetime:
    """Return when a duty is due; without hours or days that is the moment it fired."""
    start = starts_at(deadline.start, fired_at, episode, subject)
    if deadline.hours is not None:
        return (start.astimezone(UTC) + timedelta(hours=deadline.hours)).astimezone(start.tzinfo)
    if deadline.days is not None:
        return days_later(start, deadline.days)
    return fired_at


def days_later(start: datetime, days: int) -> datetime:
    """Return the same London wall-clock time n days later, in the offset of that day."""
    wall = start.astimezone(LONDON).replace(tzinfo=None) + timedelta(days=days)
    # By way of UTC: a wall time that the change of clocks skips or repeats is settled there.
    return wall.replace(tzinfo=LONDON).astimezone(UTC).astimezone(start.tzinfo)


def tick_at(every: Every, start: datetime, tick: int) -> datetime:
    """Return when the nth tick of a recurring clock is due, n from 1."""
    return days_later(start, every.days * tick)
