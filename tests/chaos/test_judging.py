"""The judgement sees what is wrong: each kind of fault, made by hand, and the run's last line that says so."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos import model
from tests.chaos.children import Child
from tests.chaos.judging import Held, judge
from tests.chaos.messages import Message
from tests.chaos.model import Hold
from tests.chaos.run import Outcome

GIRL = Child(1, "away", "found")
ALERT, NOTICE = Hold(model.GP, "", "alert"), Hold(model.ROTHERHAM, "caseTeam", "notice")
Holds = dict[Hold, list[Message]]


def message(hold: Hold, action: str, revision: int) -> Message:
    return Message(f"{hold.receiver}-{hold.thread}-{revision}", "MC-2222-2222", hold, action, revision)


def everything() -> Holds:
    """What receivers hold when all is right: all raised, and withdrawn what must be."""
    held: Holds = defaultdict(list)
    for hold in model.told(GIRL):
        held[hold].append(message(hold, "raise", 1))
    for hold in model.withdrawn(GIRL):
        held[hold].append(message(hold, "withdraw", 2))
    return dict(held)


def never_told(held: Holds) -> None:
    del held[ALERT]


def not_withdrawn(held: Holds) -> None:
    held[ALERT].pop()


def late_raise(held: Holds) -> None:
    held[ALERT].append(message(ALERT, "update", 3))


def same_message_twice(held: Holds) -> None:
    held[ALERT][0] = held[ALERT][0].came(2)


def raised_twice(held: Holds) -> None:
    held[NOTICE].append(replace(message(NOTICE, "raise", 1), id="another"))


def update_that_says_nothing_new(held: Holds) -> None:
    held[NOTICE][0] = replace(held[NOTICE][0], digest="said")
    held[NOTICE][1] = message(NOTICE, "withdraw", 3)
    held[NOTICE].append(replace(message(NOTICE, "update", 2), digest="said"))


def twice_for_one_of_two(held: Holds) -> None:
    mother = [replace(one, subject="mother") for one in held[NOTICE]]
    unborn = [replace(one, id=f"{one.id}-unborn", subject="unborn") for one in held[NOTICE]]
    held[NOTICE] = [*mother, *unborn, replace(unborn[0], id="another")]


def stranger_told(held: Holds) -> None:
    wrong = Hold(model.MIDWIFERY, "", "alert")
    held[wrong] = [message(wrong, "raise", 1)]


def judged(held: Held) -> dict[str, int]:
    verdict = judge([GIRL], {GIRL.number: held})
    return {name: len(found) for name, found in vars(verdict).items() if name != "repeats" and found}


def test_all_told_and_all_withdrawn_is_well() -> None:
    assert judged(everything()) == {}


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (never_told, {"lost": 1}),
        (not_withdrawn, {"lost": 1, "live_after_found": 1}),
        (late_raise, {"live_after_found": 1}),
        (same_message_twice, {"second_effects": 1}),
        (raised_twice, {"second_effects": 1}),
        (twice_for_one_of_two, {"second_effects": 1}),
        (update_that_says_nothing_new, {"second_effects": 1}),
        (stranger_told, {"told_too_many": 1}),
    ],
)
def test_each_fault_is_seen(fault: Callable[[Holds], None], found: dict[str, int]) -> None:
    held = everything()
    fault(held)
    assert judged(held) == found


def test_nobody_who_is_not_found_may_be_withdrawn() -> None:
    verdict = judge([replace(GIRL, last="decision")], {GIRL.number: everything()})
    of_the_find = [hold for hold in model.told(GIRL) if hold.thread.startswith(model.FOUND)]
    assert len(verdict.told_too_many) == len(model.withdrawn(GIRL)) + len(of_the_find)


def test_a_copy_that_the_receiver_drops_by_its_id_is_a_repeat_and_no_second_effect() -> None:
    held = everything()
    held[NOTICE][0] = held[NOTICE][0].came(3)
    verdict = judge([GIRL], {GIRL.number: held})
    assert (verdict.well, verdict.repeats) == (True, 2)


def test_the_last_line_counts_and_the_lines_before_it_name() -> None:
    held = everything()
    never_told(held)
    verdict = judge([GIRL], {GIRL.number: held})
    outcome = Outcome(7, 1, {"a point": 2, "another": 1}, 9, verdict, 61.0, ["api ended by itself with 1"])
    assert outcome.line == "points hit 3/2x2, faults 9, lost 1, second effects 0, live after found 0, drained 61.0 s"
    assert outcome.faults_found() == [
        "lost: away 1: YROTHGP1 alert",
        "hit 1 times only: another",
        "drained only after 61 s",
        "api ended by itself with 1",
    ]
