"""The state of an episode, as its events left it. Pure."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from contracts.codes import GssCode, SubjectKind
from contracts.envelope import derived_id
from contracts.events import ClockFell, DecisionRecorded, EarlierEpisodeKnown, EventType
from contracts.person import (
    Facts,
    FoundDetails,
    Informant,
    LastSeen,
    Missing,
    PoliceCase,
    Risk,
    SubjectFacts,
    Unborn,
    Whereabouts,
)
from hub.episode.reference import episode_reference
from hub.episode.transitions import Status


class Subject(Facts):
    """One subject of an episode.

    `status_since` is when the present status began. `spell` counts how often the subject went missing (or was found)
    in this episode: it rises each time the subject's end is reached or undone. `context_from` names the authorities
    whose care context is known. `heard` is what was done since the present spell began, of the kinds in `fold.HEARD`.
    """

    id: UUID
    kind: SubjectKind = SubjectKind.CHILD
    status: Status = Status.UNREPORTED
    status_since: AwareDatetime | None = None
    spell: int = 0
    facts: SubjectFacts = SubjectFacts()
    risk: Risk = Risk()
    whereabouts: Whereabouts = Whereabouts()
    found: FoundDetails = FoundDetails()
    context_from: tuple[GssCode, ...] = ()
    heard: tuple[EventType, ...] = ()

    @property
    def record_id(self) -> UUID:
        """The subject on whose record this one stands: the mother's for an unborn child, else its own."""
        return self.facts.subject_id or self.id

    @property
    def went_missing(self) -> bool:
        """Say whether this is a going missing that counts: no concern, no absence, nothing cancelled (READINGS)."""
        return self.status is Status.MISSING or (self.status is Status.FOUND and self.spell > 1)


class Decision(Facts):
    """A recorded decision and when it was made."""

    at: AwareDatetime
    data: DecisionRecorded


class Tick(Facts):
    """A clock that fell."""

    at: AwareDatetime
    data: ClockFell


class Episode(Facts):
    """One going-missing of one subject set.

    `earlier` is what is known of other episodes of its subjects, `said` how many events it was made of.
    """

    id: UUID
    subjects: tuple[Subject, ...] = ()
    missing: Missing = Missing()
    last_seen: LastSeen = LastSeen()
    police: PoliceCase = PoliceCase()
    informant: Informant | None = None
    decisions: tuple[Decision, ...] = ()
    ticks: tuple[Tick, ...] = ()
    contacts: tuple[str, ...] = ()
    earlier: tuple[EarlierEpisodeKnown, ...] = ()
    said: int = 0
    updated_at: AwareDatetime | None = None

    @property
    def reference(self) -> str:
        """The reference that people use."""
        return episode_reference(self.id)

    @property
    def status(self) -> Status:
        """The episode's status: missing while anybody is missing, ended only when everybody's end is known."""
        statuses = [subject.status for subject in self.subjects]
        for status in (Status.MISSING, Status.ABSENT, Status.CONCERN, Status.UNREPORTED, Status.FOUND):
            if status in statuses:
                return status
        return Status.CANCELLED if statuses else Status.UNREPORTED

    @property
    def everyone(self) -> tuple[Subject, ...]:
        """Every subject, and beside each expectant mother the unborn child on her record."""
        return tuple(one for subject in self.subjects for one in (subject, _unborn(subject)) if one is not None)

    def subject(self, subject_id: UUID) -> Subject | None:
        """Return a subject, the unborn included, or None."""
        return next((subject for subject in self.everyone if subject.id == subject_id), None)

    def moment(self, name: str, subject: Subject) -> datetime | None:
        """Return a moment that deadlines start from (READINGS, Start): by its name in the rules."""
        moments = {
            "missing_since": self.missing.missing_since or self.missing.reported_at or subject.status_since,
            "report_completed": self.missing.report_completed_at or self.missing.reported_at or subject.status_since,
            "found": subject.found.at or subject.status_since if subject.status is Status.FOUND else None,
            "end_told": subject.status_since if subject.status is Status.FOUND else None,
        }
        return moments[name]


def _unborn(mother: Subject) -> Subject | None:
    unborn, pregnant = mother.facts.unborn, mother.facts.health.pregnant
    if pregnant is False or (unborn is None and not pregnant):
        return None
    plan = unborn.child_protection_plan if unborn else None
    facts = mother.facts.model_copy(
        update={
            "subject_id": mother.id,
            "unborn": unborn or Unborn(),
            "care": mother.facts.care.model_copy(update={"child_protection_plan": plan, "looked_after": None}),
        }
    )
    return mother.model_copy(
        update={"id": derived_id("unborn", mother.id), "kind": SubjectKind.UNBORN_CHILD, "facts": facts}
    )
