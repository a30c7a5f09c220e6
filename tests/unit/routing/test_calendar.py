"""Working days of each nation, cross-checked with the government's own list."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.person import Care, SubjectFacts
from hub.episode.episode import Subject
from hub.routing.calendar import end_of_working_day, is_working_day, nation_of, working_days_later
from tests.stories.events import CHILD

LONDON = ZoneInfo("Europe/London")
DIVISIONS = {"E": "england-and-wales", "W": "england-and-wales", "S": "scotland", "N": "northern-ireland"}


# Proclaimed for Scotland after the list that the second library keeps was published.
PROCLAIMED_LATER = {"S": [date(2026, 6, 15)]}


@pytest.mark.parametrize("nation", DIVISIONS)
def test_bank_holidays_are_those_of_the_government(nation: str) -> None:
    published = {one["date"] for one in BankHolidays(use_cached_holidays=True).get_holidays(DIVISIONS[nation])}
    first, last = min(published), max(published)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    wrong = [day for day in days if day.weekday() < 5 and is_working_day(day, nation) == (day in published)]
    assert wrong == PROCLAIMED_LATER.get(nation, [])


SATURDAY, GOOD_FRIDAY, ST_ANDREW = date(2026, 6, 6), date(2026, 4, 3), date(2026, 11, 30)
DAYS = [
    (SATURDAY, "E", False),
    (GOOD_FRIDAY, "E", False),
    (ST_ANDREW, "E", True),
    (ST_ANDREW, "S", False),
    (date(2026, 7, 13), "N", False),
    (date(2026, 7, 13), "W", True),
]


@pytest.mark.parametrize(("day", "nation", "works"), DAYS)
def test_a_working_day(day: date, nation: str, works: bool) -> None:
    assert is_working_day(day, nation) is works


LATER = [
    ("2026-06-01T09:00", 1, "E", "2026-06-02T17:00", "the day itself does not count"),
    ("2026-06-01T23:50", 1, "E", "2026-06-02T17:00", "nor does its evening"),
    ("2026-06-05T09:00", 1, "E", "2026-06-08T17:00", "over the weekend"),
    ("2026-04-02T09:00", 1, "E", "2026-04-07T17:00", "over Easter"),
    ("2026-04-02T09:00", 1, "S", "2026-04-06T17:00", "Easter Monday is none in Scotland"),
    ("2026-10-23T09:00", 1, "E", "2026-10-26T17:00", "the clocks go back"),
    ("2026-12-23T09:00", 2, "E", "2026-12-29T17:00", "over Christmas, of which the Saturday is given back"),
]


@pytest.mark.parametrize(("start", "days", "nation", "due", "comment"), LATER)
def test_working_days_later(start: str, days: int, nation: str, due: str, comment: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=LONDON)
    found = working_days_later(begun.astimezone(UTC), days, nation).astimezone(LONDON)
    assert found == datetime.fromisoformat(due).replace(tzinfo=LONDON), comment


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))


@given(moments, st.integers(1, 30), st.sampled_from(sorted(DIVISIONS)))
def test_ends_of_working_days_follow_each_other(start: datetime, number: int, nation: str) -> None:
    ends = [end_of_working_day(start, one, nation) for one in (number, number + 1)]
    assert start <= ends[0] < ends[1]
    assert all(is_working_day(one.astimezone(LONDON).date(), nation) for one in ends)
    assert all(one.astimezone(LONDON).hour == 17 for one in ends)
    assert working_days_later(ends[0], 1, nation) == ends[1]


@cache
def working_days(nation: str) -> list[date]:
    """Return the working days of the years that the government's list covers, from that list alone."""
    published = {one["date"] for one in BankHolidays(use_cached_holidays=True).get_holidays(DIVISIONS[nation])}
    free = published | set(PROCLAIMED_LATER.get(nation, []))
    days = (date(2024, 1, 1) + timedelta(days=number) for number in range(365 * 3))
    return [day for day in days if day.weekday() < 5 and day not in free]


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 9, 1), timezones=st.just(UTC)),
    st.integers(1, 40),
    st.sampled_from(sorted(DIVISIONS)),
)
@example(datetime(2026, 6, 1, 16, tzinfo=UTC), 1, "E")
def test_due_dates_are_those_of_the_governments_list(start: datetime, number: int, nation: str) -> None:
    today = start.astimezone(LONDON).date()
    after = [day for day in working_days(nation) if day > today]
    assert working_days_later(start, number, nation).astimezone(LONDON).date() == after[number - 1]
    ends = [datetime.combine(day, time(17), LONDON) for day in working_days(nation)]
    still = [end for end in ends if end.astimezone(UTC) >= start]
    assert end_of_working_day(start, number, nation) == still[number - 1]


@pytest.mark.parametrize(
    ("care", "nation"),
    [
        ({"responsible_authority": "S12000033"}, "S"),
        ({"home_authority": "W06000015"}, "W"),
        ({"responsible_authority": "N09000003", "home_authority": "E08000018"}, "N"),
        ({}, "E"),
    ],
)
def test_the_nation_is_that_of_the_responsible_authority(care: dict[str, str], nation: str) -> None:
    assert nation_of(Subject(id=CHILD, facts=SubjectFacts(care=Care(**care)))) == nation  # type: ignore[arg-type]
