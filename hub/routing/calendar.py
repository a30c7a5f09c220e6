"""Working days of each nation, in London's wall-clock time (READINGS, Time). Pure."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from hub.episode.episode import Subject

LONDON = ZoneInfo("Europe/London")
START_OF_WORKING_DAY, END_OF_WORKING_DAY = time(9), time(17)
"""No document names the hours at which a working day begins and ends."""
_SUBDIVISIONS = {"E": "ENG", "W": "WLS", "S": "SCT", "N": "NIR"}


def nation_of(subject: Subject) -> str:
    """Return the nation (E, W, S or N) whose working days count: that of the responsible authority, else England."""
    care = subject.facts.care
    authority = care.responsible_authority or care.home_authority or care.host_authority or "E"
    return authority[0] if authority[0] in _SUBDIVISIONS else "E"


def is_working_day(day: date, nation: str) -> bool:
    """Say whether a day is one from Monday to Friday that is no bank holiday of the nation."""
    return day.weekday() < 5 and day not in _bank_holidays(nation, day.year)


def in_hours(at: datetime, nation: str) -> bool:
    """Say whether a moment lies within the working hours of a working day of the nation (E, W, S or N)."""
    wall = at.astimezone(LONDON)
    return is_working_day(wall.date(), nation) and START_OF_WORKING_DAY <= wall.time() < END_OF_WORKING_DAY


def working_days_later(start: datetime, days: int, nation: str) -> datetime:
    """Return the end of the nth working day after the day of `start`, in the time zone of `start`."""
    day = start.astimezone(LONDON).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, nation)
    return _ends(day, start)


def end_of_working_day(start: datetime, number: int, nation: str) -> datetime:
    """Return the nth end of a working day at or after `start`, n from 1."""
    day = start.astimezone(LONDON).date()
    if _ends(day, start) < start:
        day += timedelta(days=1)
    return _ends(_working_day(day, number, nation), start)


def _working_day(day: date, number: int, nation: str) -> date:
    """Return the nth working day at or after `day`, n from 1; year by year, for a clock may run for years."""
    year, days = day.year, _working_days(nation, day.year)
    number += bisect_left(days, day)
    while number > len(days):
        number -= len(days)
        year += 1
        days = _working_days(nation, year)
    return days[number - 1]


def _ends(day: date, like: datetime) -> datetime:
    return datetime.combine(day, END_OF_WORKING_DAY, LONDON).astimezone(UTC).astimezone(like.tzinfo)


@cache
def _bank_holidays(nation: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))


@cache
def _working_days(nation: str, year: int) -> tuple[date, ...]:
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if is_working_day(day, nation))
