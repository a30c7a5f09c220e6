"""Examples of Essex's procedure, written from its paragraphs: who is told, and who is not.

The story starts on a Friday at 18:00. The child is found an hour and a half later, which is known at 20:00.
"""

from datetime import timedelta
from typing import Any

from contracts.codes import Role
from contracts.events import (
    AbsenceReported,
    ConcernRaised,
    Found,
    ReturnInterviewHeld,
    ReturnInterviewOffered,
    ReturnInterviewRefused,
    SafeAndWellChecked,
    WhereaboutsBelieved,
)
from tests.stories.events import LAMBETH, NORFOLK, START, decision
from tests.unit.procedures.examples import ESSEX, Example, example, lines, report

OURS = {"responsible_authority": ESSEX, "home_authority": "E06000033"}
KNOWN: dict[str, Any] = {**OURS, "school_urn": "123456", "known_agencies": ["youth-1", "youth-2"]}
UNREPORTED: dict[str, Any] = {"police": {}}
GANG: dict[str, Any] = {"risk": {"flags": ["gang_affiliation"]}}
LINES: dict[str, Any] = {"risk": {"flags": ["criminal_exploitation"]}}
LEFT = WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": LAMBETH}]})
FOUND = Found.model_validate({"found": {"at": START + timedelta(hours=1.5), "authority": LAMBETH}})
REFERRED = decision("essex.P14.debrief", Role.CASE_TEAM)


def child(more: dict[str, Any] | None = None, **care: Any) -> Any:
    """Return a report of a child of Essex's, placed in Norfolk and living in a third area."""
    return report(more=more, care={**OURS, "host_authority": NORFOLK, **care})


CASE_TEAM = lines("P6.case-team case_team@essex notice 0")
OTHERS = lines("""
    P8.agencies local_agency@youth-1 notice 0
    P8.agencies local_agency@youth-2 notice 0
    P8.school school@123456 notice 0
""")
POLICE = lines("P24.police police_force@E23000028 notice 0")
CHECK = lines("P7.vulnerability-check police_force@E23000024 task 2")
CHAT = lines("P9.missing-chat return_interview_provider@essex task 2")
IN_CARE = lines("""
    P10.seen-by-social-worker case_team@essex task 73.5
    P10.prevention-plan case_team@essex task 2
""")
DEBRIEF = lines("""
    P14.debrief case_team@essex decision_request 26
    P14.debrief clock 26
""")

EXAMPLES: dict[str, Example] = {
    "a child": example(child(), lines=CASE_TEAM),
    "a looked-after child": example(child(looked_after=True), lines=CASE_TEAM),
    "a child that others know": example(report(care=KNOWN), lines=CASE_TEAM | OTHERS),
    "a child of whom police do not know": example(child(more=UNREPORTED), lines=CASE_TEAM | POLICE),
    "a child in danger of gangs": example(child(more=GANG), lines=CASE_TEAM),
    "a child of another authority placed here": example(
        report(care={**KNOWN, "responsible_authority": LAMBETH, "host_authority": ESSEX, "looked_after": True}),
        FOUND,
    ),
    "a child of ours by home, looked after by another": example(
        report(care={**KNOWN, "responsible_authority": LAMBETH, "home_authority": ESSEX}), FOUND
    ),
    "a child thought to be here": example(
        report(care={"responsible_authority": LAMBETH}),
        WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": ESSEX}]}),
    ),
    "a concern": example(report(ConcernRaised, care=KNOWN, more=UNREPORTED | GANG)),
    "an absence": example(report(AbsenceReported, care=KNOWN, more=UNREPORTED | GANG)),
    "a care leaver": example(report(kind="care_leaver", care=KNOWN, more=UNREPORTED)),
    "a care leaver found": example(
        report(kind="care_leaver", care={**KNOWN, "looked_after": True}, more=GANG), LEFT, FOUND
    ),
    "found": example(child(), LEFT, FOUND, lines=CHECK | CHAT),
    "a looked-after child found": example(child(looked_after=True), LEFT, FOUND, lines=CHECK | CHAT | IN_CARE),
    "a looked-after child found, told late": example(
        child(looked_after=True),
        (90, FOUND),
        lines=lines("""
            P7.vulnerability-check police_force@E23000024 task 90
            P9.missing-chat return_interview_provider@essex task 90
            P10.seen-by-social-worker case_team@essex task 73.5
            P10.prevention-plan case_team@essex task 90
        """),
        hours=91,
    ),
    "found and checked": example(child(), LEFT, FOUND, SafeAndWellChecked(), lines=CHAT),
    **{
        f"chat {type(event).__name__}": example(child(), LEFT, FOUND, event, lines=CHECK)
        for event in (ReturnInterviewOffered(), ReturnInterviewHeld(), ReturnInterviewRefused())
    },
    "found, drawn into a gang": example(child(more=GANG), LEFT, FOUND, lines=CHECK | CHAT | DEBRIEF),
    "found, used in county lines": example(child(more=LINES), LEFT, FOUND, lines=CHECK | CHAT | DEBRIEF),
    "found, with another concern": example(
        child(more={"risk": {"flags": ["self_harm"]}}), LEFT, FOUND, lines=CHECK | CHAT
    ),
    "referred to the debrief": example(
        child(more=GANG),
        LEFT,
        FOUND,
        REFERRED,
        lines=CHECK
        | CHAT
        | lines("""
            P14.debrief case_team@essex decision_request 26
            P14.debrief debrief_service@essex task 26
        """),
    ),
}
SAME: dict[str, str] = {
    "essex.P14.debrief: by from end_told": "it fires when the end is told",
}
