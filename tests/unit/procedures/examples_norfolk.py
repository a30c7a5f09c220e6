"""Examples of Norfolk's procedure, written from its paragraphs: who is told, and who is not.

The story starts on a Friday at 18:00; the going missing was on Thursday at 22:00, 20 hours earlier. Missing for 24
hours is hour 4, the end of the next working day after that hour 71, seven days missing hour 148.
"""

from datetime import timedelta
from typing import Any

from contracts.codes import Role
from contracts.events import (
    AbsenceReported,
    CareContextKnown,
    ClockFell,
    ConcernRaised,
    Found,
    MissingReported,
    ReturnInterviewHeld,
    ReturnInterviewOffered,
    ReturnInterviewRefused,
    SafeAndWellChecked,
    WhereaboutsBelieved,
)
from tests.stories.events import CHILD as SUBJECT
from tests.stories.events import LAMBETH, NORFOLK, ROTHERHAM, START, decision
from tests.unit.procedures.examples import ESSEX, Example, example, lines, report

OURS: dict[str, Any] = {"responsible_authority": NORFOLK, "home_authority": ESSEX}
HOSTED_CARE: dict[str, Any] = {"responsible_authority": ROTHERHAM, "host_authority": NORFOLK}
ACTIVE: dict[str, Any] = {"case_open": True}
EVERYTHING: dict[str, Any] = {**OURS, "looked_after": True, "host_authority": LAMBETH}
UNREPORTED: dict[str, Any] = {"police": {}}
HIGH: dict[str, Any] = {"risk": {"level": "high"}}
HARM: dict[str, Any] = {"risk": {"level": "high", "flags": ["trafficking", "significant_harm"]}}
MOTHER: dict[str, Any] = {"kind": "pregnant_woman", "health": {"pregnant": True}}
# Missing for 24 hours on Friday at 16:30: the working day is not over yet.
EARLY: dict[str, Any] = {
    "missing": {
        "missing_since": START - timedelta(hours=25.5),
        "reported_at": START,
        "report_completed_at": START + timedelta(minutes=15),
    }
}
LEFT = WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": LAMBETH}]})
FOUND = Found.model_validate({"found": {"at": START + timedelta(hours=1.5), "authority": LAMBETH}})
CHECKED, HELD = SafeAndWellChecked(), ReturnInterviewHeld()


def child(more: dict[str, Any] | None = None, said: Any = MissingReported, **care: Any) -> Any:
    """Return a report of a child of Norfolk's that lives in another area."""
    return report(said, more=more, care={**OURS, **care})


def flagged(*flags: str) -> dict[str, Any]:
    """Return a risk with concerns."""
    return {"risk": {"flags": list(flags)}}


def yes(rule: str) -> Any:
    """Return a yes to a rule's question."""
    return decision(f"norfolk.{rule}", Role.CASE_TEAM)


def fell(rule: str, hours: float, late: float = 0) -> Any:
    """Return that a rule's clock fell for the first time, some hours late."""
    due = START + timedelta(hours=hours)
    return (hours + late, ClockFell(rule=f"norfolk.{rule}", subject_id=SUBJECT, due_at=due))


def but(some: frozenset[str], *starts: str) -> frozenset[str]:
    """Return lines without those that begin so."""
    return frozenset(line for line in some if not line.startswith(starts))


MEETING, DISCUSSION = "P24.strategy-meeting", "P19.strategy-discussion"
ANY = lines("""
    P15.orders duty_team@norfolk decision_request 24
    P15.orders clock 24
    P18.senior-management clock 71
    P19.strategy-discussion duty_team@norfolk decision_request 4
    P19.strategy-discussion clock 4
    P24.daily-review clock 148
    P24.strategy-meeting case_team@norfolk decision_request 148
    P24.strategy-meeting clock 148
    P24.executive-director clock 148
""")
REPORTED = lines("""
    P14.record duty_team@norfolk notice 0
    P14.youth-outreach youth_outreach@norfolk notice 0
    P17.triage duty_team@norfolk task 0
""")
NOT_REPORTED = lines("""
    P8.police police_force@E23000024 notice 0
    P10.callers duty_team@norfolk task 0
""")
NOT_OPEN_ABSENT = lines("P9.discussion-not-active duty_team@norfolk task 0")
NOT_OPEN = NOT_OPEN_ABSENT | lines("P18.review-not-active clock 4")
OPEN_ABSENT = lines("""
    P7.treat-as-missing case_team@norfolk task 0
    P9.discussion-active case_team@norfolk task 0
    P12.case-team case_team@norfolk notice 0
""")
OPEN = OPEN_ABSENT | lines("P18.review-active clock 4")
CHILD = ANY | REPORTED | NOT_OPEN
ACTIVE_CHILD = ANY | REPORTED | OPEN
RISKY = lines("P36.assessment case_team@norfolk task 0")
PUBLICITY = lines("""
    P20.publicity case_team@norfolk decision_request 24
    P20.publicity clock 24
""")
IN_CARE = lines("P42.reviewing-officer independent_reviewing_officer@norfolk notice 0")
ELSEWHERE = lines("P44.duty-team-knows case_team@norfolk task 0")
MEET = lines("""
    P21.meeting case_team@norfolk task 1
    P23.review-of-meeting case_team@norfolk decision_request 169
    P23.review-of-meeting clock 169
""")
DISCUSSED = MEET | lines("""
    P19.strategy-discussion case_team@norfolk task 4
    P21.invitations case_team@norfolk decision_request 25
    P21.invitations clock 25
""")
MET = MEET | lines("""
    P24.strategy-meeting missing_persons_coordinator@E23000024 task 148
    P24.further-meetings clock 169
""")
HOSTED = lines("""
    P25.record-the-episode duty_team@norfolk notice 0
    P25.responsible-authority case_team@rotherham notice 0
    P25.over-24-hours clock 71
    P27.strategy-meeting duty_team@norfolk decision_request 24
    P27.strategy-meeting clock 24
""")
CHECK = lines("P28.safe-and-well police_force@E23000024 task 2")
INTERVIEW = lines("P30.interview return_interview_provider@norfolk task 74")
RETURNED = CHECK | INTERVIEW
CHECK_HOSTED = lines("P28.safe-and-well-of-hosted police_force@E23000024 task 2")
OFFER_HOSTED = lines("""
    P25.offer-interview duty_team@norfolk decision_request 26
    P25.offer-interview clock 26
""")
HEARD = lines("P34.shared-interview return_interview_provider@norfolk task 3")
EXPLOITED = lines("""
    P34.discussion-or-screening case_team@norfolk decision_request 27
    P34.discussion-or-screening clock 27
    P34.national-referral case_team@norfolk decision_request 27
    P34.national-referral clock 27
    P34.screening duty_team@norfolk task 3
    P34.police-intelligence exploitation_team@norfolk task 3
""")

EXAMPLES: dict[str, Example] = {
    "a child": example(child(), lines=CHILD),
    "a child whose case is open": example(child(**ACTIVE), lines=ACTIVE_CHILD),
    "a child of whom police do not know": example(child(UNREPORTED), lines=ANY | NOT_OPEN | NOT_REPORTED),
    "a child of ours by home, looked after by another": example(
        report(care={"responsible_authority": LAMBETH, "home_authority": NORFOLK}), FOUND
    ),
    "a child thought to be here": example(
        report(care={"responsible_authority": LAMBETH}),
        WhereaboutsBelieved.model_validate({"believed_left_area": True, "areas": [{"authority": NORFOLK}]}),
    ),
    "a child thought to be here and found": example(
        report(care={"responsible_authority": LAMBETH}),
        Found.model_validate({"found": {"at": START, "authority": NORFOLK}}),
    ),
    "a care leaver": example(
        report(kind="care_leaver", care={**EVERYTHING, **ACTIVE}, more=HARM), lines=ACTIVE_CHILD | PUBLICITY
    ),
    "a care leaver of whom little is known": example(
        report(kind="care_leaver", care=EVERYTHING, more=HIGH), lines=CHILD | PUBLICITY | RISKY
    ),
    "a care leaver of whom police do not know": example(
        report(kind="care_leaver", care=OURS, more=UNREPORTED), lines=ANY | NOT_OPEN | NOT_REPORTED
    ),
    "an adult": example(
        report(kind="adult", care=EVERYTHING, more=HARM), yes(DISCUSSION), yes(MEETING), yes("P15.orders")
    ),
    "an adult whose case is open": example(report(kind="adult", care={**EVERYTHING, **ACTIVE}, more=HARM)),
    "an adult of whom police do not know": example(report(kind="adult", care=OURS, more=UNREPORTED)),
    "an adult found": example(report(kind="adult", care=EVERYTHING, more=HARM), yes(DISCUSSION), FOUND, HELD),
    "an adult found whose case is open": example(
        report(kind="adult", care={**EVERYTHING, **ACTIVE}, more=HARM), yes(DISCUSSION), FOUND
    ),
    "an adult found, heard": example(
        report(kind="adult", care={**EVERYTHING, **ACTIVE}, more=HARM), yes(DISCUSSION), FOUND, CHECKED
    ),
    "a woman who expects a child": example(report(**MOTHER, care=EVERYTHING, more=HARM), yes(DISCUSSION)),
    "a concern": example(
        child({**UNREPORTED, **HARM}, ConcernRaised, looked_after=True, host_authority=LAMBETH),
        yes(DISCUSSION),
        yes(MEETING),
        yes("P15.orders"),
        lines=lines("P16.concern duty_team@norfolk task 0"),
    ),
    "a concern about a child whose case is open": example(
        child(HARM, ConcernRaised, **ACTIVE), lines=lines("P16.concern duty_team@norfolk task 0")
    ),
    "a concern about a care leaver": example(
        report(ConcernRaised, kind="care_leaver", care=OURS), lines=lines("P16.concern duty_team@norfolk task 0")
    ),
    "a concern about an adult": example(report(ConcernRaised, kind="adult", care=OURS)),
    "a concern about a child placed here": example(report(ConcernRaised, care=HOSTED_CARE)),
    "an absence": example(
        child({**UNREPORTED, **HARM}, AbsenceReported, looked_after=True, host_authority=LAMBETH),
        yes(DISCUSSION),
        yes(MEETING),
        yes("P15.orders"),
        lines=NOT_OPEN_ABSENT,
    ),
    "an absence of a child whose case is open": example(child(HARM, AbsenceReported, **ACTIVE), lines=OPEN_ABSENT),
    "an absence of a child placed here": example(report(AbsenceReported, care=HOSTED_CARE)),
    "orders": example(
        child(),
        yes("P15.orders"),
        lines=but(CHILD, "P15.orders clock")
        | lines("""
            P15.orders case_team@norfolk task 24
            P15.legal-advice case_team@norfolk decision_request 25
            P15.legal-advice clock 25
        """),
    ),
    "orders of a care leaver, and legal advice": example(
        report(kind="care_leaver", care=OURS),
        yes("P15.orders"),
        yes("P15.legal-advice"),
        lines=but(CHILD, "P15.orders clock")
        | lines("""
            P15.orders case_team@norfolk task 24
            P15.legal-advice case_team@norfolk decision_request 25
            P15.legal-advice legal_services@norfolk task 25
        """),
    ),
    "24 hours before the end of the working day": example(
        child(EARLY),
        lines=but(CHILD, "P18", "P19", "P24")
        | lines("""
            P18.senior-management clock -1
            P18.review-not-active clock -1.5
            P19.strategy-discussion duty_team@norfolk decision_request -1.5
            P19.strategy-discussion clock -1.5
            P24.daily-review clock 142.5
            P24.strategy-meeting case_team@norfolk decision_request 142.5
            P24.strategy-meeting clock 142.5
            P24.executive-director clock 142.5
        """),
    ),
    "24 hours": example(
        child(),
        fell("P18.review-not-active", 4),
        fell("P18.senior-management", 71),
        lines=but(CHILD, "P18")
        | lines("""
            P18.review-not-active duty_team@norfolk reminder 4
            P18.senior-management senior_management@norfolk reminder 71
            P18.senior-management clock 95
        """),
        hours=72,
    ),
    "24 hours of a child whose case is open": example(
        child(**ACTIVE),
        fell("P18.review-active", 4),
        lines=but(ACTIVE_CHILD, "P18.review") | lines("P18.review-active case_team@norfolk reminder 4"),
    ),
    "seven days": example(
        child(),
        fell("P24.daily-review", 148),
        fell("P24.executive-director", 148, late=0.5),
        lines=but(CHILD, "P24.daily", "P24.executive", "P18.senior")
        | lines("""
            P18.senior-management clock 143
            P24.daily-review case_team@norfolk reminder 148
            P24.daily-review clock 172
            P24.executive-director head_of_service@norfolk reminder 148
            P24.executive-director executive_director@norfolk reminder 148
            P24.executive-director clock 316
        """),
        hours=149,
    ),
    "high risk": example(child(HIGH, **ACTIVE), lines=ACTIVE_CHILD | PUBLICITY),
    "high risk, not active": example(child(HIGH), lines=CHILD | PUBLICITY | RISKY),
    "medium risk, not active": example(child({"risk": {"level": "medium"}}), lines=CHILD | RISKY),
    "publicity is discussed": example(
        child(HIGH, **ACTIVE),
        yes("P20.publicity"),
        lines=but(ACTIVE_CHILD | PUBLICITY, "P20.publicity clock") | lines("P20.publicity case_team@norfolk task 24"),
    ),
    "a strategy discussion": example(child(), yes(DISCUSSION), lines=but(CHILD, f"{DISCUSSION} clock") | DISCUSSED),
    "a strategy discussion about a care leaver": example(
        report(kind="care_leaver", care=OURS),
        yes(DISCUSSION),
        lines=but(CHILD, f"{DISCUSSION} clock") | DISCUSSED,
    ),
    "invitations and a review": example(
        child(),
        yes(DISCUSSION),
        yes("P21.invitations"),
        yes("P23.review-of-meeting"),
        lines=but(CHILD | DISCUSSED, f"{DISCUSSION} clock", "P21.invitations clock", "P23.review-of-meeting clock")
        | lines("""
            P21.invitations missing_persons_coordinator@E23000024 task 25
            P21.invitations return_interview_provider@norfolk task 25
            P23.review-of-meeting case_team@norfolk task 169
        """),
    ),
    "a strategy meeting": example(child(), yes(MEETING), lines=but(CHILD, f"{MEETING} clock") | MET),
    "a strategy meeting about a care leaver": example(
        report(kind="care_leaver", care={**OURS, "looked_after": True}),
        yes(MEETING),
        lines=but(CHILD, f"{MEETING} clock") | MET,
    ),
    "the next strategy meeting": example(
        child(),
        yes(MEETING),
        fell("P24.further-meetings", 169),
        lines=but(CHILD | MET, f"{MEETING} clock", "P24.further-meetings clock", "P24.daily", "P18.senior")
        | lines("""
            P18.senior-management clock 167
            P24.daily-review clock 148
            P24.further-meetings case_team@norfolk reminder 169
            P24.further-meetings clock 337
        """),
        hours=170,
    ),
    "a looked-after child": example(child(looked_after=True), lines=CHILD | IN_CARE),
    "a strategy discussion about a looked-after child": example(
        child(looked_after=True),
        yes(DISCUSSION),
        lines=but(CHILD, f"{DISCUSSION} clock")
        | DISCUSSED
        | IN_CARE
        | lines("P42.placement placement@norfolk notice 1"),
    ),
    "a strategy meeting about a looked-after child": example(
        child(looked_after=True),
        yes(MEETING),
        lines=but(CHILD, f"{MEETING} clock") | MET | IN_CARE | lines("P42.placement placement@norfolk notice 1"),
    ),
    "a child placed elsewhere": example(child(host_authority=LAMBETH), lines=CHILD | ELSEWHERE),
    "a child of another authority placed here": example(report(care=HOSTED_CARE), lines=HOSTED),
    "a care leaver of another authority placed here": example(
        report(kind="care_leaver", care=HOSTED_CARE), lines=HOSTED
    ),
    "an adult of another authority here": example(report(kind="adult", care=HOSTED_CARE), FOUND),
    "an adult of another authority here, missing": example(report(kind="adult", care=HOSTED_CARE)),
    "placed here, 24 hours before the end of the working day": example(
        report(more=EARLY, care=HOSTED_CARE),
        lines=but(HOSTED, "P25.over") | lines("P25.over-24-hours clock -1"),
    ),
    "placed here for over 24 hours": example(
        report(care=HOSTED_CARE),
        fell("P25.over-24-hours", 71),
        lines=but(HOSTED, "P25.over")
        | lines("""
            P25.over-24-hours senior_management@norfolk reminder 71
            P25.over-24-hours duty_team@norfolk reminder 71
            P25.over-24-hours case_team@rotherham reminder 71
            P25.over-24-hours clock 95
        """),
        hours=72,
    ),
    "a strategy meeting about a child placed here": example(
        report(care=HOSTED_CARE),
        yes("P27.strategy-meeting"),
        lines=but(HOSTED, "P27.strategy-meeting clock")
        | lines("""
            P27.strategy-meeting duty_team@norfolk task 24
            P27.strategy-meeting case_team@rotherham task 24
        """),
    ),
    "a child placed here found": example(report(care=HOSTED_CARE), LEFT, FOUND, lines=CHECK_HOSTED | OFFER_HOSTED),
    "a care leaver placed here found": example(
        report(kind="care_leaver", care=HOSTED_CARE), LEFT, FOUND, lines=CHECK_HOSTED | OFFER_HOSTED
    ),
    "a child placed here found and checked": example(
        report(care=HOSTED_CARE), LEFT, FOUND, CHECKED, lines=OFFER_HOSTED
    ),
    "a child placed here found and interviewed": example(
        report(care=HOSTED_CARE), LEFT, FOUND, HELD, lines=CHECK_HOSTED
    ),
    "a child placed here found that wants no interview": example(
        report(care=HOSTED_CARE), LEFT, FOUND, ReturnInterviewRefused(), lines=CHECK_HOSTED
    ),
    "a child placed here is offered an interview": example(
        report(care=HOSTED_CARE),
        LEFT,
        FOUND,
        yes("P25.offer-interview"),
        lines=CHECK_HOSTED
        | lines("""
            P25.offer-interview duty_team@norfolk decision_request 26
            P25.offer-interview return_interview_provider@norfolk task 26
        """),
    ),
    "placed here, which is known after the find": example(
        report(care={"responsible_authority": ROTHERHAM}),
        LEFT,
        FOUND,
        (5, CareContextKnown(authority=ROTHERHAM, subjects=report(care=HOSTED_CARE).subjects)),
        lines=lines("""
            P28.safe-and-well-of-hosted police_force@E23000024 task 5
            P25.offer-interview duty_team@norfolk decision_request 29
            P25.offer-interview clock 29
        """),
    ),
    "found": example(child(), LEFT, FOUND, lines=RETURNED),
    "found, whose case is open": example(child(HARM, **ACTIVE), LEFT, FOUND, lines=RETURNED),
    "a looked-after child found": example(child(HARM, looked_after=True), LEFT, FOUND, lines=RETURNED),
    "a care leaver found": example(report(kind="care_leaver", care=EVERYTHING, more=HARM), LEFT, FOUND, lines=RETURNED),
    "found, which is ours as is known after the find": example(
        report(),
        LEFT,
        FOUND,
        (5, CareContextKnown(authority=NORFOLK, subjects=child().subjects)),
        lines=INTERVIEW | lines("P28.safe-and-well police_force@E23000024 task 5"),
    ),
    "found and checked": example(child(), LEFT, FOUND, CHECKED, lines=INTERVIEW),
    "found and checked, whose case is open": example(child(**ACTIVE), LEFT, FOUND, CHECKED, lines=INTERVIEW),
    "heard about an earlier return while missing": example(child(HARM), HELD, lines=CHILD | PUBLICITY | RISKY),
    "heard about an earlier return while missing, whose case is open": example(
        child(HARM, **ACTIVE), HELD, lines=ACTIVE_CHILD | PUBLICITY
    ),
    "an interview is offered": example(child(), LEFT, FOUND, ReturnInterviewOffered(), lines=RETURNED),
    "an interview is held": example(child(), LEFT, FOUND, HELD, lines=CHECK | HEARD),
    "an interview is held with a care leaver": example(
        report(kind="care_leaver", care=OURS), LEFT, FOUND, HELD, lines=CHECK | HEARD
    ),
    "an interview is refused": example(child(HARM), LEFT, FOUND, ReturnInterviewRefused(), lines=CHECK),
    "placed elsewhere and found": example(
        child(host_authority=LAMBETH),
        LEFT,
        FOUND,
        lines=RETURNED | lines("P44.interview-elsewhere return_interview_provider@norfolk task 2"),
    ),
    "placed elsewhere, found and interviewed": example(
        child(host_authority=LAMBETH), LEFT, FOUND, HELD, lines=CHECK | HEARD
    ),
    "placed elsewhere, found, no interview wanted": example(
        child(host_authority=LAMBETH), LEFT, FOUND, ReturnInterviewRefused(), lines=CHECK
    ),
    **{
        f"found after {what}": example(
            report(kind=kind, care=OURS),
            yes(what),
            FOUND,
            lines=RETURNED | lines("P29.attendees case_team@norfolk task 2"),
        )
        for what, kind in ((DISCUSSION, "child"), (MEETING, "care_leaver"))
    },
    "exploited, at the check": example(
        child(flagged("trafficking")), LEFT, FOUND, CHECKED, lines=INTERVIEW | EXPLOITED
    ),
    "exploited, at the interview": example(
        child(flagged("sexual_exploitation")), LEFT, FOUND, HELD, lines=CHECK | HEARD | EXPLOITED
    ),
    "a care leaver exploited": example(
        report(kind="care_leaver", care=OURS, more=flagged("criminal_exploitation")),
        LEFT,
        FOUND,
        CHECKED,
        lines=INTERVIEW | EXPLOITED,
    ),
    "another concern, at the check": example(child(flagged("self_harm")), LEFT, FOUND, CHECKED, lines=INTERVIEW),
    "screening and referral": example(
        child(flagged("trafficking")),
        LEFT,
        FOUND,
        CHECKED,
        yes("P34.discussion-or-screening"),
        yes("P34.national-referral"),
        lines=INTERVIEW
        | but(EXPLOITED, "P34.discussion-or-screening clock", "P34.national-referral clock")
        | lines("""
            P34.discussion-or-screening exploitation_team@norfolk task 27
            P34.national-referral case_team@norfolk task 27
        """),
    ),
    **{
        f"harmed, {kind}, {type(event).__name__}, {care}": example(
            report(kind=kind, care={**OURS, **care}, more=flagged("significant_harm")),
            LEFT,
            FOUND,
            event,
            lines=rest | lines(f"P35.enquiry-{who}@norfolk task 3"),
        )
        for kind in ("child", "care_leaver")
        for care, who in ((ACTIVE, "active case_team"), ({}, "not-active duty_team"))
        for event, rest in ((CHECKED, INTERVIEW), (HELD, CHECK | HEARD))
    },
}
SAME: dict[str, str] = {}
