"""Examples of Rotherham's procedure, written from its clauses: who is told, and who is not.

The story starts on a Friday at 18:00; the going missing was on Thursday, 20 hours earlier, the report was complete a
quarter of an hour later. The next working day ends 71 hours after the start, the twentieth after Thursday at 647.
"""

from datetime import timedelta
from typing import Any

from contracts.codes import Role
from contracts.events import (
    AbsenceReported,
    CareContextKnown,
    ClockFell,
    ConcernRaised,
    ContactRecorded,
    EpisodeUpdated,
    Found,
    ReturnInterviewHeld,
    ReturnInterviewOffered,
    ReturnInterviewRefused,
    WhereaboutsBelieved,
)
from tests.stories.events import CHILD as SUBJECT
from tests.stories.events import LAMBETH, NORFOLK, ROTHERHAM, START, decision
from tests.unit.procedures.examples import Example, example, lines, report

BARNSLEY = "E08000016"
OURS = {"responsible_authority": ROTHERHAM, "home_authority": BARNSLEY}
RECORD: dict[str, Any] = {"gp_practice": "YROTHGP1", "service_0_19": "YROTH019", "midwifery": "YROTHMID"}
MOTHER: dict[str, Any] = {"kind": "pregnant_woman", "health": {"pregnant": True}}
LEFT = WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": LAMBETH}]})
REVIEW = "rotherham.P23.review-conference"
ABROAD = WhereaboutsBelieved(believed_left_uk=True)


def child(more: dict[str, Any] | None = None, **care: Any) -> Any:
    """Return a report of a child of Rotherham's, placed in Norfolk and living in a third area."""
    return report(more=more, care={**OURS, "host_authority": NORFOLK, **care})


def parent(safe: str) -> Any:
    """Return a report of a child with one parent."""
    return report(care=OURS, relations={"parents": [{"safe_to_tell": safe}]})


def found(place: str = ROTHERHAM, hours: float = 1.5) -> Found:
    """Return a find at a place, some hours after the start."""
    return Found.model_validate({"found": {"at": START + timedelta(hours=hours), "authority": place}})


def yes(rule: str, *areas: str) -> Any:
    """Return a yes to a rule's question."""
    return decision(f"rotherham.{rule}", Role.CASE_TEAM, areas=areas)


MISSING = child()
PLAN: dict[str, Any] = {"child_protection_plan": True}
EVERYTHING: dict[str, Any] = {**OURS, **RECORD, **PLAN, "school_urn": "123456", "known_agencies": ["youth-1"]}
UNREPORTED: dict[str, Any] = {"police": {}, "risk": {"flags": ["abduction"]}}
PARENTS = {"parents": [{"safe_to_tell": "safe"}, {"safe_to_tell": "unsafe"}, {"safe_to_tell": "unknown"}]}
GONE = LEFT.model_copy(update={"believed_left_uk": True})
ANYBODY = lines("""
    P6.case-team case_team@rotherham notice 0
    P9.check-records case_team@rotherham task 0
    P15.strategy-discussion case_team@rotherham task 0
""")
CHILD_OR_MOTHER = ANYBODY | lines("""
    P17.national-notification case_team@rotherham decision_request 48.25
    P17.national-notification clock 48.25
    P18.help-of-dwp senior_management@rotherham decision_request 48.25
    P18.help-of-dwp clock 48.25
""")
A_CHILD = CHILD_OR_MOTHER | lines("""
    P12.pupil-tracking pupil_tracking_officer@rotherham task 0
    P14.extended-family case_team@rotherham decision_request 24
    P14.extended-family clock 24
""")
NOT_KNOWN = lines("""
    P13.parents-not-known case_team@rotherham decision_request 24
    P13.parents-not-known clock 24
""")
NO_RECORD = lines("""
    P11.alert-on-record service_0_19 nobody
    P11.alert-on-record gp_practice nobody
""")
CHILD = A_CHILD | NOT_KNOWN | NO_RECORD
ON_A_PLAN = lines("""
    P7.safeguarding-unit safeguarding_unit_manager@rotherham notice 0
    P8.core-group core_group@rotherham notice 0
    P23.conference-chair child_protection_conference_chair@rotherham notice 0
    P23.review-conference clock 647
    P31.register safeguarding_unit_manager@rotherham task 0
""")
ALERTS = lines("""
    P11.alert-on-record service_0_19@YROTH019 alert 0
    P11.alert-on-record gp_practice@YROTHGP1 alert 0
""")
ON_MOTHERS_RECORD = lines("""
    P11.alert-on-mothers-record service_0_19@YROTH019 alert 0
    P11.alert-on-mothers-record gp_practice@YROTHGP1 alert 0
    P11.alert-on-mothers-record midwifery@YROTHMID alert 0
""")
NURSE = lines("""
    P10.designated-nurse designated_nurse_safeguarding@rotherham notice 1
""")
ONWARD = NURSE | lines("""
    P10.onward-to-areas designated_nurse_safeguarding@rotherham decision_request 25
    P10.onward-to-areas clock 25
""")
CIRCULATE = lines("""
    P16.circulate-to-areas case_team@rotherham decision_request 25
    P16.circulate-to-areas clock 25
""")
CIRCULATED = lines("""
    P20.letter case_team@rotherham task 2
    P21.distribution safeguarding_unit_manager@rotherham task 2
    P22.head-and-press head_of_service@rotherham notice 2
    P22.head-and-press press_office@rotherham task 2
    P31.register safeguarding_unit_manager@rotherham task 2
""")
ABROAD_LINES = lines("""
    P19.legal-services legal_services@rotherham notice 1
    P19.legal-interventions case_team@rotherham decision_request 25
    P19.legal-interventions clock 25
    P19.abroad case_team@rotherham decision_request 25
    P19.abroad clock 25
""")
INTERVIEW = lines("P25.interview case_team@rotherham task 2")
LEGAL_ACTION = lines("""
    P30.legal-action case_team@rotherham decision_request 26
    P30.legal-action clock 26
""")
IF_PRACTICABLE = lines("""
    P24.discussion-when-found case_team@rotherham decision_request 71
    P24.discussion-when-found clock 71
""")
AT_ONCE_ABROAD = frozenset(line.replace(" 25", " 24").replace(" 1", " 0") for line in ABROAD_LINES)


def without_clock(some: frozenset[str], rule: str) -> frozenset[str]:
    """Return lines without a clock that a decision has ended."""
    return frozenset(line for line in some if not line.startswith(f"{rule} clock"))


EXAMPLES: dict[str, Example] = {
    "a child": example(MISSING, lines=CHILD),
    "a child of another authority placed here": example(
        report(care={"responsible_authority": LAMBETH, "host_authority": ROTHERHAM})
    ),
    "a child of ours by home, looked after by another": example(
        report(care={"responsible_authority": LAMBETH, "home_authority": ROTHERHAM})
    ),
    "a concern about everything": example(
        report(ConcernRaised, care=EVERYTHING, more=UNREPORTED, relations=PARENTS, **MOTHER, unborn=PLAN),
        GONE,
        yes("P16.circulate-to-areas"),
    ),
    "a concern about a child": example(
        report(ConcernRaised, care=EVERYTHING, more=UNREPORTED, relations=PARENTS), GONE, yes("P16.circulate-to-areas")
    ),
    "a care leaver": example(
        report(kind="care_leaver", care=EVERYTHING, more=UNREPORTED, relations=PARENTS),
        GONE,
        yes("P16.circulate-to-areas"),
    ),
    "a care leaver found": example(report(kind="care_leaver", care=EVERYTHING), GONE, found(LAMBETH)),
    "a concern": example(report(ConcernRaised, care=OURS)),
    "an absence": example(report(AbsenceReported, care={**OURS, "child_protection_plan": True})),
    "a woman who expects a child": example(
        report(**MOTHER, care={**OURS, **RECORD}), lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD
    ),
    "an adult": example(report(kind="adult", care={**OURS, **RECORD}), lines=ANYBODY),
    "an adult of whom police do not know": example(
        report(kind="adult", care=OURS, more={"police": {}}),
        lines=ANYBODY | lines("P7.police police_force@E23000011 notice 0"),
    ),
    "a woman of whom police do not know": example(
        report(**MOTHER, care={**OURS, **RECORD}, more={"police": {}}),
        lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD | lines("P7.police police_force@E23000011 notice 0"),
    ),
    "a child of whom police do not know": example(
        child(more={"police": {}}), lines=CHILD | lines("P7.police police_force@E23000011 notice 0")
    ),
    "a child on a plan": example(child(child_protection_plan=True), lines=CHILD | ON_A_PLAN),
    "an unborn child on a plan": example(
        report(**MOTHER, care={**OURS, **RECORD}, unborn={"child_protection_plan": True}),
        lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD | ON_A_PLAN,
    ),
    "a child known to agencies": example(
        child(school_urn="123456", known_agencies=["youth-1", "youth-2"]),
        lines=CHILD
        | lines("""
            P8.agencies local_agency@youth-1 notice 0
            P8.agencies local_agency@youth-2 notice 0
            P8.school school@123456 notice 0
        """),
    ),
    "a woman known to agencies": example(
        report(**MOTHER, care={**OURS, **RECORD, "school_urn": "123456", "known_agencies": ["youth-1"]}),
        lines=CHILD_OR_MOTHER
        | ON_MOTHERS_RECORD
        | lines("""
            P8.agencies local_agency@youth-1 notice 0
            P8.school school@123456 notice 0
        """),
    ),
    "an adult known to agencies": example(
        report(kind="adult", care={**OURS, "school_urn": "123456", "known_agencies": ["youth-1"]}),
        lines=ANYBODY | lines("P8.agencies local_agency@youth-1 notice 0"),
    ),
    "a child with a record": example(child(**RECORD), lines=A_CHILD | NOT_KNOWN | ALERTS),
    "a child at risk who has left for a known area": example(
        child(child_protection_enquiry=True), LEFT, lines=CHILD | ONWARD | CIRCULATE
    ),
    "a child at risk who has left for nobody knows where": example(
        child(child_protection_enquiry=True), WhereaboutsBelieved(believed_left_area=True), lines=CHILD | NURSE
    ),
    "a child at risk with a link to an area": example(
        child(child_protection_enquiry=True),
        WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}]}),
        lines=CHILD,
    ),
    "a child at no known risk who has left": example(child(), LEFT, lines=CHILD | CIRCULATE),
    "an adult who has left": example(report(kind="adult", care=OURS), LEFT, lines=ANYBODY),
    "an unborn child at risk whose mother has left": example(
        report(**MOTHER, care={**OURS, **RECORD}, unborn={"concerns": "stated"}),
        LEFT,
        lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD | ONWARD | CIRCULATE,
    ),
    "the nurse decides on an area": example(
        child(child_protection_enquiry=True),
        LEFT,
        yes("P10.onward-to-areas", NORFOLK),
        lines=without_clock(CHILD | ONWARD | CIRCULATE, "P10.onward-to-areas")
        | lines("P10.onward-to-areas designated_nurse_safeguarding@norfolk notice 25"),
    ),
    "circulation is decided": example(
        child(),
        LEFT,
        yes("P16.circulate-to-areas", NORFOLK),
        lines=without_clock(CHILD | CIRCULATE, "P16.circulate-to-areas")
        | CIRCULATED
        | lines("P16.circulate-to-areas duty_team@norfolk notice 25"),
    ),
    "circulation of a woman is decided": example(
        report(**MOTHER, care={**OURS, **RECORD}),
        LEFT,
        yes("P16.circulate-to-areas"),
        lines=without_clock(CHILD_OR_MOTHER | CIRCULATE, "P16.circulate-to-areas")
        | ON_MOTHERS_RECORD
        | CIRCULATED
        | lines("P16.circulate-to-areas duty_team@lambeth notice 25"),
    ),
    "national notification is decided": example(
        child(),
        LEFT,
        yes("P17.national-notification"),
        lines=without_clock(CHILD, "P17.national-notification")
        | CIRCULATE
        | CIRCULATED
        | lines("""
            P17.national-notification dwp_notifications@national notice 48.25
            P17.national-notification dwp_citizen_trace@national trace_request 48.25
            P17.national-notification child_benefit_office@national benefit_request 48.25
        """),
    ),
    "a parent whom it is safe to tell": example(
        parent("safe"), lines=A_CHILD | NO_RECORD | lines("P13.parents-safe case_team@rotherham task 0")
    ),
    "a parent who is the danger": example(
        parent("unsafe"), lines=A_CHILD | NO_RECORD | lines("P13.parents-unsafe case_team@rotherham task 0")
    ),
    "a parent of whom it is not known": example(parent("unknown"), lines=CHILD),
    "a parent who becomes known": example(
        report(care=OURS),
        EpisodeUpdated(subjects=parent("safe").subjects),
        lines=A_CHILD | NO_RECORD | lines("P13.parents-safe case_team@rotherham task 1"),
    ),
    "the woman's own parents": example(
        report(**MOTHER, care={**OURS, **RECORD}, relations={"parents": [{"safe_to_tell": "safe"}]}),
        lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD,
    ),
    "the woman's dangerous parent": example(
        report(**MOTHER, care={**OURS, **RECORD}, relations={"parents": [{"safe_to_tell": "unsafe"}]}),
        lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD,
    ),
    "family is to be told": example(
        child(),
        yes("P14.extended-family"),
        yes("P13.parents-not-known"),
        lines=without_clock(without_clock(CHILD, "P14.extended-family"), "P13.parents-not-known")
        | lines("""
            P14.extended-family case_team@rotherham task 24
            P13.parents-not-known case_team@rotherham task 24
        """),
    ),
    "police have asked DWP": example(
        child(),
        ContactRecorded(contact="dwp_by_police"),
        lines=frozenset(line for line in CHILD if not line.startswith("P18")),
    ),
    "senior management asks DWP": example(
        child(),
        yes("P18.help-of-dwp"),
        lines=without_clock(CHILD, "P18.help-of-dwp")
        | lines("P18.help-of-dwp dwp_citizen_trace@national trace_request 48.25"),
    ),
    "a child who may be abroad": example(child(), ABROAD, lines=CHILD | ABROAD_LINES),
    "a child whom a parent may have abducted": example(
        child(more={"risk": {"flags": ["parental_abduction"]}}), lines=CHILD | AT_ONCE_ABROAD
    ),
    "a child who may have been abducted": example(
        child(more={"risk": {"flags": ["abduction"]}}), lines=CHILD | AT_ONCE_ABROAD
    ),
    "an unborn child whose mother may be abroad": example(
        report(**MOTHER, care={**OURS, **RECORD}), ABROAD, lines=CHILD_OR_MOTHER | ON_MOTHERS_RECORD | ABROAD_LINES
    ),
    "an adult who may be abroad": example(report(kind="adult", care=OURS), ABROAD, lines=ANYBODY),
    "steps against going abroad": example(
        child(),
        ABROAD,
        yes("P19.legal-interventions"),
        yes("P19.abroad"),
        lines=without_clock(without_clock(CHILD | ABROAD_LINES, "P19.legal-interventions"), "P19.abroad")
        | lines("""
            P19.legal-interventions legal_services@rotherham task 25
            P19.abroad child_abduction_unit@national notice 25
            P19.abroad consular_directorate@national notice 25
        """),
    ),
    "found": example(child(), LEFT, found(), lines=INTERVIEW | LEGAL_ACTION | IF_PRACTICABLE),
    "found on a plan": example(
        child(child_protection_plan=True),
        LEFT,
        found(),
        lines=INTERVIEW
        | LEGAL_ACTION
        | lines("""
            P24.discussion-on-a-plan case_team@rotherham task 71
            P29.review-conference-when-found case_team@rotherham decision_request 26
            P29.review-conference-when-found clock 26
        """),
    ),
    "an unborn child on a plan found": example(
        report(**MOTHER, care={**OURS, **RECORD}, unborn={"child_protection_plan": True}),
        LEFT,
        found(),
        lines=lines("""
            P24.discussion-on-a-plan case_team@rotherham task 71
            P29.review-conference-when-found case_team@rotherham decision_request 26
            P29.review-conference-when-found clock 26
        """),
    ),
    "a woman found": example(report(**MOTHER, care={**OURS, **RECORD}), LEFT, found(LAMBETH)),
    "found elsewhere": example(
        child(),
        LEFT,
        found(LAMBETH),
        lines=INTERVIEW
        | LEGAL_ACTION
        | IF_PRACTICABLE
        | lines("""
            P28.receiving-authority case_team@rotherham decision_request 71
            P28.receiving-authority clock 71
        """),
    ),
    "found elsewhere and will stay": example(
        child(),
        LEFT,
        found(LAMBETH),
        yes("P28.receiving-authority"),
        lines=INTERVIEW
        | LEGAL_ACTION
        | IF_PRACTICABLE
        | lines("""
            P28.receiving-authority case_team@rotherham decision_request 71
            P28.receiving-authority duty_team@lambeth found_notice 71
        """),
    ),
    "decisions after the find": example(
        child(child_protection_plan=True),
        LEFT,
        found(),
        yes("P30.legal-action"),
        yes("P29.review-conference-when-found"),
        lines=INTERVIEW
        | lines("""
            P24.discussion-on-a-plan case_team@rotherham task 71
            P29.review-conference-when-found case_team@rotherham decision_request 26
            P29.review-conference-when-found child_protection_conference_chair@rotherham task 26
            P30.legal-action case_team@rotherham decision_request 26
            P30.legal-action legal_services@rotherham task 26
        """),
    ),
    "a discussion is practicable": example(
        child(),
        LEFT,
        found(),
        yes("P24.discussion-when-found"),
        lines=INTERVIEW
        | LEGAL_ACTION
        | lines("""
            P24.discussion-when-found case_team@rotherham decision_request 71
            P24.discussion-when-found case_team@rotherham task 71
        """),
    ),
    "20 working days": example(
        child(**PLAN),
        (650, ClockFell(rule=REVIEW, subject_id=SUBJECT, due_at=START + timedelta(hours=647))),
        lines=without_clock(CHILD | ON_A_PLAN, "P23.review-conference")
        | lines("""
            P23.review-conference case_team@rotherham reminder 647
            P23.review-conference child_protection_conference_chair@rotherham reminder 647
        """),
        hours=700,
    ),
    "a plan that becomes known late": example(
        child(),
        (90, CareContextKnown(authority=ROTHERHAM, subjects=child(**PLAN).subjects)),
        lines=CHILD | frozenset(line.removesuffix(" 0") + " 90" if line.endswith(" 0") else line for line in ON_A_PLAN),
        hours=95,
    ),
    "a plan that becomes known after the find": example(
        child(),
        LEFT,
        found(),
        (5, CareContextKnown(authority=ROTHERHAM, subjects=child(**PLAN).subjects)),
        lines=INTERVIEW
        | LEGAL_ACTION
        | IF_PRACTICABLE
        | lines("""
            P24.discussion-on-a-plan case_team@rotherham task 71
            P29.review-conference-when-found case_team@rotherham decision_request 29
            P29.review-conference-when-found clock 29
        """),
    ),
    "found on Monday, told on Tuesday": example(
        child(),
        (90, found(LAMBETH, hours=66)),
        lines=lines("""
            P25.interview case_team@rotherham task 90
            P30.legal-action case_team@rotherham decision_request 114
            P30.legal-action clock 114
            P24.discussion-when-found case_team@rotherham decision_request 95
            P24.discussion-when-found clock 95
            P28.receiving-authority case_team@rotherham decision_request 95
            P28.receiving-authority clock 95
        """),
        hours=91,
    ),
    "found on Monday on a plan, told on Tuesday": example(
        child(**PLAN),
        (90, found(hours=66)),
        lines=lines("""
            P25.interview case_team@rotherham task 90
            P30.legal-action case_team@rotherham decision_request 114
            P30.legal-action clock 114
            P24.discussion-on-a-plan case_team@rotherham task 95
            P29.review-conference-when-found case_team@rotherham decision_request 114
            P29.review-conference-when-found clock 114
        """),
        hours=91,
    ),
    "circulation of a woman who may not be expecting": example(
        report(kind="pregnant_woman", care=OURS),
        LEFT,
        yes("P16.circulate-to-areas"),
        lines=without_clock(CHILD_OR_MOTHER | CIRCULATE, "P16.circulate-to-areas")
        | CIRCULATED
        | lines("P16.circulate-to-areas duty_team@lambeth notice 25"),
    ),
    **{
        f"interview {type(event).__name__}": example(child(), LEFT, found(), event, lines=LEGAL_ACTION | IF_PRACTICABLE)
        for event in (ReturnInterviewOffered(), ReturnInterviewHeld(), ReturnInterviewRefused())
    },
}
SAME: dict[str, str] = {
    "rotherham.P30.legal-action: by from end_told": "it fires when the end is told",
}
