"""From what every recipient ought to hold and what it was sent to what goes out now. Pure (promises G2, G4, G6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.codes import Duty, RiskLevel
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, WithdrawalReason, dispatch_id
from contracts.receipt import Stage
from hub.episode.episode import Episode, Subject
from hub.episode.joining import Span
from hub.episode.transitions import Status
from hub.routing.firing import subjects_by_id
from hub.routing.wanted import Key, Wanted

CANCELLED = "cancelled"
# What a rule may still ask for when somebody has been found; alerts and notices of the going missing end with it.
AFTER_THE_FIND = (Kind.FOUND_NOTICE, Kind.TASK, Kind.DECISION_REQUEST, Kind.REMINDER)
# What said or asked something once is taken back only when it ought never to have been said: the link was wrong.
_RECALLED = (Kind.INFORMATION, Kind.REMINDER, Kind.CARE_CONTEXT_REQUEST)
_LEFT_ALONE = (Kind.INFORMATION, Kind.REMINDER, Kind.CARE_CONTEXT_REQUEST, Kind.TRACE_REQUEST)


@dataclass(frozen=True)
class Issued:
    """A dispatch as the ledger holds it. `may_have_left`: a send was begun, so the recipient may have it.

    `stages` are those of its receipts, where somebody has looked for them: they route nothing, but end an escalation.
    """

    dispatch: Dispatch
    state: str
    may_have_left: bool
    stages: frozenset[Stage] = frozenset()

    @property
    def key(self) -> Key:
        """What one dispatch is told from another by."""
        return (self.dispatch.subject_id, self.dispatch.recipient.key, self.dispatch.thread)


@dataclass
class Changes:
    """New dispatches, and earlier ones that are closed because they never left."""

    dispatches: list[Dispatch] = field(default_factory=list)
    cancelled: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class StandDown:
    """The clause, purpose and basis of every withdrawal (the national procedure's own row)."""

    rule: str
    clause: str
    procedure: str
    version: str
    purpose: str
    lawful_basis: str


def reconcile(
    episode: Episode,
    wanted: Sequence[Wanted],
    issued: Sequence[Issued],
    stand_down: StandDown,
    now: datetime,
    parted: Sequence[Span] = (),
) -> Changes:
    """Return what must change so that everyone holds what it ought to, and nobody else holds anything.

    `parted`: when the episode was wrongly told as one with another's. What went out then and nothing of its own asks
    for is recalled, also of the kinds that are otherwise left alone.
    """
    history: dict[Key, list[Issued]] = defaultdict(list)
    for one in sorted(issued, key=lambda one: one.dispatch.revision):
        history[one.key].append(one)
    changes = Changes()
    wishes = {one.key: one for one in wanted if _stands(one)}
    subjects = subjects_by_id(episode)
    for key, wish in wishes.items():
        _hold(episode, wish, history[key], changes, now)
    owed = {one.key for one in wanted}
    for key, past in history.items():
        if key not in wishes:
            recall = key not in owed and _made_within(past, parted)
            _release(episode, subjects.get(key[0]), past, changes, stand_down, now, recall=recall)
    return changes


def _stands(wish: Wanted) -> bool:
    status = wish.subject.status
    return not status.ended or (status is Status.FOUND and wish.kind in AFTER_THE_FIND)


def _made_within(past: Sequence[Issued], spans: Sequence[Span]) -> bool:
    return any(begin <= one.dispatch.created_at <= end for begin, end in spans for one in past)


def _standing(past: Sequence[Issued]) -> list[Issued]:
    return [one for one in past if one.state != CANCELLED]


def _is_withdrawal(one: Issued) -> bool:
    return one.dispatch.action is Action.WITHDRAW


def _hold(episode: Episode, wish: Wanted, past: list[Issued], changes: Changes, now: datetime) -> None:
    standing = _standing(past)
    if standing and _is_withdrawal(standing[-1]) and not standing[-1].may_have_left:
        changes.cancelled.append(standing.pop().dispatch.id)
    while standing and not _is_withdrawal(standing[-1]):
        if standing[-1].dispatch.content == wish.projection.content:
            return
        if standing[-1].may_have_left:
            break
        changes.cancelled.append(standing.pop().dispatch.id)
    holds = bool(standing) and not _is_withdrawal(standing[-1])
    action = Action.UPDATE if holds else Action.RAISE
    changes.dispatches.append(_dispatch(episode, wish, action, len(past) + 1, now))


def _release(
    episode: Episode,
    subject: Subject | None,
    past: list[Issued],
    changes: Changes,
    stand_down: StandDown,
    now: datetime,
    *,
    recall: bool,
) -> None:
    standing = _standing(past)
    while standing and not _is_withdrawal(standing[-1]) and not standing[-1].may_have_left:
        changes.cancelled.append(standing.pop().dispatch.id)
    if not standing or _is_withdrawal(standing[-1]):
        return
    last = standing[-1].dispatch
    if last.kind in _LEFT_ALONE and not (recall and last.kind in _RECALLED):
        return
    changes.dispatches.append(_withdrawal(episode, subject, last, len(past) + 1, stand_down, now))


def _dispatch(episode: Episode, wish: Wanted, action: Action, revision: int, now: datetime) -> Dispatch:
    return Dispatch(
        id=dispatch_id(episode.id, wish.subject.id, wish.recipient, wish.thread, revision),
        episode_id=episode.id,
        episode_reference=episode.reference,
        subject_id=wish.subject.id,
        subject_kind=wish.subject.kind,
        recipient=wish.recipient,
        kind=wish.kind,
        thread=wish.thread,
        action=action,
        revision=revision,
        grounds=wish.grounds,
        due_at=wish.due_at,
        created_at=now,
        high_risk=wish.high_risk,
        content=wish.projection.content,
    )


def _withdrawal(
    episode: Episode, subject: Subject | None, last: Dispatch, revision: int, stand_down: StandDown, now: datetime
) -> Dispatch:
    reason = WithdrawalReason.CORRECTED
    if subject is not None and subject.status is Status.FOUND:
        reason = WithdrawalReason.FOUND
    if subject is not None and subject.status is Status.CANCELLED:
        reason = WithdrawalReason.CANCELLED
    ground = Ground(
        rule=stand_down.rule,
        clause=stand_down.clause,
        procedure=stand_down.procedure,
        procedure_version=stand_down.version,
        seat=None,
        duty=Duty.MUST,
        occasion=revision,
        due_at=now,
        purpose=stand_down.purpose,
        lawful_basis=stand_down.lawful_basis,
    )
    return last.model_copy(
        update={
            "id": dispatch_id(episode.id, last.subject_id, last.recipient, last.thread, revision),
            "action": Action.WITHDRAW,
            "revision": revision,
            "grounds": (ground,),
            "due_at": now,
            "created_at": now,
            "high_risk": bool(subject and subject.risk.level is RiskLevel.HIGH),
            "content": Content(),
            "reason": reason,
        }
    )
