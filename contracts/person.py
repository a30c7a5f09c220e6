"""Facts about people: the groups of fields that events carry and dispatches disclose.

A field is named `group.field` in the disclosure table, so every group is one flat model and every field is optional.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.codes import (
    AgencyName,
    ChildBenefitNumber,
    FinderKind,
    GssCode,
    LegalStatus,
    NationalInsuranceNumber,
    NhsNumber,
    OdsCode,
    PoliceCategory,
    RestrictionGround,
    RiskFlag,
    RiskLevel,
    SafeToTell,
    SchoolUrn,
    Sex,
    SubjectKind,
)


class Facts(BaseModel):
    """The base of every group: frozen, and lenient to fields that a newer sender knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy as the library does, in a quarter of its time: a group has neither private nor further values."""
        if deep:
            return super().model_copy(update=update, deep=True)
        changes = update or {}
        made = object.__new__(type(self))
        object.__setattr__(made, "__dict__", {**self.__dict__, **changes})
        object.__setattr__(made, "__pydantic_fields_set__", self.__pydantic_fields_set__.union(changes))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


class Person(Facts):
    """Who it is."""

    surname: str | None = None
    forenames: str | None = None
    known_as: tuple[str, ...] = ()
    date_of_birth: date | None = None
    age_apparent: int | None = None
    sex: Sex | None = None
    ethnicity: str | None = None
    nationality: str | None = None
    birthplace: str | None = None
    preferred_language: str | None = None


class Description(Facts):
    """How to recognise the person."""

    height: str | None = None
    build: str | None = None
    hair: str | None = None
    eyes: str | None = None
    marks: tuple[str, ...] = ()
    clothing: tuple[str, ...] = ()
    possessions: tuple[str, ...] = ()
    photo_reference: str | None = None


class Identifiers(Facts):
    """Numbers that agencies know the person by; only well-formed ones, for only these may match."""

    nhs_number: NhsNumber | None = None
    police_person_reference: str | None = None
    pnc_id: str | None = None
    case_id: str | None = None
    home_office_reference: str | None = None
    port_reference: str | None = None
    arc_number: str | None = None
    nrm_reference: str | None = None
    national_insurance_number: NationalInsuranceNumber | None = None
    child_benefit_number: ChildBenefitNumber | None = None


class Residence(Facts):
    """Where the person lives or is placed."""

    home_address: str | None = None
    home_postcode: str | None = None
    placement_type: str | None = None
    placement_name: str | None = None
    placement_address: str | None = None
    placement_postcode: str | None = None


class Care(Facts):
    """What social care and health services hold, and which authority plays which part (GSS codes, upper tier).

    `known_agencies` are further agencies that know the person, by their names in the directory; `case_open` says
    whether children's social care of the authority works with the child already.
    """

    looked_after: bool | None = None
    legal_status: LegalStatus | None = None
    child_protection_plan: bool | None = None
    child_protection_enquiry: bool | None = None
    home_authority: GssCode | None = None
    responsible_authority: GssCode | None = None
    host_authority: GssCode | None = None
    record_sensitive: bool | None = None
    case_team_name: str | None = None
    case_team_phone: str | None = None
    out_of_hours_phone: str | None = None
    reviewing_officer_name: str | None = None
    core_group: tuple[str, ...] = ()
    gp_practice: OdsCode | None = None
    service_0_19: OdsCode | None = None
    midwifery: OdsCode | None = None
    school: str | None = None
    school_urn: SchoolUrn | None = None
    known_agencies: tuple[AgencyName, ...] = ()
    case_open: bool | None = None
    previous_episodes: int | None = None


class Health(Facts):
    """Health facts that matter while the person is missing."""

    conditions: tuple[str, ...] = ()
    medication_dependent: bool | None = None
    medication: str | None = None
    pregnant: bool | None = None


class Unborn(Facts):
    """An unborn child, told about on the mother's record."""

    expected_date_of_delivery: date | None = None
    child_protection_plan: bool | None = None
    concerns: str | None = None


class Immigration(Facts):
    """Immigration restriction (childrens-home 6.6)."""

    subject_to_restriction: bool | None = None
    restriction_ground: RestrictionGround | None = None


class Parent(Facts):
    """A parent or another person with parental responsibility, and whether telling them is safe for the child."""

    name: str | None = None
    relationship: str | None = None
    phone: str | None = None
    parental_responsibility: bool | None = None
    safe_to_tell: SafeToTell = SafeToTell.UNKNOWN


class Relations(Facts):
    """Family, friends, associates, and places where the person may be."""

    parents: tuple[Parent, ...] = ()
    family: tuple[str, ...] = ()
    associates: tuple[str, ...] = ()
    likely_places: tuple[str, ...] = ()


class Contact(Facts):
    """Ways to reach or trace the person."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    social_accounts: tuple[str, ...] = ()
    bank_card: str | None = None
    travel_card: str | None = None
    vehicle: str | None = None


class DoubtfulValue(Facts):
    """A value that broke a rule: kept as sent, marked, and never used for matching (promise G9)."""

    field: str
    value: str
    reason: str


class SubjectFacts(Facts):
    """All that one event says about one subject. `subject_id` is stamped at intake; senders give `identifiers`.

    `identity_protected`: the person had another identity, or will have one, that must not be found through this one (an
    adopted child). It stands beside the groups, so that no dispatch can carry it.
    """

    subject_id: UUID | None = None
    kind: SubjectKind | None = None
    identity_protected: bool | None = None
    person: Person = Person()
    description: Description = Description()
    identifiers: Identifiers = Identifiers()
    residence: Residence = Residence()
    care: Care = Care()
    health: Health = Health()
    unborn: Unborn | None = None
    immigration: Immigration = Immigration()
    relations: Relations = Relations()
    contact: Contact = Contact()
    doubtful: tuple[DoubtfulValue, ...] = ()


class Missing(Facts):
    """The going missing itself."""

    missing_since: AwareDatetime | None = None
    reported_at: AwareDatetime | None = None
    report_completed_at: AwareDatetime | None = None
    missing_from: str | None = None
    circumstances: str | None = None
    with_persons: tuple[str, ...] = ()


class LastSeen(Facts):
    """The last certain sighting."""

    at: AwareDatetime | None = None
    place: str | None = None
    postcode: str | None = None
    by: str | None = None


class Risk(Facts):
    """Police category and risk, kept apart, each with who said so and when."""

    category: PoliceCategory | None = None
    level: RiskLevel | None = None
    flags: tuple[RiskFlag, ...] = ()
    assessed_at: AwareDatetime | None = None
    assessed_by: str | None = None
    rationale: str | None = None


class PoliceCase(Facts):
    """How police run the case. `force` is a police force area's GSS code, absent for a force without a territory."""

    force: GssCode | None = None
    force_name: str | None = None
    report_reference: str | None = None
    occurrence_reference: str | None = None
    officer_name: str | None = None
    officer_contact: str | None = None
    nationally_circulated_at: AwareDatetime | None = None
    missing_persons_unit_notified_at: AwareDatetime | None = None


class Informant(Facts):
    """Who reported it to police. Never disclosed to anybody."""

    name: str | None = None
    relationship: str | None = None
    contact: str | None = None


class KnownLink(Facts):
    """An area where the subject may have gone, and what is known that links them to it (rotherham P9)."""

    authority: GssCode
    link: str | None = None
    seen_postcode: str | None = None


class Whereabouts(Facts):
    """What is believed about where the subject has gone."""

    believed_left_area: bool | None = None
    believed_left_uk: bool | None = None
    areas: tuple[KnownLink, ...] = ()


class FoundDetails(Facts):
    """How it ended. Never part of a withdrawal (promise G6)."""

    at: AwareDatetime | None = None
    place: str | None = None
    authority: GssCode | None = None
    by: FinderKind | None = None
    with_whom: str | None = None
    harm: str | None = None
    safe_and_well_at: AwareDatetime | None = None
    return_interview_requested: bool | None = None
