"""A local rule in the place of one of the baseline: where, for whom, and what no rule may replace."""

from typing import Any

import pytest

from contracts.events import CareContextKnown, Found, MissingReported, Sighted, WhereaboutsBelieved
from contracts.person import Care, Person, SubjectFacts
from hub.routing.book import Book
from hub.routing.contradictions import contradictions
from hub.routing.explain import explain
from hub.routing.rules import Procedure
from tests.stories.events import CHILD, LAMBETH, NORFOLK, ROTHERHAM
from tests.unit.routing.support import book, history, procedure, routed, told

BASE: dict[str, Any] = {"id": "base.tell", "tell": [{"role": "case_team"}]}
OWN: dict[str, Any] = {"id": "own.tell", "tell": [{"role": "duty_team"}], "replaces": "base.tell"}
PER_EVENT = {"per_event": True, "when": {"event": ["missing.person.sighted.v1"]}}


def named(name: str, authority: str | None, *rules: dict[str, Any]) -> Procedure:
    """Return a procedure of a name, of an authority or, without one, of the baseline."""
    return procedure(*rules, authority=authority).model_copy(update={"procedure": name})


def ships(*own: dict[str, Any], base: dict[str, Any] | None = None, authority: str = ROTHERHAM) -> Book:
    """Return a book of one rule of the baseline and what one authority has in its place."""
    return book(named("base", None, base or BASE), named("own", authority, *(own or (OWN,))))


def child(**care: Any) -> MissingReported:
    """Return a report of the child with care facts."""
    facts = SubjectFacts(subject_id=CHILD, person=Person(surname="Quill"), care=Care(**care))
    return MissingReported(subjects=(facts,))


OURS, THEIRS = child(responsible_authority=ROTHERHAM), child(responsible_authority=LAMBETH)
TEAM, DUTY = f"case_team@{ROTHERHAM} notice", f"duty_team@{ROTHERHAM} notice"
THEIR_TEAM = f"case_team@{LAMBETH} notice"


def known(**care: Any) -> CareContextKnown:
    """Return what an authority knows of the child."""
    return CareContextKnown(authority=ROTHERHAM, subjects=(SubjectFacts(subject_id=CHILD, care=Care(**care)),))


def test_where_the_authority_sits_its_rule_stands_alone_and_elsewhere_the_baseline() -> None:
    assert told(routed(ships(), history(report=OURS))) == {DUTY}
    assert told(routed(ships(), history(report=THEIRS))) == {THEIR_TEAM}
    assert told(routed(ships({**OWN, "replaces": None}), history(report=OURS))) == {TEAM, DUTY}


def test_its_condition_need_not_hold() -> None:
    never_here = {**OWN, "when": {"status": ["missing"], "subject": ["adult"]}}
    assert told(routed(ships(never_here), history(report=OURS))) == set()


def test_the_baseline_stands_as_long_as_nobody_is_known_at_the_seat_and_ends_when_the_authority_is() -> None:
    by = ships()
    assert [one.role.value for one in routed(by, history(report=child())).assessment.unnamed] == ["case_team"]
    late = history(known(responsible_authority=ROTHERHAM, case_open=True), report=child())
    assert told(routed(by, late)) == {DUTY}
    assert routed(by, late).assessment.unnamed == ()
    assert THEIR_TEAM in told(routed(by, history(known(responsible_authority=LAMBETH), report=OURS)))


def test_of_several_receiving_authorities_only_the_one_with_a_rule_of_its_own_is_left_out() -> None:
    base, own = {**BASE, "seat": "receiving"}, {**OWN, "seat": "receiving"}
    by = ships(own, base=base, authority=LAMBETH)
    areas = WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}, {"authority": NORFOLK}]})
    both = {f"duty_team@{LAMBETH} notice", f"case_team@{NORFOLK} notice"}
    assert told(routed(by, history(areas, report=OURS))) == both
    first = WhereaboutsBelieved.model_validate({"areas": [{"authority": NORFOLK}]})
    then = WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}]})
    assert told(routed(by, history(first, then, report=OURS))) == both
    assert told(routed(by, history(then, report=OURS))) == {f"duty_team@{LAMBETH} notice"}


def test_what_was_said_before_the_authority_was_known_stays_with_the_baseline() -> None:
    by = ships({**OWN, **PER_EVENT}, base={**BASE, **PER_EVENT})
    before = routed(by, history(Sighted(what="a"), known(responsible_authority=ROTHERHAM), report=child()))
    assert {line.partition(" ")[0] for line in told(before)} == {f"case_team@{ROTHERHAM}"}
    after = routed(by, history(known(responsible_authority=ROTHERHAM), Sighted(what="a"), report=child()))
    assert {line.partition(" ")[0] for line in told(after)} == {f"duty_team@{ROTHERHAM}"}


def test_an_event_binds_those_at_the_seat_who_have_no_rule_of_their_own() -> None:
    base, own = {**BASE, **PER_EVENT, "seat": "receiving"}, {**OWN, **PER_EVENT, "seat": "receiving"}
    areas = WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}, {"authority": NORFOLK}]})
    seen = routed(ships(own, base=base, authority=LAMBETH), history(areas, Sighted(what="a"), report=OURS))
    assert {line.partition(" ")[0] for line in told(seen)} == {f"duty_team@{LAMBETH}", f"case_team@{NORFOLK}"}


def test_explain_says_what_was_replaced_for_whom_and_by_what() -> None:
    said = explain(history(report=OURS), ships())
    assert [(line.rule, line.authority, line.reason) for line in said.replaced] == [
        ("base.tell", ROTHERHAM, "replaced by own.tell")
    ]
    assert {line.rule for line in said.told} == {"own.tell"}
    assert explain(history(report=THEIRS), ships()).replaced == ()
    absent = explain(history(Found(), report=OURS), ships())
    assert absent.replaced == (), "the condition of the baseline's rule no longer holds"


BAR: dict[str, Any] = {**BASE, "duty": "never"}
BASELINE, LOCAL = named("base", None, BASE), named("own", ROTHERHAM, OWN)
WRONG: dict[str, tuple[tuple[Procedure, ...], list[str]]] = {
    "right": ((BASELINE, LOCAL), []),
    "two authorities, each for itself": ((BASELINE, LOCAL, named("b", LAMBETH, {**OWN, "id": "b.tell"})), []),
    "an id that is not there": (
        (BASELINE, named("own", ROTHERHAM, {**OWN, "replaces": "base.tel"})),
        ["rule own.tell > replaces: no rule is called `base.tel`; name one of the baseline, such as base.tell"],
    ),
    "nothing like it": (
        (BASELINE, named("own", ROTHERHAM, {**OWN, "replaces": "zzz"})),
        ["rule own.tell > replaces: no rule is called `zzz`; name one of the baseline"],
    ),
    "a rule of another authority": (
        (named("base", LAMBETH, BASE), LOCAL),
        [f"rule own.tell > replaces: `base.tell` binds {LAMBETH} by its own procedure; only a rule of the"],
    ),
    "a rule of its own": (
        (named("own", ROTHERHAM, BASE, OWN),),
        ["rule own.tell > replaces: `base.tell` is a rule of the same procedure; change it there"],
    ),
    "itself": (
        (named("own", ROTHERHAM, {**OWN, "replaces": "own.tell"}),),
        ["rule own.tell > replaces: `own.tell` is a rule of the same procedure; change it there"],
    ),
    "a cycle of two authorities": (
        (named("base", LAMBETH, {**BASE, "replaces": "own.tell"}), LOCAL),
        [
            f"rule base.tell > replaces: `own.tell` binds {ROTHERHAM} by its own procedure",
            f"rule own.tell > replaces: `base.tell` binds {LAMBETH} by its own procedure",
        ],
    ),
    "a cycle with the baseline": (
        (named("base", None, {**BASE, "replaces": "own.tell"}), LOCAL),
        ["rule base.tell > replaces: the baseline replaces nothing; change the rule itself, or give the procedure"],
    ),
    "two for one": (
        (BASELINE, named("own", ROTHERHAM, OWN, {**OWN, "id": "own.again"})),
        ["rule own.again > replaces: own.tell replaces base.tell already; keep one of them"],
    ),
    "another seat": (
        (BASELINE, named("own", ROTHERHAM, {**OWN, "seat": "host"})),
        ["rule own.tell > replaces: `base.tell` binds the responsible seat; write `seat: responsible`"],
    ),
    "a bar taken away": (
        (named("base", None, BAR), LOCAL),
        ["rule own.tell > replaces: `base.tell` is a `never`, which two named people lift and no rule"],
    ),
    "a bar for a bar": ((named("base", None, BAR), named("own", ROTHERHAM, {**OWN, "duty": "never"})), []),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_no_rule_may_replace(case: str) -> None:
    procedures, expected = WRONG[case]
    disclosure = book(*procedures).disclosure
    found = [str(mistake) for mistake in contradictions(procedures, disclosure)]
    assert [line[: len(part)] for line, part in zip(found, expected, strict=True)] == expected
