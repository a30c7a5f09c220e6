"""What rules owe to a role, in words, and how two procedures differ."""

from typing import Any

import pytest

from contracts.codes import Role
from hub.procedures.owed import difference, find_procedure, owed_to
from hub.routing.rules import BookError
from tests.unit.routing.support import procedure

WORDS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "status missing", "at once"),
    ({"when": {"status": ["missing", "absent"]}}, "status absent or missing", "at once"),
    ({"when": {"looked_after": False, "at_risk": True}}, "not looked after, at risk", "at once"),
    ({"when": {"not": {"looked_after": True}}}, "not (looked after)", "at once"),
    ({"when": {"any": [{"at_risk": True}, {"subject": "adult"}]}}, "((at risk) or (subject adult))", "at once"),
    ({"when": {"all": [{"at_risk": True}, {"known_areas": True}]}}, "((at risk) and (known areas))", "at once"),
    ({"by": {"hours": 48, "from": "report_completed"}}, "status missing", "within 48 hours of report completed"),
    ({"by": {"days": 3}}, "status missing", "within 3 days of trigger"),
    ({"every": {"days": 7, "text": "x"}}, "status missing", "every 7 days from missing since"),
]


@pytest.mark.parametrize(("rule", "condition", "deadline"), WORDS, ids=lambda value: str(value)[:40])
def test_a_rule_in_words(rule: dict[str, Any], condition: str, deadline: str) -> None:
    found = owed_to(Role.CASE_TEAM, [procedure(rule)])
    assert [(one.condition, one.deadline) for one in found] == [(condition, deadline)]


ASKED: dict[str, Any] = {
    "duty": "consider",
    "ask": [{"role": "case_team"}],
    "question": "Ring?",
    "by": {"hours": 1},
    "tell": [{"role": "duty_team"}],
}


def test_who_is_asked_is_owed_a_question_and_who_is_told_a_notice() -> None:
    by = [procedure(ASKED)]
    assert [one.kind.value for one in owed_to(Role.CASE_TEAM, by)] == ["decision_request"]
    assert [one.kind.value for one in owed_to(Role.DUTY_TEAM, by)] == ["notice"]
    assert owed_to(Role.CEOP, by) == ()


def test_what_one_tells_that_the_other_does_not() -> None:
    one = procedure({}, {"tell": [{"role": "core_group"}]}, ASKED, authority="E08000018")
    other = procedure({}, {"tell": [{"role": "core_group", "kind": "alert"}]})
    assert {(item.role.value, item.duty.value, item.kind.value) for item in difference(one, other)} == {
        ("core_group", "must", "notice"),
        ("case_team", "consider", "decision_request"),
        ("duty_team", "consider", "notice"),
    }
    assert [(item.role.value, item.kind.value) for item in difference(other, one)] == [("core_group", "alert")]
    assert difference(one, one) == ()


def test_a_procedure_is_found_by_its_name_or_its_authority() -> None:
    one = procedure({}, authority="E08000018")
    assert find_procedure("test", [one]) is find_procedure("E08000018", [one]) is one
    with pytest.raises(BookError, match=r"`E08000016` or belongs to it: the baseline alone applies. Loaded: test"):
        find_procedure("E08000016", [one])
