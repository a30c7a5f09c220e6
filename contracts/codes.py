"""Codes that agencies share: official identifiers with their check rules, and the closed lists of the model."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator

_GSS = re.compile(r"[ENSWK]\d{8}", re.ASCII)
_ODS = re.compile(r"[A-Z0-9]{3,12}")
_URN = re.compile(r"\d{6}", re.ASCII)
_AGENCY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_NINO = re.compile(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", re.ASCII)
_CHILD_BENEFIT = re.compile(r"CHB\d{8}[A-Z]{2}", re.ASCII)


class OpenCode(StrEnum):
    """A closed list for whoever writes it, open for whoever reads: a new word becomes `unknown`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("unknown") if value != "unknown" and "unknown" in cls._value2member_map_ else None


def is_nhs_number(text: str) -> bool:
    """Say whether ten digits carry an NHS number's check digit (modulus 11, weights 10 to 2; 11 is 0)."""
    if not (len(text) == 10 and text.isascii() and text.isdigit()):
        return False
    remainder = 11 - sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True)) % 11
    return remainder != 10 and int(text[9]) == remainder % 11


def is_gss_code(text: str) -> bool:
    """Say whether the text has the form of a GSS code: a nation's letter and eight digits."""
    return _GSS.fullmatch(text) is not None


def is_ods_code(text: str) -> bool:
    """Say whether the text has the form of an NHS organisation (ODS) code."""
    return _ODS.fullmatch(text) is not None


def is_national_insurance_number(text: str) -> bool:
    """Say whether the text has the form of a National Insurance number; administrative prefixes are refused."""
    return _NINO.fullmatch(text) is not None


def is_child_benefit_number(text: str) -> bool:
    """Say whether the text has the form of a Child Benefit number: CHB, eight digits, two letters."""
    return _CHILD_BENEFIT.fullmatch(text) is not None


def _nhs_number(text: str) -> str:
    if not is_nhs_number(text):
        raise ValueError("not an NHS number: ten digits with a valid check digit are needed")
    return text


def _gss_code(text: str) -> str:
    if not is_gss_code(text):
        raise ValueError("not a GSS code: a letter and eight digits are needed, such as E08000018")
    return text


def _ods_code(text: str) -> str:
    if not is_ods_code(text):
        raise ValueError("not an ODS code: 3 to 12 capital letters and digits are needed")
    return text


def _school_urn(text: str) -> str:
    if _URN.fullmatch(text) is None:
        raise ValueError("not a school's unique reference number: six digits are needed")
    return text


def _agency_name(text: str) -> str:
    if _AGENCY.fullmatch(text) is None:
        raise ValueError("not an agency's name in the directory: small letters, digits and hyphens are needed")
    return text


def _national_insurance_number(text: str) -> str:
    if not is_national_insurance_number(text):
        raise ValueError("not a National Insurance number: two letters, six digits and A to D are needed")
    return text


def _child_benefit_number(text: str) -> str:
    if not is_child_benefit_number(text):
        raise ValueError("not a Child Benefit number: CHB, eight digits and two letters are needed")
    return text


NhsNumber = Annotated[str, AfterValidator(_nhs_number)]
GssCode = Annotated[str, AfterValidator(_gss_code)]
OdsCode = Annotated[str, AfterValidator(_ods_code)]
SchoolUrn = Annotated[str, AfterValidator(_school_urn)]
AgencyName = Annotated[str, AfterValidator(_agency_name)]
NationalInsuranceNumber = Annotated[str, AfterValidator(_national_insurance_number)]
ChildBenefitNumber = Annotated[str, AfterValidator(_child_benefit_number)]


class SubjectKind(OpenCode):
    """Whom an episode is about. An unborn child stands on its mother's record and has no person of its own."""

    CHILD = "child"
    UNBORN_CHILD = "unborn_child"
    PREGNANT_WOMAN = "pregnant_woman"
    ADULT = "adult"
    CARE_LEAVER = "care_leaver"
    UNKNOWN = "unknown"


class PoliceCategory(OpenCode):
    """How police recorded it; the hub never recategorises."""

    MISSING = "missing"
    ABSENT = "absent_legacy"
    ABSCONDER = "absconder"
    UNKNOWN = "unknown"


class RiskLevel(OpenCode):
    """How police, or whoever assessed it, graded the risk; the hub never grades."""

    NO_APPARENT_RISK = "no_apparent_risk"
    VERY_LOW = "very_low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


class RiskFlag(OpenCode):
    """A concern that an agency stated about the subject."""

    SEXUAL_EXPLOITATION = "sexual_exploitation"
    CRIMINAL_EXPLOITATION = "criminal_exploitation"
    TRAFFICKING = "trafficking"
    SELF_HARM = "self_harm"
    RADICALISATION = "radicalisation"
    FORCED_MARRIAGE = "forced_marriage"
    HONOUR_BASED_ABUSE = "honour_based_abuse"
    FEMALE_GENITAL_MUTILATION = "female_genital_mutilation"
    ABDUCTION = "abduction"
    PARENTAL_ABDUCTION = "parental_abduction"
    CURFEW = "curfew"
    GANG_AFFILIATION = "gang_affiliation"
    LEARNING_DIFFICULTIES = "learning_difficulties"
    MEDICAL_CONDITION = "medical_condition"
    PERSON_POSING_RISK = "person_posing_risk"
    SIGNIFICANT_HARM = "significant_harm"
    UNKNOWN = "unknown"


class Sex(OpenCode):
    """Sex as recorded by the sender."""

    FEMALE = "female"
    MALE = "male"
    INDETERMINATE = "indeterminate"
    UNKNOWN = "unknown"


class LegalStatus(OpenCode):
    """The legal ground on which a child is looked after, or none."""

    NOT_LOOKED_AFTER = "not_looked_after"
    ACCOMMODATED = "accommodated_section_20"
    INTERIM_CARE_ORDER = "interim_care_order_section_38"
    CARE_ORDER = "care_order_section_31"
    PLACEMENT_ORDER = "placement_order_section_21"
    REMANDED = "remanded"
    LEAVING_CARE = "leaving_care"
    UNKNOWN = "unknown"


class RestrictionGround(OpenCode):
    """Why a person is subject to immigration restriction (childrens-home 6.6)."""

    NO_LEAVE_TO_ENTER = "no_leave_to_enter"
    LEFT_BORDER_CONTROL = "left_border_control"
    TEMPORARY_ADMISSION = "temporary_admission"
    TEMPORARY_RELEASE_OR_BAIL = "temporary_release_or_bail"
    RESTRICTION_ORDER = "restriction_order"
    LIABLE_TO_DEPORT_OR_DEPENDANT = "liable_to_deport_or_dependant"
    UNKNOWN = "unknown"


class SafeToTell(OpenCode):
    """Whether telling a parent is known to be safe for the child."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


class FinderKind(OpenCode):
    """Which kind of body found the subject."""

    POLICE = "police"
    AUTHORITY = "authority"
    HOME_OFFICE = "home_office"
    HEALTH = "health"
    FAMILY = "family"
    RETURNED_BY_SELF = "returned_by_self"
    UNKNOWN = "unknown"


class Seat(StrEnum):
    """The part that an authority plays in an episode."""

    HOME = "home"
    RESPONSIBLE = "responsible"
    HOST = "host"
    RECEIVING = "receiving"


class Duty(StrEnum):
    """How strongly a rule binds: sent, asked of a person first, or blocked."""

    MUST = "must"
    CONSIDER = "consider"
    NEVER = "never"


class Role(OpenCode):
    """Who may be told, asked or blocked; the directory resolves a role at an authority to an endpoint."""

    POLICE_FORCE = "police_force"
    OFFICER_IN_CASE = "officer_in_case"
    CASE_TEAM = "case_team"
    DUTY_TEAM = "duty_team"
    EMERGENCY_DUTY_TEAM = "emergency_duty_team"
    INDEPENDENT_REVIEWING_OFFICER = "independent_reviewing_officer"
    SAFEGUARDING_UNIT_MANAGER = "safeguarding_unit_manager"
    CORE_GROUP = "core_group"
    SENIOR_MANAGEMENT = "senior_management"
    CONFERENCE_CHAIR = "child_protection_conference_chair"
    EXECUTIVE_DIRECTOR = "executive_director"
    HEAD_OF_SERVICE = "head_of_service"
    LEGAL_SERVICES = "legal_services"
    PRESS_OFFICE = "press_office"
    PUPIL_TRACKING_OFFICER = "pupil_tracking_officer"
    RETURN_INTERVIEW_PROVIDER = "return_interview_provider"
    EXPLOITATION_TEAM = "exploitation_team"
    YOUTH_OUTREACH = "youth_outreach"
    DEBRIEF_SERVICE = "debrief_service"
    LOCAL_AGENCY = "local_agency"
    SCHOOL = "school"
    PLACEMENT = "placement"
    PARENT = "parent"
    SERVICE_0_19 = "service_0_19"
    GP_PRACTICE = "gp_practice"
    MIDWIFERY = "midwifery"
    DESIGNATED_NURSE_SAFEGUARDING = "designated_nurse_safeguarding"
    HOME_OFFICE_NOTIFICATIONS = "home_office_notifications"
    IMMIGRATION_ENFORCEMENT = "immigration_compliance_enforcement"
    DWP_NOTIFICATIONS = "dwp_notifications"
    DWP_CITIZEN_TRACE = "dwp_citizen_trace"
    CHILD_BENEFIT_OFFICE = "child_benefit_office"
    CHILD_ABDUCTION_UNIT = "child_abduction_unit"
    CONSULAR_DIRECTORATE = "consular_directorate"
    MISSING_PERSONS_COORDINATOR = "missing_persons_coordinator"
    MISSING_PERSONS_UNIT = "uk_missing_persons_unit"
    CEOP = "ceop"
    REGULATOR = "regulator"
    TEAM_MANAGER = "team_manager"
    SERVICE_MANAGER = "service_manager"
    ASSISTANT_DIRECTOR = "assistant_director"
    LEAD_MEMBER = "lead_member"
    QUALITY_ASSURANCE_TEAM = "quality_assurance_team"
    VIRTUAL_SCHOOL = "virtual_school"
    CHILDRENS_GUARDIAN = "childrens_guardian"
    OPERATOR = "operator"
    UNKNOWN = "unknown"
