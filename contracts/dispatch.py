"""A dispatch: one recipient's copy of what it must know, and only the fields that it may see."""

from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, model_validator

from contracts.codes import Duty, GssCode, OpenCode, Role, Seat, SubjectKind
from contracts.envelope import derived_id
from contracts.person import (
    Care,
    Contact,
    Description,
    Facts,
    FoundDetails,
    Health,
    Identifiers,
    Immigration,
    LastSeen,
    Missing,
    Person,
    PoliceCase,
    Relations,
    Residence,
    Risk,
    Unborn,
    Whereabouts,
)

FOUND_THREAD = "found:"
"""How the threads of what is to be done or decided after a find begin: they are no alerts, and outlive the find."""
AGAIN_THREAD = "again:"
"""How the threads begin of what is told again because nobody saw it: `again:<step>:` and the thread of the first."""


def first_thread(thread: str) -> str:
    """Return the thread of what was told first, whether or not this one tells it again."""
    return thread.split(":", 2)[2] if thread.startswith(AGAIN_THREAD) else thread


class Kind(OpenCode):
    """What a dispatch asks of its recipient.

    alert: a flag on a health record. notice: be told of the episode. decision_request: a named role must answer.
    care_context_request: tell the hub what you hold. information: sighting or tracing information for the officer in
    the case. found_notice: told of the find itself, place included, where a rule says so. trace_request: DWP Citizen
    API. benefit_request: ask the Child Benefit office. reminder: a clock of a procedure came due. task: what the
    recipient itself is to do (`guidance.action`), one for each rule that asks it.
    """

    ALERT = "alert"
    NOTICE = "notice"
    DECISION_REQUEST = "decision_request"
    CARE_CONTEXT_REQUEST = "care_context_request"
    INFORMATION = "information"
    FOUND_NOTICE = "found_notice"
    TRACE_REQUEST = "trace_request"
    BENEFIT_REQUEST = "benefit_request"
    REMINDER = "reminder"
    TASK = "task"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a dispatch does to what its recipient holds."""

    RAISE = "raise"
    UPDATE = "update"
    WITHDRAW = "withdraw"


class WithdrawalReason(OpenCode):
    """Why a dispatch is withdrawn; it never says where or with whom somebody was found."""

    FOUND = "found"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"
    ANSWERED = "answered"
    UNKNOWN = "unknown"


class Post(StrEnum):
    """Who stands beside a role where the role itself did not see what it was sent."""

    OUT_OF_HOURS = "out_of_hours"
    MANAGER = "manager"


class Recipient(Facts):
    """A role at an authority, or at an organisation (ODS code or another register's).

    `post` is set when it is told instead of the role itself, which did not see what it was sent.
    """

    role: Role
    authority: GssCode | None = None
    organisation: str | None = None
    post: Post | None = None

    @property
    def key(self) -> str:
        """The recipient's stable key; one delivery lane each."""
        place = f"{self.role.value}@{self.organisation or self.authority or 'national'}"
        return f"{place}!{self.post.value}" if self.post else place


class Ground(Facts):
    """Why this recipient is told: one rule that fired, its clause, its deadline and its lawful basis."""

    rule: str
    clause: str
    procedure: str
    procedure_version: str
    seat: Seat | None = None
    duty: Duty
    occasion: int
    due_at: AwareDatetime
    purpose: str
    lawful_basis: str


class Question(Facts):
    """A decision request: the rule that asks, what to decide, and until when."""

    decision: str
    text: str
    due_at: AwareDatetime


class Information(Facts):
    """A sighting or tracing answer for the officer in the case; always possible, never certain."""

    agency: str | None = None
    what: str | None = None
    at: AwareDatetime | None = None
    place: str | None = None


class Guidance(Facts):
    """What to do when the subject is seen, and whom to call."""

    action: str | None = None
    phone: str | None = None
    out_of_hours_phone: str | None = None


class Reminder(Facts):
    """A clock that came due: what the procedure asks for now, the tick, and how many ticks were missed."""

    text: str
    tick: int
    missed: int = 0
    due_at: AwareDatetime


class Content(Facts):
    """Everything a dispatch may carry, by group; the disclosure table decides which fields are filled."""

    person: Person = Person()
    description: Description = Description()
    identifiers: Identifiers = Identifiers()
    residence: Residence = Residence()
    care: Care = Care()
    health: Health = Health()
    unborn: Unborn = Unborn()
    immigration: Immigration = Immigration()
    relations: Relations = Relations()
    contact: Contact = Contact()
    missing: Missing = Missing()
    last_seen: LastSeen = LastSeen()
    risk: Risk = Risk()
    police: PoliceCase = PoliceCase()
    whereabouts: Whereabouts = Whereabouts()
    found: FoundDetails = FoundDetails()
    question: Question | None = None
    information: Information | None = None
    guidance: Guidance = Guidance()
    reminder: Reminder | None = None


class Dispatch(Facts):
    """One revision of what one recipient holds about one subject.

    `thread` tells apart what one recipient holds about one subject at the same time: `alert`, `notice`,
    `decision_request:<rule>`, `task:<rule>`, `reminder:<rule>:<tick>:<day>`; with `found:` before it what is to be done
    or decided once the subject has been found, with `again:<step>:` before it what is told again because nobody saw it.
    A withdrawal has an empty `content` and names its `reason` only (promise G6). For an unborn child `content.person`
    and `content.identifiers` are the mother's.
    """

    id: UUID
    episode_id: UUID
    episode_reference: str
    subject_id: UUID
    subject_kind: SubjectKind
    recipient: Recipient
    kind: Kind
    thread: str
    action: Action
    revision: int
    grounds: tuple[Ground, ...]
    due_at: AwareDatetime
    created_at: AwareDatetime
    high_risk: bool = False
    content: Content = Content()
    reason: WithdrawalReason | None = None
    in_answer_to: str | None = None

    @model_validator(mode="after")
    def _withdrawal_says_nothing(self) -> Self:
        if self.action is Action.WITHDRAW and (self.reason is None or self.content != Content()):
            raise ValueError("a withdrawal carries a reason and no content")
        return self


def dispatch_id(episode_id: UUID, subject_id: UUID, recipient: Recipient, thread: str, revision: int) -> UUID:
    """Return the id of one revision (promise G2); the MESH local id and every partner's message id are this id."""
    return derived_id("dispatch", episode_id, subject_id, recipient.key, thread, revision)
