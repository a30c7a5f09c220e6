"""Hours are elapsed, days are civil London time, also when the clocks change (READINGS, Time)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.events import Found, MissingReported
from contracts.person import FoundDetails, Missing, SubjectFacts
from hub.episode.fold import fold
from hub.routing.deadlines import days_later, due_at, tick_at
from hub.routing.rules import Deadline, Every
from tests.stories.events import CHILD, EPISODE, START, at

LONDON = ZoneInfo("Europe/London")
# In 2026 the clocks go forward on 29 March at 01:00 UTC and back on 25 October at 01:00 UTC.
HOURS = [
    ("2026-03-28T12:00+00:00", 48, "2026-03-30T12:00+00:00", "forward: 13:00 on the wall"),
    ("2026-10-24T12:00+01:00", 48, "2026-10-26T12:00+01:00", "back: 11:00 on the wall"),
    ("2026-06-01T12:00+01:00", 0, "2026-06-01T12:00+01:00", "at once"),
]
DAYS = [
    ("2026-03-28T12:00+00:00", 1, "2026-03-29T11:00+00:00", "forward: 23 hours later"),
    ("2026-10-24T11:00+00:00", 1, "2026-10-25T12:00+00:00", "back: 25 hours later"),
    ("2026-03-28T01:30+00:00", 1, "2026-03-29T01:30+00:00", "a wall time that does not exist that day"),
    ("2026-10-24T00:30+00:00", 1, "2026-10-25T00:30+00:00", "a wall time that comes twice: the first"),
    ("2026-06-01T23:30+00:00", 7, "2026-06-08T23:30+00:00", "across midnight in London"),
    ("2026-02-27T09:00+00:00", 2, "2026-03-01T09:00+00:00", "across the month's end"),
]


def deadline(**raw: Any) -> Deadline:
    """Read a deadline as a rule writes it."""
    return Deadline.model_validate(raw)


EMPTY = fold([at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),)))], EPISODE)
CHILD_OF_EMPTY = EMPTY.subjects[0]


@pytest.mark.parametrize(("start", "hours", "due", "comment"), HOURS)
@pytest.mark.parametrize("zone", [UTC, LONDON])
def test_hours_are_elapsed(start: str, hours: int, due: str, comment: str, zone: Any) -> None:
    begun = datetime.fromisoformat(start).astimezone(zone)
    moment = due_at(deadline(hours=hours), begun, EMPTY, CHILD_OF_EMPTY)
    assert moment == datetime.fromisoformat(due), comment
    assert moment.astimezone(UTC) - begun.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize(("start", "days", "due", "comment"), DAYS)
@pytest.mark.parametrize("zone", [UTC, LONDON])
def test_days_are_civil_london_time(start: str, days: int, due: str, comment: str, zone: Any) -> None:
    begun = datetime.fromisoformat(start).astimezone(zone)
    assert days_later(begun, days).astimezone(UTC) == datetime.fromisoformat(due), comment
    by_rule = due_at(deadline(days=days), begun, EMPTY, CHILD_OF_EMPTY)
    assert by_rule.astimezone(UTC) == datetime.fromisoformat(due)


def test_neither_hours_nor_days_means_immediately() -> None:
    assert due_at(deadline(**{"from": "missing_since"}), START, EMPTY, CHILD_OF_EMPTY) == START


SINCE, COMPLETED, FOUND = START - timedelta(hours=5), START + timedelta(hours=1), START + timedelta(hours=9)
STARTS = [
    ("trigger", timedelta(hours=2)),
    ("missing_since", SINCE - START),
    ("report_completed", COMPLETED - START),
    ("found", FOUND - START),
]


@pytest.mark.parametrize(("moment", "offset"), STARTS)
def test_where_a_deadline_starts(moment: str, offset: timedelta) -> None:
    report = MissingReported(
        subjects=(SubjectFacts(subject_id=CHILD),),
        missing=Missing(missing_since=SINCE, reported_at=START, report_completed_at=COMPLETED),
    )
    episode = fold([at(0, report), at(10, Found(found=FoundDetails(at=FOUND)))], EPISODE)
    fired = START + timedelta(hours=2)
    due = due_at(deadline(hours=48, **{"from": moment}), fired, episode, episode.subjects[0])
    assert due == START + offset + timedelta(hours=48)


def test_a_moment_that_nobody_knows_falls_back_to_the_firing() -> None:
    assert due_at(deadline(hours=1, **{"from": "found"}), START, EMPTY, CHILD_OF_EMPTY) == START + timedelta(hours=1)


def test_ticks_keep_the_wall_clock() -> None:
    every = Every.model_validate({"days": 7, "text": "weekly"})
    start = datetime.fromisoformat("2026-10-20T09:00+01:00")
    assert ticks(every, start) == [
        "2026-10-27T09:00:00+00:00",
        "2026-11-03T09:00:00+00:00",
        "2026-11-10T09:00:00+00:00",
    ]


def ticks(every: Every, start: datetime) -> list[str]:
    """Return the first three ticks as London's clocks show them; fewer of a clock that falls once."""
    found = [tick_at(every, start, number, CHILD_OF_EMPTY) for number in (1, 2, 3)]
    return [one.astimezone(LONDON).isoformat() for one in found if one is not None]


CLOCKS: list[tuple[dict[str, Any], str, list[str], str]] = [
    ({"after": {"hours": 24}}, "2026-06-01T09:00+01:00", ["2026-06-02T09:00:00+01:00"], "once"),
    ({"after": {"working_days": 20}}, "2026-03-30T09:00+01:00", ["2026-04-29T17:00:00+01:00"], "Good Friday, Easter"),
    (
        {"days": 1, "after": {"days": 7}},
        "2026-06-01T09:00+01:00",
        ["2026-06-08T09:00:00+01:00", "2026-06-09T09:00:00+01:00", "2026-06-10T09:00:00+01:00"],
        "daily from the seventh day",
    ),
    (
        {"end_of_working_day": True, "after": {"hours": 24}},
        "2026-06-04T16:00+01:00",
        ["2026-06-05T17:00:00+01:00", "2026-06-08T17:00:00+01:00", "2026-06-09T17:00:00+01:00"],
        "24 hours end on Friday an hour before five",
    ),
    (
        {"end_of_working_day": True, "after": {"hours": 24}},
        "2026-06-04T17:30+01:00",
        ["2026-06-08T17:00:00+01:00", "2026-06-09T17:00:00+01:00", "2026-06-10T17:00:00+01:00"],
        "24 hours end on Friday after five",
    ),
    (
        {"end_of_working_day": True},
        "2026-06-05T17:00+01:00",
        ["2026-06-05T17:00:00+01:00", "2026-06-08T17:00:00+01:00", "2026-06-09T17:00:00+01:00"],
        "at five sharp",
    ),
]


@pytest.mark.parametrize(("clock", "start", "expected", "comment"), CLOCKS)
def test_when_a_clock_falls(clock: dict[str, Any], start: str, expected: list[str], comment: str) -> None:
    every = Every.model_validate({**clock, "text": "due"})
    assert ticks(every, datetime.fromisoformat(start)) == expected, comment
