"""Which event a report becomes, by status, category and whether police recorded it as missing."""

from typing import Any

import pytest

from adapters.police import ADAPTER
from contracts.codes import PoliceCategory, RiskFlag, RiskLevel, SubjectKind
from contracts.envelope import Reference, to_structured
from contracts.events import (
    AbsenceReported,
    Cancelled,
    ConcernRaised,
    Data,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    Report,
)
from tests.unit.adapters.police.support import GONE, TRANSPORT, as_json, as_xml, changed

FOUND = {"found": {"at": "2026-11-22T01:05:00Z", "by": "police"}}
STATUS, VERSION = "header.reportStatus", "header.reportVersion"


@pytest.mark.parametrize(
    ("changes", "kind", "warned"),
    [
        ({}, MissingReported, ()),
        ({"risk.category": "absconder"}, MissingReported, ()),
        ({"risk.category": "absent_legacy"}, AbsenceReported, ()),
        ({"risk.category": "Absent"}, AbsenceReported, ()),
        ({"header.recorded": False}, ConcernRaised, ()),
        ({"header.recordType": "CPI"}, ConcernRaised, ()),
        ({STATUS: "update", VERSION: 2}, EpisodeUpdated, ()),
        ({STATUS: "update", "risk.category": "absent"}, EpisodeUpdated, ()),
        ({STATUS: "FOUND", **FOUND}, Found, ()),
        ({STATUS: "found in error"}, FoundRetracted, ()),
        ({STATUS: "cancelled"}, Cancelled, ()),
        ({STATUS: "closed", **FOUND}, Found, ()),
        ({STATUS: "closed"}, EpisodeUpdated, (STATUS,)),
        ({STATUS: GONE}, MissingReported, (STATUS,)),
        ({STATUS: "archived"}, MissingReported, (STATUS,)),
        ({STATUS: "archived", VERSION: 3}, EpisodeUpdated, (STATUS,)),
        (FOUND, MissingReported, ("found",)),
    ],
)
def test_the_event(changes: dict[str, Any], kind: type[Data], warned: tuple[str, ...]) -> None:
    for made in (as_json(changed(changes)), as_xml(changed(changes))):
        reading = ADAPTER.read(made)
        assert [type(event.data) for event in reading.events] == [kind]
        assert tuple(problem.field for problem in reading.warnings) == warned


def test_variants_carry_the_same_fields() -> None:
    compact, merlin = (ADAPTER.read(as_xml(changed({"header.variant": name}))) for name in ("compact", "merlin"))
    assert compact == merlin
    assert compact.warnings == ()


def test_header_becomes_envelope_and_references() -> None:
    reading = ADAPTER.read(as_json(changed({VERSION: 7, STATUS: "update"})))
    event = reading.events[0]
    assert reading.message_id == "E23000024/MP-26-004127/7/update"
    assert (event.source, event.source_version) == ("/partners/norfolk-police", 7)
    assert event.occurred_at.isoformat() == "2026-11-20T20:40:00+00:00"
    assert event.references == (
        Reference(kind="police_report", issuer="E23000024", value="MP-26-004127"),
        Reference(kind="authority_case", issuer="E08000018", value="ROT-204417"),
    )


def test_a_repeat_has_the_same_ids_and_another_version_others() -> None:
    def id_of(changes: dict[str, Any]) -> object:
        return ADAPTER.read(as_json(changed(changes))).events[0].id

    assert id_of({}) == id_of({})
    ids = {id_of(change) for change in ({}, {VERSION: 2}, {STATUS: "update"}, {"header.reportReference": "OTHER"})}
    assert len(ids) == 4


def test_without_a_version_number_the_bytes_tell_messages_apart() -> None:
    first, second = ({VERSION: GONE}, {VERSION: GONE, "person.hair": "dyed black"})
    ids = {ADAPTER.read(as_json(changed(change))).message_id for change in (first, first, second)}
    assert len(ids) == 2


def test_a_force_without_a_territory_is_named_by_its_system() -> None:
    report = changed({"header.forceCode": GONE, "header.forceName": "Transport Police", "header.sourceSystem": "NICHE"})
    event = ADAPTER.read(as_json(report, TRANSPORT)).events[0]
    assert isinstance(event.data, Report)
    assert event.data.police.force is None
    assert event.references[0].issuer == "NICHE"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, SubjectKind.CHILD),
        ({"person.dob": "2008-11-20"}, SubjectKind.ADULT),
        ({"person.dob": "2008-11-21"}, SubjectKind.CHILD),
        ({"person.dob": "2000-01-01", "person.health.pregnancy": True}, SubjectKind.PREGNANT_WOMAN),
        ({"person.health.edd": "2027-02-01"}, SubjectKind.CHILD),
        ({"person.dob": "2007-01-01", "person.address.legalStatus": "leaving_care"}, SubjectKind.CARE_LEAVER),
        ({"person.dob": GONE, "person.ageApparent": 30}, SubjectKind.ADULT),
        ({"person.dob": GONE, "person.subjectType": "child"}, SubjectKind.CHILD),
        ({"person.dob": GONE}, None),
    ],
)
def test_whom_it_is_about(changes: dict[str, Any], kind: SubjectKind | None) -> None:
    data = ADAPTER.read(as_json(changed(changes))).events[0].data
    assert isinstance(data, Report)
    assert data.subjects[0].kind is kind


def test_an_expected_date_of_delivery_means_pregnant_and_fills_the_unborn_group() -> None:
    data = ADAPTER.read(as_xml(changed({"person.health.edd": "2027-02-01"}))).events[0].data
    assert isinstance(data, Report)
    assert data.subjects[0].health.pregnant is True
    assert str(data.subjects[0].unborn and data.subjects[0].unborn.expected_date_of_delivery) == "2027-02-01"


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        ("No apparent risk (absent)", RiskLevel.NO_APPARENT_RISK),
        ("very low", RiskLevel.VERY_LOW),
        ("HIGH", RiskLevel.HIGH),
    ],
)
def test_risk_is_kept_as_graded_and_apart_from_the_category(sent: str, level: RiskLevel) -> None:
    flags = ["cse", "CCE", "fgm", "cse"]
    data = ADAPTER.read(as_json(changed({"risk.riskLevel": sent, "risk.riskFlags": flags}))).events[0].data
    assert isinstance(data, Report)
    assert (data.risk.level, data.risk.category) == (level, PoliceCategory.MISSING)
    assert data.risk.flags == (
        RiskFlag.SEXUAL_EXPLOITATION,
        RiskFlag.CRIMINAL_EXPLOITATION,
        RiskFlag.FEMALE_GENITAL_MUTILATION,
    )


def test_only_the_person_named_as_found_is_found() -> None:
    people = [{"personReference": "A", "dob": "2012-08-30"}, {"personReference": "B", "dob": "2014-01-05"}]
    report = changed({STATUS: "found", "person": people, "found": {"personReferences": ["B", "C"]}})
    data = ADAPTER.read(as_xml(report)).events[0].data
    assert isinstance(data, Found)
    assert [key.identifiers.police_person_reference for key in data.subjects] == ["B", "C"]
    assert [str(key.date_of_birth) for key in data.subjects] == ["2014-01-05", "None"]


def test_an_end_without_persons_means_all_of_the_episode() -> None:
    data = ADAPTER.read(as_json(changed({STATUS: "found", "person": GONE}))).events[0].data
    assert isinstance(data, Found)
    assert data.subjects == ()


def test_the_informant_is_kept_for_the_record_alone() -> None:
    event = ADAPTER.read(as_json(changed({"informant.name": "Told In Confidence"}))).events[0]
    assert isinstance(event.data, Report)
    assert event.data.informant is not None
    assert event.data.informant.name == "Told In Confidence"
    without = event.data.model_copy(update={"informant": None})
    assert b"Told In Confidence" not in to_structured(event.model_copy(update={"data": without}))
