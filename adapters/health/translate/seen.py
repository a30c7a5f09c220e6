"""Our own "seen" message: a health service met somebody who may be the subject; a person confirms it, never the hub."""

from datetime import date

from adapters.health.model import EPISODE_ID, NHS_NUMBER, SUBJECT_ID, UNBORN_SUBJECT_ID
from adapters.health.translate.parsing import Message, at, items, text, uuid_of, value_of
from contracts.codes import is_nhs_number
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Data, Sighted, SubjectKey
from contracts.person import Identifiers, LastSeen


def seen(message: Message) -> tuple[Data, ...]:
    """Return the possible sighting. Raises InvalidMessage when nobody could tell whom it is about."""
    encounter = message.first("Encounter")
    key = _subject(message, encounter)
    named = uuid_of(value_of(items(encounter, "identifier"), EPISODE_ID)) or uuid_of(
        text(message.header, "response", "identifier")
    )
    if key == SubjectKey() and named is None:
        problem = Problem("Encounter.subject", "no identifier of the subject, and no episode in Encounter.identifier")
        raise InvalidMessage(Fate.UNUSABLE, "It is not said who was seen.", [problem])
    sighted = Sighted(
        subjects=() if key == SubjectKey() else (key,),
        last_seen=_last_seen(message, encounter),
        reported_by=text(message.header, "author", "display") or message.document.partner.name,
        what=text(encounter, "reasonCode", 0, "text"),
    )
    return (sighted,)


def _subject(message: Message, encounter: dict[str, object]) -> SubjectKey:
    person = message.linked(at(encounter, "subject")) or message.first("Patient")
    identifiers = [at(encounter, "subject", "identifier"), *items(person, "identifier")]
    number = value_of(identifiers, NHS_NUMBER)
    if number is not None and not is_nhs_number(number):
        message.warn("Patient.identifier", "the NHS number's check digit is wrong; left out")
        number = None
    return SubjectKey(
        subject_id=uuid_of(value_of(identifiers, SUBJECT_ID, UNBORN_SUBJECT_ID)),
        identifiers=Identifiers(nhs_number=number),
        date_of_birth=_date(message, text(person, "birthDate")),
    )


def _date(message: Message, stated: str | None) -> date | None:
    try:
        return date.fromisoformat(stated) if stated else None
    except ValueError:
        message.warn("Patient.birthDate", "not a whole date; left out")
        return None


def _last_seen(message: Message, encounter: dict[str, object]) -> LastSeen:
    return LastSeen(
        at=message.moment("Encounter.period.start", at(encounter, "period", "start")),
        place=text(encounter, "location", 0, "location", "display"),
        by=text(encounter, "serviceProvider", "display"),
    )
