"""A police report -> the event that it means, with a warning for everything doubtful (promise G9)."""

from hashlib import sha256

from adapters.police.model.groups import is_unknown_name, read_group
from adapters.police.model.report import PROFILE, VARIANTS, VERSION, MissingReport, Person
from adapters.police.model.tree import read_tree
from adapters.police.translate.case import (
    Heading,
    found_of,
    heading_of,
    informant_of,
    last_seen_of,
    missing_of,
    police_of,
    risk_of,
)
from adapters.police.translate.minimum import warn_of_foreign_area, warn_of_missing_content
from adapters.police.translate.notes import Notes
from adapters.police.translate.subjects import Setting, case_reference, key_of, subject_of
from adapters.police.translate.values import Fields
from adapters.police.translate.words import CONCERN, Status, plain
from contracts.adapter import Document, Reading
from contracts.codes import PoliceCategory
from contracts.envelope import Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import (
    AbsenceReported,
    Cancelled,
    ConcernRaised,
    Data,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    Report,
    SubjectKey,
)
from contracts.person import SubjectFacts

MAX_REFERENCE = 100


def read_report(document: Document) -> Reading:
    """Translate one report, XML or JSON, into one event.

    Raises InvalidMessage: refused when unsafe or unreadable, held when written in a newer version of the profile,
    unusable without a reference, or when a new report has neither name nor description of anybody.
    """
    tree, problems = read_tree(document.body, document.content_type)
    report = read_group(MissingReport, tree, "", problems)
    notes = Notes(problems)
    _check_version(report, notes)
    reference = report.header.report_reference or ""
    heading = heading_of(report.header, reference, document, notes)
    setting = Setting(notes, document.received_at, heading.issued_at, reference, report.last_seen, _repeated(report))
    data, cases = _data(report, heading, setting)
    _refuse_unusable(report, heading, notes)
    message_id = _message_id(heading, document)
    event = event_of(
        data,
        id=derived_id("event", document.partner.name, message_id, 1),
        source=document.partner.source,
        occurred_at=heading.issued_at,
        recorded_at=document.received_at,
        source_version=heading.version or 0,
        references=(heading.reference, *cases),
    )
    return Reading(events=(event,), warnings=notes.problems, message_id=message_id)


def _repeated(report: MissingReport) -> frozenset[str]:
    """Return the person references that several persons of the report share, so that they tell nobody apart."""
    references = [person.person_reference for person in report.person if person.person_reference]
    return frozenset(one for one in references if references.count(one) > 1)


def _check_version(report: MissingReport, notes: Notes) -> None:
    version, variant = report.header.schema_version, report.header.variant
    if version is None:
        notes.warn("header.schemaVersion", f"is missing; read as version {VERSION}", f"Send {VERSION}.")
    elif version.split(".")[0] != str(VERSION):
        remedy = f"Send version {VERSION} of {PROFILE} until the hub says otherwise."
        problem = Problem("header.schemaVersion", "is a version that this hub does not read yet", remedy)
        raise InvalidMessage(Fate.HELD, "The report is written in another version of the profile.", [problem])
    if variant is not None and plain(variant) not in VARIANTS:
        notes.warn("header.variant", "is not a known variant; read as compact", f"Send {' or '.join(VARIANTS)}.")


def _refuse_unusable(report: MissingReport, heading: Heading, notes: Notes) -> None:
    """Raise when the report names no reference, or is new and names and describes nobody; tell every wrong field."""
    problems = []
    reference = heading.reference.value
    if not reference:
        problems.append(
            Problem("header.reportReference", "is missing", "Send the force's own reference of the report.")
        )
    elif len(reference) > MAX_REFERENCE:
        problems.append(Problem("header.reportReference", f"is longer than {MAX_REFERENCE} characters", "Shorten it."))
    if heading.status is Status.NEW:
        problems += _unrecognisable(report, notes)
    if problems:
        known = [problem for problem in notes.problems if not is_unknown_name(problem) and problem not in problems]
        if len(known) < len(notes.problems):
            known.append(Problem("body", "has fields that are not part of the profile; they were ignored"))
        raise InvalidMessage(Fate.UNUSABLE, "The report cannot be told apart or acted on.", problems + known)


def _unrecognisable(report: MissingReport, notes: Notes) -> list[Problem]:
    remedy = "Send a name, or a description by which the person can be recognised."
    nobody = [person for person in report.person if not _recognisable(person, report)]
    problems = [Problem(person.path, "has neither name nor description", remedy) for person in nobody]
    if not report.person:
        return [Problem("person", "is missing", remedy)]
    if len(nobody) < len(report.person):
        for problem in problems:
            notes.warn(problem.field, problem.detail, problem.remedy)
        return []
    return problems


def _recognisable(person: Person, report: MissingReport) -> bool:
    named = person.surname or person.forenames or person.known_as
    looks = person.height or person.build or person.hair or person.eyes or person.marks or person.photo_ref
    return bool(named or looks or person.clothing or report.last_seen.clothing)


def _message_id(heading: Heading, document: Document) -> str:
    """Name this version of the report; without a version number its bytes tell it from the others."""
    version = f"sha256-{sha256(document.body).hexdigest()[:16]}" if heading.version is None else str(heading.version)
    return f"{heading.reference.issuer}/{heading.reference.value}/{version}/{heading.status.value}"


def _data(report: MissingReport, heading: Heading, setting: Setting) -> tuple[Data, tuple[Reference, ...]]:
    status, reason = heading.status, report.header.status_reason
    if status is Status.CLOSED:
        status = _closed_as(report, setting.notes)
    if status in (Status.NEW, Status.UPDATE):
        return _report(report, heading, status, setting)
    keys = _keys(report, status, setting)
    if status is Status.FOUND:
        return Found(subjects=keys, found=found_of(report.found, setting.notes, setting.now)), ()
    if status is Status.FOUND_IN_ERROR:
        return FoundRetracted(subjects=keys, reason=reason), ()
    return Cancelled(subjects=keys, reason=reason), ()


def _closed_as(report: MissingReport, notes: Notes) -> Status:
    """A closed report says found only if it tells of a find: nobody is stood down by a file that was put away."""
    if report.found.stated:
        return Status.FOUND
    detail = "is closed without a find; the episode stays open"
    notes.warn("header.reportStatus", detail, "Send found or cancelled when it has ended.")
    return Status.UPDATE


def _keys(report: MissingReport, status: Status, setting: Setting) -> tuple[SubjectKey, ...]:
    """Return the persons meant: those that `found` names, else those in the report; none means all of the episode."""
    named = report.found.person_references if status is Status.FOUND else ()
    keys = {
        key.identifiers.police_person_reference: key
        for key in (key_of(person, number, setting) for number, person in enumerate(report.person, start=1))
    }
    if not named:
        return tuple(keys.values())
    return tuple(keys.get(name) or _bare_key(name) for name in named)


def _bare_key(reference: str) -> SubjectKey:
    return SubjectKey.model_validate({"identifiers": {"police_person_reference": reference}})


def _report(
    report: MissingReport, heading: Heading, status: Status, setting: Setting
) -> tuple[Report, tuple[Reference, ...]]:
    notes, now = setting.notes, setting.now
    subjects = tuple(subject_of(person, number, setting) for number, person in enumerate(report.person, start=1))
    missing, last_seen = missing_of(report, notes, now), last_seen_of(report, notes, now)
    risk, police = risk_of(report, notes, now), police_of(report, heading, notes, now)
    if report.found.stated:
        notes.warn("found", f"is given although the status is {status.value}; it was ignored", "Send status found.")
    if status is Status.NEW:
        warn_of_missing_content(report, subjects, notes)
    warn_of_foreign_area(report, subjects, heading.force, notes)
    said = _kind(report, status, risk.category, setting)(
        subjects=_with_doubts_of_the_case(subjects, notes),
        missing=missing,
        last_seen=last_seen,
        risk=risk,
        police=police,
        informant=informant_of(report),
    )
    return said, tuple(dict.fromkeys(case for subject in subjects if (case := case_reference(subject))))


def _kind(report: MissingReport, status: Status, category: PoliceCategory | None, setting: Setting) -> type[Report]:
    """Not recorded as missing is a concern (norfolk P16), a known absence is no episode (childrens-home 6.3)."""
    recorded = Fields(report.header, setting.notes, setting.now).flag("recorded", "police.recorded")
    if recorded is False or plain(report.header.record_type or "") in CONCERN:
        return ConcernRaised
    if status is Status.UPDATE:
        return EpisodeUpdated
    return AbsenceReported if category is PoliceCategory.ABSENT else MissingReported


def _with_doubts_of_the_case(subjects: tuple[SubjectFacts, ...], notes: Notes) -> tuple[SubjectFacts, ...]:
    """Keep the doubtful values of the case with the first person: an event has no other place for them."""
    doubtful = notes.take_doubtful()
    if not (subjects and doubtful):
        return subjects
    first = subjects[0]
    return (first.model_copy(update={"doubtful": first.doubtful + doubtful}), *subjects[1:])
