"""Every operator of the rules' closed list: when it holds and when not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.codes import FinderKind, LegalStatus, RiskFlag, RiskLevel, SafeToTell, SubjectKind
from contracts.envelope import Event
from contracts.events import (
    ClockFell,
    DecisionRecorded,
    EarlierEpisodeKnown,
    EventType,
    Found,
    MissingReported,
)
from contracts.person import (
    Care,
    FoundDetails,
    Immigration,
    KnownLink,
    Parent,
    Person,
    PoliceCase,
    Relations,
    Risk,
    SubjectFacts,
    Unborn,
    Whereabouts,
)
from hub.episode.episode import Decision, Episode, Subject, Tick
from hub.episode.transitions import Status
from hub.routing.conditions import OPERATORS, ConditionError, Facts, parse_condition
from tests.stories.events import CHILD, EPISODE, LAMBETH, NORFOLK, ROTHERHAM, SIBLING, at

REPORTED = at(0, MissingReported())


def facts(*, event: Event = REPORTED, police: PoliceCase | None = None, **subject: Any) -> Facts:
    """Return what an operator sees, of one subject."""
    one = Subject(id=CHILD, **subject)
    return Facts(Episode(id=EPISODE, subjects=(one,), police=police or PoliceCase()), one, event)


def care(**said: Any) -> Facts:
    """Return the same with care facts."""
    return facts(facts=SubjectFacts(care=Care(**said)))


def risk(**said: Any) -> Facts:
    """Return the same with a risk."""
    return facts(risk=Risk(**said))


NOTHING = facts()
HELD = "missing.return-interview.held.v1"


def found_at(authority: str | None, **said: Any) -> Facts:
    """Return the same found at a place, with care facts."""
    return facts(facts=SubjectFacts(care=Care(**said)), found=FoundDetails(authority=authority))


def parents(*safe: str, responsibility: bool = True) -> Facts:
    """Return the same with parents, each safe to tell, not, or not known."""
    people = tuple(Parent(parental_responsibility=responsibility, safe_to_tell=SafeToTell(one)) for one in safe)
    return facts(facts=SubjectFacts(relations=Relations(parents=people)))


def decided(*answers: tuple[str, bool, UUID | None]) -> Facts:
    """Return the same with decisions, in their order."""
    made = tuple(
        Decision(
            at=REPORTED.occurred_at,
            data=DecisionRecorded(decision=rule, answer=answer, subject_id=subject, decided_by="a person"),
        )
        for rule, answer, subject in answers
    )
    return replace(NOTHING, episode=Episode(id=EPISODE, decisions=made))


def aged(kind: SubjectKind, born: date | None, apparent: int | None = None) -> Facts:
    """Return the same of a person of some age; the event is of 20 November 2026."""
    return facts(kind=kind, facts=SubjectFacts(person=Person(date_of_birth=born, age_apparent=apparent)))


def fell(rule: str, subject: UUID, after: timedelta = timedelta(0)) -> Facts:
    """Return the same after a clock has fallen, so long after the present status began."""
    tick = ClockFell(rule=rule, subject_id=subject, due_at=REPORTED.occurred_at)
    since = facts(status_since=REPORTED.occurred_at - after)
    return replace(since, episode=Episode(id=EPISODE, ticks=(Tick(at=REPORTED.occurred_at, data=tick),)))


FAMILY = (Subject(id=CHILD), Subject(id=SIBLING))


def gone(*days: int) -> Facts:
    """Return the same missing, and missing some days before as well."""
    missing = facts(status=Status.MISSING, status_since=REPORTED.occurred_at)
    on = [REPORTED.occurred_at.date() - timedelta(days=one) for one in days]
    past = tuple(
        EarlierEpisodeKnown(subject_id=CHILD, episode=UUID(int=n), missing_on=day, confirmed=True, facts=1)
        for n, day in enumerate(on)
    )
    return replace(missing, episode=missing.episode.model_copy(update={"earlier": past}))


RESTRICTED = SubjectFacts(immigration=Immigration(subject_to_restriction=True))
HOLDS: list[tuple[dict[str, Any], Facts, bool]] = [
    ({"status": ["missing", "absent"]}, facts(status=Status.MISSING), True),
    ({"status": "missing"}, facts(status=Status.MISSING), True),
    ({"status": ["missing"]}, facts(status=Status.FOUND), False),
    ({"subject": ["child"]}, NOTHING, True),
    ({"subject": ["child"]}, facts(kind=SubjectKind.UNBORN_CHILD), False),
    ({"event": ["missing.person.reported.v1"]}, NOTHING, True),
    ({"event": ["missing.person.reported.v1"]}, facts(event=at(0, Found())), False),
    ({"risk_level": ["high"]}, risk(level=RiskLevel.HIGH), True),
    ({"risk_level": ["high"]}, risk(level=RiskLevel.MEDIUM), False),
    ({"risk_level": ["high"]}, NOTHING, False),
    ({"flag": ["trafficking"]}, risk(flags=(RiskFlag.SELF_HARM, RiskFlag.TRAFFICKING)), True),
    ({"flag": ["trafficking"]}, risk(flags=(RiskFlag.SELF_HARM,)), False),
    ({"found_by": ["home_office"]}, facts(found=FoundDetails(by=FinderKind.HOME_OFFICE)), True),
    ({"found_by": ["home_office"]}, facts(found=FoundDetails(by=FinderKind.POLICE)), False),
    ({"found_by": ["home_office"]}, NOTHING, False),
    ({"looked_after": True}, care(looked_after=True), True),
    ({"looked_after": True}, care(legal_status=LegalStatus.CARE_ORDER), True),
    ({"looked_after": True}, care(legal_status=LegalStatus.LEAVING_CARE), False),
    ({"looked_after": True}, care(legal_status=LegalStatus.UNKNOWN), False),
    ({"looked_after": True}, care(looked_after=False, legal_status=LegalStatus.CARE_ORDER), False),
    ({"looked_after": True}, NOTHING, False),
    ({"looked_after": False}, NOTHING, True),
    ({"looked_after": False}, care(looked_after=True), False),
    ({"at_risk": True}, care(child_protection_plan=True), True),
    ({"at_risk": True}, care(child_protection_enquiry=True), True),
    ({"at_risk": True}, facts(facts=SubjectFacts(unborn=Unborn(child_protection_plan=True))), True),
    ({"at_risk": True}, facts(facts=SubjectFacts(unborn=Unborn(concerns="stated"))), True),
    ({"at_risk": True}, risk(level=RiskLevel.MEDIUM), True),
    ({"at_risk": True}, risk(flags=(RiskFlag.ABDUCTION,)), True),
    ({"at_risk": True}, risk(level=RiskLevel.LOW), False),
    ({"at_risk": True}, NOTHING, False),
    ({"at_risk": False}, NOTHING, True),
    ({"placed_elsewhere": True}, care(responsible_authority=ROTHERHAM, host_authority=NORFOLK), True),
    ({"placed_elsewhere": True}, care(responsible_authority=ROTHERHAM, host_authority=ROTHERHAM), False),
    ({"placed_elsewhere": True}, care(responsible_authority=ROTHERHAM), False),
    ({"placed_elsewhere": False}, care(responsible_authority=ROTHERHAM), True),
    ({"child_protection_plan": True}, care(child_protection_plan=True), True),
    ({"child_protection_plan": True}, NOTHING, False),
    ({"child_protection_plan": False}, NOTHING, True),
    ({"believed_left_area": True}, facts(whereabouts=Whereabouts(believed_left_area=True)), True),
    ({"believed_left_area": True}, facts(whereabouts=Whereabouts(believed_left_area=False)), False),
    ({"believed_left_area": True}, NOTHING, False),
    ({"known_areas": True}, facts(whereabouts=Whereabouts(areas=(KnownLink(authority=LAMBETH),))), True),
    ({"known_areas": True}, NOTHING, False),
    ({"subject_to_restriction": True}, facts(facts=RESTRICTED), True),
    ({"subject_to_restriction": True}, NOTHING, False),
    ({"believed_left_uk": True}, facts(whereabouts=Whereabouts(believed_left_uk=True)), True),
    ({"believed_left_uk": True}, facts(whereabouts=Whereabouts(believed_left_uk=False)), False),
    ({"believed_left_uk": True}, facts(whereabouts=Whereabouts(believed_left_area=True)), False),
    ({"found_elsewhere": True}, found_at(LAMBETH, responsible_authority=ROTHERHAM), True),
    ({"found_elsewhere": True}, found_at(ROTHERHAM, responsible_authority=ROTHERHAM), False),
    ({"found_elsewhere": True}, found_at(NORFOLK, responsible_authority=ROTHERHAM, home_authority=NORFOLK), False),
    ({"found_elsewhere": True}, found_at(LAMBETH), False),
    ({"found_elsewhere": True}, found_at(None, responsible_authority=ROTHERHAM), False),
    ({"found_elsewhere": False}, NOTHING, True),
    ({"parents": ["safe"]}, parents("safe"), True),
    ({"parents": ["safe"]}, parents("unsafe"), False),
    ({"parents": ["safe"]}, parents("unsafe", "safe"), True),
    ({"parents": ["unsafe"]}, parents("unsafe", "safe"), True),
    ({"parents": ["unknown"]}, parents("unsafe", "safe"), False),
    ({"parents": ["unknown"]}, parents("unknown"), True),
    ({"parents": ["unknown"]}, NOTHING, True),
    ({"parents": ["safe"]}, NOTHING, False),
    ({"parents": ["safe"]}, parents("safe", responsibility=False), False),
    ({"school_known": True}, care(school_urn="123456"), True),
    ({"school_known": True}, NOTHING, False),
    ({"school_known": False}, NOTHING, True),
    ({"agencies_known": True}, care(known_agencies=("youth-1",)), True),
    ({"agencies_known": True}, NOTHING, False),
    ({"case_open": True}, care(case_open=True), True),
    ({"case_open": True}, NOTHING, False),
    ({"case_open": False}, NOTHING, True),
    ({"case_open": False}, care(case_open=True), False),
    ({"heard": [HELD]}, facts(heard=(EventType(HELD),)), True),
    ({"heard": [HELD, "missing.return-interview.refused.v1"]}, facts(heard=(EventType(HELD),)), True),
    ({"heard": [HELD]}, facts(heard=(EventType.RETURN_INTERVIEW_OFFERED,)), False),
    ({"heard": [HELD]}, NOTHING, False),
    ({"decided": ["ships.ring"]}, decided(("ships.ring", True, CHILD)), True),
    ({"decided": ["ships.ring"]}, decided(("ships.ring", True, None)), True),
    ({"decided": ["ships.ring"]}, decided(("ships.ring", True, SIBLING)), False),
    ({"decided": ["ships.ring"]}, decided(("ships.ring", True, CHILD), ("ships.ring", False, CHILD)), False),
    ({"decided": ["ships.ring"]}, decided(("ships.call", True, CHILD)), False),
    ({"decided": ["ships.ring", "ships.call"]}, decided(("ships.call", True, CHILD)), True),
    ({"decided": "ships.ring"}, NOTHING, False),
    ({"sought_at_dwp": True}, replace(NOTHING, episode=Episode(id=EPISODE, contacts=("dwp_by_police",))), True),
    ({"sought_at_dwp": True}, replace(NOTHING, episode=Episode(id=EPISODE, contacts=("family",))), False),
    ({"sought_at_dwp": False}, NOTHING, True),
    ({"context_known": True}, facts(context_from=(ROTHERHAM,)), True),
    ({"context_known": False}, facts(context_from=(ROTHERHAM,)), False),
    ({"context_known": False}, NOTHING, True),
    ({"missing_times": {"times": 2, "days": 42}}, gone(1), True),
    ({"missing_times": {"times": 2, "days": 42}}, gone(), False),
    ({"missing_times": {"times": 3, "days": 42}}, gone(1), False),
    ({"missing_times": {"times": 3, "days": 42}}, gone(1, 41), True),
    ({"missing_times": {"times": 3, "days": 42}}, gone(1, 42), False),
    ({"missing_times": {"times": 2, "days": 42}}, NOTHING, False),
    ({"police_report": True}, facts(police=PoliceCase(report_reference="NP-1")), True),
    ({"police_report": False}, NOTHING, True),
    ({"police_report": True}, NOTHING, False),
    ({"missing_before": True}, care(previous_episodes=2), True),
    ({"missing_before": True}, care(previous_episodes=0), False),
    ({"missing_before": False}, NOTHING, True),
    ({"went_missing": True}, facts(status=Status.MISSING, spell=1), True),
    ({"went_missing": True}, facts(status=Status.FOUND, spell=2), True),
    ({"went_missing": True}, facts(status=Status.FOUND, spell=1), False),
    ({"went_missing": True}, facts(status=Status.ABSENT), False),
    ({"went_missing": True}, facts(status=Status.ABSENT, spell=1), True),
    ({"went_missing": False}, NOTHING, True),
    ({"status": ["unreported"], "subject": ["child"]}, NOTHING, True),
    ({"status": ["unreported"], "subject": ["adult"]}, NOTHING, False),
    ({"any": [{"subject": ["adult"]}, {"looked_after": False}]}, NOTHING, True),
    ({"any": [{"subject": ["adult"]}, {"looked_after": True}]}, NOTHING, False),
    ({"all": [{"subject": ["child"]}, {"looked_after": False}]}, NOTHING, True),
    ({"all": [{"subject": ["child"]}, {"looked_after": True}]}, NOTHING, False),
    ({"not": {"looked_after": True}}, NOTHING, True),
    ({"not": {"looked_after": False}}, NOTHING, False),
    ({"child": True}, NOTHING, True),
    ({"child": False}, NOTHING, False),
    ({"child": True}, facts(kind=SubjectKind.UNBORN_CHILD), False),
    ({"child": True}, aged(SubjectKind.CARE_LEAVER, date(2008, 11, 21)), True),
    ({"child": True}, aged(SubjectKind.CARE_LEAVER, date(2008, 11, 20)), False),
    ({"child": True}, aged(SubjectKind.PREGNANT_WOMAN, date(2008, 11, 21)), True),
    ({"child": True}, aged(SubjectKind.PREGNANT_WOMAN, date(2008, 11, 20)), False),
    ({"child": True}, aged(SubjectKind.ADULT, date(2008, 11, 21)), False),
    ({"child": True}, aged(SubjectKind.CARE_LEAVER, None), False),
    ({"child_protection_enquiry": True}, care(child_protection_enquiry=True), True),
    ({"child_protection_enquiry": True}, care(child_protection_plan=True), False),
    ({"child_protection_enquiry": False}, NOTHING, True),
    ({"clock_fell": ["ships.ring"]}, fell("ships.ring", CHILD), True),
    ({"clock_fell": ["ships.ring"]}, fell("ships.ring", CHILD, timedelta(hours=1)), True),
    ({"clock_fell": ["ships.ring"]}, fell("ships.ring", CHILD, timedelta(hours=-1)), False),
    ({"clock_fell": ["ships.call", "ships.ring"]}, fell("ships.ring", CHILD), True),
    ({"clock_fell": ["ships.ring"]}, fell("ships.ring", SIBLING), False),
    ({"clock_fell": "ships.ring"}, fell("ships.call", CHILD), False),
    ({"clock_fell": "ships.ring"}, NOTHING, False),
    ({"family": True}, replace(NOTHING, episode=Episode(id=EPISODE, subjects=FAMILY)), True),
    ({"family": True}, NOTHING, False),
    ({"family": False}, NOTHING, True),
    ({"found_in": [LAMBETH]}, found_at(LAMBETH), True),
    ({"found_in": LAMBETH}, found_at(LAMBETH), True),
    ({"found_in": [LAMBETH, NORFOLK]}, found_at(ROTHERHAM), False),
    ({"found_in": [LAMBETH]}, NOTHING, False),
    ({"up_to_age": 12}, aged(SubjectKind.CHILD, date(2013, 11, 21)), True),
    ({"up_to_age": 12}, aged(SubjectKind.CHILD, date(2013, 11, 20)), False),
    ({"up_to_age": 12}, aged(SubjectKind.CHILD, None, 12), True),
    ({"up_to_age": 12}, aged(SubjectKind.CHILD, None, 13), False),
    ({"up_to_age": 12}, aged(SubjectKind.CHILD, date(2013, 11, 20), 12), False),
    ({"up_to_age": 12}, NOTHING, False),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "seen", "expected"), HOLDS, ids=lambda value: str(value)[:70])
def test_operator(raw: dict[str, Any], seen: Facts, expected: bool) -> None:
    assert parse_condition(raw).holds(seen) is expected


def test_every_operator_is_shown_holding_and_not_holding() -> None:
    for operator in OPERATORS:
        assert {expected for raw, _, expected in HOLDS if set(raw) == {operator}} == {True, False}, operator


WRONG: list[tuple[Any, str]] = [
    ({"heard": ["missing.person.found.v1"]}, "`missing.person.found.v1` is nothing that is waited for"),
    ({"decided": []}, "the id of a rule or a list of ids is needed"),
    ({"decided": True}, "the id of a rule or a list of ids is needed"),
    ({"missing": True}, "`missing` is not an operator; these are: any, all, not, agencies_known"),
    ({"status": ["lost"]}, "`lost` is not in the closed list: absent, cancelled"),
    ({"status": [["missing"]]}, "is not in the closed list"),
    ({"status": 7}, "a word or a list of words is needed"),
    ({"status": []}, "a word or a list of words is needed"),
    ({"looked_after": "yes"}, "true or false is needed"),
    ({"missing_times": 3}, "`times` (from 2) and `days` (from 1 to 3660) are needed, such as {times: 3, days: 42}"),
    ({"missing_times": {"times": 3}}, "`times` (from 2) and `days`"),
    ({"missing_times": {"times": 1, "days": 42}}, "`times` (from 2) and `days`"),
    ({"missing_times": {"times": 2, "days": 0}}, "`times` (from 2) and `days`"),
    ({"missing_times": {"times": True, "days": 42}}, "`times` (from 2) and `days`"),
    ({"missing_times": {"times": 2, "days": 42, "weeks": 6}}, "`times` (from 2) and `days`"),
    ({"any": {"looked_after": True}}, "`any` needs a list of conditions"),
    ({"all": []}, "`all` needs a list of conditions"),
    ({"not": [{"looked_after": True}]}, "operators with their arguments are needed"),
    ({"any": [{"nothing": True}]}, "`nothing` is not an operator"),
    ({}, "operators with their arguments are needed"),
    (None, "operators with their arguments are needed"),
    ({"clock_fell": []}, "the id of a rule or a list of ids is needed"),
    ({"found_in": ["Lambeth"]}, "the GSS code of an authority or a list of codes is needed"),
    ({"found_in": []}, "the GSS code of an authority or a list of codes is needed"),
    ({"up_to_age": "12"}, "a whole number of years is needed"),
    ({"up_to_age": True}, "a whole number of years is needed"),
    ({"up_to_age": -1}, "a whole number of years is needed"),
]


@pytest.mark.parametrize(("raw", "message"), WRONG)
def test_what_is_not_in_the_closed_list_is_explained(raw: Any, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(raw)
    assert message in str(caught.value)
