"""How often a subject went missing: other episodes counted, and what each episode is told of the others. Pure.

READINGS, Counts: by the date of going missing, calendar dates with both ends included, confirmed episodes only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.envelope import Event, derived_id, event_of
from contracts.events import EarlierEpisodeKnown
from hub.episode.episode import Episode, Subject
from hub.routing.calendar import LONDON

HUB = "/hub"


@dataclass(frozen=True)
class Times:
    """How many goings missing within how many calendar days, the last day being that of the present one."""

    times: int
    days: int

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.times} in {self.days} days"


def missing_on(episode: Episode, subject: Subject) -> date | None:
    """Return the date in London on which a subject went missing in an episode; None before anybody said so."""
    moment = episode.moment("missing_since", subject)
    return moment.astimezone(LONDON).date() if moment is not None else None


def went_missing(episode: Episode, subject: Subject, wanted: Times) -> bool:
    """Say whether a subject has gone missing so many times in so many days, this one included."""
    last = missing_on(episode, subject)
    if last is None or not subject.went_missing:
        return False
    others = [
        one
        for one in episode.earlier
        if one.subject_id == subject.record_id and one.confirmed and _within(one.missing_on, last, wanted.days)
    ]
    return len(others) + 1 >= wanted.times


def news(of: Episode, to: Episode, days: int, now: datetime) -> Iterator[Event]:
    """Yield what one episode has to be told of another: a going missing in the days before, or that it was none."""
    there = {subject.id: subject for subject in to.subjects}
    for subject in of.subjects:
        if subject.id not in there or of.id == to.id:
            continue
        day, last = missing_on(of, subject), missing_on(to, there[subject.id])
        counts = subject.went_missing and last is not None and _within(day, last, days)
        held = next((one for one in to.earlier if (one.subject_id, one.episode) == (subject.id, of.id)), None)
        if (held is None and not counts) or (held and (held.missing_on, held.confirmed) == (day, subject.went_missing)):
            continue
        data = EarlierEpisodeKnown(
            subject_id=subject.id, episode=of.id, missing_on=day, confirmed=subject.went_missing, facts=of.said
        )
        id = derived_id("earlier-episode", to.id, subject.id, of.id, of.said)
        yield event_of(data, id=id, source=HUB, occurred_at=now, recorded_at=now, episode_id=to.id)


def _within(day: date | None, last: date, days: int) -> bool:
    return day is not None and last - timedelta(days=days) < day <= last
