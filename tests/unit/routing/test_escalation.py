"""What nobody has seen: which step when, what ends it, and that everybody told instead hears of the end."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from contracts.adapter import Channel, Endpoint
from contracts.codes import RiskLevel
from contracts.dispatch import Action
from contracts.envelope import Event
from contracts.events import ClockFell, Data, EscalationStep, Found, FoundRetracted, MissingReported
from contracts.person import Care, Person, Risk, SubjectFacts
from contracts.receipt import Stage
from hub.routing.book import Book
from hub.routing.directory import Beside, Directory
from hub.routing.escalation import StepDue
from hub.routing.plan import Plan, plan
from hub.routing.reconcile import Issued
from hub.routing.steps import Steps
from tests.stories.events import CHILD, ROTHERHAM, at
from tests.unit.routing.support import book, procedure

TEAM = f"case_team@{ROTHERHAM}"
# The story begins on a Friday evening: this is ten in the morning of the Monday after.
MORNING, START = 64, at(64, Found()).occurred_at
REMIND, OUT, MANAGER, RING = (step.value for step in EscalationStep if step is not EscalationStep.UNKNOWN)
HIGH, OTHERS = [(REMIND, 5), (OUT, 10), (RING, 15), (MANAGER, 30)], [(REMIND, 15), (OUT, 30), (MANAGER, 45), (RING, 60)]


def happened(minutes: int, data: Data, name: str = "") -> Event:
    return at(MORNING + minutes / 60, data, name=name)


def by(**beside: str) -> Book:
    given = {"out_of_hours": "night", "manager": "boss"} | beside
    names = ("day", "night", "boss")
    endpoints = {name: Endpoint(id=name, adapter="test", channel=Channel.INBOX, address=name) for name in names}
    directory = Directory(endpoints, {TEAM: "day"}, {TEAM: Beside(**{k: v for k, v in given.items() if v})})
    return replace(book(procedure({"tell": [{"role": "case_team"}]})), directory=directory)


def report(risk: RiskLevel = RiskLevel.HIGH, surname: str = "Example") -> MissingReported:
    facts = SubjectFacts(subject_id=CHILD, person=Person(surname=surname), care=Care(responsible_authority=ROTHERHAM))
    return MissingReported(subjects=(facts,), risk=Risk(level=risk))


class Course:
    """An episode with the dispatches and events that come of it, minute by minute, as ticker and router make them."""

    def __init__(self, book: Book, first: MissingReported) -> None:
        self.book, self.issued = book, list[Issued]()
        self.events: list[Event] = [happened(0, first)]
        self.steps: list[tuple[str, int, str]] = []
        self.route(0)

    def route(self, minutes: int) -> Plan:
        """Route as if every dispatch left at once."""
        made = plan(self.events, self.issued, self.book, START + timedelta(minutes=minutes))
        self.issued += [Issued(one, "waiting" if one.id in made.waiting else "sent", True) for one in made.dispatches]
        return made

    def tick(self, minutes: int) -> None:
        """Take what is due."""
        now = START + timedelta(minutes=minutes)
        due: list[StepDue] = [one for one in plan(self.events, self.issued, self.book, now).steps if one.due_at <= now]
        for one in due:
            self.steps.append((one.step.value, minutes, one.dispatch.action.value))
            self.events.append(happened(minutes, one.fallen(), one.step.value))
        self.route(minutes)

    def pass_by(self, minutes: int, every: int = 1, first: int = 1) -> None:
        """Let time go by."""
        for minute in range(first, minutes + 1, every):
            self.tick(minute)

    def happen(self, minutes: int, data: Data) -> None:
        """Let something be stated."""
        self.events.append(happened(minutes, data))
        self.route(minutes)

    def receipt(self, stage: Stage, which: Callable[[Issued], bool]) -> None:
        """Let the dispatches chosen have a receipt."""
        self.issued = [replace(one, stages=one.stages | {stage}) if which(one) else one for one in self.issued]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Who was told and what, in order."""
        return [(one.dispatch.recipient.key.removeprefix(TEAM), one.dispatch.action.value) for one in self.issued]


def first(one: Issued) -> bool:
    return one.dispatch.thread == "notice"


def of(step: str) -> Callable[[Issued], bool]:
    return lambda one: one.dispatch.thread == f"again:{step}:notice"


@pytest.mark.parametrize(
    ("risk", "ladder"), [(RiskLevel.HIGH, HIGH), (RiskLevel.MEDIUM, OTHERS), (RiskLevel.LOW, OTHERS)]
)
def test_each_step_in_its_time_and_once(risk: RiskLevel, ladder: list[tuple[str, int]]) -> None:
    course = Course(by(), report(risk))
    course.pass_by(200)
    assert [(step, minute) for step, minute, _ in course.steps] == ladder
    posts = {REMIND: "", OUT: "!out_of_hours", MANAGER: "!manager"}
    assert course.told == [("", "raise"), *((posts[step], "raise") for step, _ in ladder if step in posts)]


@pytest.mark.parametrize(
    ("risk", "stage", "ends"),
    [
        (RiskLevel.HIGH, Stage.TRANSPORTED, False),
        (RiskLevel.HIGH, Stage.OPENED, True),
        (RiskLevel.HIGH, Stage.ACCEPTED, True),
        (RiskLevel.HIGH, Stage.ACTED_ON, True),
        (RiskLevel.HIGH, Stage.REJECTED, True),
        (RiskLevel.HIGH, Stage.UNDELIVERABLE, False),
        (RiskLevel.MEDIUM, Stage.TRANSPORTED, True),
        (RiskLevel.MEDIUM, Stage.OPENED, True),
        (RiskLevel.MEDIUM, Stage.UNDELIVERABLE, False),
    ],
)
def test_which_receipt_ends_it(risk: RiskLevel, stage: Stage, ends: bool) -> None:
    course = Course(by(), report(risk))
    course.receipt(stage, first)
    course.pass_by(100)
    assert (course.steps == []) is ends


@pytest.mark.parametrize("step", [REMIND, OUT])
def test_whoever_was_told_instead_may_see_it_for_the_role(step: str) -> None:
    course = Course(by(), report())
    course.pass_by(10)
    course.receipt(Stage.OPENED, of(step))
    course.pass_by(200, first=11)
    assert [one for one, _, _ in course.steps] == [REMIND, OUT]


def test_at_night_the_desk_of_the_night_is_the_first_and_no_further_step() -> None:
    night = at(0, report())
    made = plan([night], [], by(), night.occurred_at).dispatches[0]
    issued, taken = [Issued(made, "sent", True)], list[str]()
    for minute in range(100):
        steps = plan([night], issued, by(), night.occurred_at + timedelta(minutes=minute)).steps
        taken += [one.step.value for one in steps if one.due_at <= night.occurred_at + timedelta(minutes=minute)]
    assert set(taken) == {REMIND, RING, MANAGER}


def test_a_directory_may_ask_for_acceptance_and_has_its_own_minutes() -> None:
    known = by()
    steps = Steps.model_validate({"high_risk": {"needs": "accepted", "remind": 2, "manager": None, "telephone": 4}})
    course = Course(replace(known, directory=replace(known.directory, steps=steps)), report())
    course.receipt(Stage.OPENED, first)
    course.pass_by(100)
    assert [(step, minute) for step, minute, _ in course.steps] == [(REMIND, 2), (RING, 4), (OUT, 10)]


@pytest.mark.parametrize(
    ("beside", "steps"),
    [
        ({"out_of_hours": ""}, [REMIND, RING, MANAGER]),
        ({"manager": ""}, [REMIND, OUT, RING]),
        ({"out_of_hours": "", "manager": ""}, [REMIND, RING]),
        ({"out_of_hours": "day"}, [REMIND, RING, MANAGER]),
    ],
)
def test_a_step_that_leads_nowhere_else_is_left_out(beside: dict[str, str], steps: list[str]) -> None:
    course = Course(by(**beside), report())
    course.pass_by(100)
    assert [step for step, _, _ in course.steps] == steps


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("sent", [REMIND, OUT, RING, MANAGER]),
        ("pending", [OUT, RING, MANAGER]),
        ("doubtful", [OUT, RING, MANAGER]),
        ("unknown", [OUT, MANAGER]),
        ("failed", [OUT, MANAGER]),
        ("waiting", []),
    ],
)
def test_nothing_is_repeated_blindly_and_nobody_is_rung_twice(state: str, steps: list[str]) -> None:
    course = Course(by(), report())
    course.issued = [replace(course.issued[0], state=state, may_have_left=state != "waiting")]
    course.pass_by(100)
    assert [step for step, _, _ in course.steps] == steps


def test_after_days_off_each_step_is_taken_once_and_late() -> None:
    course = Course(by(), report())
    course.tick(3 * 24 * 60)
    taken = [step for step, _, _ in course.steps]
    assert taken == [REMIND, OUT, RING, MANAGER]
    fell = [(event, event.data) for event in course.events if isinstance(event.data, ClockFell)]
    late = [event.occurred_at - data.due_at for event, data in fell]
    assert late == [timedelta(days=3) - timedelta(minutes=minutes) for _, minutes in HIGH]
    course.pass_by(3 * 24 * 60 + 200, first=3 * 24 * 60 + 1)
    assert [step for step, _, _ in course.steps] == taken


def test_the_end_stops_it_and_reaches_everybody_who_was_told() -> None:
    course = Course(by(), report())
    course.pass_by(12)
    course.happen(13, Found())
    course.receipt(Stage.TRANSPORTED, lambda one: one.dispatch.action is Action.WITHDRAW)
    course.pass_by(300, first=14)
    assert [step for step, _, _ in course.steps] == [REMIND, OUT]
    assert sorted(course.told[3:]) == [("", "withdraw"), ("", "withdraw"), ("!out_of_hours", "withdraw")]


def test_a_withdrawal_that_nobody_got_becomes_a_call_and_no_more() -> None:
    course = Course(by(), report())
    course.receipt(Stage.OPENED, first)
    course.happen(10, Found())
    course.pass_by(300, first=11)
    assert course.steps == [(RING, 70, "withdraw")]


def test_missing_again_is_chased_anew() -> None:
    course = Course(by(), report())
    course.pass_by(12)
    course.happen(13, Found())
    course.happen(20, FoundRetracted())
    course.receipt(Stage.TRANSPORTED, lambda one: one.dispatch.action is Action.WITHDRAW)
    course.pass_by(60, first=21)
    assert [(step, minute) for step, minute, _ in course.steps[2:]] == [(step, 20 + minute) for step, minute in HIGH]


def test_an_update_reaches_the_one_told_instead_and_starts_nothing_anew() -> None:
    course = Course(by(), report())
    course.pass_by(12)
    course.happen(13, report(surname="Other"))
    course.receipt(Stage.TRANSPORTED, lambda one: one.dispatch.action is Action.UPDATE)
    assert sorted(course.told[3:]) == [("", "update"), ("", "update"), ("!out_of_hours", "update")]
    course.pass_by(100, first=14)
    assert [step for step, _, _ in course.steps] == [REMIND, OUT, RING, MANAGER]


def test_a_risk_that_becomes_high_is_urgent_from_then() -> None:
    course = Course(by(), report(RiskLevel.MEDIUM))
    course.receipt(Stage.OPENED, first)
    course.happen(100, report(RiskLevel.HIGH, surname="Other"))
    course.receipt(Stage.TRANSPORTED, lambda one: one.dispatch.action is Action.UPDATE)
    course.pass_by(200, first=101)
    assert [(step, minute) for step, minute, _ in course.steps] == [(step, 100 + minute) for step, minute in HIGH]


def test_no_step_goes_by_the_order_in_which_things_were_stored() -> None:
    course = Course(by(), report())
    course.pass_by(12)
    now = START + timedelta(minutes=12)

    def due(events: Sequence[Event], issued: Sequence[Issued]) -> list[tuple[str, datetime]]:
        return [(one.step.value, one.due_at) for one in plan(events, issued, course.book, now).steps]

    assert due(course.events, course.issued) == due(course.events[::-1], course.issued[::-1])
