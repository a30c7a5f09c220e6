"""The minimum content of a report (childrens-home 6.4) and a force's own area: a lack is warned of, never refused."""

from adapters.police.model.areas import force_area_of
from adapters.police.model.report import MissingReport, Person
from adapters.police.translate.notes import Notes
from contracts.codes import SubjectKind
from contracts.person import SubjectFacts

ASKED = "is missing"
REMEDY = "Minimum content of a report: childrens-home 6.4."
UNDER_18 = (SubjectKind.CHILD, SubjectKind.UNKNOWN, None)


def warn_of_missing_content(report: MissingReport, subjects: tuple[SubjectFacts, ...], notes: Notes) -> None:
    """Warn of each item that a new report should hold and does not."""
    for person, subject in zip(report.person, subjects, strict=True):
        _person(person, subject, report, notes)
    seen, risk = report.last_seen, report.risk
    for field, there in (
        ("missing.missingSince", report.missing.missing_since),
        ("lastSeen.at", seen.at),
        ("lastSeen.place", seen.place or seen.postcode),
        ("lastSeen.circumstances", seen.circumstances),
        ("lastSeen.withPersons", seen.with_persons or "withPersons" in seen.stated),
        ("risk.riskLevel", risk.risk_level),
        ("risk.assessedAt", risk.assessed_at),
    ):
        if not there:
            notes.warn(field, ASKED, REMEDY)


def _person(person: Person, subject: SubjectFacts, report: MissingReport, notes: Notes) -> None:
    address, seen = person.address, report.last_seen
    is_young = subject.kind in UNDER_18
    for field, there in (
        ("surname", person.surname or person.forenames or person.known_as),
        ("dob", person.dob),
        ("address.legalStatus", address.legal_status or address.looked_after or not is_young),
        ("address.responsibleLA", address.responsible_l_a or address.home_l_a),
        ("address.missingFrom", address.missing_from),
        ("clothing", subject.description.clothing),
        ("possessions", subject.description.possessions or {"possessions"} & (person.stated | seen.stated)),
        ("height", person.height or person.build or person.hair or person.eyes or person.marks),
        ("photoRef", person.photo_ref),
        ("health.conditions", person.health.conditions or "conditions" in person.health.stated),
        ("associates", person.family or person.associates or {"family", "associates"} & person.stated),
    ):
        if not there:
            notes.warn(f"{person.path}.{field}", ASKED, REMEDY)


def warn_of_foreign_area(
    report: MissingReport, subjects: tuple[SubjectFacts, ...], force: str | None, notes: Notes
) -> None:
    """Flag a person all of whose authorities are known and lie outside the force's area."""
    for person, subject in zip(report.person, subjects, strict=True):
        sent = (person.address.host_l_a, person.address.home_l_a, person.address.responsible_l_a)
        care = subject.care
        codes = (care.host_authority, care.home_authority, care.responsible_authority)
        areas = [area for code in codes if code and (area := force_area_of(code))]
        all_known = len(areas) == len([code for code in sent if code])
        if areas and all_known and force is not None and force not in areas:
            detail = "names authorities that all lie outside the force's area; taken as sent"
            notes.warn(person.address.path, detail, "Check hostLA, homeLA and responsibleLA.")
