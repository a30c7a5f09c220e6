"""must tells, consider asks first, never blocks until two people lift it; a role without a row is not told."""

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.dispatch import Kind
from contracts.events import DecisionRecorded, Found, FoundRetracted, MissingReported, RiskAssessed, Sighted
from contracts.person import Care, Person, PoliceCase, Risk, SubjectFacts
from hub.procedures.loading import read_yaml
from hub.routing.book import Book
from hub.routing.contradictions import contradictions
from hub.routing.directory import Directory
from hub.routing.disclosure import Disclosure
from hub.routing.explain import explain
from hub.routing.rules import read_procedure
from tests.stories.events import CHILD, LAMBETH, ROTHERHAM, SIBLING
from tests.unit.routing.support import book, history, procedure, routed, told

REPORT = MissingReported(
    subjects=(
        SubjectFacts(subject_id=CHILD, person=Person(surname="Quill"), care=Care(responsible_authority=ROTHERHAM)),
    ),
    police=PoliceCase(report_reference="NP-1", force="E23000024"),
)
TEAM = f"case_team@{ROTHERHAM} notice"
NURSE = f"designated_nurse_safeguarding@{ROTHERHAM} notice"
SIBLINGS = MissingReported(
    subjects=tuple(SubjectFacts(subject_id=one, care=Care(responsible_authority=ROTHERHAM)) for one in (CHILD, SIBLING))
)

TRAFFICKED = """
procedure: test
title: A child who may have been trafficked
version: "1"
rules:
- id: test.tell
  clause: test 1
  when: {status: [missing]}
  tell: [{role: case_team}, {role: designated_nurse_safeguarding}]
- id: test.never
  clause: test 2
  when: {flag: [trafficking]}
  duty: never
  tell: [{role: designated_nurse_safeguarding}]
"""


@pytest.fixture
def barring(tmp_path: Path) -> Book:
    """A book in which the nurse is told, but never of a child who may have been trafficked."""
    path = tmp_path / "test.yaml"
    path.write_text(TRAFFICKED)
    return book(read_procedure(path.name, read_yaml(path)))


FLAG = RiskAssessed(risk=Risk.model_validate({"flags": ["trafficking"]}))


def lifted(answer: bool, by: str, second: str | None, subject: object = CHILD) -> DecisionRecorded:
    """Return a decision on the bar."""
    return DecisionRecorded.model_validate(
        {"decision": "test.never", "subject_id": subject, "answer": answer, "decided_by": by, "seconded_by": second}
    )


def test_never_blocks_and_is_recorded_as_withheld(barring: Book) -> None:
    assert told(routed(barring, history(report=REPORT))) == {TEAM, NURSE}
    outcome = routed(barring, history(FLAG, report=REPORT))
    assert told(outcome) == {TEAM}
    blocked = [one for one in outcome.withheld if one.fields == ("all",)]
    assert [(one.recipient.role.value, one.rule, one.reason) for one in blocked] == [
        ("designated_nurse_safeguarding", "test.never", "test 2")
    ]
    assert [line.rule for line in explain(history(FLAG, report=REPORT), barring).blocked] == ["test.never"]


LIFTS = [
    (lifted(True, "A. Smith", "B. Jones"), True, "two people"),
    (lifted(True, "A. Smith", None), False, "one person"),
    (lifted(True, "A. Smith", ""), False, "nobody beside"),
    (lifted(True, "A. Smith", "A. Smith"), False, "the same person twice"),
    (lifted(True, "A. Smith", " a.  smith "), False, "the same person, written otherwise"),
    (lifted(True, "", "B. Jones"), False, "nobody and one person"),
    (lifted(False, "A. Smith", "B. Jones"), False, "two people say no"),
    (lifted(True, "A. Smith", "B. Jones", SIBLING), False, "two people, about another child"),
]


@pytest.mark.parametrize(("decision", "open_again", "comment"), LIFTS, ids=[one[2] for one in LIFTS])
def test_only_two_different_people_lift_a_bar(
    barring: Book, decision: DecisionRecorded, open_again: bool, comment: str
) -> None:
    assert (NURSE in told(routed(barring, history(FLAG, decision, report=REPORT)))) is open_again, comment


def test_a_bar_can_be_laid_again(barring: Book) -> None:
    again = lifted(False, "A. Smith", "B. Jones")
    yes = lifted(True, "A. Smith", "B. Jones")
    assert told(routed(barring, history(FLAG, yes, again, report=REPORT))) == {TEAM}


def test_a_bar_on_one_child_leaves_the_sibling(barring: Book) -> None:
    flag = RiskAssessed.model_validate({"subjects": [{"subject_id": str(CHILD)}], "risk": {"flags": ["trafficking"]}})
    outcome = routed(barring, history(flag, report=SIBLINGS))
    nurses = {one.subject_id for one in outcome.dispatches if one.recipient.role == "designated_nurse_safeguarding"}
    assert nurses == {SIBLING}


CONSIDER = book(
    procedure(
        {
            "duty": "consider",
            "ask": [{"role": "case_team"}],
            "question": "Circulate?",
            "tell": [{"role": "duty_team", "at": "decided_areas"}],
            "by": {"hours": 48},
        }
    )
)
ASKED = f"case_team@{ROTHERHAM} decision_request:test.0"


def answer(yes: bool, *areas: str, subject: object = CHILD) -> DecisionRecorded:
    """Return an answer to the question."""
    return DecisionRecorded.model_validate(
        {"decision": "test.0", "subject_id": subject, "answer": yes, "decided_by": "A", "areas": areas}
    )


ANSWERS = [
    ([], {ASKED}, "nobody has answered: nothing is sent"),
    ([answer(False, LAMBETH)], {ASKED}, "no"),
    ([answer(True, LAMBETH)], {ASKED, f"duty_team@{LAMBETH} notice"}, "yes, to the area named"),
    ([answer(True, LAMBETH), answer(False)], {ASKED}, "taken back"),
    ([answer(False), answer(True, LAMBETH)], {ASKED, f"duty_team@{LAMBETH} notice"}, "the last word counts"),
    ([answer(True, LAMBETH, subject=SIBLING)], {ASKED}, "an answer about another child"),
    ([answer(True, LAMBETH, subject=None)], {ASKED, f"duty_team@{LAMBETH} notice"}, "about everybody"),
]


@pytest.mark.parametrize(("answers", "expected", "comment"), ANSWERS, ids=[one[2] for one in ANSWERS])
def test_consider_asks_and_only_a_yes_tells(answers: list[DecisionRecorded], expected: set[str], comment: str) -> None:
    assert told(routed(CONSIDER, history(*answers, report=REPORT))) == expected, comment


def test_the_question_says_what_to_decide_and_until_when() -> None:
    (request,) = routed(CONSIDER, history(report=REPORT)).dispatches
    assert request.kind is Kind.DECISION_REQUEST
    assert request.content.question is not None
    assert (request.content.question.decision, request.content.question.text) == ("test.0", "Circulate?")
    assert request.content.question.due_at == request.due_at


def test_a_rule_fires_once_until_its_end_and_counts_its_occasions() -> None:
    by = book(procedure({}))
    for said, occasion in [([], 1), ([Found(), FoundRetracted()], 2), ([Found(), FoundRetracted()] * 2, 3)]:
        (notice,) = routed(by, history(*said, report=REPORT)).dispatches
        assert [ground.occasion for ground in notice.grounds] == [occasion]


def test_duties_go_on_when_police_lower_the_risk() -> None:
    by = book(procedure({"when": {"status": ["missing"], "risk_level": ["high"]}}))
    high, low = (RiskAssessed(risk=Risk.model_validate({"level": level})) for level in ("high", "low"))
    assert told(routed(by, history(low, report=REPORT))) == set()
    assert told(routed(by, history(high, low, report=REPORT))) == {TEAM}


def test_a_rule_about_events_fires_for_each() -> None:
    rule = {
        "per_event": True,
        "when": {"event": ["missing.person.sighted.v1"]},
        "tell": [{"role": "police_force", "at": "reporting_force", "kind": "information"}],
    }
    seen = [Sighted(what=what, reported_by="rail staff") for what in ("at a platform", "on a train")]
    outcome = routed(book(procedure(rule)), history(*seen, report=REPORT))
    said = [one.content.information for one in outcome.dispatches]
    assert [(one.what, one.agency) for one in said if one] == [
        ("at a platform", "rail staff"),
        ("on a train", "rail staff"),
    ]


def test_without_a_row_nothing_is_sent_and_the_book_is_refused() -> None:
    told_without_row = procedure({"tell": [{"role": "ceop"}]})
    by = replace(book(told_without_row), disclosure=Disclosure(()))
    assert routed(by, history(report=REPORT)).dispatches == ()
    (mistake,) = contradictions([told_without_row], Disclosure(()))
    assert str(mistake) == ("rule test.0: no disclosure row lets ceop have a notice; add one to disclosure.yaml")


def test_without_a_route_it_waits_visibly_and_is_one_task_until_the_end() -> None:
    by = replace(book(procedure({})), directory=Directory({}, {}))
    outcome = routed(by, history(report=REPORT))
    (dispatch,) = outcome.dispatches
    assert outcome.waiting == {dispatch.id}
    assert [(task.kind, task.detail["recipient"]) for task in outcome.tasks] == [("unrouted", f"case_team@{ROTHERHAM}")]
