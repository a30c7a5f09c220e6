"""Seats, and from a rule's roles to named recipients."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.codes import FinderKind, Seat
from contracts.events import Found, MissingReported, WhereaboutsBelieved
from contracts.person import Care, FoundDetails, KnownLink, PoliceCase, SubjectFacts, Whereabouts
from hub.episode.episode import Subject
from hub.routing.seats import seats_of
from tests.journeys.everywhere import everywhere
from tests.stories.events import (
    CHILD,
    LAMBETH,
    METROPOLITAN_POLICE,
    NORFOLK,
    NORFOLK_POLICE,
    ROTHERHAM,
    SOUTH_YORKSHIRE_POLICE,
)
from tests.unit.routing.support import book, history, procedure, routed, told

SEATS: list[tuple[dict[str, str], str, str, str, str]] = [
    ({}, "", "", "", "nobody has said"),
    ({"responsible_authority": ROTHERHAM}, ROTHERHAM, ROTHERHAM, "", "home unknown: the responsible one"),
    ({"home_authority": ROTHERHAM}, ROTHERHAM, ROTHERHAM, "", "not looked after: home is responsible"),
    ({"home_authority": LAMBETH, "responsible_authority": ROTHERHAM}, LAMBETH, ROTHERHAM, "", "each its own"),
    ({"responsible_authority": ROTHERHAM, "host_authority": NORFOLK}, ROTHERHAM, ROTHERHAM, NORFOLK, "placed away"),
    ({"responsible_authority": ROTHERHAM, "host_authority": ROTHERHAM}, ROTHERHAM, ROTHERHAM, "", "placed at home"),
]


@pytest.mark.parametrize(("care", "home", "responsible", "host", "comment"), SEATS)
def test_seats(care: dict[str, Any], home: str, responsible: str, host: str, comment: str) -> None:
    seats = seats_of(Subject(id=CHILD, facts=SubjectFacts(care=Care(**care))))
    found = tuple("".join(seats[seat]) for seat in (Seat.HOME, Seat.RESPONSIBLE, Seat.HOST, Seat.RECEIVING))
    assert found == (home, responsible, host, ""), comment


def test_receiving_are_where_found_and_where_thought_but_not_ones_own() -> None:
    subject = Subject(
        id=CHILD,
        facts=SubjectFacts(care=Care(responsible_authority=ROTHERHAM)),
        whereabouts=Whereabouts(areas=(KnownLink(authority=LAMBETH), KnownLink(authority=ROTHERHAM))),
        found=FoundDetails(authority=NORFOLK),
    )
    assert seats_of(subject)[Seat.RECEIVING] == (NORFOLK, LAMBETH)


CARE = Care(
    responsible_authority=ROTHERHAM,
    host_authority=NORFOLK,
    gp_practice="YROTHGP1",
    service_0_19="YROTH019",
    midwifery="YROTHMID",
    school_urn="123456",
    known_agencies=("youth-1",),
)
REPORT = MissingReported(
    subjects=(SubjectFacts(subject_id=CHILD, care=CARE),),
    police=PoliceCase(force=NORFOLK_POLICE, report_reference="NP-1"),
)
BELIEF = WhereaboutsBelieved(areas=(KnownLink(authority=LAMBETH),))
FIND = Found(found=FoundDetails(authority=LAMBETH, by=FinderKind.POLICE))
MISSING, FOUND = {"status": ["missing"]}, {"status": ["found"]}
PLACES: list[tuple[dict[str, str], str, dict[str, list[str]], str]] = [
    ({"role": "case_team"}, "responsible", MISSING, f"case_team@{ROTHERHAM}"),
    ({"role": "duty_team"}, "host", MISSING, f"duty_team@{NORFOLK}"),
    ({"role": "duty_team"}, "receiving", MISSING, f"duty_team@{LAMBETH}"),
    ({"role": "dwp_notifications", "at": "national"}, "responsible", MISSING, "dwp_notifications@national"),
    ({"role": "gp_practice", "at": "record"}, "responsible", MISSING, "gp_practice@YROTHGP1"),
    ({"role": "service_0_19", "at": "record"}, "responsible", MISSING, "service_0_19@YROTH019"),
    ({"role": "midwifery", "at": "record"}, "responsible", MISSING, "midwifery@YROTHMID"),
    ({"role": "school", "at": "record"}, "responsible", MISSING, "school@123456"),
    ({"role": "local_agency", "at": "known_agencies"}, "responsible", MISSING, "local_agency@youth-1"),
    ({"role": "duty_team", "at": "decided_areas"}, "responsible", MISSING, f"duty_team@{LAMBETH}"),
    ({"role": "police_force", "at": "reporting_force"}, "responsible", MISSING, f"police_force@{NORFOLK_POLICE}"),
    ({"role": "police_force", "at": "responsible_force"}, "host", MISSING, f"police_force@{NORFOLK_POLICE}"),
    ({"role": "case_team", "at": "responsible_authority"}, "host", MISSING, f"case_team@{ROTHERHAM}"),
    (
        {"role": "police_force", "at": "responsible_force"},
        "responsible",
        MISSING,
        f"police_force@{SOUTH_YORKSHIRE_POLICE}",
    ),
    (
        {"role": "police_force", "at": "found_force", "kind": "found_notice"},
        "responsible",
        FOUND,
        f"police_force@{METROPOLITAN_POLICE}",
    ),
    (
        {"role": "duty_team", "at": "found_authority", "kind": "found_notice"},
        "responsible",
        FOUND,
        f"duty_team@{LAMBETH}",
    ),
]


@pytest.mark.parametrize(("tell", "seat", "when", "recipient"), PLACES, ids=lambda value: str(value)[:50])
def test_where_a_recipient_sits(tell: dict[str, str], seat: str, when: dict[str, list[str]], recipient: str) -> None:
    by = book(procedure({"seat": seat, "when": when, "tell": [tell]}))
    said = [BELIEF, FIND] if when == FOUND else [BELIEF]
    assert {one.split()[0] for one in told(routed(by, history(*said, report=REPORT)))} == {recipient}


NOWHERE: list[tuple[dict[str, str], str]] = [
    ({"role": "case_team"}, "the authority at this seat is not known"),
    ({"role": "gp_practice", "at": "record"}, "no care context has named the service that holds the record"),
    ({"role": "duty_team", "at": "decided_areas"}, "no area is known"),
    ({"role": "local_agency", "at": "known_agencies"}, "nobody has said which other agencies know this person"),
    ({"role": "police_force", "at": "reporting_force"}, "no police force has reported"),
    ({"role": "police_force", "at": "responsible_force"}, "the place is not known"),
]


@pytest.mark.parametrize(("tell", "reason"), NOWHERE)
def test_a_recipient_whom_nobody_can_name_is_one_task(tell: dict[str, str], reason: str) -> None:
    outcome = routed(book(procedure({"tell": [tell]})), history())
    assert outcome.dispatches == ()
    assert [one.reason for one in outcome.assessment.unnamed] == [reason]
    assert [task.kind for task in outcome.tasks] == ["unmatched"]


def test_a_force_without_a_territory_is_told_by_its_name() -> None:
    report = REPORT.model_copy(update={"police": PoliceCase(force_name="railway-police")})
    by = book(procedure({"tell": [{"role": "police_force", "at": "reporting_force"}]}))
    assert told(routed(by, history(report=report))) == {"police_force@railway-police notice"}


def test_one_authoritys_rule_never_leaks_to_another() -> None:
    lambeths = procedure({"seat": "responsible", "tell": [{"role": "case_team"}]}, authority=LAMBETH)
    assert told(routed(book(lambeths), history(BELIEF, report=REPORT))) == set()
    receiving = procedure({"seat": "receiving", "tell": [{"role": "duty_team"}]}, authority=LAMBETH)
    assert told(routed(book(receiving), history(BELIEF, report=REPORT))) == {f"duty_team@{LAMBETH} notice"}


def test_duties_that_fall_together_are_one_dispatch_with_all_clauses_and_the_earliest_deadline() -> None:
    rules: list[dict[str, Any]] = [
        {"clause": "test 1", "by": {"hours": 24}},
        {"clause": "test 2", "by": {"hours": 3}},
        {"clause": "test 3", "by": {"hours": 9}, "tell": [{"role": "case_team", "kind": "alert"}]},
    ]
    dispatches = routed(book(procedure(*rules)), history(report=REPORT)).dispatches
    notice, alert = dispatches
    assert [ground.clause for ground in notice.grounds] == ["test 1", "test 2"]
    assert (notice.due_at - notice.grounds[0].due_at).total_seconds() == -21 * 3600
    assert [ground.clause for ground in alert.grounds] == ["test 3"]


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("Search.", "Record it.", "Search. Record it."),
        (None, "Record it.", "Record it."),
        ("Search.", None, "Search."),
        ("Search.", "Search.", "Search."),
    ],
)
def test_duties_that_fall_together_say_all_that_is_to_be_done(first: str | None, second: str, both: str) -> None:
    rules: list[dict[str, Any]] = [{"clause": "test 1", "action": first}, {"clause": "test 2", "action": second}]
    by = replace(book(procedure(*rules)), disclosure=everywhere().disclosure)
    [notice] = routed(by, history(report=REPORT)).dispatches
    assert notice.content.guidance.action == both
