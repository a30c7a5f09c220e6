"""The identifiers by which two reports are known to be about one subject: exact ones, with whoever issued them."""

from datetime import date
from typing import Any

import pytest

from contracts.envelope import Reference
from contracts.events import SubjectKey
from contracts.person import Care, DoubtfulValue, Identifiers, Person, SubjectFacts
from hub.identity.keys import keys_of
from tests.stories.events import LAMBETH, NORFOLK, NORFOLK_POLICE, ROTHERHAM

BORN = date(2011, 5, 4)
NHS = Identifiers(nhs_number="9990000018")
CASE = Identifiers(case_id="RC-1")
PERSON = Identifiers(police_person_reference="P-1")
CASE_REFERENCE = Reference(kind="authority_case", issuer=LAMBETH, value="RC-1")
TABLE: list[tuple[SubjectFacts | SubjectKey, dict[str, Any], list[tuple[str, str, str]], str]] = [
    (SubjectFacts(), {}, [], "nothing to go by"),
    (SubjectFacts(identifiers=NHS), {}, [], "an NHS number without a date of birth never matches"),
    (
        SubjectFacts(identifiers=NHS, person=Person(date_of_birth=BORN)),
        {},
        [("nhs_number", "2011-05-04", "9990000018")],
        "with one it does",
    ),
    (
        SubjectKey(identifiers=NHS, date_of_birth=BORN),
        {},
        [("nhs_number", "2011-05-04", "9990000018")],
        "so it does where an event only points at a subject",
    ),
    (SubjectFacts(identifiers=CASE), {}, [], "a case number of nobody's"),
    (SubjectFacts(identifiers=CASE), {"authority": ROTHERHAM}, [("authority_case", ROTHERHAM, "RC-1")], "the sender's"),
    (
        SubjectFacts(identifiers=CASE, care=Care(responsible_authority=ROTHERHAM, home_authority=NORFOLK)),
        {},
        [("authority_case", ROTHERHAM, "RC-1")],
        "the responsible authority's",
    ),
    (
        SubjectFacts(identifiers=CASE, care=Care(home_authority=NORFOLK)),
        {},
        [("authority_case", NORFOLK, "RC-1")],
        "else the home authority's",
    ),
    (
        SubjectFacts(identifiers=CASE),
        {"references": [CASE_REFERENCE]},
        [("authority_case", LAMBETH, "RC-1")],
        "else the issuer's of the case that is quoted",
    ),
    (SubjectFacts(identifiers=PERSON), {}, [], "a police number of no force"),
    (
        SubjectFacts(identifiers=PERSON),
        {"force": NORFOLK_POLICE},
        [("police_person", NORFOLK_POLICE, "P-1")],
        "a police number of one force",
    ),
    (
        SubjectFacts(identifiers=Identifiers(home_office_reference="HO-77")),
        {},
        [("home_office", "home-office", "HO-77")],
        "a number that one body issues for the whole country",
    ),
    (
        SubjectFacts(person=Person(surname="Quill", forenames="Tamsin", date_of_birth=BORN)),
        {},
        [],
        "a name and a date of birth never match",
    ),
    (
        SubjectFacts(
            person=Person(date_of_birth=BORN),
            doubtful=(DoubtfulValue(field="nhs_number", value="9990000018", reason="check digit"),),
        ),
        {},
        [],
        "a doubtful value never matches",
    ),
]


@pytest.mark.parametrize(("subject", "issuers", "keys", "comment"), TABLE, ids=[one[3] for one in TABLE])
def test_keys(
    subject: SubjectFacts | SubjectKey, issuers: dict[str, Any], keys: list[tuple[str, str, str]], comment: str
) -> None:
    assert list(keys_of(subject, **issuers)) == keys, comment


def test_the_same_number_of_two_authorities_is_two_keys() -> None:
    subject = SubjectFacts(identifiers=CASE)
    assert keys_of(subject, authority=ROTHERHAM) != keys_of(subject, authority=LAMBETH)
