"""Care context: what an authority holds about its child (childrens-home 6.4, minimum content; rotherham P9)."""

from datetime import date
from typing import Any

from adapters.authorities.model.subject import Subject
from adapters.authorities.translate.opened import Opened, nobody_meant
from adapters.authorities.translate.subject import ADULT_AGE, age_on, facts_of, impossible_birth
from contracts.adapter import Reading
from contracts.codes import SubjectKind
from contracts.errors import Problem
from contracts.events import CareContextKnown
from contracts.lenient import objects, path, read
from contracts.person import DoubtfulValue, SubjectFacts


def read_care_context(message: Opened) -> Reading:
    """Translate a care context message into one CareContextKnown.

    Raises InvalidMessage (unusable) when it names neither an episode nor a person.
    """
    stated, problems = objects(message.raw, "subjects")
    message.warnings.extend(problems)
    alone = len(stated) == 1
    subjects = [facts for n, raw in stated if (facts := _subject(message, n, raw, alone)) is not None]
    if not message.references and not any(_identified(subject) for subject in subjects):
        raise nobody_meant()
    if not subjects:
        message.warnings.append(
            Problem("subjects", "says nothing about anybody", "Write what you hold, person by person.")
        )
    data = CareContextKnown(
        authority=message.authority,
        subjects=tuple(subjects),
        missing_risk_assessment_shared=bool(message.header.missing_risk_assessment_shared),
    )
    return Reading((message.event(data, 0),), tuple(message.warnings), message.header.message_id)


def _subject(message: Opened, position: int, raw: dict[str, Any], alone: bool) -> SubjectFacts | None:
    subject, doubts = read(Subject, raw)
    at = f"subjects[{position}]"
    message.warnings.extend(doubt.problem(at) for doubt in doubts)
    facts = facts_of(subject, doubts)
    if impossible_birth(subject, message.document.received_at):
        facts = _without_birth(facts)
        message.warnings.append(Problem(path(at, ("dateOfBirth",)), "cannot be: in the future or before 1900"))
    if facts == SubjectFacts():
        message.warnings.append(Problem(at, "says nothing that can be read"))
        return None
    return _completed(message, at, facts, alone)


def _without_birth(facts: SubjectFacts) -> SubjectFacts:
    mark = DoubtfulValue(
        field="person.date_of_birth",
        value=str(facts.person.date_of_birth),
        reason="cannot be: in the future or before 1900",
    )
    person = facts.person.model_copy(update={"date_of_birth": None})
    return facts.model_copy(update={"person": person, "doubtful": (*facts.doubtful, mark)})


def _completed(message: Opened, at: str, facts: SubjectFacts, alone: bool) -> SubjectFacts:
    """Fill in what the header says about the only person of a message, and what kind of person it is."""
    header, identifiers = message.header, facts.identifiers
    if alone and identifiers.case_id is None:
        identifiers = identifiers.model_copy(update={"case_id": header.case_id})
    if facts.kind is SubjectKind.UNBORN_CHILD:
        message.warnings.append(Problem(f"{at}.kind", "an unborn child is written about on its mother's record"))
    return facts.model_copy(
        update={
            "identifiers": identifiers,
            "subject_id": facts.subject_id or (header.subject_reference if alone else None),
            "kind": _kind(facts, message.document.received_at.date()),
        }
    )


def _kind(facts: SubjectFacts, day: date) -> SubjectKind | None:
    """Return the stated kind; for somebody pregnant without one, child or pregnant woman by age."""
    if facts.kind not in (None, SubjectKind.UNBORN_CHILD, SubjectKind.UNKNOWN):
        return facts.kind
    if not facts.health.pregnant:
        return None
    born = facts.person.date_of_birth
    return SubjectKind.CHILD if born is not None and age_on(born, day) < ADULT_AGE else SubjectKind.PREGNANT_WOMAN


def _identified(facts: SubjectFacts) -> bool:
    """Say whether a person can be matched: by the hub's reference, a case id, or NHS number and date of birth."""
    numbers = facts.identifiers
    with_birth = numbers.nhs_number is not None and facts.person.date_of_birth is not None
    return facts.subject_id is not None or numbers.case_id is not None or with_birth
