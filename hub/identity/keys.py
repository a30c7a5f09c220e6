"""The exact identifiers by which two reports are known to be about the same subject. Pure.

Names never match here. A doubtful identifier never reaches these functions: the canonical model keeps it apart.
"""

from collections.abc import Iterable

from contracts.codes import GssCode
from contracts.envelope import Reference
from contracts.events import SubjectKey
from contracts.person import SubjectFacts

Key = tuple[str, str, str]


def keys_of(
    subject: SubjectFacts | SubjectKey,
    *,
    force: str | None = None,
    authority: GssCode | None = None,
    references: Iterable[Reference] = (),
) -> tuple[Key, ...]:
    """Return (kind, issuer, value) keys of a subject; `force` and `authority` issue the local numbers.

    An NHS number counts only together with a date of birth. `authority` falls back to the subject's own responsible or
    home authority, and to the issuer of an `authority_case` reference.
    """
    numbers = subject.identifiers
    birth = subject.person.date_of_birth if isinstance(subject, SubjectFacts) else subject.date_of_birth
    if isinstance(subject, SubjectFacts):
        authority = authority or subject.care.responsible_authority or subject.care.home_authority
    authority = authority or next((r.issuer for r in references if r.kind == "authority_case"), None)
    found: list[Key] = []
    if numbers.nhs_number and birth:
        found.append(("nhs_number", birth.isoformat(), numbers.nhs_number))
    if numbers.case_id and authority:
        found.append(("authority_case", authority, numbers.case_id))
    if numbers.police_person_reference and force:
        found.append(("police_person", force, numbers.police_person_reference))
    if numbers.home_office_reference:
        found.append(("home_office", "home-office", numbers.home_office_reference))
    return tuple(found)
