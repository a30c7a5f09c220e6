"""Invented people for the tests of likeness: a short way to write a subject's facts."""

from datetime import date

from contracts.codes import LegalStatus, Sex
from contracts.person import Care, Identifiers, Person, Residence, SubjectFacts

BORN = date(2010, 3, 14)
NHS, OTHER_NHS = "9990000018", "9990000026"


def who(
    surname: str | None = "Marlowe",
    given: str | None = "Isla",
    born: date | None = BORN,
    *,
    aka: tuple[str, ...] = (),
    sex: Sex | None = None,
    post: str | None = None,
    placed: str | None = None,
    school: str | None = None,
    urn: str | None = None,
    gp: str | None = None,
    nhs: str | None = None,
    pnc: str | None = None,
    case: str | None = None,
    office: str | None = None,
    status: LegalStatus | None = None,
    protected: bool | None = None,
) -> SubjectFacts:
    """One subject; what is not given is not known."""
    return SubjectFacts(
        person=Person(surname=surname, forenames=given, known_as=aka, date_of_birth=born, sex=sex),
        identifiers=Identifiers(nhs_number=nhs, pnc_id=pnc, case_id=case, home_office_reference=office),
        residence=Residence(home_postcode=post, placement_postcode=placed),
        care=Care(
            school=school,
            school_urn=urn,
            gp_practice=gp,
            legal_status=status,
            responsible_authority="E08000018" if case else None,
        ),
        identity_protected=protected,
    )
