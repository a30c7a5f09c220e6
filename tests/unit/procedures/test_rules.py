"""Every rule of every procedure: one example in which it tells and one in which it does not.

An example is a history and one recipient: the rule is among the grounds on which that recipient is told, or it is not.
"""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from contracts.envelope import Event
from contracts.events import (
    AbsenceReported,
    CareContextKnown,
    ClockFell,
    Data,
    Found,
    MissingReported,
    Sighted,
    TracingInformationReceived,
    WhereaboutsBelieved,
)
from contracts.person import SubjectFacts
from hub.procedures import load_book
from hub.routing.plan import plan
from tests.journeys.everywhere import everywhere
from tests.journeys.receiver import LATER
from tests.stories.events import (
    CHILD,
    LAMBETH,
    METROPOLITAN_POLICE,
    NORFOLK,
    NORFOLK_POLICE,
    ROTHERHAM,
    SOUTH_YORKSHIRE_POLICE,
    START,
    at,
)
from tests.unit.procedures.test_examples import EXAMPLES as EXAMPLES_OF_DOCUMENTS

BARNSLEY = "E08000016"
REPORTED: dict[str, Any] = {"force": NORFOLK_POLICE, "report_reference": "NP-1"}
WHO = {"responsible_authority": ROTHERHAM}
LOOKED_AFTER = {**WHO, "looked_after": True}
RECORD = {"gp_practice": "YROTHGP1", "service_0_19": "YROTH019", "midwifery": "YROTHMID"}
RESTRICTED: dict[str, Any] = {"care": LOOKED_AFTER, "immigration": {"subject_to_restriction": True}}
MOTHER: dict[str, Any] = {"kind": "pregnant_woman", "health": {"pregnant": True}}
PLAN: dict[str, Any] = {"unborn": {"child_protection_plan": True}}
LEFT = WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": LAMBETH}]})
LEFT_FOR_NOWHERE_KNOWN = WhereaboutsBelieved(believed_left_area=True)
RISKY = {**WHO, "child_protection_enquiry": True}


def report(police: dict[str, Any] | None = None, **subject: Any) -> MissingReported:
    """Return a report of the child to police."""
    facts = SubjectFacts.model_validate({"subject_id": CHILD, **subject})
    return MissingReported.model_validate({"subjects": [facts], "police": REPORTED if police is None else police})


def found(by: str, where: str = LAMBETH) -> Found:
    """Return a find."""
    return Found.model_validate({"found": {"by": by, "authority": where}})


def week(rule: str) -> ClockFell:
    """Return that the first week is over."""
    return ClockFell(rule=rule, subject_id=CHILD, due_at=START + timedelta(days=7))


class Example(NamedTuple):
    """A history in which a rule tells (or asks) a recipient, and one in which it does not."""

    recipient: str
    tells: tuple[Data, ...]
    tells_not: tuple[Data, ...]


WEEKLY = "baseline.home-office-weekly-contact"
ONWARD, CIRCULATE, NATIONAL = (
    "rotherham.P10.onward-to-areas",
    "rotherham.P16.circulate-to-areas",
    "rotherham.P17.national-notification",
)
NURSE, AREA_NURSE = f"designated_nurse_safeguarding@{ROTHERHAM}", f"designated_nurse_safeguarding@{LAMBETH}"
MISSING = report(care=WHO)
AT_RISK = report(care={**RISKY, **RECORD})
EXAMPLES: list[tuple[str, Example]] = [
    (
        "baseline.responsible-authority",
        Example(f"case_team@{BARNSLEY}", (report(care={"home_authority": BARNSLEY}),), (MISSING,)),
    ),
    (
        "baseline.responsible-authority",
        Example(f"case_team@{ROTHERHAM}", (MISSING,), (AbsenceReported(subjects=MISSING.subjects),)),
    ),
    (
        "baseline.reviewing-officer",
        Example(f"independent_reviewing_officer@{ROTHERHAM}", (report(care=LOOKED_AFTER),), (MISSING,)),
    ),
    (
        "baseline.police",
        Example(f"police_force@{SOUTH_YORKSHIRE_POLICE}", (report(police={}, care=WHO),), (MISSING,)),
    ),
    (
        "baseline.care-context",
        Example(
            f"case_team@{ROTHERHAM}",
            (MISSING,),
            (CareContextKnown(authority=ROTHERHAM, subjects=MISSING.subjects), MISSING),
        ),
    ),
    (
        "baseline.home-office-missing",
        Example("home_office_notifications@national", (report(**RESTRICTED),), (report(care=LOOKED_AFTER),)),
    ),
    (
        "baseline.home-office-missing",
        Example(
            "home_office_notifications@national",
            (report(**RESTRICTED),),
            (report(care=WHO, immigration={"subject_to_restriction": True}),),
        ),
    ),
    (
        WEEKLY,
        Example("home_office_notifications@national", (report(**RESTRICTED), week(WEEKLY)), (report(**RESTRICTED),)),
    ),
    (
        "baseline.found-by-home-office",
        Example(f"police_force@{NORFOLK_POLICE}", (MISSING, found("home_office")), (MISSING, found("police"))),
    ),
    (
        "baseline.found-by-home-office",
        Example(f"police_force@{METROPOLITAN_POLICE}", (MISSING, found("home_office")), (MISSING,)),
    ),
    (
        "baseline.found-by-home-office",
        Example(f"case_team@{ROTHERHAM}", (MISSING, found("home_office")), (MISSING, found("family"))),
    ),
    (
        "baseline.found-by-home-office",
        Example(f"duty_team@{LAMBETH}", (MISSING, found("home_office")), (MISSING, found("home_office", NORFOLK))),
    ),
    (
        "baseline.found-tell-enforcement",
        Example(
            "immigration_compliance_enforcement@national",
            (report(**RESTRICTED), found("authority")),
            (MISSING, found("authority")),
        ),
    ),
    (
        "baseline.tracing-information",
        Example(f"police_force@{NORFOLK_POLICE}", (MISSING, TracingInformationReceived(agency="dwp")), (MISSING,)),
    ),
    (
        "baseline.tracing-information",
        Example(f"police_force@{NORFOLK_POLICE}", (MISSING, Sighted()), (MISSING, found("police"), Sighted())),
    ),
    (
        "norfolk.P25.record-the-episode",
        Example(
            f"duty_team@{NORFOLK}",
            (report(care={**LOOKED_AFTER, "host_authority": NORFOLK}),),
            (report(care={"responsible_authority": NORFOLK, "host_authority": NORFOLK}),),
        ),
    ),
]


def grounds(said: tuple[Data, ...]) -> set[tuple[str, str]]:
    """Return who is told under which rule, when all this was said hour after hour."""
    events: list[Event] = [at(hours, data) for hours, data in enumerate(said)]
    outcome = plan(events, [], everywhere(), LATER)
    return {(ground.rule, one.recipient.key) for one in outcome.dispatches for ground in one.grounds}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule} {one.recipient}" for rule, one in EXAMPLES])
def test_who_is_told_and_who_is_not(rule: str, example: Example) -> None:
    assert (rule, example.recipient) in grounds(example.tells)
    assert (rule, example.recipient) not in grounds(example.tells_not)


def test_every_rule_and_every_role_that_it_tells_has_an_example() -> None:
    shown = {(rule, example.recipient.split("@")[0]) for rule, example in EXAMPLES}
    elsewhere = set(EXAMPLES_OF_DOCUMENTS)
    rules = [
        rule
        for procedure in load_book(None).procedures
        if procedure.procedure not in elsewhere
        for rule in procedure.rules
    ]
    lacking = {
        (rule.id, tell.role.value)
        for rule in rules
        for tell in (*rule.tell, *rule.ask)
        if (rule.id, tell.role.value) not in shown
    }
    assert lacking == set()


def test_every_rule_cites_its_clause_and_every_disclosure_its_basis() -> None:
    book = load_book(None)
    assert all(rule.clause for procedure in book.procedures for rule in procedure.rules)
    assert all(row.purpose and row.lawful_basis for row in book.disclosure.rows)
    assert book.stand_down.clause
    assert book.stand_down.lawful_basis
