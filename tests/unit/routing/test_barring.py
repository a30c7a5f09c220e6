"""A `never` forbids until two different named people say yes, and again as soon as anybody says no."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dispatch import Action, Kind
from contracts.events import DecisionRecorded, Found, MissingReported, RiskAssessed
from contracts.person import Care, Person, Risk, SubjectFacts
from hub.ledger.disclosures import of_withheld
from hub.routing.explain import explain
from hub.routing.plan import Issued, Withheld, plan
from tests.journeys.receiver import LATER
from tests.stories.events import CHILD, ROTHERHAM, SIBLING
from tests.unit.routing.support import book, history, procedure, routed, told

# As the procedures want it of the press: only with the consent of who has parental responsibility and the approval of
# the director (READINGS).
PRESS = book(
    procedure(
        {"id": "test.tell", "tell": [{"role": "press_office"}, {"role": "case_team"}]},
        {
            "id": "test.bar",
            "clause": "test 12.6",
            "when": {"looked_after": True},
            "duty": "never",
            "tell": [{"role": "press_office"}],
        },
    )
)
CARE = Care(responsible_authority=ROTHERHAM, looked_after=True)
REPORT = MissingReported(
    subjects=tuple(SubjectFacts(subject_id=one, person=Person(surname="Quill"), care=CARE) for one in (CHILD, SIBLING))
)
OFFICE = f"press_office@{ROTHERHAM}"


def said(word: str, by: str, second: str | None = None, subject: object = CHILD) -> DecisionRecorded:
    """Return a yes or no to lifting the bar."""
    return DecisionRecorded.model_validate(
        {
            "decision": "test.bar",
            "subject_id": subject,
            "answer": word == "yes",
            "decided_by": by,
            "seconded_by": second,
        }
    )


def freed(*decisions: DecisionRecorded) -> bool:
    """Say whether the press office is told of the child after these decisions."""
    outcome = routed(PRESS, history(*decisions, report=REPORT))
    return any(one.recipient.key == OFFICE and one.subject_id == CHILD for one in outcome.dispatches)


DIRECTOR, FATHER, THIRD = "C. Okafor", "P. Quill", "L. Marsh"
TRUTH: list[tuple[str, Sequence[DecisionRecorded], bool, str]] = [
    ("nobody has said anything", [], False, "not lifted"),
    ("one yes", [said("yes", DIRECTOR)], False, "1 of 2 people have agreed to lift it"),
    ("the same person twice", [said("yes", DIRECTOR)] * 2, False, "1 of 2 people have agreed to lift it"),
    ("the same, later", [said("yes", DIRECTOR), said("yes", " c  okafor")], False, "1 of 2 people have agreed"),
    ("seconds itself", [said("yes", DIRECTOR, "C OKAFOR")], False, "1 of 2 people have agreed to lift it"),
    ("accents and signs apart", [said("yes", "Zo\u00eb O'Neil", "Zoe\u0308 O Neil")], False, "1 of 2 people"),
    ("a yes without a name", [said("yes", DIRECTOR), said("yes", " . ")], False, "1 of 2 people have agreed"),
    ("two, one after the other", [said("yes", DIRECTOR), said("yes", FATHER)], True, "lifted by 2 people"),
    ("two at once", [said("yes", DIRECTOR, FATHER)], True, "lifted by 2 people"),
    ("three", [said("yes", DIRECTOR, FATHER), said("yes", THIRD)], True, "lifted by 3 people"),
    ("about another child", [said("yes", DIRECTOR), said("yes", FATHER, subject=SIBLING)], False, "1 of 2 people"),
    ("about everybody", [said("yes", DIRECTOR, FATHER, None)], True, "lifted by 2 people"),
    ("a no before", [said("no", THIRD), said("yes", DIRECTOR, FATHER)], True, "lifted by 2 people"),
    ("one takes it back", [said("yes", DIRECTOR, FATHER), said("no", FATHER)], False, "not lifted"),
    ("somebody else says no", [said("yes", DIRECTOR, FATHER), said("no", THIRD)], False, "not lifted"),
    (
        "one takes it back, the other repeats",
        [said("yes", DIRECTOR, FATHER), said("no", FATHER), said("yes", DIRECTOR)],
        False,
        "1 of 2 people have agreed to lift it",
    ),
    (
        "two say yes anew",
        [said("yes", DIRECTOR, FATHER), said("no", FATHER), said("yes", DIRECTOR), said("yes", THIRD)],
        True,
        "lifted by 2 people",
    ),
    ("a no between the two", [said("yes", DIRECTOR), said("no", THIRD), said("yes", FATHER)], False, "1 of 2 people"),
    ("two say no", [said("no", DIRECTOR, FATHER)], False, "not lifted"),
]


@pytest.mark.parametrize(("name", "decisions", "open_now", "words"), TRUTH, ids=[row[0] for row in TRUTH])
def test_truth_table(name: str, decisions: Sequence[DecisionRecorded], open_now: bool, words: str) -> None:
    assert freed(*decisions) is open_now
    explained = explain(history(*decisions, report=REPORT), PRESS)
    (line,) = [one for one in explained.decisions if one.subject == str(CHILD)]
    assert (line.rule, line.clause, line.role) == ("test.bar", "test 12.6", "press_office")
    assert str(line.reason).startswith(words)
    blocked = [one.reason for one in explained.blocked if one.subject == str(CHILD)]
    assert blocked == ([] if open_now else [line.reason])


@given(st.lists(st.tuples(st.sampled_from(["yes", "no"]), st.sampled_from("ABC"), st.sampled_from(["A", "B", None]))))
def test_whoever_speaks_the_bar_is_open_only_after_two_yeses_since_the_last_no(
    words: list[tuple[str, str, str | None]],
) -> None:
    since = words[max((n + 1 for n, word in enumerate(words) if word[0] == "no"), default=0) :]
    people = {name for _, first, second in since for name in (first, second) if name}
    assert freed(*(said(*word) for word in words)) is (len(people) > 1)


def kept_back(*decisions: DecisionRecorded) -> list[Withheld]:
    """Return what is kept back from the press office about the child."""
    outcome = routed(PRESS, history(*decisions, report=REPORT))
    return [one for one in outcome.withheld if one.fields == ("all",) and one.subject_id == CHILD]


def test_what_is_kept_back_is_recorded_once_each_time_the_bar_is_laid() -> None:
    first, again = kept_back(), kept_back(said("yes", DIRECTOR, FATHER), said("no", FATHER))
    assert [(one.rule, one.reason, one.occasion) for one in first + again] == [
        ("test.bar", "test 12.6", 1),
        ("test.bar", "test 12.6", 2),
    ]
    assert kept_back(said("yes", DIRECTOR, FATHER)) == []
    assert of_withheld(kept_back(said("no", DIRECTOR))[0], LATER).id == of_withheld(first[0], LATER).id
    assert of_withheld(again[0], LATER).id != of_withheld(first[0], LATER).id


def test_who_was_told_while_the_bar_was_open_is_withdrawn_when_it_is_laid_again() -> None:
    opened = history(said("yes", DIRECTOR, FATHER), report=REPORT)
    sent = [Issued(one, "sent", True) for one in routed(PRESS, opened).dispatches]
    closed = plan(history(said("yes", DIRECTOR, FATHER), said("no", FATHER), report=REPORT), sent, PRESS, LATER)
    assert [(one.recipient.key, one.action, one.subject_id) for one in closed.dispatches] == [
        (OFFICE, Action.WITHDRAW, CHILD)
    ]


def test_a_bar_holds_whatever_asks_for_the_recipient_and_outlasts_the_find() -> None:
    bar = {"id": "test.bar", "when": {"flag": ["trafficking"]}, "duty": "never", "tell": [{"role": "parent"}]}
    asked = {"ask": [{"role": "case_team"}], "question": "Tell?", "duty": "consider", "by": {"hours": 1}}
    by = book(
        procedure(
            {"id": "test.now", "tell": [{"role": "parent"}]},
            {"id": "test.asked", "tell": [{"role": "parent", "kind": "information"}], **asked},
            {"id": "test.found", "when": {"status": ["found"]}, "tell": [{"role": "parent", "kind": "found_notice"}]},
            bar,
        )
    )
    flag = RiskAssessed(risk=Risk.model_validate({"flags": ["trafficking"]}))
    yes = DecisionRecorded(decision="test.asked", answer=True, decided_by="A")
    for end in ((), (Found(),)):
        assert any("parent" in line for line in told(routed(by, history(yes, *end, report=REPORT))))
        assert not any("parent" in line for line in told(routed(by, history(flag, yes, *end, report=REPORT))))
    assert Kind.FOUND_NOTICE in {one.kind for one in routed(by, history(Found(), report=REPORT)).dispatches}
