"""Bad input, row by row: what becomes of it, which fields are named, and what is kept as doubtful (promise G9)."""

import json
from typing import Any

import pytest

from adapters.police import ADAPTER
from contracts.adapter import Document
from contracts.errors import Fate, InvalidMessage
from contracts.events import MissingReported
from contracts.person import SubjectFacts
from tests.unit.adapters.police.support import COMPLETE, GONE, SOUTH_YORKSHIRE, as_json, as_xml, changed, document

PERSON, ADDRESS = "person[1]", "person[1].address"
BOTH = pytest.mark.parametrize("write", [as_json, as_xml], ids=["json", "xml"])
LOOKS = {f"person.{name}": GONE for name in ("height", "build", "hair", "eyes", "marks", "clothing", "photoRef")}
NAMES = {f"person.{name}": GONE for name in ("surname", "forenames", "knownAs")}

# what is changed in a complete report | fields warned of | canonical fields kept as doubtful
ACCEPTED: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"person.nhsNumber": "9449306754"}, [f"{PERSON}.nhsNumber"], ["identifiers.nhs_number"]),
    ({"person.nhsNumber": "944930675"}, [f"{PERSON}.nhsNumber"], ["identifiers.nhs_number"]),
    ({"person.nhsNumber": "not known"}, [f"{PERSON}.nhsNumber"], ["identifiers.nhs_number"]),
    ({"person.address.hostLA": "Norfolk"}, [f"{ADDRESS}.hostLA"], ["care.host_authority"]),
    ({"person.address.hostLA": "E10009999"}, [f"{ADDRESS}.hostLA"], ["care.host_authority"]),
    ({"person.address.hostLA": "E23000024"}, [f"{ADDRESS}.hostLA"], ["care.host_authority"]),
    ({"person.address.hostLA": "E07000146"}, [f"{ADDRESS}.hostLA"], []),
    (
        {"person.address.responsibleLA": "E08999999"},
        [f"{ADDRESS}.responsibleLA", f"{ADDRESS}.socialCareReference"],
        ["care.responsible_authority", "identifiers.case_id"],
    ),
    ({"person.dob": "31/02/2011"}, [f"{PERSON}.dob"], ["person.date_of_birth"]),
    ({"person.dob": "2011-02-31"}, [f"{PERSON}.dob"], ["person.date_of_birth"]),
    ({"person.dob": "2027-01-01"}, [f"{PERSON}.dob"], ["person.date_of_birth"]),
    ({"person.dob": "0001-01-01"}, [f"{PERSON}.dob"], ["person.date_of_birth"]),
    ({"person.health.edd": "soon"}, [f"{PERSON}.health.edd"], ["unborn.expected_date_of_delivery"]),
    ({"missing.missingSince": "2026-12-24T18:00:00Z"}, ["missing.missingSince"], ["missing.missing_since"]),
    ({"missing.missingSince": "yesterday evening"}, ["missing.missingSince"], ["missing.missing_since"]),
    ({"missing.missingSince": "2026-11-31T18:00:00Z"}, ["missing.missingSince"], ["missing.missing_since"]),
    ({"missing.missingSince": "2026-11-21T17:10:00"}, ["missing.missingSince"], []),
    ({"missing.missingSince": "2026-11-21"}, ["missing.missingSince"], []),
    ({"lastSeen.at": "0001-01-01T00:00:00+14:00"}, ["lastSeen.at"], ["last_seen.at"]),
    ({"header.issuedAt": "2026-11-21T18:40:00"}, ["header.issuedAt"], []),
    ({"header.issuedAt": "2030-01-01T00:00:00Z"}, ["header.issuedAt"] * 2, ["police.issued_at"]),
    ({"header.schemaVersion": GONE}, ["header.schemaVersion"], []),
    ({"header.variant": "holmes"}, ["header.variant"], []),
    ({"header.reportVersion": "second"}, ["header.reportVersion"], ["police.report_version"]),
    ({"header.forceCode": "E23000011"}, ["header.forceCode"], []),
    ({"header.forceCode": "norfolk"}, ["header.forceCode"], ["police.force"]),
    ({"header.forceCode": GONE}, ["header.forceCode"], []),
    ({"person.address.hostLA": "E09000022"}, [ADDRESS], []),
    ({"person.sex": "woman"}, [f"{PERSON}.sex"], ["person.sex"]),
    ({"person.previousEpisodes": "often"}, [f"{PERSON}.previousEpisodes"], ["care.previous_episodes"]),
    ({"person.address.cpPlan": "perhaps"}, [f"{ADDRESS}.cpPlan"], ["care.child_protection_plan"]),
    ({"risk.riskLevel": "extreme"}, ["risk.riskLevel"], ["risk.level"]),
    ({"risk.riskFlags": ["cse", "moon"]}, ["risk.riskFlags"], ["risk.flags"]),
    ({"person.personReference": GONE}, [f"{PERSON}.personReference"], []),
    ({"person.shoeSize": "38"}, [f"{PERSON}.shoeSize"], []),
    ({"weather.rain": True}, ["weather"], []),
    ({"person.contact": "by phone"}, [f"{PERSON}.contact"], []),
    ({"person.surname": {"first": "x"}}, [f"{PERSON}.surname"], []),
    ({"person.hair": "x" * 5_000}, [f"{PERSON}.hair"], []),
    ({"person.hair": ["brown", "red"]}, [f"{PERSON}.hair"], []),
]


@BOTH
@pytest.mark.parametrize(("changes", "warned", "doubtful"), ACCEPTED)
def test_accepted_with_a_warning_for_each_doubtful_field(
    write: Any, changes: dict[str, Any], warned: list[str], doubtful: list[str]
) -> None:
    reading = ADAPTER.read(write(changed(changes)))
    assert sorted(problem.field for problem in reading.warnings) == sorted(warned)
    assert [value.field for value in subject_of(reading).doubtful] == doubtful
    assert all(value.value for value in subject_of(reading).doubtful)


def subject_of(reading: Any) -> SubjectFacts:
    data = reading.events[0].data
    assert isinstance(data, MissingReported)
    return data.subjects[0]


# childrens-home 6.4, item by item | the fields taken out | the fields warned of
MINIMUM: list[tuple[str, list[str], list[str]]] = [
    ("names", ["person.surname", "person.forenames", "person.knownAs"], [f"{PERSON}.surname"]),
    ("date of birth", ["person.dob"], [f"{PERSON}.dob"]),
    ("status", ["person.address.legalStatus", "person.address.lookedAfter"], [f"{ADDRESS}.legalStatus"]),
    (
        "responsible authority",
        ["person.address.responsibleLA", "person.address.homeLA", "person.address.socialCareReference"],
        [f"{ADDRESS}.responsibleLA"],
    ),
    ("where", ["person.address.missingFrom"], [f"{ADDRESS}.missingFrom"]),
    ("when", ["missing.missingSince"], ["missing.missingSince"]),
    ("with whom", ["lastSeen.withPersons"], ["lastSeen.withPersons"]),
    ("clothing", ["person.clothing"], [f"{PERSON}.clothing"]),
    ("belongings", ["person.possessions"], [f"{PERSON}.possessions"]),
    ("description", [f"person.{one}" for one in ("height", "build", "hair", "eyes", "marks")], [f"{PERSON}.height"]),
    ("photo", ["person.photoRef"], [f"{PERSON}.photoRef"]),
    ("medical history", ["person.health"], [f"{PERSON}.health.conditions"]),
    ("time last seen", ["lastSeen.at"], ["lastSeen.at"]),
    ("location last seen", ["lastSeen.place", "lastSeen.postcode"], ["lastSeen.place"]),
    ("circumstances", ["lastSeen.circumstances"], ["lastSeen.circumstances"]),
    ("family and associates", ["person.family", "person.associates"], [f"{PERSON}.associates"]),
    ("risk assessment", ["risk.riskLevel", "risk.assessedAt"], ["risk.riskLevel", "risk.assessedAt"]),
]


@BOTH
@pytest.mark.parametrize(("item", "removed", "warned"), MINIMUM, ids=[row[0] for row in MINIMUM])
def test_each_item_of_the_minimum_content_is_asked_for(
    write: Any, item: str, removed: list[str], warned: list[str]
) -> None:
    reading = ADAPTER.read(write(changed(dict.fromkeys(removed, GONE))))
    assert [problem.field for problem in reading.warnings] == warned, item
    assert all("childrens-home 6.4" in problem.remedy for problem in reading.warnings)


def test_an_update_is_not_asked_for_the_minimum_content() -> None:
    report = {"header": COMPLETE["header"] | {"reportStatus": "update"}, "person": [{"personReference": "A"}]}
    assert ADAPTER.read(as_json(report)).warnings == ()


UNUSABLE: list[tuple[dict[str, Any], list[str]]] = [
    ({"header.reportReference": GONE}, ["header.reportReference"]),
    ({"header.reportReference": "  "}, ["header.reportReference"]),
    ({"header.reportReference": "7" * 101}, ["header.reportReference"]),
    ({"header": GONE}, ["header.reportReference", "header.schemaVersion", "header.forceCode", "header.issuedAt"]),
    ({**NAMES, **LOOKS}, [PERSON, f"{PERSON}.surname", f"{PERSON}.height", f"{PERSON}.photoRef"]),
    ({"person": GONE}, ["person"]),
    ({"person": []}, ["person"]),
    (
        {"header.reportReference": GONE, **NAMES, **LOOKS, "person.dob": "31/02/2011", "person.nhsNumber": "1"},
        ["header.reportReference", PERSON, f"{PERSON}.dob", f"{PERSON}.nhsNumber", f"{PERSON}.clothing"],
    ),
    ({"header.reportReference": GONE, "header.reportStatus": "found"}, ["header.reportReference"]),
]


@BOTH
@pytest.mark.parametrize(("changes", "named"), UNUSABLE)
def test_unusable_names_every_wrong_field(write: Any, changes: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(InvalidMessage) as caught:
        ADAPTER.read(write(changed(changes)))
    assert caught.value.fate is Fate.UNUSABLE
    assert set(named) <= {problem.field for problem in caught.value.problems}
    assert all(problem.detail for problem in caught.value.problems)


def test_one_person_whom_nobody_could_recognise_does_not_stop_the_report_of_the_other() -> None:
    report = changed({})
    report["person"].append({"personReference": "B"})
    reading = ADAPTER.read(as_json(report))
    assert len(reading.events[0].data.subjects) == 2  # type: ignore[attr-defined]
    assert "person[2]" in {problem.field for problem in reading.warnings}


@BOTH
@pytest.mark.parametrize("version", ["2", "2.1", "next", "11"])
def test_another_version_of_the_profile_is_held(write: Any, version: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        ADAPTER.read(write(changed({"header.schemaVersion": version, "header.reportReference": GONE})))
    assert caught.value.fate is Fate.HELD
    assert [problem.field for problem in caught.value.problems] == ["header.schemaVersion"]


def test_a_force_reporting_under_anothers_code_is_believed_and_flagged() -> None:
    reading = ADAPTER.read(as_json(COMPLETE, SOUTH_YORKSHIRE))
    assert [problem.field for problem in reading.warnings] == ["header.forceCode"]
    assert reading.events[0].references[0].issuer == "E23000024"


def test_a_doubtful_value_never_identifies_anybody() -> None:
    changes = {
        "person.nhsNumber": "9449306754",
        "person.address.responsibleLA": "E08999999",
        "person.dob": "31/02/2011",
    }
    reading = ADAPTER.read(as_json(changed(changes)))
    subject = subject_of(reading)
    assert subject.identifiers.model_dump(exclude_none=True) == {
        "police_person_reference": "NFK-P-310552",
        "pnc_id": "2026/0451873K",
    }
    assert subject.person.date_of_birth is None
    assert [reference.kind for reference in reading.events[0].references] == ["police_report"]


def test_a_person_number_shared_by_two_persons_identifies_neither() -> None:
    report = changed({})
    report["person"].append({"personReference": "NFK-P-310552", "surname": "Other"})
    data = ADAPTER.read(as_json(report)).events[0].data
    assert isinstance(data, MissingReported)
    numbers = [subject.identifiers.police_person_reference for subject in data.subjects]
    assert numbers == ["MP-26-004127/1", "MP-26-004127/2"]
    assert data.subjects[1].doubtful[0].field == "identifiers.police_person_reference"


def test_an_nhs_number_with_spaces_is_read_and_a_district_is_its_county() -> None:
    reading = ADAPTER.read(as_xml(changed({"person.nhsNumber": "944 930 6753", "person.address.hostLA": "E07000146"})))
    subject = subject_of(reading)
    assert subject.identifiers.nhs_number == "9449306753"
    assert subject.care.host_authority == "E10000020"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-11-21T17:10:00", "2026-11-21T17:10:00+00:00"),
        ("2026-07-01T17:10:00", "2026-07-01T16:10:00+00:00"),
        ("2026-07-01", "2026-06-30T23:00:00+00:00"),
        ("2026-11-21T18:10:00+01:00", "2026-11-21T17:10:00+00:00"),
        ("2026-11-22T04:05:00Z", "2026-11-22T04:05:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_london_time(sent: str, meant: str) -> None:
    data = ADAPTER.read(as_json(changed({"missing.missingSince": sent}))).events[0].data
    assert isinstance(data, MissingReported)
    assert data.missing.missing_since is not None
    assert data.missing.missing_since.isoformat() == meant


def test_control_characters_are_left_out_with_a_warning() -> None:
    reading = ADAPTER.read(as_json(changed({"person.surname": "Exa\u0000mple\u001b[2J"})))
    assert subject_of(reading).person.surname == "Exa mple [2J"
    assert [problem.field for problem in reading.warnings] == [f"{PERSON}.surname"]


SECRETS = ["Qzxsurname", "Qzxvalue", "Qzxkey", "9449306754", "31/02/2011"]
LEAKS: list[Document] = [
    as_json(changed({"header.reportReference": GONE, "person.Qzxkey": "Qzxvalue", "person.dob": "31/02/2011"})),
    as_json(changed({"header.schemaVersion": "Qzxvalue"})),
    as_json(changed({**NAMES, **LOOKS, "person.nhsNumber": "9449306754", "person.sex": "Qzxvalue"})),
    as_json(changed({"header.reportReference": "Qzxvalue" * 20, "person.surname": "Qzxsurname"})),
    document(b"<missingReport><Qzxkey>Qzxvalue</Qzxother></missingReport>"),
    document(b"<Qzxkey xmlns='Qzxvalue' Qzxsurname='1'/>"),
    document(b'{"Qzxkey": Qzxvalue}', "application/json"),
    document(b"<!DOCTYPE Qzxkey [<!ENTITY Qzxvalue 'Qzxvalue'>]><missingReport>&Qzxvalue;</missingReport>"),
    document(b"<missingReport>&Qzxvalue;</missingReport>"),
    document("<missingReport>Qzxvalue \xe9</missingReport>".encode("latin-1")),
    document(b"<?xml version='1.0' encoding='Qzxvalue'?><missingReport/>"),
    document(b"{}", "application/json; charset=Qzxvalue"),
    document(b"[" * 50 + b'"Qzxvalue"' + b"]" * 50, "application/json"),
    document(json.dumps({"Qzxkey": {"Qzxkey": "Qzxvalue"}}).encode(), "application/json"),
]


@pytest.mark.parametrize("bad", LEAKS)
def test_no_value_of_the_sender_stands_in_an_error(bad: Document) -> None:
    with pytest.raises(InvalidMessage) as caught:
        ADAPTER.read(bad)
    error = caught.value
    said = " ".join([str(error), repr(error.args), error.title, repr(error.problems), repr(error.__cause__)])
    assert not [secret for secret in SECRETS if secret in said]
    assert error.problems
