"""The events of a missing episode: immutable facts, one frozen model each, and the table from type name to model."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.codes import FinderKind, GssCode, OpenCode, Role, Seat
from contracts.person import (
    Facts,
    FoundDetails,
    Identifiers,
    Informant,
    KnownLink,
    LastSeen,
    Missing,
    PoliceCase,
    Risk,
    SubjectFacts,
)
from contracts.receipt import Receipt


class SubjectKey(Facts):
    """How an event points at one subject: by the hub's id when the sender knows it, else by identifiers."""

    subject_id: UUID | None = None
    identifiers: Identifiers = Identifiers()
    date_of_birth: date | None = None


class Data(Facts):
    """The base of every event's data."""


class Report(Data):
    """What a report carries: the subjects and all that is known about the going missing."""

    subjects: tuple[SubjectFacts, ...] = ()
    missing: Missing = Missing()
    last_seen: LastSeen = LastSeen()
    risk: Risk = Risk()
    police: PoliceCase = PoliceCase()
    informant: Informant | None = None


class ConcernRaised(Report):
    """Police know of a concern but did not record it as missing; a contact only (norfolk P16)."""


class AbsenceReported(Report):
    """Away without authorisation, whereabouts known; not missing (childrens-home 6.3)."""


class MissingReported(Report):
    """Somebody is missing."""


class EpisodeUpdated(Report):
    """A newer version of a report, or further facts; fields that are absent leave what is known."""


class RiskAssessed(Data):
    """A risk was graded or flagged by whoever has to."""

    subjects: tuple[SubjectKey, ...] = ()
    risk: Risk = Risk()


class CareContextRequested(Data):
    """The hub asks an authority for what it holds about a subject; it does not wait for the answer."""

    subject: SubjectKey
    authority: GssCode


class CareContextKnown(Data):
    """What an authority holds about its child. `missing_risk_assessment_shared` lets it be kept ahead of an episode."""

    authority: GssCode
    subjects: tuple[SubjectFacts, ...] = ()
    missing_risk_assessment_shared: bool = False


class WhereaboutsBelieved(Data):
    """Where the subjects are believed to have gone; an empty `subjects` means all of the episode."""

    subjects: tuple[SubjectKey, ...] = ()
    believed_left_area: bool | None = None
    believed_left_uk: bool | None = None
    areas: tuple[KnownLink, ...] = ()
    stated_by: str | None = None


class Sighted(Data):
    """A possible sighting; a person confirms it, never the hub."""

    subjects: tuple[SubjectKey, ...] = ()
    last_seen: LastSeen = LastSeen()
    reported_by: str | None = None
    confirmed: bool = False
    what: str | None = None


class TracingRequested(Data):
    """An agency was asked to search its records."""

    subjects: tuple[SubjectKey, ...] = ()
    agency: str


class TracingInformationReceived(Data):
    """An agency answered with what may help to trace the subjects; it goes to the officer in the case."""

    subjects: tuple[SubjectKey, ...] = ()
    agency: str
    matched: bool | None = None
    information: str | None = None


class PreliminaryChecksMade(Data):
    """Checks made before anybody was told (childrens-home 6.4)."""

    subjects: tuple[SubjectKey, ...] = ()
    checks: str | None = None
    located: bool | None = None


class ContactRecorded(Data):
    """A contact that a procedure asks for was made, such as the Home Office's weekly contact (childrens-home 6.6)."""

    subjects: tuple[SubjectKey, ...] = ()
    contact: str
    by: str | None = None
    with_agencies: tuple[str, ...] = ()


class EnquiryReceived(Data):
    """Somebody enquired about a subject; location is never answered by the hub."""

    subjects: tuple[SubjectKey, ...] = ()
    enquirer: str | None = None
    need_recorded: bool = False


class DecisionRecorded(Data):
    """A named person answered a decision request. `decision` is the rule's id; `answer` true means yes, send."""

    decision: str
    subject_id: UUID | None = None
    answer: bool
    decided_by: str
    decided_by_role: Role = Role.UNKNOWN
    seconded_by: str | None = None
    areas: tuple[GssCode, ...] = ()
    reason: str | None = None


class Found(Data):
    """The subjects named were found; an empty `subjects` means all of the episode."""

    subjects: tuple[SubjectKey, ...] = ()
    found: FoundDetails = FoundDetails()


class FoundRetracted(Data):
    """Found in error: the subjects named are still missing."""

    subjects: tuple[SubjectKey, ...] = ()
    reason: str | None = None


class Returned(Data):
    """The subjects named are back where they live."""

    subjects: tuple[SubjectKey, ...] = ()
    at: AwareDatetime | None = None
    by: FinderKind | None = None


class SafeAndWellChecked(Data):
    """Safe and well check, prevention interview or vulnerability check: one event, three names."""

    subjects: tuple[SubjectKey, ...] = ()
    at: AwareDatetime | None = None
    by: str | None = None


class ReturnInterview(Data):
    """What the three return interview events share."""

    subjects: tuple[SubjectKey, ...] = ()
    provider: str | None = None
    independent: bool | None = None


class ReturnInterviewOffered(ReturnInterview):
    """A return home interview was offered."""


class ReturnInterviewHeld(ReturnInterview):
    """A return home interview took place."""


class ReturnInterviewRefused(ReturnInterview):
    """The child refused a return home interview."""


class Cancelled(Data):
    """The episode was raised wrongly."""

    subjects: tuple[SubjectKey, ...] = ()
    reason: str | None = None


class IdentityLinked(Data):
    """A person decided that two subjects are the same child."""

    kept: UUID
    merged: UUID
    decided_by: str


class IdentityUnlinked(Data):
    """A person decided that a link was wrong."""

    kept: UUID
    merged: UUID
    decided_by: str


class ClockKind(OpenCode):
    """What a clock was for."""

    RULE = "rule"
    RECEIPT_OVERDUE = "receipt_overdue"
    UNKNOWN = "unknown"


class EscalationStep(OpenCode):
    """What is done about a dispatch that nobody has seen.

    remind: sent again. out_of_hours, manager: sent to that post of its role. telephone: a person rings.
    """

    REMIND = "remind"
    OUT_OF_HOURS = "out_of_hours"
    MANAGER = "manager"
    TELEPHONE = "telephone"
    UNKNOWN = "unknown"


class ClockFell(Data):
    """A clock came due. `tick` counts from 1; `missed` are earlier ticks that fell while the hub was off.

    Of a receipt that is overdue: the dispatch, and the step that is taken; without one a person was asked to ring.
    """

    kind: ClockKind = ClockKind.RULE
    rule: str
    subject_id: UUID | None = None
    seat: Seat | None = None
    authority: GssCode | None = None
    dispatch_id: UUID | None = None
    step: EscalationStep | None = None
    tick: int = 1
    missed: int = 0
    due_at: AwareDatetime


class EarlierEpisodeKnown(Data):
    """Another going missing of a subject of this episode, as the hub has it now: for rules that count them.

    `missing_on` is the calendar date in London; `confirmed` is false for a concern, an absence, a report that was
    cancelled. Of several about one episode that with the most `facts` counts: how many events it was made of.
    """

    subject_id: UUID
    episode: UUID
    missing_on: date | None = None
    confirmed: bool
    facts: int


class ReceiptRecorded(Data):
    """What became of dispatches of one episode: the receipts that came together."""

    receipts: tuple[Receipt, ...] = Field(min_length=1)


class EventType(StrEnum):
    """CloudEvents type names, `missing.<noun>.<verb>.v<n>`."""

    CONCERN_RAISED = "missing.concern.raised.v1"
    ABSENCE_REPORTED = "missing.absence.reported.v1"
    MISSING_REPORTED = "missing.person.reported.v1"
    EPISODE_UPDATED = "missing.episode.updated.v1"
    RISK_ASSESSED = "missing.risk.assessed.v1"
    CARE_CONTEXT_REQUESTED = "missing.care-context.requested.v1"
    CARE_CONTEXT_KNOWN = "missing.care-context.known.v1"
    WHEREABOUTS_BELIEVED = "missing.whereabouts.believed.v1"
    SIGHTED = "missing.person.sighted.v1"
    TRACING_REQUESTED = "missing.tracing.requested.v1"
    TRACING_INFORMATION_RECEIVED = "missing.tracing-information.received.v1"
    PRELIMINARY_CHECKS_MADE = "missing.preliminary-checks.made.v1"
    CONTACT_RECORDED = "missing.contact.recorded.v1"
    ENQUIRY_RECEIVED = "missing.enquiry.received.v1"
    DECISION_RECORDED = "missing.decision.recorded.v1"
    FOUND = "missing.person.found.v1"
    FOUND_RETRACTED = "missing.found.retracted.v1"
    RETURNED = "missing.person.returned.v1"
    SAFE_AND_WELL_CHECKED = "missing.safe-and-well.checked.v1"
    RETURN_INTERVIEW_OFFERED = "missing.return-interview.offered.v1"
    RETURN_INTERVIEW_HELD = "missing.return-interview.held.v1"
    RETURN_INTERVIEW_REFUSED = "missing.return-interview.refused.v1"
    CANCELLED = "missing.episode.cancelled.v1"
    IDENTITY_LINKED = "missing.identity.linked.v1"
    IDENTITY_UNLINKED = "missing.identity.unlinked.v1"
    CLOCK_FELL = "missing.clock.fell.v1"
    EARLIER_EPISODE_KNOWN = "missing.earlier-episode.known.v1"
    RECEIPT_RECORDED = "missing.receipt.recorded.v2"


DATA_OF: dict[EventType, type[Data]] = {
    EventType.CONCERN_RAISED: ConcernRaised,
    EventType.ABSENCE_REPORTED: AbsenceReported,
    EventType.MISSING_REPORTED: MissingReported,
    EventType.EPISODE_UPDATED: EpisodeUpdated,
    EventType.RISK_ASSESSED: RiskAssessed,
    EventType.CARE_CONTEXT_REQUESTED: CareContextRequested,
    EventType.CARE_CONTEXT_KNOWN: CareContextKnown,
    EventType.WHEREABOUTS_BELIEVED: WhereaboutsBelieved,
    EventType.SIGHTED: Sighted,
    EventType.TRACING_REQUESTED: TracingRequested,
    EventType.TRACING_INFORMATION_RECEIVED: TracingInformationReceived,
    EventType.PRELIMINARY_CHECKS_MADE: PreliminaryChecksMade,
    EventType.CONTACT_RECORDED: ContactRecorded,
    EventType.ENQUIRY_RECEIVED: EnquiryReceived,
    EventType.DECISION_RECORDED: DecisionRecorded,
    EventType.FOUND: Found,
    EventType.FOUND_RETRACTED: FoundRetracted,
    EventType.RETURNED: Returned,
    EventType.SAFE_AND_WELL_CHECKED: SafeAndWellChecked,
    EventType.RETURN_INTERVIEW_OFFERED: ReturnInterviewOffered,
    EventType.RETURN_INTERVIEW_HELD: ReturnInterviewHeld,
    EventType.RETURN_INTERVIEW_REFUSED: ReturnInterviewRefused,
    EventType.CANCELLED: Cancelled,
    EventType.IDENTITY_LINKED: IdentityLinked,
    EventType.IDENTITY_UNLINKED: IdentityUnlinked,
    EventType.CLOCK_FELL: ClockFell,
    EventType.EARLIER_EPISODE_KNOWN: EarlierEpisodeKnown,
    EventType.RECEIPT_RECORDED: ReceiptRecorded,
}
TYPE_OF: dict[type[Data], EventType] = {model: name for name, model in DATA_OF.items()}
