"""Examples of Lambeth's procedure, written from its clauses: who is told, and who is not.

The story starts on a Friday at 18:00; the going missing was on Thursday at 22:00, 20 hours earlier. Counted from the
start, 24 hours end at 4, the first working day at -1, three days at 52, seven at 148, a fortnight at 316, 28 days at
652, three months at 2188 and ten school days at 311.
"""

from datetime import date, timedelta
from typing import Any

from contracts.codes import Role
from contracts.events import (
    AbsenceReported,
    Cancelled,
    CareContextKnown,
    ClockFell,
    ConcernRaised,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    ReturnInterviewHeld,
    ReturnInterviewOffered,
    ReturnInterviewRefused,
    SafeAndWellChecked,
    WhereaboutsBelieved,
)
from tests.stories.events import CHILD as SUBJECT
from tests.stories.events import LAMBETH, NORFOLK, ROTHERHAM, SIBLING, START, decision
from tests.unit.procedures.examples import Example, example, lines, report

MET = "E23000001"
BARNSLEY = "E08000016"
OURS: dict[str, Any] = {"responsible_authority": LAMBETH, "home_authority": BARNSLEY}
OPEN: dict[str, Any] = {**OURS, "case_open": True}
CARE: dict[str, Any] = {**OPEN, "looked_after": True}
GONE_ABROAD = WhereaboutsBelieved.model_validate({"believed_left_uk": True})
GONE_TO = WhereaboutsBelieved.model_validate({"areas": [{"authority": NORFOLK}]})
DAY = "lambeth.3.4.absent-24-hours"
DANGERS = ("forced_marriage", "female_genital_mutilation", "honour_based_abuse", "parental_abduction")
UNREPORTED: dict[str, Any] = {"police": {"force": "E23000024"}}


def home(said: type[Any] = MissingReported, more: dict[str, Any] | None = None, **care: Any) -> Any:
    """Return a report of a child of Lambeth's with an open case who lives at home."""
    return report(said, more=more, care={**OPEN, **care})


def care(said: type[Any] = MissingReported, more: dict[str, Any] | None = None, **care: Any) -> Any:
    """Return a report of a child whom Lambeth looks after."""
    return report(said, more=more, care={**CARE, **care})


def flagged(*flags: str) -> dict[str, Any]:
    """Return what a report says of risk."""
    return {"risk": {"flags": list(flags)}}


def parents(*safe: str, **facts: Any) -> Any:
    """Return a report of a looked-after child with parents, each safe to tell, not, or not known."""
    return report(care=CARE, relations={"parents": [{"safe_to_tell": one} for one in safe]}, **facts)


def found(place: str = BARNSLEY, hours: float = 0.5) -> Found:
    """Return a find, some hours after the start."""
    return Found.model_validate({"found": {"at": START + timedelta(hours=hours), "authority": place}})


def fell(rule: str, hours: float) -> tuple[float, ClockFell]:
    """Return the fall of a clock, told an hour later."""
    return (hours + 1, ClockFell(rule=rule, subject_id=SUBJECT, due_at=START + timedelta(hours=hours)))


def yes(rule: str, *areas: str, role: Role = Role.CASE_TEAM) -> Any:
    """Return a yes to a rule's question."""
    return decision(f"lambeth.{rule}", role, areas=areas)


def at(hours: int, some: frozenset[str]) -> frozenset[str]:
    """Return lines of what starts when the duty does, moved from the start of the story by so many hours."""
    return frozenset(
        f"{line.rpartition(' ')[0]} {int(line.rpartition(' ')[2]) + hours}" if line.endswith((" 0", " 24")) else line
        for line in some
    )


def asked(rule: str, who: str, hours: str) -> frozenset[str]:
    """Return the lines of a question that nobody has answered."""
    return lines(f"{rule} {who} decision_request {hours}", f"{rule} clock {hours}")


def answered(some: frozenset[str], *rules: str) -> frozenset[str]:
    """Return lines without the clocks that decisions have ended."""
    return frozenset(line for line in some if not any(line.startswith(f"{rule} clock") for rule in rules))


POLICE = "police_force@E23000024"
ANY_CHILD = lines("""
    6.1.share-assessment case_team@lambeth task 0
    7.missing-coordinator missing_persons_coordinator@lambeth notice 0
    10.first-discussion team_manager@lambeth task -1
    10.fortnightly-meetings clock 316
    12.3.social-worker case_team@lambeth notice 0
    13.plan-return case_team@lambeth task 0
""")
AT_HOME = ANY_CHILD | lines("""
    10.meeting-from-home team_manager@lambeth task 148
    10.monthly-from-home clock 652
    11.2.discussion-after-24-hours case_team@lambeth task 4
    11.7.three-months clock 2188
""")
PARENTS_NOT_KNOWN = asked("12.3.parents-not-known", "case_team@lambeth", "24")
IN_CARE_OF_KNOWN_PARENTS = (
    ANY_CHILD
    | lines("""
        10.meeting-from-care team_manager@lambeth task 52
        10.monthly-from-care clock 652
        12.3.reviewing-officer independent_reviewing_officer@lambeth notice 0
        12.3.reviewing-officer team_manager@lambeth notice 0
        12.3.assistant-director clock 52
        12.3.seven-days clock 148
        12.3.interview-referral return_interview_provider@lambeth notice 0
        12.4.telephone-discussion case_team@lambeth task 24
        12.7.virtual-school virtual_school@lambeth notice 0
    """)
    | asked("12.7.guardian", "case_team@lambeth", "24")
)
IN_CARE = IN_CARE_OF_KNOWN_PARENTS | PARENTS_NOT_KNOWN
DISCUSSED = (
    asked("10.relatives", "team_manager@lambeth", "-1")
    | asked("10.other-authorities", "team_manager@lambeth", "-1")
    | asked("10.national", "team_manager@lambeth", "-1")
)
RECOVERY = asked("10.recovery-order", "team_manager@lambeth", "-1")
HOME = AT_HOME | DISCUSSED | asked("10.publicity-from-home", "team_manager@lambeth", "-1")
OF_CARE = DISCUSSED | RECOVERY | asked("10.publicity-from-care", "executive_director@lambeth", "-1")
LOOKED_AFTER = IN_CARE | OF_CARE
CONTACT = lines("11.2.contact duty_team@lambeth task 0")
ABSENT = (
    asked("3.4.recategorise", POLICE, "4")
    | lines("3.4.absent-24-hours clock 4")
    | asked("10.absent-enquiry", "team_manager@lambeth", "24")
    | asked("10.absent-three-days", "team_manager@lambeth", "52")
    | lines("13.repeated-absence case_team@lambeth task 0")
)
ABSENT_FROM_CARE = (
    ABSENT
    | RECOVERY
    | lines("12.2.social-worker case_team@lambeth notice 0")
    | asked("13.absence-interview", "case_team@lambeth", "24")
)
UNTIL_MISSING = ("3.4.recategorise", "3.4.absent-24-hours", "10.absent-three-days")
A_DAY_ABSENT = frozenset(
    line for line in ABSENT if line not in ("3.4.absent-24-hours clock 4", "3.4.recategorise clock 4")
) | lines("3.4.absent-24-hours case_team@lambeth reminder 4", "3.4.recategorise clock 4")
PROTECTION = lines("""
    child_protection_conference_chair@lambeth notice 0
    quality_assurance_team@lambeth notice 0
    designated_nurse_safeguarding@lambeth notice 0
""")
ON_A_PLAN = frozenset(f"11.4.on-a-plan {line}" for line in PROTECTION)
UNDER_ENQUIRY = frozenset(f"11.4.under-enquiry {line}" for line in PROTECTION)
TOLD_POLICE = lines(f"11.1.police police_force@{MET} notice 0")
AT_RISK = lines(f"12.2.police police_force@{MET} notice 0")
SCHOOL = lines("4.school clock 311", "11.4.school school@123456 notice 0")
AGENCIES = asked("10.local-agencies", "team_manager@lambeth", "-1")
CLOSED = lines("""
    11.7.closed missing_persons_coordinator@lambeth task 0
    11.7.monthly-liaison clock 652
""")
PARENTS_UNSAFE = lines("12.3.parents-unsafe case_team@lambeth task 0")
BACK = (
    asked("10.meeting-after-return", "team_manager@lambeth", "71")
    | asked("13.unsuitable-place", "case_team@lambeth", "25")
    | lines(f"14.1.safe-and-well {POLICE} task 1")
)
INTERVIEW = lines("14.2.interview-from-home case_team@lambeth task 72.5")
INTERVIEW_FROM_CARE = lines("14.2.interview-from-care return_interview_provider@lambeth task 72.5")
BY_SOCIAL_WORKER = asked("14.1.by-social-worker", POLICE, "25")
OF_FLAG = {
    "trafficking": lines("15.2.trafficking case_team@lambeth task 0"),
    "parental_abduction": lines("15.3.parental-abduction case_team@lambeth task 0") | PARENTS_UNSAFE,
    "abduction": lines(),
    "forced_marriage": lines("15.4.forced-marriage case_team@lambeth task 0") | PARENTS_UNSAFE,
    "female_genital_mutilation": lines(f"""
        15.5.mutilation police_force@{MET} notice 0
        15.5.mutilation case_team@lambeth task 0
    """)
    | PARENTS_UNSAFE,
    "honour_based_abuse": PARENTS_UNSAFE,
    "radicalisation": lines("15.6.radicalisation case_team@lambeth task 0"),
    "sexual_exploitation": lines("""
        15.7.exploitation exploitation_team@lambeth notice 0
        15.7.exploitation case_team@lambeth task 0
    """),
}
ABDUCTED_FROM_CARE = lines("""
    15.3.abduction-from-care legal_services@lambeth notice 0
    15.3.abduction-from-care assistant_director@lambeth notice 0
""")
IN_CARE_OF_FLAG = {
    **OF_FLAG,
    "parental_abduction": OF_FLAG["parental_abduction"] | ABDUCTED_FROM_CARE,
    "abduction": ABDUCTED_FROM_CARE,
    "forced_marriage": OF_FLAG["forced_marriage"] | lines("15.4.legal-services legal_services@lambeth task 0"),
}
AUTOMATIC = (
    "sexual_exploitation",
    "criminal_exploitation",
    "self_harm",
    "abduction",
    "parental_abduction",
    "curfew",
    "gang_affiliation",
    "learning_difficulties",
    "medical_condition",
    "person_posing_risk",
    "significant_harm",
)
EVERYTHING: dict[str, Any] = {
    **CARE,
    "child_protection_plan": True,
    "child_protection_enquiry": True,
    "host_authority": NORFOLK,
    "school_urn": "123456",
    "known_agencies": ["youth-1"],
}
ALL_RISKS: dict[str, Any] = {"police": {}, "risk": {"level": "high", "flags": [*OF_FLAG]}}
TWO = {"parents": [{"safe_to_tell": "safe"}, {"safe_to_tell": "unsafe"}]}


def anybody(kind: str, said: type[Any] = MissingReported, **care: Any) -> Any:
    """Return a report that says everything there is of somebody who is no child in care."""
    born = {"date_of_birth": date(1990, 1, 1)}
    return report(said, kind=kind, person=born, care={**EVERYTHING, **care}, relations=TWO, more=ALL_RISKS)


def family(said: type[Any] = MissingReported, **kinds: str) -> Any:
    """Return a report of two people, adults unless said."""
    return said.model_validate(
        {
            **report().model_dump(exclude_unset=True),
            "subjects": [
                {"subject_id": SUBJECT, "kind": kinds.get("one", "adult"), "care": OPEN},
                {"subject_id": SIBLING, "kind": "care_leaver", "care": {"home_authority": NORFOLK}},
            ],
        }
    )


GUEST: dict[str, Any] = {"responsible_authority": NORFOLK, "host_authority": LAMBETH, "looked_after": True}
PLACED_HERE = lines("""
    12.10.placed-here duty_team@lambeth task 0
    12.10.placed-here missing_persons_coordinator@lambeth notice 0
""")
ASK_THEM = lines("12.10.ask-responsible-authority missing_persons_coordinator@lambeth task 0")
LEAVER = asked("12.8.care-leaver", "case_team@lambeth", "24")
YEAR_OLD_17 = {"date_of_birth": date(2008, 11, 21)}

EXAMPLES: dict[str, Example] = {
    "missing from home": example(home(), lines=HOME),
    "missing from care": example(care(), lines=LOOKED_AFTER),
    "absent from home": example(home(AbsenceReported), lines=ABSENT),
    "absent from care": example(care(AbsenceReported), lines=ABSENT_FROM_CARE),
    "a concern": example(home(ConcernRaised)),
    "a concern about everything": example(
        report(ConcernRaised, care=EVERYTHING, relations=TWO, more=ALL_RISKS), GONE_ABROAD, GONE_TO
    ),
    "a concern about a child of whom nobody has a case": example(home(ConcernRaised, case_open=False), lines=CONTACT),
    "a child of whom nobody has a case": example(home(case_open=False), lines=HOME | CONTACT),
    "a case that is opened": example(
        home(case_open=False), CareContextKnown(authority=LAMBETH, subjects=home().subjects), lines=HOME
    ),
    "a case that is closed": example(
        home(),
        CareContextKnown(authority=LAMBETH, subjects=home(case_open=False).subjects),
        lines=HOME | at(1, CONTACT | CLOSED),
    ),
    "a case that is opened again": example(
        home(),
        CareContextKnown(authority=LAMBETH, subjects=home(case_open=False).subjects),
        EpisodeUpdated(subjects=home().subjects),
        lines=HOME,
    ),
    "a looked-after child of whom no case is known to be open": example(
        care(case_open=False),
        CareContextKnown(authority=LAMBETH, subjects=care(case_open=False).subjects),
        lines=LOOKED_AFTER,
    ),
    "an absent child of whom nobody has a case": example(
        home(AbsenceReported, case_open=False),
        CareContextKnown(authority=LAMBETH, subjects=home(case_open=False).subjects),
        lines=ABSENT | CONTACT,
    ),
    "absent, then missing": example(
        home(AbsenceReported),
        home(),
        lines=answered(
            frozenset(line for line in ABSENT if not line.startswith(UNTIL_MISSING)),
        )
        | at(1, HOME),
    ),
    "police recategorise": example(
        home(AbsenceReported),
        yes("3.4.recategorise", role=Role.POLICE_FORCE),
        lines=answered(ABSENT, "3.4.recategorise") | lines("3.4.recategorise case_team@lambeth task 4"),
    ),
    "meetings about an absent child": example(
        home(AbsenceReported),
        yes("10.absent-enquiry"),
        yes("10.absent-three-days"),
        lines=answered(ABSENT, "10.absent-enquiry", "10.absent-three-days")
        | lines("10.absent-enquiry case_team@lambeth task 24", "10.absent-three-days case_team@lambeth task 52"),
    ),
    "an interview about absences": example(
        care(AbsenceReported),
        yes("13.absence-interview"),
        lines=answered(ABSENT_FROM_CARE, "13.absence-interview")
        | lines("13.absence-interview return_interview_provider@lambeth notice 24"),
    ),
    "absent for a day, from home": example(
        home(AbsenceReported, child_protection_plan=True, school_urn="123456", more=UNREPORTED),
        fell(DAY, 4),
        lines=A_DAY_ABSENT | at(5, AT_HOME | ON_A_PLAN | TOLD_POLICE | lines("11.4.school school@123456 notice 0")),
    ),
    "absent for a day, from care": example(
        care(AbsenceReported, child_protection_enquiry=True, host_authority=NORFOLK),
        fell(DAY, 4),
        lines=ABSENT_FROM_CARE - ABSENT
        | A_DAY_ABSENT
        | at(5, IN_CARE | UNDER_ENQUIRY | lines("12.9.out-of-area case_team@lambeth task 0")),
    ),
    "absent for a day, of safe parents": example(
        report(AbsenceReported, care=CARE, relations={"parents": [{"safe_to_tell": "safe"}]}),
        fell(DAY, 4),
        lines=ABSENT_FROM_CARE - ABSENT
        | A_DAY_ABSENT
        | at(5, IN_CARE_OF_KNOWN_PARENTS | lines("12.3.parents-safe case_team@lambeth task 0")),
    ),
    "high risk": example(
        home(more={"risk": {"level": "high"}}),
        lines=HOME
        | lines("3.5.high-risk uk_missing_persons_unit@national notice 0", "3.5.high-risk ceop@national notice 0"),
    ),
    "a pupil": example(home(school_urn="123456"), lines=HOME | SCHOOL),
    "ten school days": example(
        home(school_urn="123456"),
        fell("lambeth.4.school", 311),
        lines=HOME | SCHOOL - lines("4.school clock 311") | lines("4.school school@123456 reminder 311"),
        hours=313,
    ),
    "a child who went to a known area": example(
        home(), GONE_TO, lines=HOME | lines(f"8.police-of-the-area {POLICE} task 1")
    ),
    "a family": example(family(), lines=lines("8.families quality_assurance_team@lambeth task 0")),
    "a woman with somebody": example(
        family(one="pregnant_woman"), lines=lines("8.families quality_assurance_team@lambeth task 0")
    ),
    "a child with somebody": example(
        family(one="child"), lines=HOME | lines("8.families quality_assurance_team@lambeth task 0")
    ),
    "a care leaver with somebody": example(family(one="care_leaver"), lines=LEAVER),
    "a family that is absent": example(family(AbsenceReported)),
    "14 days from home": example(
        home(),
        fell("lambeth.10.fortnightly-meetings", 316),
        lines=HOME - lines("10.fortnightly-meetings clock 316")
        | lines("10.fortnightly-meetings clock 652", "10.fortnightly-meetings team_manager@lambeth reminder 316"),
        hours=318,
    ),
    "28 days from home": example(
        home(),
        fell("lambeth.10.monthly-from-home", 652),
        lines=HOME - lines("10.fortnightly-meetings clock 316", "10.monthly-from-home clock 652")
        | lines("10.monthly-from-home clock 1324", "10.monthly-from-home team_manager@lambeth reminder 652"),
        hours=654,
    ),
    "missing again after 28 days": example(
        home(),
        fell("lambeth.10.monthly-from-home", 652),
        (660, found()),
        (661, report(care=OPEN, more={"missing": {"missing_since": START + timedelta(hours=661)}})),
        # All of it anew, fortnightly meetings as well; what was said of the month that is over stays said.
        lines=lines("""
            10.monthly-from-home team_manager@lambeth reminder 652
            6.1.share-assessment case_team@lambeth task 661
            7.missing-coordinator missing_persons_coordinator@lambeth notice 661
            12.3.social-worker case_team@lambeth notice 661
            13.plan-return case_team@lambeth task 661
            11.2.discussion-after-24-hours case_team@lambeth task 685
            10.first-discussion team_manager@lambeth task 743
            10.meeting-from-home team_manager@lambeth task 829
            10.fortnightly-meetings clock 997
            10.monthly-from-home clock 1333
            11.7.three-months clock 2869
        """)
        | asked("10.relatives", "team_manager@lambeth", "743")
        | asked("10.other-authorities", "team_manager@lambeth", "743")
        | asked("10.national", "team_manager@lambeth", "743")
        | asked("10.publicity-from-home", "team_manager@lambeth", "743"),
        hours=662,
    ),
    "28 days from care": example(
        care(),
        fell("lambeth.10.monthly-from-care", 652),
        lines=LOOKED_AFTER - lines("10.fortnightly-meetings clock 316", "10.monthly-from-care clock 652")
        | lines("""
            10.monthly-from-care clock 1324
            10.monthly-from-care team_manager@lambeth reminder 652
            10.monthly-from-care independent_reviewing_officer@lambeth reminder 652
        """),
        hours=654,
    ),
    "three months": example(
        home(),
        fell("lambeth.11.7.three-months", 2188),
        lines=frozenset(line for line in HOME if " clock 2188" not in line and " clock 316" not in line)
        - lines("10.monthly-from-home clock 652")
        | lines("""
            10.fortnightly-meetings clock 1996
            10.monthly-from-home clock 1996
            11.7.three-months service_manager@lambeth reminder 2188
            11.7.three-months case_team@lambeth reminder 2188
        """),
        hours=2190,
    ),
    "a closed case, a month on": example(
        home(),
        CareContextKnown(authority=LAMBETH, subjects=home(case_open=False).subjects),
        fell("lambeth.11.7.monthly-liaison", 652),
        lines=frozenset(line for line in HOME | at(1, CONTACT | CLOSED) if " clock 652" not in line)
        - lines("10.fortnightly-meetings clock 316")
        | lines("""
            10.fortnightly-meetings clock 652
            10.monthly-from-home clock 652
            11.7.monthly-liaison clock 1324
            11.7.monthly-liaison missing_persons_coordinator@lambeth reminder 652
        """),
        hours=654,
    ),
    "three days from care": example(
        care(),
        fell("lambeth.12.3.assistant-director", 52),
        lines=LOOKED_AFTER - lines("12.3.assistant-director clock 52")
        | lines("12.3.assistant-director assistant_director@lambeth reminder 52"),
        hours=54,
    ),
    "seven days from care": example(
        care(),
        fell("lambeth.12.3.seven-days", 148),
        lines=LOOKED_AFTER - lines("12.3.seven-days clock 148")
        | lines("""
            12.3.seven-days executive_director@lambeth reminder 148
            12.3.seven-days lead_member@lambeth reminder 148
            12.3.seven-days assistant_director@lambeth reminder 148
        """),
        hours=150,
    ),
    "what the meeting decides": example(
        home(known_agencies=["youth-1"]),
        (0.1, yes("10.relatives")),
        (0.2, yes("10.other-authorities", NORFOLK)),
        (0.3, yes("10.local-agencies")),
        (0.4, yes("10.national")),
        (0.5, yes("10.publicity-from-home")),
        lines=answered(
            HOME | AGENCIES,
            "10.relatives",
            "10.other-authorities",
            "10.local-agencies",
            "10.national",
            "10.publicity-from-home",
        )
        | lines("""
            10.relatives case_team@lambeth task -1
            10.other-authorities duty_team@norfolk notice -1
            10.local-agencies local_agency@youth-1 notice -1
            10.national dwp_notifications@national notice -1
            10.national dwp_citizen_trace@national trace_request -1
            10.national child_benefit_office@national benefit_request -1
            10.publicity-from-home case_team@lambeth task -1
        """),
    ),
    "what is decided for a looked-after child": example(
        care(),
        (0.1, yes("10.recovery-order")),
        (0.2, yes("10.publicity-from-care")),
        (0.3, yes("12.7.guardian")),
        (0.4, yes("12.3.parents-not-known")),
        lines=answered(
            LOOKED_AFTER, "10.recovery-order", "10.publicity-from-care", "12.7.guardian", "12.3.parents-not-known"
        )
        | lines("""
            10.recovery-order legal_services@lambeth task -1
            10.publicity-from-care case_team@lambeth task -1
            12.7.guardian childrens_guardian@lambeth notice 24
            12.3.parents-not-known case_team@lambeth task 24
        """),
    ),
    "a child who may be abroad": example(
        home(), GONE_ABROAD, lines=HOME | asked("10.removed-from-uk", "team_manager@lambeth", "25")
    ),
    "steps against removal": example(
        home(),
        GONE_ABROAD,
        yes("10.removed-from-uk"),
        lines=HOME
        | answered(asked("10.removed-from-uk", "team_manager@lambeth", "25"), "10.removed-from-uk")
        | lines("10.removed-from-uk legal_services@lambeth task 25"),
    ),
    "a child of whom police do not know": example(home(more=UNREPORTED), lines=HOME | TOLD_POLICE),
    "on a plan": example(home(child_protection_plan=True, child_protection_enquiry=True), lines=HOME | ON_A_PLAN),
    "under enquiry": example(home(child_protection_enquiry=True), lines=HOME | UNDER_ENQUIRY),
    "an absent child of ours who goes to no school of ours": example(
        home(AbsenceReported, school_urn="123456", known_agencies=["youth-1"], child_protection_plan=True),
        GONE_TO,
        GONE_ABROAD,
        lines=ABSENT,
    ),
    "an absent child under enquiry": example(home(AbsenceReported, child_protection_enquiry=True), lines=ABSENT),
    "an absent child at no stated risk": example(home(AbsenceReported, more=UNREPORTED), lines=ABSENT),
    "an absent child of 12": example(
        report(AbsenceReported, care=OPEN, person={"date_of_birth": date(2013, 11, 21)}, more=UNREPORTED),
        lines=ABSENT | AT_RISK,
    ),
    "an absent child of 13": example(
        report(AbsenceReported, care=OPEN, person={"date_of_birth": date(2013, 11, 20)}, more=UNREPORTED), lines=ABSENT
    ),
    "an absent child of 12 of whom police know": example(
        report(AbsenceReported, care=OPEN, person={"date_of_birth": date(2013, 11, 21)}), lines=ABSENT
    ),
    "an absent child at high risk": example(
        home(AbsenceReported, more={**UNREPORTED, "risk": {"level": "high"}}), lines=ABSENT | AT_RISK
    ),
    **{
        f"absent, {flag}": example(
            home(AbsenceReported, more={**UNREPORTED, **flagged(flag)}),
            lines=ABSENT | AT_RISK | OF_FLAG.get(flag, frozenset()),
        )
        for flag in AUTOMATIC
    },
    **{
        f"absent from care, {flag}": example(care(AbsenceReported, more=flagged(flag)), lines=ABSENT_FROM_CARE | some)
        for flag, some in IN_CARE_OF_FLAG.items()
    },
    **{f"from home, {flag}": example(home(more=flagged(flag)), lines=HOME | some) for flag, some in OF_FLAG.items()},
    **{
        f"from care, {flag}": example(
            care(more=flagged(flag)),
            lines=(IN_CARE_OF_KNOWN_PARENTS if flag in DANGERS else IN_CARE) | OF_CARE | some,
        )
        for flag, some in IN_CARE_OF_FLAG.items()
    },
    "parents of each kind": example(
        parents("safe", "unsafe", "unknown"),
        lines=LOOKED_AFTER | PARENTS_UNSAFE | lines("12.3.parents-safe case_team@lambeth task 0"),
    ),
    "a safe parent": example(
        parents("safe"),
        lines=IN_CARE_OF_KNOWN_PARENTS | OF_CARE | lines("12.3.parents-safe case_team@lambeth task 0"),
    ),
    "an unsafe parent": example(parents("unsafe"), lines=IN_CARE_OF_KNOWN_PARENTS | OF_CARE | PARENTS_UNSAFE),
    "a parent who becomes known": example(
        parents("unknown"),
        EpisodeUpdated(subjects=parents("unsafe").subjects),
        lines=IN_CARE_OF_KNOWN_PARENTS | OF_CARE | at(1, PARENTS_UNSAFE),
    ),
    **{
        f"parents, where there is a fear of {danger}": example(
            report(
                care=CARE,
                relations={"parents": [{"safe_to_tell": "safe"}, {"safe_to_tell": "unknown"}]},
                more=flagged(danger),
            ),
            lines=IN_CARE_OF_KNOWN_PARENTS | OF_CARE | IN_CARE_OF_FLAG[danger],
        )
        for danger in DANGERS
    },
    "parents at home": example(report(care=OPEN, relations={"parents": [{"safe_to_tell": "safe"}]}), lines=HOME),
    "an unsafe parent of an absent child": example(
        report(AbsenceReported, care=OPEN, relations={"parents": [{"safe_to_tell": "unsafe"}]}),
        lines=ABSENT | PARENTS_UNSAFE,
    ),
    "subject to restriction, in care": example(
        report(care=CARE, immigration={"subject_to_restriction": True}), lines=LOOKED_AFTER | OF_FLAG["trafficking"]
    ),
    "subject to restriction, at home": example(
        report(care=OPEN, immigration={"subject_to_restriction": True}), lines=HOME
    ),
    "placed out of the area": example(
        care(host_authority=NORFOLK), lines=LOOKED_AFTER | lines("12.9.out-of-area case_team@lambeth task 0")
    ),
    "another authority's child placed here": example(report(care=GUEST), lines=PLACED_HERE | ASK_THEM),
    "another authority's child that it has spoken of": example(
        report(care=GUEST), CareContextKnown(authority=NORFOLK, subjects=report(care=GUEST).subjects), lines=PLACED_HERE
    ),
    "another authority's child who is not looked after": example(report(care={**GUEST, "looked_after": False})),
    "another authority's child who is absent": example(report(AbsenceReported, care=GUEST)),
    "another authority's woman who is looked after": example(report(kind="adult", care=GUEST)),
    "another authority's child by home": example(
        report(care={"responsible_authority": NORFOLK, "home_authority": LAMBETH, "looked_after": True})
    ),
    "a care leaver": example(anybody("care_leaver"), GONE_ABROAD, GONE_TO, lines=LEAVER),
    "a care leaver for whom the protocol is followed": example(
        report(kind="care_leaver", care=OURS),
        yes("12.8.care-leaver"),
        lines=answered(LEAVER, "12.8.care-leaver") | lines("12.8.care-leaver case_team@lambeth task 24"),
    ),
    "a care leaver of 17": example(report(kind="care_leaver", person=YEAR_OLD_17, care=OPEN), lines=HOME),
    "an expectant mother of 17": example(report(kind="pregnant_woman", person=YEAR_OLD_17, care=OPEN), lines=HOME),
    "a care leaver who is absent": example(anybody("care_leaver", AbsenceReported), fell(DAY, 4)),
    "a care leaver from home": example(
        anybody("care_leaver", looked_after=False, case_open=False),
        CareContextKnown(authority=LAMBETH, subjects=anybody("care_leaver", looked_after=False).subjects[:0]),
        lines=LEAVER,
    ),
    "an adult": example(anybody("adult"), GONE_ABROAD, GONE_TO),
    "an adult under enquiry": example(anybody("adult", child_protection_plan=False)),
    "an adult whose parents are not known": example(report(kind="adult", care=EVERYTHING)),
    "an adult with safe parents": example(
        report(kind="adult", care=EVERYTHING, relations={"parents": [{"safe_to_tell": "safe"}]})
    ),
    "an adult at home": example(
        anybody("adult", looked_after=False, case_open=False),
        CareContextKnown(authority=LAMBETH, subjects=report(kind="adult").subjects),
    ),
    "an adult who is absent": example(anybody("adult", AbsenceReported)),
    "an adult from care found": example(anybody("adult"), found(LAMBETH), ReturnInterviewHeld()),
    "an adult from care who refuses": example(anybody("adult"), found(LAMBETH), ReturnInterviewRefused()),
    "an adult from home found": example(anybody("adult", looked_after=False), found(LAMBETH)),
    "found of whom nobody has a case": example(home(case_open=False), (1, found()), lines=BACK | INTERVIEW),
    "an adult in care found": example(report(kind="adult", care=CARE), (1, found())),
    "an adult at home found": example(report(kind="adult", care=OPEN), (1, found())),
    "found in Lambeth, then raised wrongly": example(
        report(care={"responsible_authority": ROTHERHAM}), (1, found(LAMBETH)), Cancelled()
    ),
    "found in Lambeth in error": example(
        report(care={"responsible_authority": ROTHERHAM}), (1, found(LAMBETH)), FoundRetracted()
    ),
    "found at home": example(home(), (1, found()), lines=BACK | INTERVIEW),
    "found from care": example(care(), (1, found()), lines=BACK | INTERVIEW_FROM_CARE | BY_SOCIAL_WORKER),
    "found in Lambeth, of another authority": example(
        report(care={"responsible_authority": ROTHERHAM}),
        (1, found(LAMBETH)),
        lines=lines(f"8.found-here police_force@{MET} task 1"),
    ),
    "found in Lambeth, and nobody knows whose child it is": example(report(), (1, found(LAMBETH))),
    "found elsewhere, thought to be in Lambeth": example(
        report(care={"responsible_authority": ROTHERHAM}),
        WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}]}),
        found(BARNSLEY),
    ),
    "an adult found in Lambeth": example(
        report(kind="adult", care={"responsible_authority": ROTHERHAM}), (1, found(LAMBETH))
    ),
    "thought to be in Lambeth": example(
        report(care={"responsible_authority": ROTHERHAM}),
        WhereaboutsBelieved.model_validate({"areas": [{"authority": LAMBETH}]}),
    ),
    "found at home in Lambeth": example(home(), (1, found(LAMBETH)), lines=BACK | INTERVIEW),
    "found on Monday, told on Tuesday": example(
        care(),
        (90, found(hours=66)),
        lines=asked("10.meeting-after-return", "team_manager@lambeth", "95")
        | asked("13.unsuitable-place", "case_team@lambeth", "114")
        | lines(f"14.1.safe-and-well {POLICE} task 90")
        | asked("14.1.by-social-worker", POLICE, "114")
        | lines("14.2.interview-from-care return_interview_provider@lambeth task 138"),
        hours=91,
    ),
    "found on Monday at home, told on Tuesday": example(
        home(),
        (90, found(hours=66)),
        lines=asked("10.meeting-after-return", "team_manager@lambeth", "95")
        | asked("13.unsuitable-place", "case_team@lambeth", "114")
        | lines(f"14.1.safe-and-well {POLICE} task 90", "14.2.interview-from-home case_team@lambeth task 138"),
        hours=91,
    ),
    "decisions after the find": example(
        care(),
        (1, found()),
        (1.1, yes("10.meeting-after-return")),
        (1.2, yes("13.unsuitable-place")),
        (1.3, yes("14.1.by-social-worker", role=Role.POLICE_FORCE)),
        lines=answered(
            BACK | INTERVIEW_FROM_CARE | BY_SOCIAL_WORKER,
            "10.meeting-after-return",
            "13.unsuitable-place",
            "14.1.by-social-worker",
        )
        | lines("""
            10.meeting-after-return team_manager@lambeth task 71
            13.unsuitable-place legal_services@lambeth task 25
            14.1.by-social-worker case_team@lambeth task 25
        """),
    ),
    "checked": example(
        care(),
        (1, found()),
        SafeAndWellChecked(),
        lines=BACK - lines(f"14.1.safe-and-well {POLICE} task 1") | INTERVIEW_FROM_CARE,
    ),
    **{
        f"{name}, {type(event).__name__}": example(
            said, (1, found()), (2, event), lines=BACK | more | lines(*(one for one in (then,) if one))
        )
        for name, said, more in (("home", home(), frozenset()), ("care", care(), BY_SOCIAL_WORKER))
        for event, then in (
            (ReturnInterviewOffered(), ""),
            (ReturnInterviewHeld(), "14.3.use-interview case_team@lambeth task 2"),
            (ReturnInterviewRefused(), "14.2.refused case_team@lambeth task 2"),
        )
    },
    "an interview held before the find": example(home(), (1, ReturnInterviewHeld()), lines=HOME),
    "an interview refused before the find": example(home(), (1, ReturnInterviewRefused()), lines=HOME),
    "known to agencies": example(home(known_agencies=["youth-1"]), lines=HOME | AGENCIES),
    "a concern about a flagged child": example(home(ConcernRaised, more={**UNREPORTED, **flagged(*OF_FLAG)})),
}
SAME: dict[str, str] = {
    "lambeth.8.found-here: when without status": "where somebody was found is forgotten once they are missing again",
    "lambeth.13.unsuitable-place: by from end_told": "it fires when the end is told",
    "lambeth.14.1.by-social-worker: by from end_told": "it fires when the end is told",
}
