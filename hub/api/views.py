"""What the API answers: the operator's timeline, a partner's own view, the inbox, receipts and tasks."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.codes import Role
from contracts.dispatch import Action, Content, Ground, Kind, WithdrawalReason
from contracts.receipt import Receipt, Stage


class Doubt(BaseModel):
    """A doubtful field: kept, marked, and never used for matching."""

    field: str
    detail: str
    remedy: str = ""


class Accepted(BaseModel):
    """The receipt of a message (202): it is stored for good. A repeat of the same bytes gets the same one.

    `fate` is `held` when the message was kept for a person (`task`) because this hub cannot read all of it yet.
    """

    receipt: UUID
    episode: UUID | None = None
    reference: str | None = Field(None, description="The episode's reference as people say it.")
    episodes: list[UUID] = []
    events: list[UUID] = []
    warnings: list[Doubt] = []
    fate: str = "accepted"
    title: str | None = None
    task: UUID | None = None


class Position(BaseModel):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int


class ClockView(BaseModel):
    """What came due: a rule's clock, or a step about a dispatch that nobody had seen; taken when it occurred."""

    rule: str
    due_at: AwareDatetime
    dispatch_id: UUID | None = None
    step: str | None = None


class TimelineEvent(BaseModel):
    """One event of an episode, without what it says about anybody."""

    id: UUID
    type: str
    source: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    position: Position | None = None
    clock: ClockView | None = None


class AttemptView(BaseModel):
    """One try at sending a dispatch."""

    number: int
    at: AwareDatetime
    outcome: str
    endpoint_id: str | None = None
    reference: str | None = None
    reason: str | None = None


class DispatchView(BaseModel):
    """One recipient's copy, seen from outside: who, why, until when and what became of it; never its content."""

    id: UUID
    subject_id: UUID
    role: Role
    authority: str | None = None
    organisation: str | None = None
    recipient: str
    kind: Kind
    action: Action
    thread: str
    revision: int
    state: str
    due_at: AwareDatetime
    created_at: AwareDatetime
    grounds: list[Ground]
    endpoint_id: str | None = None
    reference: str | None = Field(None, description="The partner's own id of it, such as a MESH message id.")
    reason: str | None = None
    withdrawal_reason: WithdrawalReason | None = None
    attempts: list[AttemptView] = []
    receipts: list[Receipt] = []


class WithheldView(BaseModel):
    """Who was not told what, and why."""

    recipient: str
    rule: str
    clause: str
    subject_id: UUID | None = None
    fields: list[str] = []
    reason: str | None = None
    at: AwareDatetime


class TaskList(BaseModel):
    """Open tasks, oldest first."""

    tasks: list["TaskView"]


class DecisionView(BaseModel):
    """A named person's answer to a decision request."""

    decision: str
    answer: bool
    decided_by_role: Role
    subject_id: UUID | None = None
    occurred_at: AwareDatetime


class TaskView(BaseModel):
    """Something that waits for a person."""

    id: UUID
    kind: str
    title: str
    detail: dict[str, Any] = {}
    episode_id: UUID | None = None
    opened_at: AwareDatetime
    settled_at: AwareDatetime | None = None
    settled_by: str | None = None


class EpisodeSummary(BaseModel):
    """One line of the operator's list."""

    id: UUID
    reference: str
    status: str
    version: int
    updated_at: AwareDatetime | None = None


class EpisodeList(BaseModel):
    """The operator's list, the last changed first."""

    episodes: list[EpisodeSummary]


class Timeline(EpisodeSummary):
    """An episode as the operator sees it."""

    view: str = "operator"
    events: list[TimelineEvent] = []
    dispatches: list[DispatchView] = []
    withheld: list[WithheldView] = []
    decisions: list[DecisionView] = []
    tasks: list[TaskView] = []


class KnownView(BaseModel):
    """What was known of one subject: its status, and the names of the fields that were filled."""

    subject_id: UUID
    kind: str
    status: str
    fields: list[str] = []


class HoldingView(BaseModel):
    """What one recipient had of one subject on one thread, and since when.

    `standing`: told, stood down, may have been told (a try whose outcome was not known), not told yet.
    """

    recipient: str
    subject_id: UUID
    kind: Kind
    thread: str
    revision: int
    standing: str
    since: AwareDatetime
    clauses: list[str] = []
    receipts: list[Stage] = []


class AsKnown(BaseModel):
    """An episode as the hub knew it at a moment; status `not known yet` before anything had come in."""

    id: UUID
    reference: str
    at: AwareDatetime
    status: str
    events: list[TimelineEvent] = []
    subjects: list[KnownView] = []
    told: list[HoldingView] = []


class OwnDispatch(BaseModel):
    """What the hub told the partner who asks, and the receipts that came back."""

    id: UUID
    role: Role
    kind: Kind
    action: Action
    revision: int
    due_at: AwareDatetime
    content: Content
    withdrawal_reason: WithdrawalReason | None = None
    receipts: list[Receipt] = []


class OwnEpisode(BaseModel):
    """An episode as one partner sees it: what it reported and what it was told, nothing of anybody else's."""

    id: UUID
    reference: str
    view: str = "partner"
    events: list[TimelineEvent] = []
    dispatches: list[OwnDispatch] = []


class InboxItem(BaseModel):
    """One dispatch as rendered for the partner; `position` orders the inbox."""

    position: int
    dispatch_id: UUID
    content_type: str
    headers: dict[str, str] = {}
    body: str
    encoding: str = Field("utf-8", description="`utf-8`, or `base64` for a body that is not text.")
    at: AwareDatetime


class Inbox(BaseModel):
    """A page of the inbox. Ask again with `after` = `next`; what was never collected comes whatever `after` says."""

    items: list[InboxItem]
    next: int


class ReceiptNote(BaseModel):
    """A partner's word on what became of one dispatch."""

    dispatch_id: UUID
    stage: Stage
    at: AwareDatetime
    by: str | None = Field(None, max_length=300, description="Who accepted it, for `accepted` and `acted_on`.")
    reference: str | None = Field(None, max_length=300)
    reason: str | None = Field(None, max_length=300)


class ReceiptNotes(BaseModel):
    """The body of POST /receipts."""

    receipts: list[ReceiptNote] = Field(min_length=1, max_length=500)


class Settlement(BaseModel):
    """The body of POST /tasks/{id}/settle."""

    by: str = Field(min_length=1, max_length=200, description="Who settled it.")


class ReceiptsTaken(BaseModel):
    """How many receipts were taken, and how many of them said something new."""

    taken: int
    new: int
