"""What each kind of notification becomes: one small function each, and the table from the profile's word to it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from adapters.homeoffice.model import Notification
from contracts import events
from contracts.codes import FinderKind, SubjectKind
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.lenient import Doubt
from contracts.person import (
    Care,
    Description,
    DoubtfulValue,
    FoundDetails,
    Identifiers,
    Immigration,
    LastSeen,
    Missing,
    Person,
    PoliceCase,
    Residence,
    SubjectFacts,
)

WEEKLY_CONTACT = "home_office_weekly"
_EARLIEST_BIRTH = date(1900, 1, 1)
_ADULT_AGE = 18
Builder = Callable[[Notification, Sequence[Doubt], datetime], events.Data]


def birth_cannot_be(notification: Notification, received_at: datetime) -> bool:
    """Say whether the date of birth lies in the future or before 1900."""
    born = notification.date_of_birth
    return born is not None and not _EARLIEST_BIRTH <= born <= received_at.date()


def _missing(notification: Notification, doubts: Sequence[Doubt], received_at: datetime) -> events.Data:
    if not (notification.surname or notification.forenames or notification.aliases or notification.description):
        names = ("surname", "forenames", "aliases", "description")
        problems = [Problem(name, "is missing", "Give a name or a description.") for name in names]
        raise InvalidMessage(Fate.UNUSABLE, "The missing person has neither name nor description.", problems)
    missing = Missing(missing_since=notification.missing_since, missing_from=notification.missing_from)
    police = PoliceCase(force=notification.police_force, report_reference=notification.police_reference)
    subject = _subject(notification, doubts, received_at)
    return events.MissingReported(subjects=(subject,), missing=missing, police=police)


def _weekly_contact(notification: Notification, _: Sequence[Doubt], received_at: datetime) -> events.Data:
    return events.ContactRecorded(
        subjects=_named(notification, received_at),
        contact=WEEKLY_CONTACT,
        by=notification.contact_by,
        with_agencies=notification.contact_with,
    )


def _found(notification: Notification, _: Sequence[Doubt], received_at: datetime) -> events.Data:
    found = FoundDetails(
        at=notification.found_at,
        place=notification.found_place,
        authority=notification.found_la,
        by=notification.found_by or FinderKind.HOME_OFFICE,
    )
    return events.Found(subjects=_named(notification, received_at), found=found)


def _sighted(notification: Notification, _: Sequence[Doubt], received_at: datetime) -> events.Data:
    return events.Sighted(
        subjects=_named(notification, received_at),
        last_seen=LastSeen(at=notification.sighted_at, place=notification.sighted_place),
        reported_by=notification.reported_by,
        what=notification.sighted_what,
    )


BUILDERS: Mapping[str, Builder] = {
    "missing": _missing,
    "weekly_contact": _weekly_contact,
    "found": _found,
    "sighted": _sighted,
}


def _named(notification: Notification, received_at: datetime) -> tuple[events.SubjectKey, ...]:
    """Return the child meant; nobody named means everybody of the episode whose reference was quoted."""
    if notification.subject_reference is None and notification.ho_reference is None:
        return ()
    key = events.SubjectKey(
        subject_id=notification.subject_reference,
        identifiers=Identifiers(home_office_reference=notification.ho_reference),
        date_of_birth=_certain_birth(notification, received_at),
    )
    return (key,)


def _certain_birth(notification: Notification, received_at: datetime) -> date | None:
    doubtful = notification.date_of_birth_disputed or birth_cannot_be(notification, received_at)
    return None if doubtful else notification.date_of_birth


def _subject(notification: Notification, doubts: Sequence[Doubt], received_at: datetime) -> SubjectFacts:
    born = _certain_birth(notification, received_at)
    return SubjectFacts(
        subject_id=notification.subject_reference,
        kind=_kind(born, notification.age_apparent, received_at.date()),
        person=Person(
            surname=notification.surname,
            forenames=notification.forenames,
            known_as=notification.aliases,
            date_of_birth=born,
            age_apparent=notification.age_apparent,
            sex=notification.sex,
            nationality=notification.nationality,
        ),
        description=Description(marks=(notification.description,) if notification.description else ()),
        identifiers=Identifiers(
            home_office_reference=notification.ho_reference,
            port_reference=notification.port_reference,
            arc_number=notification.arc_number,
            nrm_reference=notification.nrm_reference,
        ),
        residence=Residence(placement_name=notification.placement),
        care=Care(responsible_authority=notification.responsible_la),
        immigration=Immigration(subject_to_restriction=True, restriction_ground=notification.restriction_ground),
        doubtful=_doubtful(notification, doubts, received_at),
    )


def _kind(born: date | None, apparent: int | None, day: date) -> SubjectKind | None:
    if born is not None:
        apparent = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return SubjectKind.CHILD if apparent is not None and apparent < _ADULT_AGE else None


def _doubtful(notification: Notification, doubts: Sequence[Doubt], received_at: datetime) -> tuple[DoubtfulValue, ...]:
    marks = [doubt.kept(".".join(str(step) for step in doubt.location)) for doubt in doubts]
    if notification.date_of_birth is not None and _certain_birth(notification, received_at) is None:
        value = str(notification.date_of_birth)
        marks.append(DoubtfulValue(field="person.date_of_birth", value=value, reason="disputed, or cannot be"))
    return tuple(marks)
