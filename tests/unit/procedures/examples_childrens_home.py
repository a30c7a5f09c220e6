"""Examples of the care baseline, written from the children's home procedure: who is told, and who is not.

The story starts on a Friday at 18:00; the going missing was on Thursday, 20 hours earlier: the third day after it ends
52 hours after the start, the four weeks after that at 724. Unless it says otherwise a child is Rotherham's, looked
after, reported by Norfolk Police.
"""

from datetime import timedelta
from typing import Any

from contracts.codes import Role
from contracts.events import (
    AbsenceReported,
    CareContextKnown,
    ClockFell,
    ConcernRaised,
    EpisodeUpdated,
    Found,
    MissingReported,
    ReturnInterviewHeld,
    ReturnInterviewOffered,
    ReturnInterviewRefused,
    RiskAssessed,
    SafeAndWellChecked,
    Sighted,
    TracingInformationReceived,
)
from contracts.person import Risk
from tests.stories.events import CHILD as SUBJECT
from tests.stories.events import LAMBETH, NORFOLK, ROTHERHAM, START, decision
from tests.unit.procedures.examples import Example, example, lines, report

BARNSLEY = "E08000016"
OURS = {"responsible_authority": ROTHERHAM, "home_authority": BARNSLEY}
CARE: dict[str, Any] = {**OURS, "looked_after": True}
UNREPORTED: dict[str, Any] = {"police": {}}
MOTHER: dict[str, Any] = {"kind": "pregnant_woman", "health": {"pregnant": True}}
RESTRICTED: dict[str, Any] = {"immigration": {"subject_to_restriction": True}}
PARENTS: dict[str, Any] = {"parents": [{"safe_to_tell": "safe"}, {"safe_to_tell": "unsafe"}]}
EVERYTHING: dict[str, Any] = {**CARE, "host_authority": NORFOLK, "previous_episodes": 3}
ALARMING: dict[str, Any] = {"risk": {"level": "high", "flags": ["trafficking", "significant_harm"]}}
WEEKLY, MONTHLY, CHALLENGE = (
    "baseline.home-office-weekly-contact",
    "baseline.monthly-meeting",
    "baseline.interview-challenged",
)


def child(said: type[Any] = MissingReported, more: dict[str, Any] | None = None, **care: Any) -> Any:
    """Return a report of a looked-after child of Rotherham's."""
    return report(said, more, care={**CARE, **care})


def parent(safe: str, said: type[Any] = MissingReported) -> Any:
    """Return a report of a looked-after child with one parent."""
    return report(said, care=CARE, relations={"parents": [{"safe_to_tell": safe}]})


def found(place: str = ROTHERHAM, hours: float = 1.5, **more: Any) -> Found:
    """Return a find at a place, some hours after the start."""
    return Found.model_validate({"found": {"at": START + timedelta(hours=hours), "authority": place, **more}})


def yes(rule: str, role: Role = Role.CASE_TEAM) -> Any:
    """Return a yes to a rule's question."""
    return decision(f"baseline.{rule}", role)


def fell(rule: str, hours: float) -> ClockFell:
    """Return that a clock fell."""
    return ClockFell(rule=rule, subject_id=SUBJECT, due_at=START + timedelta(hours=hours))


def less(some: frozenset[str], *starts: str) -> frozenset[str]:
    """Return lines without those that start so."""
    return frozenset(line for line in some if not line.startswith(starts))


ANYBODY = lines("responsible-authority case_team@rotherham notice 0")
A_CHILD = ANYBODY | lines("care-context case_team@rotherham care_context_request 0")
NOT_KNOWN = lines("""
    parents-not-known case_team@rotherham decision_request 24
    parents-not-known clock 24
""")
OF_CARE = A_CHILD | lines("""
    search placement@rotherham task 0
    regulator placement@rotherham decision_request 24
    regulator clock 24
    immediate-strategy case_team@rotherham task 0
    reviewing-officer-tries independent_reviewing_officer@rotherham task 0
    meeting case_team@rotherham task 52
    meeting placement@rotherham task 52
    monthly-meeting clock 724
    recovery-order case_team@rotherham decision_request 24
    recovery-order clock 24
    reviewing-officer independent_reviewing_officer@rotherham notice 0
""")
LOOKED_AFTER = OF_CARE | NOT_KNOWN
HOST = lines("host-authority duty_team@norfolk notice 0")
AGAIN = lines("""
    care-plan-review placement@rotherham decision_request 24
    care-plan-review clock 24
""")
RESTRICTION = lines("""
    home-office-missing home_office_notifications@national notice 0
    home-office-weekly-contact clock 148
    trafficking case_team@rotherham decision_request 24
    trafficking clock 24
""")
NO_LOCATION = lines("""
    location-not-divulged case_team@rotherham task 0
    location-not-divulged placement@rotherham task 0
""")
AWAY = NOT_KNOWN | lines("""
    away case_team@rotherham notice 0
    away independent_reviewing_officer@rotherham notice 0
    away-wellbeing placement@rotherham task 0
""")
RETURNED = lines("""
    return-steps placement@rotherham task 1
    abuse-suspected case_team@rotherham decision_request 25
    abuse-suspected clock 25
    return-interview case_team@rotherham task 73.5
    interview-challenged clock 73.5
    follow-up case_team@rotherham task 1
    statutory-review independent_reviewing_officer@rotherham task 1
""")
CHECK = lines("safe-and-well police_force@E23000024 task 1")
MEETING_ASKED_FOR = lines("""
    private-meeting-asked-for placement@rotherham decision_request 25
    private-meeting-asked-for clock 25
""")
MEETING = lines("private-meeting placement@rotherham task 1")
ORDINARY = RETURNED | CHECK | MEETING_ASKED_FOR
OFTEN = (
    RETURNED
    | MEETING_ASKED_FOR
    | lines("""
    safe-and-well-agreed police_force@E23000024 decision_request 25
    safe-and-well-agreed clock 25
    earlier-actions case_team@rotherham task 1
    risk-management-meeting placement@rotherham decision_request 25
    risk-management-meeting clock 25
""")
)
FOUND_BY_HOME_OFFICE = lines("""
    found-by-home-office police_force@E23000024 found_notice 1
    found-by-home-office police_force@E23000001 found_notice 1
    found-by-home-office case_team@rotherham found_notice 1
    found-by-home-office duty_team@lambeth found_notice 1
""")
MISSING = child()

EXAMPLES: dict[str, Example] = {
    "a child at home": example(report(care=OURS), lines=A_CHILD),
    "a looked-after child": example(MISSING, lines=LOOKED_AFTER),
    "a looked-after girl who expects a child": example(report(**MOTHER, care=CARE), lines=LOOKED_AFTER),
    "a woman who expects a child": example(report(**MOTHER, care=OURS), lines=A_CHILD),
    "a care leaver": example(report(kind="care_leaver", care=OURS), lines=ANYBODY),
    "an adult": example(report(kind="adult", care=OURS), lines=ANYBODY),
    "an adult of whom everything is said": example(
        report(kind="adult", care=EVERYTHING, more={**UNREPORTED, **ALARMING}, relations=PARENTS, **RESTRICTED),
        TracingInformationReceived(agency="dwp"),
        yes("care-plan-review"),
        lines=ANYBODY,
    ),
    "an adult of whom everything is said, away": example(
        report(AbsenceReported, kind="adult", care=EVERYTHING, more=ALARMING, relations=PARENTS)
    ),
    "an adult of whom everything is said, away, unreported": example(
        report(AbsenceReported, kind="adult", care=EVERYTHING, more={**UNREPORTED, **ALARMING}, relations=PARENTS)
    ),
    "an adult found": example(
        report(kind="adult", care={**EVERYTHING, "previous_episodes": 0}, more=ALARMING, **RESTRICTED),
        found(LAMBETH, by="home_office"),
        ReturnInterviewRefused(),
    ),
    "an adult at no risk found by police": example(
        report(kind="adult", care=EVERYTHING, **RESTRICTED), found(LAMBETH, by="police"), ReturnInterviewRefused()
    ),
    "somebody of whom the kind is not known": example(report(kind="unknown", care=OURS)),
    "a concern of which everything is said": example(
        report(ConcernRaised, care=EVERYTHING, more={**UNREPORTED, **ALARMING}, relations=PARENTS, **RESTRICTED),
        TracingInformationReceived(agency="dwp"),
        yes("care-plan-review"),
    ),
    "a reported concern of which everything is said": example(
        report(ConcernRaised, care=EVERYTHING, more=ALARMING, relations=PARENTS, **RESTRICTED)
    ),
    "an adult who is said to be looked after": example(report(kind="adult", care=CARE), lines=ANYBODY),
    "an adult who is said to be looked after, found": example(report(kind="adult", care=CARE), found()),
    "a concern that ends": example(child(ConcernRaised), found()),
    "a child whose context is known": example(
        CareContextKnown(authority=ROTHERHAM, subjects=report(care=OURS).subjects),
        report(care=OURS),
        lines=lines("responsible-authority case_team@rotherham notice 1"),
    ),
    "of whom police do not know": example(
        report(care=OURS, more=UNREPORTED), lines=A_CHILD | lines("police police_force@E23000011 notice 0")
    ),
    "living elsewhere, of whom police do not know": example(
        report(care={**OURS, "home_authority": LAMBETH}, more=UNREPORTED),
        lines=A_CHILD | lines("police police_force@E23000011 notice 0"),
    ),
    "a woman of whom police do not know": example(
        report(**MOTHER, care={**OURS, "host_authority": NORFOLK}, more=UNREPORTED),
        lines=A_CHILD
        | lines("""
            police police_force@E23000011 notice 0
            local-police police_force@E23000024 notice 0
        """),
    ),
    "placed elsewhere": example(child(host_authority=NORFOLK), lines=LOOKED_AFTER | HOST),
    "placed at home": example(child(host_authority=ROTHERHAM), lines=LOOKED_AFTER),
    "a woman placed elsewhere": example(
        report(**MOTHER, care={**CARE, "host_authority": NORFOLK}), lines=LOOKED_AFTER | HOST
    ),
    "staying elsewhere, not looked after": example(report(care={**OURS, "host_authority": NORFOLK}), lines=A_CHILD),
    "placed elsewhere, of whom police do not know": example(
        child(host_authority=NORFOLK, more=UNREPORTED),
        lines=LOOKED_AFTER
        | HOST
        | lines("""
            police police_force@E23000011 notice 0
            local-police police_force@E23000024 notice 0
        """),
    ),
    "high risk": example(
        report(care=OURS, more={"risk": {"level": "high"}}),
        lines=A_CHILD | lines("missing-persons-bureau uk_missing_persons_unit@national notice 0"),
    ),
    "a woman at high risk": example(
        report(**MOTHER, care=OURS, more={"risk": {"level": "high"}}),
        lines=A_CHILD | lines("missing-persons-bureau uk_missing_persons_unit@national notice 0"),
    ),
    "medium risk": example(report(care=OURS, more={"risk": {"level": "medium"}}), lines=A_CHILD),
    "a parent whom it is safe to tell": example(
        parent("safe"), lines=OF_CARE | lines("parents-safe case_team@rotherham task 0")
    ),
    "a parent who is the danger": example(
        parent("unsafe"), lines=OF_CARE | lines("parents-unsafe case_team@rotherham task 0")
    ),
    "a parent of whom it is not known": example(parent("unknown"), lines=LOOKED_AFTER),
    "parents of a girl who expects a child": example(
        report(**MOTHER, care=CARE, relations=PARENTS),
        lines=OF_CARE
        | lines("""
            parents-safe case_team@rotherham task 0
            parents-unsafe case_team@rotherham task 0
        """),
    ),
    "parents of a child who is not looked after": example(report(care=OURS, relations=PARENTS), lines=A_CHILD),
    "a parent who becomes known": example(
        MISSING,
        EpisodeUpdated(subjects=parent("safe").subjects),
        lines=OF_CARE | lines("parents-safe case_team@rotherham task 1"),
    ),
    "parents are to be told": example(
        MISSING,
        yes("parents-not-known"),
        lines=less(LOOKED_AFTER, "parents-not-known clock") | lines("parents-not-known case_team@rotherham task 24"),
    ),
    "a notifiable event, and a recovery order": example(
        MISSING,
        yes("regulator", Role.PLACEMENT),
        yes("recovery-order"),
        lines=less(LOOKED_AFTER, "regulator clock", "recovery-order clock")
        | lines("""
            regulator regulator@national notice 24
            recovery-order legal_services@rotherham task 24
        """),
    ),
    "missing before": example(child(previous_episodes=2), lines=LOOKED_AFTER | AGAIN),
    "a girl who expects a child, missing before": example(
        report(**MOTHER, care={**CARE, "previous_episodes": 2}), lines=LOOKED_AFTER | AGAIN
    ),
    "missing before, not looked after": example(report(care={**OURS, "previous_episodes": 2}), lines=A_CHILD),
    "a review of the care plan is asked for": example(
        child(previous_episodes=2),
        yes("care-plan-review", Role.PLACEMENT),
        lines=less(LOOKED_AFTER | AGAIN, "care-plan-review clock")
        | lines("""
            care-plan-review case_team@rotherham task 24
            care-plan-review-escalated placement@rotherham task 1
        """),
    ),
    "a review of the care plan of a girl who expects a child": example(
        report(**MOTHER, care={**CARE, "previous_episodes": 2}),
        yes("care-plan-review", Role.PLACEMENT),
        lines=less(LOOKED_AFTER | AGAIN, "care-plan-review clock")
        | lines("""
            care-plan-review case_team@rotherham task 24
            care-plan-review-escalated placement@rotherham task 1
        """),
    ),
    "a review of a child who is not looked after": example(
        report(care=OURS), yes("care-plan-review", Role.PLACEMENT), lines=A_CHILD
    ),
    "subject to restriction": example(report(care=CARE, **RESTRICTED), lines=LOOKED_AFTER | RESTRICTION),
    "a girl who expects a child, subject to restriction": example(
        report(**MOTHER, care=CARE, **RESTRICTED),
        lines=LOOKED_AFTER | RESTRICTION,
    ),
    "subject to restriction, not looked after": example(report(care=OURS, **RESTRICTED), lines=A_CHILD),
    "perhaps trafficked": example(
        report(care=CARE, **RESTRICTED),
        yes("trafficking"),
        lines=less(LOOKED_AFTER | RESTRICTION, "trafficking clock") | lines("trafficking case_team@rotherham task 24"),
    ),
    "trafficking is feared": example(
        child(more={"risk": {"flags": ["trafficking"]}}), lines=LOOKED_AFTER | NO_LOCATION
    ),
    "trafficking of a girl who expects a child is feared": example(
        report(**MOTHER, care=CARE, more={"risk": {"flags": ["trafficking"]}}), lines=LOOKED_AFTER | NO_LOCATION
    ),
    "trafficking of a child at home is feared": example(
        report(care=OURS, more={"risk": {"flags": ["trafficking"]}}), lines=A_CHILD
    ),
    "something else is feared": example(child(more={"risk": {"flags": ["self_harm"]}}), lines=LOOKED_AFTER),
    "the first week": example(
        report(care=CARE, **RESTRICTED),
        (149, fell(WEEKLY, 148)),
        lines=less(LOOKED_AFTER | RESTRICTION, "home-office-weekly-contact")
        | lines("""
            home-office-weekly-contact home_office_notifications@national reminder 148
            home-office-weekly-contact clock 316
        """),
        hours=150,
    ),
    "the first month": example(
        MISSING,
        (725, fell(MONTHLY, 724)),
        lines=less(LOOKED_AFTER, "monthly-meeting")
        | lines("""
            monthly-meeting case_team@rotherham reminder 724
            monthly-meeting placement@rotherham reminder 724
            monthly-meeting clock 1396
        """),
        hours=726,
    ),
    "tracing information": example(
        report(care=OURS),
        TracingInformationReceived(agency="dwp"),
        lines=A_CHILD | lines("tracing-information police_force@E23000024 information 1"),
    ),
    "a sighting of a woman who expects a child": example(
        report(**MOTHER, care=OURS),
        Sighted(),
        lines=A_CHILD | lines("tracing-information police_force@E23000024 information 1"),
    ),
    "a sighting after the find": example(report(care=OURS), found(), Sighted()),
    # Away from the placement without authorisation: not missing.
    "away": example(child(AbsenceReported, host_authority=NORFOLK), lines=AWAY),
    "a girl who expects a child, away": example(report(AbsenceReported, **MOTHER, care=CARE), lines=AWAY),
    "away, not looked after": example(
        report(AbsenceReported, care=OURS, relations=PARENTS, more={"risk": {"flags": ["significant_harm"]}})
    ),
    "away, not looked after, unreported": example(
        report(AbsenceReported, care=OURS, more={**UNREPORTED, "risk": {"flags": ["significant_harm"]}})
    ),
    "away with a parent whom it is safe to tell": example(
        parent("safe", AbsenceReported),
        lines=less(AWAY, "parents") | lines("parents-safe case_team@rotherham task 0"),
    ),
    "away from a parent who is the danger": example(
        parent("unsafe", AbsenceReported),
        lines=less(AWAY, "parents") | lines("parents-unsafe case_team@rotherham task 0"),
    ),
    "away, of which police do not know": example(child(AbsenceReported, more=UNREPORTED), lines=AWAY),
    "away at risk, of which police do not know": example(
        child(AbsenceReported, more={**UNREPORTED, "risk": {"flags": ["significant_harm"]}}, home_authority=LAMBETH),
        lines=AWAY | lines("away-police police_force@E23000011 notice 0"),
    ),
    "a girl who expects a child, away at risk, of which police do not know": example(
        report(AbsenceReported, **MOTHER, care=CARE, more={**UNREPORTED, "risk": {"flags": ["significant_harm"]}}),
        lines=AWAY | lines("away-police police_force@E23000011 notice 0"),
    ),
    "away at risk": example(
        child(AbsenceReported, more={"risk": {"flags": ["significant_harm"]}}),
        lines=AWAY
        | lines("""
            recategorise police_force@E23000024 decision_request 24
            recategorise clock 24
        """),
    ),
    "a girl who expects a child, away at risk": example(
        report(AbsenceReported, **MOTHER, care=CARE, more={"risk": {"flags": ["curfew"]}}),
        lines=AWAY
        | lines("""
            recategorise police_force@E23000024 decision_request 24
            recategorise clock 24
        """),
    ),
    "police change the category": example(
        child(AbsenceReported, more={"risk": {"flags": ["curfew"]}}),
        yes("recategorise", Role.POLICE_FORCE),
        lines=AWAY
        | lines("""
            recategorise police_force@E23000024 decision_request 24
            recategorise case_team@rotherham task 24
        """),
    ),
    "back after being away": example(child(AbsenceReported, more={"risk": {"flags": ["curfew"]}}), found()),
    "back after being away again": example(
        child(AbsenceReported, previous_episodes=2), found(), ReturnInterviewRefused()
    ),
    # Once the child returns.
    "found": example(MISSING, found(), lines=ORDINARY),
    "a girl who expects a child, found": example(report(**MOTHER, care=CARE), found(), lines=ORDINARY),
    "found, not looked after": example(report(care=OURS), found(), ReturnInterviewRefused()),
    "found at risk, not looked after": example(
        report(care={**OURS, "previous_episodes": 2}, more={"risk": {"flags": ["trafficking"]}}), found()
    ),
    "found, often missing": example(child(previous_episodes=2), found(), lines=OFTEN),
    "a girl who expects a child, found, often missing": example(
        report(**MOTHER, care={**CARE, "previous_episodes": 2}), found(), lines=OFTEN
    ),
    "found at risk": example(child(more={"risk": {"flags": ["self_harm"]}}), found(), lines=RETURNED | CHECK | MEETING),
    "a girl who expects a child, found at risk": example(
        report(**MOTHER, care=CARE, more={"risk": {"flags": ["self_harm"]}}), found(), lines=RETURNED | CHECK | MEETING
    ),
    "found, trafficking feared": example(
        child(more={"risk": {"flags": ["trafficking"]}}),
        found(),
        lines=RETURNED
        | CHECK
        | MEETING
        | lines("""
            location-not-divulged case_team@rotherham task 1
            location-not-divulged placement@rotherham task 1
        """),
    ),
    "found, and told later": example(
        MISSING,
        (10, found()),
        # The interview counts from the find, everything else from when it was told.
        lines=frozenset(
            line if "73.5" in line else line.replace(" 25", " 34").replace(" task 1", " task 10") for line in ORDINARY
        ),
    ),
    "a private meeting is asked for, abuse is suspected": example(
        MISSING,
        found(),
        yes("private-meeting-asked-for", Role.PLACEMENT),
        yes("abuse-suspected"),
        lines=less(ORDINARY, "private-meeting-asked-for clock", "abuse-suspected clock")
        | lines("""
            private-meeting-asked-for placement@rotherham task 25
            abuse-suspected case_team@rotherham task 25
        """),
    ),
    "a check is agreed, a meeting convened": example(
        child(previous_episodes=2),
        found(),
        yes("safe-and-well-agreed", Role.POLICE_FORCE),
        yes("risk-management-meeting", Role.PLACEMENT),
        lines=less(OFTEN, "safe-and-well-agreed clock", "risk-management-meeting clock")
        | lines("""
            safe-and-well-agreed police_force@E23000024 task 25
            risk-management-meeting placement@rotherham task 25
        """),
    ),
    "checked": example(MISSING, found(), SafeAndWellChecked(), lines=less(ORDINARY, "safe-and-well")),
    "checked, often missing": example(
        child(previous_episodes=2), found(), SafeAndWellChecked(), lines=less(OFTEN, "safe-and-well")
    ),
    "interview offered": example(
        MISSING, found(), ReturnInterviewOffered(), lines=less(ORDINARY, "interview-challenged")
    ),
    "interview held": example(
        MISSING, found(), ReturnInterviewHeld(), lines=less(ORDINARY, "interview-challenged", "return-interview")
    ),
    "interview refused": example(
        MISSING,
        found(),
        ReturnInterviewRefused(),
        lines=less(ORDINARY, "interview-challenged", "return-interview")
        | lines("interview-refused case_team@rotherham task 2"),
    ),
    "interview refused by a girl who expects a child": example(
        report(**MOTHER, care=CARE),
        found(),
        ReturnInterviewRefused(),
        lines=less(ORDINARY, "interview-challenged", "return-interview")
        | lines("interview-refused case_team@rotherham task 2"),
    ),
    "an interview is refused before the find": example(MISSING, ReturnInterviewRefused(), lines=LOOKED_AFTER),
    "no interview in 72 hours": example(
        MISSING,
        found(),
        (74, fell(CHALLENGE, 73.5)),
        lines=less(ORDINARY, "interview-challenged") | lines("interview-challenged placement@rotherham reminder 73.5"),
        hours=75,
    ),
    "risk is known after the find": example(
        MISSING,
        found(),
        RiskAssessed(risk=Risk.model_validate({"level": "medium"})),
        lines=ORDINARY | lines("private-meeting placement@rotherham task 2"),
    ),
    "found by the Home Office": example(
        report(care=OURS), found(LAMBETH, by="home_office"), lines=FOUND_BY_HOME_OFFICE
    ),
    "a woman found by the Home Office": example(report(**MOTHER, care=OURS), found(LAMBETH, by="home_office")),
    "a child subject to restriction found by the Home Office": example(
        report(care=OURS, **RESTRICTED), found(LAMBETH, by="home_office"), lines=FOUND_BY_HOME_OFFICE
    ),
    "a child subject to restriction found by police": example(
        report(care=OURS, **RESTRICTED),
        found(by="police"),
        lines=lines("found-tell-enforcement immigration_compliance_enforcement@national found_notice 1"),
    ),
    "a child subject to restriction found by the authority": example(
        report(care=OURS, **RESTRICTED),
        found(by="authority"),
        lines=lines("found-tell-enforcement immigration_compliance_enforcement@national found_notice 1"),
    ),
    "a child not subject to restriction found by police": example(report(care=OURS), found(by="police")),
}
ANY_SEAT = "whoever is told is named by the report, or is one for the whole nation"
FOUND_BY = "by whom is known only of a subject that is found"
SAME: dict[str, str] = {
    "baseline.care-context: when without context_known": "an answered request is not sent anyhow",
    **{f"baseline.home-office-missing: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    **{f"baseline.home-office-weekly-contact: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    "baseline.found-by-home-office: when without status": FOUND_BY,
    "baseline.found-tell-enforcement: when without status": FOUND_BY,
    **{f"baseline.found-tell-enforcement: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    **{f"baseline.tracing-information: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    "baseline.tracing-information: tell police_force another kind": "it is of that kind",
    **{f"baseline.missing-persons-bureau: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    "baseline.private-meeting-asked-for: by from end_told": "it fires when the end is told",
    "baseline.abuse-suspected: by from end_told": "it fires when the end is told",
    **{f"baseline.safe-and-well: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    **{f"baseline.safe-and-well-agreed: seat {seat}": ANY_SEAT for seat in ("home", "host", "receiving")},
    "baseline.safe-and-well-agreed: by from end_told": "it fires when the end is told",
    "baseline.risk-management-meeting: by from end_told": "it fires when the end is told",
}
