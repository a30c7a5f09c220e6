"""The profile `police-missing-report` v1 as police write it, group by group, every value still the text that was sent.

A field `last_seen` stands on the wire as `lastSeen`. A tuple may be repeated in XML and is an array in JSON.
"""

from dataclasses import dataclass

PROFILE = "police-missing-report"
VERSION = 1
VARIANTS = ("compact", "merlin")


@dataclass(frozen=True)
class Group:
    """A group of fields. `path` says where it stood; `stated` are the names that stood there, even if empty."""

    path: str = ""
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Header(Group):
    """Which report this is, which version of it, and who wrote it when."""

    schema_version: str | None = None
    variant: str | None = None
    source_system: str | None = None
    force_code: str | None = None
    force_name: str | None = None
    report_reference: str | None = None
    occurrence_reference: str | None = None
    report_version: str | None = None
    report_status: str | None = None
    status_reason: str | None = None
    issued_at: str | None = None
    recorded: str | None = None
    record_type: str | None = None


@dataclass(frozen=True)
class Risk(Group):
    """Category and risk, as police recorded and graded them."""

    category: str | None = None
    risk_level: str | None = None
    assessed_at: str | None = None
    assessed_by: str | None = None
    rationale: str | None = None
    risk_flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Address(Group):
    """Where the person lives or is placed, and who is responsible."""

    home: str | None = None
    home_postcode: str | None = None
    home_l_a: str | None = None
    missing_from: str | None = None
    placement_type: str | None = None
    placement_name: str | None = None
    placement_address: str | None = None
    placement_postcode: str | None = None
    responsible_l_a: str | None = None
    host_l_a: str | None = None
    social_care_reference: str | None = None
    cp_plan: str | None = None
    looked_after: str | None = None
    legal_status: str | None = None


@dataclass(frozen=True)
class Contact(Group):
    """Ways to reach or trace the person."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    social: tuple[str, ...] = ()
    bank_card: str | None = None
    travel_card: str | None = None
    vehicle: str | None = None


@dataclass(frozen=True)
class Health(Group):
    """Health as police were told it; `edd` is the expected date of delivery."""

    conditions: tuple[str, ...] = ()
    medication_dependent: str | None = None
    medication: str | None = None
    pregnancy: str | None = None
    edd: str | None = None
    unborn_cp_plan: str | None = None
    unborn_concerns: str | None = None


@dataclass(frozen=True)
class Person(Group):
    """One person who is missing; siblings who went together stand in one report."""

    person_reference: str | None = None
    subject_type: str | None = None
    surname: str | None = None
    forenames: str | None = None
    known_as: tuple[str, ...] = ()
    dob: str | None = None
    age_apparent: str | None = None
    sex: str | None = None
    ethnicity: str | None = None
    nationality: str | None = None
    birthplace: str | None = None
    preferred_language: str | None = None
    pnc_id: str | None = None
    nhs_number: str | None = None
    photo_ref: str | None = None
    height: str | None = None
    build: str | None = None
    hair: str | None = None
    eyes: str | None = None
    marks: tuple[str, ...] = ()
    clothing: tuple[str, ...] = ()
    possessions: tuple[str, ...] = ()
    address: Address = Address()
    contact: Contact = Contact()
    health: Health = Health()
    family: tuple[str, ...] = ()
    associates: tuple[str, ...] = ()
    likely_places: tuple[str, ...] = ()
    previous_episodes: str | None = None


@dataclass(frozen=True)
class Missing(Group):
    """When the going missing began, was reported, and was written down completely."""

    missing_since: str | None = None
    reported_at: str | None = None
    report_completed_at: str | None = None


@dataclass(frozen=True)
class LastSeen(Group):
    """The last certain sighting."""

    at: str | None = None
    place: str | None = None
    postcode: str | None = None
    by: str | None = None
    circumstances: str | None = None
    clothing: tuple[str, ...] = ()
    possessions: tuple[str, ...] = ()
    with_persons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Informant(Group):
    """Who told police."""

    name: str | None = None
    relationship: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Officer(Group):
    """The officer in the case."""

    name: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Found(Group):
    """How it ended; `person_references` name who was found when not all were."""

    person_references: tuple[str, ...] = ()
    at: str | None = None
    place: str | None = None
    authority: str | None = None
    by: str | None = None
    with_whom: str | None = None
    harm: str | None = None
    safe_and_well_at: str | None = None
    return_interview_requested: str | None = None


@dataclass(frozen=True)
class MissingReport(Group):
    """The whole report."""

    header: Header = Header()
    risk: Risk = Risk()
    person: tuple[Person, ...] = ()
    missing: Missing = Missing()
    last_seen: LastSeen = LastSeen()
    informant: Informant = Informant()
    officer: Officer = Officer()
    pnc_circulated_at: str | None = None
    mpu_notified_at: str | None = None
    found: Found = Found()
