"""Clocks follow from the folded episode alone: nobody starts or stops one."""

from datetime import timedelta

import pytest

from contracts.codes import Role
from contracts.dispatch import Kind
from contracts.envelope import Event
from contracts.events import (
    ClockFell,
    DecisionRecorded,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    ReturnInterviewHeld,
    RiskAssessed,
    WhereaboutsBelieved,
)
from contracts.person import Care, Missing, Risk, SubjectFacts
from hub.routing.book import Book
from hub.routing.clocks import ClockDue
from hub.routing.plan import Issued, plan
from tests.journeys.everywhere import everywhere
from tests.journeys.receiver import LATER
from tests.stories.events import CHILD, EPISODE, ROTHERHAM, SIBLING, START, at, decision, restricted, unborn
from tests.unit.routing.support import book, procedure

WEEKLY, NATIONAL = "baseline.home-office-weekly-contact", "rotherham.P17.national-notification"
RESTRICTED = restricted()[:2]


def clock(rule: str, events: list[Event], days: float) -> ClockDue | None:
    """Return a rule's clock as it stands some days after the start."""
    running = plan(events, [], everywhere(), START + timedelta(days=days)).clocks
    found = [one for one in running if one.rule == rule]
    assert len(found) <= 1
    return found[0] if found else None


def fallen(tick: int, days: float, missed: int = 0, rule: str = WEEKLY) -> Event:
    """Return that a clock fell."""
    due = START + timedelta(days=days)
    data = ClockFell(rule=rule, subject_id=CHILD, tick=tick, missed=missed, due_at=due)
    return at(days * 24, data, name=f"{rule} {tick}")


TICKS = [
    ([], 0.1, (1, 7, 0), "the first week"),
    ([], 6.9, (1, 7, 0), "not due yet"),
    ([], 7.0, (1, 7, 0), "due now"),
    ([], 13.9, (1, 7, 0), "overdue, the second not yet due"),
    ([], 21.5, (3, 21, 2), "three passed unseen: one falls, with the two that were missed"),
    ([fallen(1, 7)], 7.5, (2, 14, 0), "the first fell"),
    ([fallen(1, 7)], 29.0, (4, 28, 2), "off from the second to the fourth"),
    ([fallen(3, 21, missed=2)], 22.0, (4, 28, 0), "back in step after the downtime"),
]


@pytest.mark.parametrize(("ticks", "days", "expected", "comment"), TICKS)
def test_the_weekly_clock(ticks: list[Event], days: float, expected: tuple[int, int, int], comment: str) -> None:
    running = clock(WEEKLY, [*RESTRICTED, *ticks], days)
    assert running is not None
    tick, due, missed = expected
    assert (running.tick, running.missed) == (tick, missed), comment
    assert running.due_at == START + timedelta(days=due)
    assert (running.seat, running.authority) == ("responsible", ROTHERHAM)


def test_a_tick_has_one_id_for_ever_and_every_tick_its_own() -> None:
    early, late = clock(WEEKLY, RESTRICTED, 1), clock(WEEKLY, RESTRICTED, 8)
    second = clock(WEEKLY, [*RESTRICTED, fallen(1, 7)], 8)
    assert early is not None
    assert late is not None
    assert second is not None
    assert early.id == late.id != second.id
    assert early.fallen().due_at == early.due_at


@pytest.mark.parametrize("rule", [WEEKLY, NATIONAL])
def test_a_clock_ends_when_the_child_is_found_and_runs_again_after_a_find_in_error(rule: str) -> None:
    found, retracted = at(30, Found()), at(31, FoundRetracted())
    assert clock(rule, RESTRICTED, 1.2) is not None
    assert clock(rule, [*RESTRICTED, found], 2) is None
    assert clock(rule, [*RESTRICTED, found, retracted], 2) is not None


def test_a_decision_has_one_clock_of_48_hours_from_the_completed_report() -> None:
    running = clock(NATIONAL, unborn()[:2], 0)
    assert running is not None
    assert (running.tick, running.due_at) == (1, START + timedelta(hours=48))
    overdue = clock(NATIONAL, unborn()[:2], 40)
    assert overdue is not None
    assert (overdue.tick, overdue.missed, overdue.id) == (1, 0, running.id), "a one-off falls once, late"


def test_the_decision_clock_ends_with_either_answer_and_when_it_has_fallen() -> None:
    yes = decision(NATIONAL, Role.CASE_TEAM)
    no = yes.model_copy(update={"answer": False})
    for answer in (yes, no):
        assert clock(NATIONAL, [*unborn()[:2], at(2, answer)], 1) is None
    assert clock(NATIONAL, [*unborn()[:2], fallen(1, 2, rule=NATIONAL)], 3) is None


def test_a_decision_about_a_sibling_stops_only_the_siblings_clock() -> None:
    other = DecisionRecorded(decision=NATIONAL, subject_id=SIBLING, answer=False, decided_by="a named person")
    assert clock(NATIONAL, [*unborn()[:2], at(2, other)], 1) is not None


def test_an_overdue_decision_is_a_task_until_it_is_answered() -> None:
    events = [*unborn()[:2], fallen(1, 2, rule=NATIONAL)]
    assert [task.kind for task in plan(events, [], everywhere(), LATER).tasks] == ["decision_overdue"]
    answered = [*events, at(60, decision(NATIONAL, Role.CASE_TEAM))]
    assert plan(answered, [], everywhere(), LATER).tasks == ()


def test_every_fallen_tick_is_a_reminder_with_what_was_missed() -> None:
    events = [*RESTRICTED, fallen(1, 7), fallen(4, 28, missed=2)]
    reminders = [one for one in plan(events, [], everywhere(), LATER).dispatches if one.kind is Kind.REMINDER]
    assert [one.recipient.key for one in reminders] == ["home_office_notifications@national"] * 2
    said = [one.content.reminder for one in reminders]
    assert [(one.tick, one.missed) for one in said if one] == [(1, 0), (4, 2)]


def test_the_first_week_of_a_second_going_missing_is_a_reminder_of_its_own() -> None:
    again = MissingReported(
        subjects=(SubjectFacts(subject_id=CHILD),), missing=Missing(missing_since=START + timedelta(days=20))
    )
    first = [*RESTRICTED, fallen(1, 7), at(24 * 10, Found()), at(24 * 20, again)]
    issued = [Issued(one, "sent", True) for one in plan(first, [], everywhere(), LATER).dispatches]
    second = clock(WEEKLY, first, 20)
    assert second is not None
    assert (second.tick, second.due_at) == (1, START + timedelta(days=27))
    outcome = plan([*first, at(24 * 27, second.fallen())], issued, everywhere(), LATER)
    assert [(one.kind, one.action.value) for one in outcome.dispatches] == [(Kind.REMINDER, "raise")]
    assert outcome.dispatches[0].episode_id == EPISODE


def test_after_a_find_in_error_a_clock_goes_on_and_repeats_nothing() -> None:
    back = [*RESTRICTED, fallen(1, 7), at(24 * 8, Found()), at(24 * 9, FoundRetracted())]
    running = clock(WEEKLY, back, 9.5)
    assert running is not None
    assert (running.tick, running.due_at, running.missed) == (2, START + timedelta(days=14), 0)


CORRECTED = [
    (3, 10, "later: a week from then"),
    (-3, 11, "earlier: the second week from then"),
    (8, 15, "beyond the last"),
    (-10, 11, "long before"),
]


@pytest.mark.parametrize(("days", "due", "comment"), CORRECTED)
def test_the_next_week_counts_from_a_corrected_beginning(days: int, due: int, comment: str) -> None:
    moment = EpisodeUpdated(missing=Missing(missing_since=START + timedelta(days=days)))
    running = clock(WEEKLY, [*RESTRICTED, fallen(1, 7), at(24 * 7.5, moment)], 9)
    assert running is not None
    assert (running.tick, running.due_at, running.missed) == (2, START + timedelta(days=due), 0), comment


def test_what_becomes_known_late_moves_a_firing_and_its_clock_falls_anew() -> None:
    when = {"believed_left_area": True, "not": {"risk_level": ["high"]}}
    asked = {"duty": "consider", "ask": [{"role": "case_team"}], "question": "Tell?", "by": {"hours": 24}}
    by = book(procedure({"when": when, **asked}))
    report = at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),)))
    left = at(1, WhereaboutsBelieved(believed_left_area=True))
    (first,) = plan([report, left], [], by, LATER).clocks
    fell = at(25, first.fallen())
    assert plan([report, left, fell], [], by, LATER).clocks == ()
    high, low = (
        at(hours, RiskAssessed(risk=Risk.model_validate({"level": level})))
        for hours, level in ((0.5, "high"), (30, "low"))
    )
    (moved,) = plan([report, left, fell, high, low], [], by, LATER).clocks
    assert (moved.due_at, moved.tick) == (START + timedelta(hours=54), 1)
    assert moved.id != first.id, "the ledger lets one id fall once"


def due_days(by: Book, events: list[Event], days: float) -> list[tuple[int, float]]:
    """Return tick and day of every clock that runs some days after the start."""
    running = plan(events, [], by, START + timedelta(days=days)).clocks
    return [(one.tick, (one.due_at - START) / timedelta(days=1)) for one in running]


ONCE = book(procedure({"every": {"after": {"hours": 36}, "text": "Look again."}}))


def test_a_clock_that_falls_once_does_not_come_back() -> None:
    report = [at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),)))]
    assert due_days(ONCE, report, 9) == [(1, 1.5)]
    fell = [*report, fallen(1, 1.5, rule="test.0")]
    assert due_days(ONCE, fell, 9) == []
    later = at(40, EpisodeUpdated(missing=Missing(missing_since=START + timedelta(days=1))))
    assert due_days(ONCE, [*fell, later], 9) == [], "nor when its beginning is corrected"


INTERVIEW = {"status": ["found"]}, {"heard": ["missing.return-interview.held.v1"]}
RETURN = book(
    procedure(
        {
            "when": INTERVIEW[0],
            "until": INTERVIEW[1],
            "every": {"after": {"hours": 72}, "from": "end_told", "text": "Due."},
        },
        {"when": INTERVIEW[0], "until": INTERVIEW[1], "tell": [{"role": "case_team", "kind": "task"}]},
    )
)


def test_a_clock_and_a_task_end_when_their_reason_ends_and_begin_anew_with_the_next_return() -> None:
    report = MissingReported(subjects=(SubjectFacts(subject_id=CHILD, care=Care(responsible_authority=ROTHERHAM)),))
    home = [at(0, report), at(24, Found())]
    assert due_days(RETURN, home, 2) == [(1, 4)]
    assert [one.thread for one in plan(home, [], RETURN, LATER).dispatches] == ["found:task:test.1"]
    held = [*home, at(30, ReturnInterviewHeld())]
    assert due_days(RETURN, held, 2) == []
    assert plan(held, [], RETURN, LATER).dispatches == ()
    again = [*held, at(48, report), at(72, Found(), name="again")]
    assert due_days(RETURN, again, 4) == [(1, 6)]
