"""One child, or one pregnant woman, as an authority writes about them; the hub writes them in the same words."""

from typing import Annotated
from uuid import UUID

from adapters.authorities.model.words import (
    CODE,
    LIST,
    Agencies,
    Day,
    Gss,
    KindWord,
    LegalStatusWord,
    Nhs,
    Ods,
    RestrictionWord,
    SafeToTellWord,
    SexWord,
    Text,
    Texts,
    Urn,
    Wire,
)
from contracts.codes import ChildBenefitNumber, NationalInsuranceNumber, SafeToTell


class Appearance(Wire):
    """How to recognise the person."""

    height: Text = None
    build: Text = None
    hair: Text = None
    eyes: Text = None
    marks: Texts = ()
    clothing: Texts = ()
    possessions: Texts = ()
    photo_reference: Text = None


class Placement(Wire):
    """Where a looked-after child is placed."""

    type: Text = None
    name: Text = None
    address: Text = None
    postcode: Text = None


class CaseTeam(Wire):
    """The team that holds case responsibility, in and out of office hours."""

    name: Text = None
    phone: Text = None
    out_of_hours_phone: Text = None


class HealthNeeds(Wire):
    """Health facts that matter while the person is missing."""

    conditions: Texts = ()
    medication_dependent: bool | None = None
    medication: Text = None
    pregnant: bool | None = None


class UnbornChild(Wire):
    """An unborn child, written about on its mother's record."""

    expected_date_of_delivery: Day = None
    child_protection_plan: bool | None = None
    concerns: Text = None


class ImmigrationStatus(Wire):
    """Immigration restriction, and the numbers the Home Office knows the person by."""

    subject_to_restriction: bool | None = None
    restriction_ground: RestrictionWord = None
    home_office_reference: Text = None
    port_reference: Text = None
    arc_number: Text = None
    nrm_reference: Text = None


class ParentOrCarer(Wire):
    """Somebody with parental responsibility, and whether telling them is safe for the child."""

    name: Text = None
    relationship: Text = None
    phone: Text = None
    parental_responsibility: bool | None = None
    safe_to_tell: SafeToTellWord = SafeToTell.UNKNOWN


class WaysToReach(Wire):
    """Phones, accounts and cards by which the person may be reached or traced."""

    phones: Texts = ()
    emails: Texts = ()
    social_accounts: Texts = ()
    bank_card: Text = None
    travel_card: Text = None
    vehicle: Text = None


class Subject(Wire):
    """All that one message says about one person. Authorities are GSS codes, health organisations ODS codes."""

    subject_reference: UUID | None = None
    kind: KindWord = None
    case_id: Text = None
    nhs_number: Nhs = None
    police_person_reference: Text = None
    pnc_id: Text = None
    national_insurance_number: Annotated[NationalInsuranceNumber | None, CODE] = None
    child_benefit_number: Annotated[ChildBenefitNumber | None, CODE] = None
    surname: Text = None
    forenames: Text = None
    known_as: Texts = ()
    date_of_birth: Day = None
    age_apparent: int | None = None
    sex: SexWord = None
    ethnicity: Text = None
    nationality: Text = None
    birthplace: Text = None
    preferred_language: Text = None
    appearance: Appearance = Appearance()
    home_address: Text = None
    home_postcode: Text = None
    placement: Placement = Placement()
    looked_after: bool | None = None
    legal_status: LegalStatusWord = None
    child_protection_plan: bool | None = None
    child_protection_enquiry: bool | None = None
    home_authority: Gss = None
    responsible_authority: Gss = None
    host_authority: Gss = None
    record_sensitive: bool | None = None
    identity_protected: bool | None = None
    case_team: CaseTeam = CaseTeam()
    independent_reviewing_officer: Text = None
    core_group: Texts = ()
    gp_practice: Ods = None
    service_0_19: Ods = None
    midwifery: Ods = None
    school: Text = None
    school_urn: Urn = None
    known_agencies: Agencies = ()
    case_open: bool | None = None
    previous_missing_episodes: int | None = None
    health_needs: HealthNeeds = HealthNeeds()
    unborn_child: UnbornChild | None = None
    immigration_status: ImmigrationStatus = ImmigrationStatus()
    parents: Annotated[tuple[ParentOrCarer, ...], LIST] = ()
    family: Texts = ()
    associates: Texts = ()
    likely_places: Texts = ()
    ways_to_reach: WaysToReach = WaysToReach()
