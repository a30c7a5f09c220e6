"""One person of a report -> the facts about one subject."""

from dataclasses import dataclass
from datetime import date, datetime

from adapters.police.model.report import LastSeen, Person
from adapters.police.translate.notes import Notes
from adapters.police.translate.values import LONDON, Fields
from adapters.police.translate.words import LEGAL_STATUS, LOOKED_AFTER, SEX, SUBJECT
from contracts.codes import LegalStatus, SubjectKind
from contracts.envelope import Reference
from contracts.events import SubjectKey
from contracts.person import (
    Care,
    Contact,
    Description,
    Health,
    Identifiers,
    Relations,
    Residence,
    SubjectFacts,
    Unborn,
)
from contracts.person import Person as PersonFacts


@dataclass(frozen=True)
class Setting:
    """What a person is read against: warnings, the clock, the day it happened, and the rest of the report.

    `repeated` are the person references that several persons of the report share.
    """

    notes: Notes
    now: datetime
    happened_at: datetime
    report_reference: str
    last_seen: LastSeen
    repeated: frozenset[str] = frozenset()


def subject_of(person: Person, number: int, setting: Setting) -> SubjectFacts:
    """Return all that the report says about its n-th person; doubtful values are kept apart."""
    fields = Fields(person, setting.notes, setting.now)
    who = _person(fields, setting)
    health, unborn = _health(Fields(person.health, setting.notes, setting.now))
    care, case_id = _care(Fields(person.address, setting.notes, setting.now), fields)
    return SubjectFacts(
        kind=_kind(fields, who, care, health, setting.happened_at.astimezone(LONDON).date()),
        person=who,
        description=_description(person, setting.last_seen),
        identifiers=_identifiers(fields, number, case_id, setting),
        residence=_residence(person),
        care=care,
        health=health,
        unborn=unborn,
        relations=Relations(family=person.family, associates=person.associates, likely_places=person.likely_places),
        contact=_contact(person),
        doubtful=setting.notes.take_doubtful(),
    )


def key_of(person: Person, number: int, setting: Setting) -> SubjectKey:
    """Return how an event that ends something points at the report's n-th person."""
    fields = Fields(person, setting.notes, setting.now)
    case_id = _case_id(Fields(person.address, setting.notes, setting.now))
    return SubjectKey(
        identifiers=_identifiers(fields, number, case_id, setting),
        date_of_birth=_date_of_birth(fields, setting),
    )


def case_reference(subject: SubjectFacts) -> Reference | None:
    """Return the responsible authority's own case, if the report names it."""
    authority, case = subject.care.responsible_authority, subject.identifiers.case_id
    return Reference(kind="authority_case", issuer=authority, value=case) if authority and case else None


def _date_of_birth(fields: Fields, setting: Setting) -> date | None:
    return fields.day("dob", "person.date_of_birth", latest=setting.now.astimezone(LONDON).date())


def _person(fields: Fields, setting: Setting) -> PersonFacts:
    return PersonFacts(
        surname=fields.text("surname"),
        forenames=fields.text("forenames"),
        known_as=fields.many("known_as"),
        date_of_birth=_date_of_birth(fields, setting),
        age_apparent=fields.count("age_apparent", "person.age_apparent"),
        sex=fields.word("sex", "person.sex", SEX),
        ethnicity=fields.text("ethnicity"),
        nationality=fields.text("nationality"),
        birthplace=fields.text("birthplace"),
        preferred_language=fields.text("preferred_language"),
    )


def _identifiers(fields: Fields, number: int, case_id: str | None, setting: Setting) -> Identifiers:
    return Identifiers(
        police_person_reference=_person_reference(fields, number, setting),
        pnc_id=fields.text("pnc_id"),
        nhs_number=fields.nhs_number("nhs_number"),
        case_id=case_id,
    )


def _person_reference(fields: Fields, number: int, setting: Setting) -> str:
    """Return the force's number of the person; without one of its own, the place in the report stands for it."""
    sent, where = fields.text("person_reference"), fields.where("person_reference")
    remedy = "Send the force's own number of each person."
    if sent is None:
        fields.notes.warn(where, "is missing; the place in the report stands for it", remedy)
    elif sent in setting.repeated:
        meant = "identifiers.police_person_reference"
        fields.notes.doubt(
            where, meant, sent, "is given to several persons; the place in the report stands for it", remedy
        )
    else:
        return sent
    return f"{setting.report_reference}/{number}"


def _description(person: Person, last_seen: LastSeen) -> Description:
    return Description(
        height=person.height,
        build=person.build,
        hair=person.hair,
        eyes=person.eyes,
        marks=person.marks,
        clothing=person.clothing or last_seen.clothing,
        possessions=person.possessions or last_seen.possessions,
        photo_reference=person.photo_ref,
    )


def _residence(person: Person) -> Residence:
    address = person.address
    return Residence(
        home_address=address.home,
        home_postcode=address.home_postcode,
        placement_type=address.placement_type,
        placement_name=address.placement_name,
        placement_address=address.placement_address,
        placement_postcode=address.placement_postcode,
    )


def _case_id(address: Fields) -> str | None:
    """A case number counts only with a sure authority: without it two authorities' numbers could be mixed up."""
    case = address.text("social_care_reference")
    _, sure = address.authority("responsible_l_a", "care.responsible_authority")
    return _sure_case(address, case, sure)


def _sure_case(address: Fields, case: str | None, sure: bool) -> str | None:
    if case is not None and not sure:
        detail = "has no valid responsible authority beside it"
        address.notes.doubt(
            address.where("social_care_reference"), "identifiers.case_id", case, detail, "Send responsibleLA."
        )
        return None
    return case


def _care(address: Fields, person: Fields) -> tuple[Care, str | None]:
    home, _ = address.authority("home_l_a", "care.home_authority")
    responsible, sure = address.authority("responsible_l_a", "care.responsible_authority")
    host, _ = address.authority("host_l_a", "care.host_authority")
    legal_status = address.word("legal_status", "care.legal_status", LEGAL_STATUS)
    looked_after = address.flag("looked_after", "care.looked_after")
    care = Care(
        looked_after=_looked_after(legal_status) if looked_after is None else looked_after,
        legal_status=legal_status,
        child_protection_plan=address.flag("cp_plan", "care.child_protection_plan"),
        home_authority=home,
        responsible_authority=responsible,
        host_authority=host,
        previous_episodes=person.count("previous_episodes", "care.previous_episodes"),
    )
    return care, _sure_case(address, address.text("social_care_reference"), sure)


def _looked_after(legal_status: LegalStatus | None) -> bool | None:
    if legal_status in LOOKED_AFTER:
        return True
    return False if legal_status is LegalStatus.NOT_LOOKED_AFTER else None


def _health(fields: Fields) -> tuple[Health, Unborn | None]:
    due = fields.day("edd", "unborn.expected_date_of_delivery")
    plan = fields.flag("unborn_cp_plan", "unborn.child_protection_plan")
    concerns = fields.text("unborn_concerns")
    pregnant = fields.flag("pregnancy", "health.pregnant")
    tells_of_unborn = due is not None or plan is not None or concerns is not None
    health = Health(
        conditions=fields.many("conditions"),
        medication_dependent=fields.flag("medication_dependent", "health.medication_dependent"),
        medication=fields.text("medication"),
        pregnant=True if tells_of_unborn and pregnant is None else pregnant,
    )
    if not (tells_of_unborn or pregnant):
        return health, None
    return health, Unborn(expected_date_of_delivery=due, child_protection_plan=plan, concerns=concerns)


def _contact(person: Person) -> Contact:
    contact = person.contact
    return Contact(
        phones=contact.phones,
        emails=contact.emails,
        social_accounts=contact.social,
        bank_card=contact.bank_card,
        travel_card=contact.travel_card,
        vehicle=contact.vehicle,
    )


def _kind(fields: Fields, who: PersonFacts, care: Care, health: Health, on: date) -> SubjectKind | None:
    """A pregnant girl under 18 is a child first; with no age at all the sender's own word stands."""
    stated = fields.word("subject_type", "kind", SUBJECT)
    age = age_on(who.date_of_birth, on) if who.date_of_birth else who.age_apparent
    if age is None:
        return stated
    if age < 18:
        return SubjectKind.CHILD
    if health.pregnant:
        return SubjectKind.PREGNANT_WOMAN
    leaver = stated is SubjectKind.CARE_LEAVER or care.legal_status is LegalStatus.LEAVING_CARE
    return SubjectKind.CARE_LEAVER if leaver else SubjectKind.ADULT


def age_on(born: date, on: date) -> int:
    """Return the age in whole years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
