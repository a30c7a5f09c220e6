"""Facts: a list of things that happened, each read by itself, so that a bad one never costs the others."""

from typing import Any

from adapters.authorities.model.message import NamedSubject
from adapters.authorities.translate.kinds import KINDS, NotUsableError, Setting
from adapters.authorities.translate.opened import Opened, nobody_meant, unusable
from contracts.adapter import Reading
from contracts.envelope import Event
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Data, SubjectKey
from contracts.lenient import objects, read
from contracts.person import Identifiers

_NOT_TAKEN = "is missing or not readable: the fact was not taken"
_NAMED_BADLY = "names nobody who can be recognised: the fact was not taken, so that it is not said of everybody"


def read_facts(message: Opened) -> Reading:
    """Translate every fact of a message that can be read, in the order written.

    Raises InvalidMessage: held when every fact is of an unknown kind, unusable when none can be read or when nothing
    says which episode or person is meant.
    """
    stated, problems = objects(message.raw, "facts")
    message.warnings.extend(problems)
    if not stated:
        raise unusable(
            "The message states no fact.", Problem("facts", "is missing or empty", "List at least one fact.")
        )
    unknown = [n for n, raw in stated if _kind_word(raw) not in KINDS]
    if len(unknown) == len(stated):
        raise InvalidMessage(Fate.HELD, "No fact is of a kind known to this hub.", [_unknown(n) for n in unknown])
    events = [event for n, raw in stated if (event := _event(message, n, raw)) is not None]
    if not events:
        raise unusable("No fact of the message can be used.", *message.warnings)
    return Reading(tuple(events), tuple(message.warnings), message.header.message_id)


def _event(message: Opened, position: int, raw: dict[str, Any]) -> Event | None:
    kind = KINDS.get(_kind_word(raw))
    if kind is None:
        message.warnings.append(_unknown(position))
        return None
    at = f"facts[{position}]"
    subjects = _subjects(message, at, raw)
    if subjects is None:
        return None
    if not message.references and not any(_usable(key) for key in subjects):
        raise nobody_meant()
    fact, doubts = read(kind.shape, raw)
    message.warnings.extend(doubt.problem(at) for doubt in doubts)
    try:
        data: Data = kind.build(fact, Setting(subjects, message.authority))
    except NotUsableError as lack:
        message.warnings.extend(Problem(f"{at}.{field}", _NOT_TAKEN) for field in lack.fields)
        return None
    return message.event(data, position)


def _subjects(message: Opened, at: str, raw: dict[str, Any]) -> tuple[SubjectKey, ...] | None:
    """Return whom a fact names; empty: everybody of the episode; None: it names somebody, but unreadably.

    The last must never become "everybody": one sibling found is not all of them found.
    """
    if raw.get("subjects") in (None, []):
        if message.names_somebody_unreadably:
            message.warnings.append(Problem(at, _NAMED_BADLY))
            return None
        quoted = message.header.subject_reference
        return (SubjectKey(subject_id=quoted),) if quoted is not None else ()
    stated, problems = objects(raw, "subjects")
    message.warnings.extend(Problem(f"{at}.{item.field}", item.detail, item.remedy) for item in problems)
    keys = [key for n, one in stated if (key := _key(message, f"{at}.subjects[{n}]", one)) is not None]
    if not keys:
        message.warnings.append(Problem(f"{at}.subjects", _NAMED_BADLY))
        return None
    return tuple(keys)


def _key(message: Opened, at: str, raw: dict[str, Any]) -> SubjectKey | None:
    named, doubts = read(NamedSubject, raw)
    message.warnings.extend(doubt.problem(at) for doubt in doubts)
    key = SubjectKey(
        subject_id=named.subject_reference,
        identifiers=Identifiers(case_id=named.case_id, nhs_number=named.nhs_number),
        date_of_birth=named.date_of_birth,
    )
    if not _usable(key):
        message.warnings.append(Problem(at, "gives no subjectReference, no caseId, and no nhsNumber with dateOfBirth"))
        return None
    return key


def _usable(key: SubjectKey) -> bool:
    with_birth = key.identifiers.nhs_number is not None and key.date_of_birth is not None
    return key.subject_id is not None or key.identifiers.case_id is not None or with_birth


def _kind_word(raw: dict[str, Any]) -> str:
    word = raw.get("fact")
    return word if isinstance(word, str) else ""


def _unknown(position: int) -> Problem:
    return Problem(f"facts[{position}].fact", "is missing or not a kind of fact that this hub knows")
