"""Counting goings missing: three in 42 days, two in 90, by calendar dates, of confirmed episodes only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Event
from contracts.events import (
    AbsenceReported,
    Cancelled,
    ConcernRaised,
    Data,
    EarlierEpisodeKnown,
    Found,
    MissingReported,
)
from contracts.person import Care, Missing, Person, SubjectFacts
from hub.episode.episode import Episode
from hub.episode.fold import fold, ordered
from hub.routing.explain import explain
from hub.routing.plan import Issued, plan
from hub.routing.repeats import Times, missing_on, news, went_missing
from tests.journeys.receiver import LATER
from tests.stories.events import CHILD, EPISODE, ROTHERHAM, SIBLING, START, at
from tests.unit.routing.support import book, procedure, routed

OTHER = UUID("0e000000-0000-5000-8000-000000000002")
OF_THREE = book(procedure({"when": {"status": ["missing"], "missing_times": {"times": 3, "days": 42}}}))


def report(said: type[Any] = MissingReported, since: datetime = START, subject: UUID = CHILD) -> Any:
    """Return a report, or what else `said` is, of the child."""
    who = SubjectFacts(subject_id=subject, person=Person(surname="Quill"), care=Care(responsible_authority=ROTHERHAM))
    return said(subjects=(who,), missing=Missing(missing_since=since))


def past(days: float, *, confirmed: bool = True, episode: int = 1, facts: int = 1, subject: UUID = CHILD) -> Event:
    """Return that the child was missing some days before, as the hub learned an hour after the report."""
    on = START.date() - timedelta(days=days)
    data = EarlierEpisodeKnown(
        subject_id=subject, episode=UUID(int=episode), missing_on=on, confirmed=confirmed, facts=facts
    )
    return at(1, data, name=f"{episode} {facts} {confirmed} {days}")


COUNTS: list[tuple[str, list[Event], bool]] = [
    ("the first time", [], False),
    ("the second", [past(3)], False),
    ("the third", [past(3), past(10, episode=2)], True),
    ("the first on the 42nd day, this one counted", [past(41), past(10, episode=2)], True),
    ("a day too early", [past(42), past(10, episode=2)], False),
    ("twice on the day itself", [past(0), past(0, episode=2)], True),
    ("the day after", [past(-1), past(10, episode=2)], False),
    ("one was no going missing", [past(3, confirmed=False), past(10, episode=2)], False),
    ("one was cancelled since", [past(3), past(3, confirmed=False, facts=2), past(10, episode=2)], False),
    ("an older word comes later", [past(3, facts=2), past(3, confirmed=False), past(10, episode=2)], True),
    ("the same twice", [past(3), past(3)], False),
    ("its date was corrected", [past(50), past(41, facts=2), past(10, episode=2)], True),
    ("another child's", [past(3, subject=SIBLING), past(10, episode=2)], False),
]


@pytest.mark.parametrize(("name", "events", "expected"), COUNTS, ids=[row[0] for row in COUNTS])
def test_three_in_42_days(name: str, events: list[Event], expected: bool) -> None:
    history = [at(0, report()), *events]
    assert bool(routed(OF_THREE, history).dispatches) is expected
    assert bool(routed(OF_THREE, [*reversed(history), *history]).dispatches) is expected
    assert bool(explain(history, OF_THREE).told) is expected


@pytest.mark.parametrize("kind", [ConcernRaised, AbsenceReported])
def test_what_is_no_going_missing_is_never_the_third(kind: type[Data]) -> None:
    by = book(procedure({"when": {"missing_times": {"times": 3, "days": 42}}}))
    assert routed(by, [at(0, report()), past(3), past(10, episode=2)]).dispatches
    assert not routed(by, [at(0, report(kind)), past(3), past(10, episode=2)]).dispatches


def test_what_was_told_of_a_repeat_that_proved_none_is_corrected_and_nothing_is_raised_after_the_find() -> None:
    history = [at(0, report()), past(3), past(10, episode=2)]
    issued = [Issued(one, "sent", True) for one in routed(OF_THREE, history).dispatches]
    assert [one.dispatch.action.value for one in issued] == ["raise"]
    wrong = past(3, confirmed=False, facts=2)
    (withdrawal,) = plan([*history, wrong], issued, OF_THREE, LATER).dispatches
    assert (withdrawal.action.value, withdrawal.reason) == ("withdraw", "corrected")
    assert routed(OF_THREE, [at(0, report()), at(9, Found()), past(3), past(10, episode=2)]).dispatches == ()


def test_it_comes_right_after_the_report_whenever_the_hub_learned_of_it() -> None:
    found = at(0.5, Found())
    late = past(3)
    assert ordered([found, late, at(0, report())]) == [at(0, report()), late, found]
    assert ordered([late, found]) == [found, late]
    assert fold([late], EPISODE).earlier == (late.data,)


def episode(id: UUID, *said: Data) -> Episode:
    """Return another episode, folded."""
    return fold([at(n, one, episode=id, name=str(n)) for n, one in enumerate(said)], id)


HERE = episode(EPISODE, report())
BEFORE = START - timedelta(days=10)
NEWS: list[tuple[str, tuple[Data, ...], tuple[date, bool] | None]] = [
    ("missing", (report(since=BEFORE),), (BEFORE.date(), True)),
    ("missing and found", (report(since=BEFORE), Found()), (BEFORE.date(), True)),
    ("cancelled", (report(since=BEFORE), Cancelled()), None),
    ("a concern", (report(ConcernRaised, since=BEFORE),), None),
    ("a concern that ended", (report(ConcernRaised, since=BEFORE), Found()), None),
    ("an absence", (report(AbsenceReported, since=BEFORE),), None),
    (
        "an absence that became a going missing",
        (report(AbsenceReported, since=BEFORE), report(since=BEFORE)),
        (BEFORE.date(), True),
    ),
    ("too long ago", (report(since=START - timedelta(days=42)),), None),
    ("later than this one", (report(since=START + timedelta(days=1)),), None),
    ("of another child", (report(since=BEFORE, subject=SIBLING),), None),
    ("nobody was reported", (Found(),), None),
]


@pytest.mark.parametrize(("name", "said", "expected"), NEWS, ids=[row[0] for row in NEWS])
def test_what_an_episode_is_told_of_another(name: str, said: tuple[Data, ...], expected: Any) -> None:
    other = episode(OTHER, *said)
    told = [event.data for event in news(other, HERE, 42, LATER)]
    assert [(one.missing_on, one.confirmed) for one in told if isinstance(one, EarlierEpisodeKnown)] == (
        [expected] if expected else []
    )


def test_what_it_knows_already_is_not_said_again_and_what_changed_is() -> None:
    other = episode(OTHER, report(since=BEFORE))
    (event,) = news(other, HERE, 42, LATER)
    knowing = fold([at(0, report()), event], EPISODE)
    assert list(news(other, knowing, 42, LATER)) == []
    for change in (Cancelled(), report(since=BEFORE - timedelta(days=1))):
        (correction,) = news(episode(OTHER, report(since=BEFORE), change), knowing, 42, LATER)
        assert correction.id != event.id
        right = fold([at(0, report()), correction, event], EPISODE)
        assert right == fold([at(0, report()), event, correction], EPISODE)
        assert [one.facts for one in right.earlier] == [2]
    assert list(news(HERE, HERE, 42, LATER)) == []


def test_the_date_is_londons() -> None:
    night = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    summer = episode(OTHER, report(since=night))
    assert missing_on(summer, summer.subjects[0]) == date(2026, 7, 2)


@given(st.lists(st.tuples(st.integers(-3, 100), st.booleans()), max_size=8), st.integers(2, 5), st.integers(1, 95))
def test_against_counting_by_hand(others: list[tuple[int, bool]], times: int, days: int) -> None:
    events = [past(day, confirmed=sure, episode=n) for n, (day, sure) in enumerate(others)]
    found = fold([at(0, report()), *events], EPISODE)
    window = [START.date() - timedelta(days=n) for n in range(days)]
    dates = [START.date(), *(START.date() - timedelta(days=day) for day, sure in others if sure)]
    assert went_missing(found, found.subjects[0], Times(times, days)) is (sum(day in window for day in dates) >= times)
