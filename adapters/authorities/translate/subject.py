"""One table, two directions: where each canonical field of a person stands in the authority's words."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from adapters.authorities.model.subject import Subject
from adapters.authorities.model.words import field_word
from contracts.lenient import Doubt, Location
from contracts.person import SubjectFacts

EARLIEST_BIRTH = date(1900, 1, 1)
ADULT_AGE = 18
# canonical group.field -> field of Subject, or part.field
_PLACES = {
    "identifiers.case_id": "case_id",
    "identifiers.nhs_number": "nhs_number",
    "identifiers.police_person_reference": "police_person_reference",
    "identifiers.pnc_id": "pnc_id",
    "identifiers.national_insurance_number": "national_insurance_number",
    "identifiers.child_benefit_number": "child_benefit_number",
    "identifiers.home_office_reference": "immigration_status.home_office_reference",
    "identifiers.port_reference": "immigration_status.port_reference",
    "identifiers.arc_number": "immigration_status.arc_number",
    "identifiers.nrm_reference": "immigration_status.nrm_reference",
    "immigration.subject_to_restriction": "immigration_status.subject_to_restriction",
    "immigration.restriction_ground": "immigration_status.restriction_ground",
    "person.surname": "surname",
    "person.forenames": "forenames",
    "person.known_as": "known_as",
    "person.date_of_birth": "date_of_birth",
    "person.age_apparent": "age_apparent",
    "person.sex": "sex",
    "person.ethnicity": "ethnicity",
    "person.nationality": "nationality",
    "person.birthplace": "birthplace",
    "person.preferred_language": "preferred_language",
    "description.height": "appearance.height",
    "description.build": "appearance.build",
    "description.hair": "appearance.hair",
    "description.eyes": "appearance.eyes",
    "description.marks": "appearance.marks",
    "description.clothing": "appearance.clothing",
    "description.possessions": "appearance.possessions",
    "description.photo_reference": "appearance.photo_reference",
    "residence.home_address": "home_address",
    "residence.home_postcode": "home_postcode",
    "residence.placement_type": "placement.type",
    "residence.placement_name": "placement.name",
    "residence.placement_address": "placement.address",
    "residence.placement_postcode": "placement.postcode",
    "care.looked_after": "looked_after",
    "care.legal_status": "legal_status",
    "care.child_protection_plan": "child_protection_plan",
    "care.child_protection_enquiry": "child_protection_enquiry",
    "care.home_authority": "home_authority",
    "care.responsible_authority": "responsible_authority",
    "care.host_authority": "host_authority",
    "care.record_sensitive": "record_sensitive",
    "care.case_team_name": "case_team.name",
    "care.case_team_phone": "case_team.phone",
    "care.out_of_hours_phone": "case_team.out_of_hours_phone",
    "care.reviewing_officer_name": "independent_reviewing_officer",
    "care.core_group": "core_group",
    "care.gp_practice": "gp_practice",
    "care.service_0_19": "service_0_19",
    "care.midwifery": "midwifery",
    "care.school": "school",
    "care.school_urn": "school_urn",
    "care.known_agencies": "known_agencies",
    "care.case_open": "case_open",
    "care.previous_episodes": "previous_missing_episodes",
    "health.conditions": "health_needs.conditions",
    "health.medication_dependent": "health_needs.medication_dependent",
    "health.medication": "health_needs.medication",
    "health.pregnant": "health_needs.pregnant",
    "unborn.expected_date_of_delivery": "unborn_child.expected_date_of_delivery",
    "unborn.child_protection_plan": "unborn_child.child_protection_plan",
    "unborn.concerns": "unborn_child.concerns",
    "relations.parents": "parents",
    "relations.family": "family",
    "relations.associates": "associates",
    "relations.likely_places": "likely_places",
    "contact.phones": "ways_to_reach.phones",
    "contact.emails": "ways_to_reach.emails",
    "contact.social_accounts": "ways_to_reach.social_accounts",
    "contact.bank_card": "ways_to_reach.bank_card",
    "contact.travel_card": "ways_to_reach.travel_card",
    "contact.vehicle": "ways_to_reach.vehicle",
}


def facts_of(subject: Subject, doubts: tuple[Doubt, ...] = ()) -> SubjectFacts:
    """Return what an authority wrote about one person in canonical groups; doubtful values are kept beside them."""
    stated = subject.model_dump(mode="python", by_alias=False, exclude_defaults=True)
    groups: dict[str, Any] = {}
    for canonical, place in _STEPS:
        value = _at(stated, place)
        if value is not None:
            _put(groups, canonical, value)
    groups["kind"] = subject.kind
    groups["identity_protected"] = subject.identity_protected
    groups["subject_id"] = subject.subject_reference
    groups["doubtful"] = tuple(doubt.kept(canonical_name(doubt.location)) for doubt in doubts)
    if subject.unborn_child is not None:
        groups.setdefault("unborn", {})
        groups.setdefault("health", {}).setdefault("pregnant", True)
    return SubjectFacts.model_validate(groups)


def words_of(groups: BaseModel) -> dict[str, Any]:
    """Return a person's canonical groups (SubjectFacts or a dispatch's Content) as JSON in the profile's words."""
    places: dict[str, Any] = {}
    for (group, field), place in _STEPS:
        facts = getattr(groups, group)
        value = getattr(facts, field) if facts is not None else None
        if value is not None and value != ():
            _put(places, place, _plain(value))
    subject = Subject.model_validate(places, by_alias=False, by_name=True)
    return subject.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def impossible_birth(subject: Subject, received_at: datetime) -> bool:
    """Say whether a date of birth lies in the future or before 1900."""
    born = subject.date_of_birth
    return born is not None and not EARLIEST_BIRTH <= born <= received_at.date()


def age_on(born: date, day: date) -> int:
    """Return the age in whole years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def canonical_name(location: Location) -> str:
    """Return the canonical name of the field that stands at a place of the wire, or the wire's own path."""
    steps = [step for step in location if isinstance(step, str)]
    return next((_CANONICAL[".".join(steps[:n])] for n in (2, 1) if ".".join(steps[:n]) in _CANONICAL), ".".join(steps))


def _at(values: dict[str, Any], place: tuple[str, ...]) -> Any:
    found: Any = values
    for step in place:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _plain(value: Any) -> Any:
    """Return a value with the people and places in it as dicts."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python", exclude_defaults=True)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _put(values: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    *parts, last = place
    for part in parts:
        values = values.setdefault(part, {})
    values[last] = value


_STEPS = [(tuple(canonical.split(".")), tuple(place.split("."))) for canonical, place in _PLACES.items()]
_CANONICAL = {".".join(field_word(step) for step in place.split(".")): name for name, place in _PLACES.items()}
