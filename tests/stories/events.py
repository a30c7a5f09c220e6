"""Canonical events of the three stories, in the order in which they happened."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from contracts.codes import (
    FinderKind,
    LegalStatus,
    RestrictionGround,
    RiskFlag,
    RiskLevel,
    Role,
    SubjectKind,
)
from contracts.envelope import Event, derived_id, event_of
from contracts.events import (
    CareContextKnown,
    ClockFell,
    ContactRecorded,
    Data,
    DecisionRecorded,
    Found,
    FoundRetracted,
    MissingReported,
    SubjectKey,
    WhereaboutsBelieved,
)
from contracts.person import (
    Care,
    FoundDetails,
    Health,
    Identifiers,
    Immigration,
    KnownLink,
    Missing,
    Person,
    PoliceCase,
    Risk,
    SubjectFacts,
    Unborn,
)

ROTHERHAM, NORFOLK, LAMBETH = "E08000018", "E10000020", "E09000022"
NORFOLK_POLICE, SOUTH_YORKSHIRE_POLICE, METROPOLITAN_POLICE = "E23000024", "E23000011", "E23000001"
START = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
EPISODE = UUID("0e000000-0000-5000-8000-000000000001")
CHILD = UUID("0c000000-0000-5000-8000-000000000001")
SIBLING = UUID("0c000000-0000-5000-8000-000000000002")


def at(hours: float, data: Data, *, source: str = "/test", name: str = "", episode: UUID = EPISODE) -> Event:
    """Return an event of the story, some hours after its start."""
    moment = START + timedelta(hours=hours)
    return event_of(
        data,
        id=derived_id("story", hours, type(data).__name__, name, episode),
        source=source,
        occurred_at=moment,
        recorded_at=moment,
        episode_id=episode,
    )


def away() -> list[Event]:
    """Return the looked-after child of Rotherham, placed in Norfolk, who left for Lambeth."""
    reported = MissingReported(
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                kind=SubjectKind.CHILD,
                person=Person(surname="Quill", forenames="Tamsin", date_of_birth=date(2011, 5, 4)),
                identifiers=Identifiers(case_id="RC-4471"),
                care=Care(looked_after=True, responsible_authority=ROTHERHAM, host_authority=NORFOLK),
            ),
        ),
        missing=Missing(missing_since=START - timedelta(hours=2), reported_at=START, report_completed_at=START),
        risk=Risk(level=RiskLevel.MEDIUM, flags=(RiskFlag.SEXUAL_EXPLOITATION,)),
        police=PoliceCase(force=NORFOLK_POLICE, report_reference="NP-1"),
    )
    context = CareContextKnown(
        authority=ROTHERHAM,
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                identifiers=Identifiers(nhs_number="9990000018", case_id="RC-4471"),
                care=Care(
                    legal_status=LegalStatus.CARE_ORDER,
                    gp_practice="YROTHGP1",
                    service_0_19="YROTH019",
                    case_team_phone="01632 960101",
                ),
            ),
        ),
    )
    belief = WhereaboutsBelieved(
        subjects=(SubjectKey(subject_id=CHILD),),
        believed_left_area=True,
        areas=(KnownLink(authority=LAMBETH, link="lived there before"),),
    )
    return [
        at(0, reported),
        at(1, context),
        at(2, belief),
        at(3, decision("rotherham.P10.onward-to-areas", Role.DESIGNATED_NURSE_SAFEGUARDING, areas=(LAMBETH,))),
        at(4, decision("rotherham.P16.circulate-to-areas", Role.CASE_TEAM, areas=(LAMBETH,))),
        at(5, Found(found=FoundDetails(at=START + timedelta(hours=5), authority=LAMBETH, by=FinderKind.POLICE))),
    ]


def unborn() -> list[Event]:
    """Return the pregnant woman of Rotherham whose unborn child is on a plan."""
    reported = MissingReported(
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                kind=SubjectKind.PREGNANT_WOMAN,
                person=Person(surname="Marlowe", forenames="Isla", date_of_birth=date(2002, 2, 9)),
                care=Care(home_authority=ROTHERHAM),
                health=Health(pregnant=True),
                unborn=Unborn(expected_date_of_delivery=date(2027, 1, 15)),
            ),
        ),
        missing=Missing(missing_since=START - timedelta(hours=20), reported_at=START, report_completed_at=START),
        police=PoliceCase(force=SOUTH_YORKSHIRE_POLICE, report_reference="SY-2"),
    )
    context = CareContextKnown(
        authority=ROTHERHAM,
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                identifiers=Identifiers(nhs_number="9990000026", national_insurance_number="AA123456A"),
                care=Care(gp_practice="YROTHGP1", service_0_19="YROTH019", midwifery="YROTHMID"),
                unborn=Unborn(child_protection_plan=True, expected_date_of_delivery=date(2027, 1, 15)),
            ),
        ),
    )
    return [
        at(0, reported),
        at(1, context),
        at(2, decision("rotherham.P17.national-notification", Role.CASE_TEAM)),
        at(3, ContactRecorded(contact="family")),
        at(4, Found(found=FoundDetails(at=START + timedelta(hours=4), authority=ROTHERHAM, by=FinderKind.POLICE))),
    ]


def restricted() -> list[Event]:
    """Return the child subject to immigration restriction who is missing from care."""
    reported = MissingReported(
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                kind=SubjectKind.CHILD,
                person=Person(surname="Haile", forenames="Dawit", date_of_birth=date(2010, 3, 3)),
                care=Care(looked_after=True, responsible_authority=ROTHERHAM),
            ),
        ),
        missing=Missing(missing_since=START, reported_at=START, report_completed_at=START),
        risk=Risk(level=RiskLevel.MEDIUM),
        police=PoliceCase(force=SOUTH_YORKSHIRE_POLICE, report_reference="SY-3"),
    )
    context = CareContextKnown(
        authority=ROTHERHAM,
        subjects=(
            SubjectFacts(
                subject_id=CHILD,
                identifiers=Identifiers(nhs_number="9990000034", home_office_reference="HO-77"),
                care=Care(gp_practice="YROTHGP1", service_0_19="YROTH019"),
                immigration=Immigration(
                    subject_to_restriction=True, restriction_ground=RestrictionGround.TEMPORARY_RELEASE_OR_BAIL
                ),
            ),
        ),
    )
    weekly = ClockFell(
        rule="baseline.home-office-weekly-contact", subject_id=CHILD, tick=1, due_at=START + timedelta(days=7)
    )
    return [
        at(0, reported),
        at(1, context),
        at(24 * 7, weekly),
        at(24 * 7 + 1, ContactRecorded(contact="home_office_weekly")),
        at(24 * 8, Found(found=FoundDetails(authority=LAMBETH, by=FinderKind.HOME_OFFICE, place="a port"))),
    ]


STORIES = {"away": away, "unborn": unborn, "restricted": restricted}


def decision(rule: str, role: Role, areas: tuple[str, ...] = ()) -> DecisionRecorded:
    """Return a yes."""
    return DecisionRecorded(
        decision=rule, subject_id=CHILD, answer=True, decided_by="a named person", decided_by_role=role, areas=areas
    )


def retracted(hours: float) -> Event:
    """Return found in error."""
    return at(hours, FoundRetracted(reason="mistaken identity"))
