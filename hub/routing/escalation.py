"""What nobody has seen: reminded, then told out of hours, to the role's manager, and rung by a person. Pure.

A function of the folded episode, of what was sent and of the receipts known. No code stops a step: it is no longer
there when a receipt came, or when the dispatch was withdrawn.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.codes import Seat
from contracts.dispatch import AGAIN_THREAD, Action, Dispatch, Kind, Post
from contracts.envelope import derived_id
from contracts.events import ClockFell, ClockKind, EscalationStep
from hub.episode.episode import Episode
from hub.routing.clocks import ClockDue
from hub.routing.directory import Directory
from hub.routing.reconcile import CANCELLED, Issued
from hub.routing.steps import Ladder
from hub.routing.wanted import Key, Wanted

RECEIPT_OVERDUE = "receipt_overdue"
_POSTS = {EscalationStep.OUT_OF_HOURS: Post.OUT_OF_HOURS, EscalationStep.MANAGER: Post.MANAGER}
_AGAIN = (EscalationStep.REMIND, *_POSTS)
_Threads = Mapping[Key, Sequence[Issued]]
_WAITING, _SENT = "waiting", "sent"
# What failed, or may have arrived, has a task that asks a person to ring.
_HAVE_A_TASK = (_WAITING, "failed", "unknown")


@dataclass(frozen=True)
class Chased:
    """A dispatch that somebody must see. `by` are the dispatches whose receipt proves it; `steps` may be taken.

    `urgent`: an alert or notice of a child at high risk. `sent`: it is known to have gone out. `ids`: a step taken
    about any of these was taken.
    """

    dispatch: Dispatch
    urgent: bool
    sent: bool
    ladder: Ladder
    start: datetime
    steps: tuple[EscalationStep, ...]
    by: tuple[Issued, ...]
    ids: frozenset[UUID]

    @property
    def seen(self) -> bool:
        """Say whether a receipt of the needed stage is known."""
        return any(not self.ladder.seen_by.isdisjoint(one.stages) for one in self.by)


@dataclass(frozen=True)
class StepDue:
    """A step that is due at a moment. `id` is the same for ever, so that it is taken once."""

    dispatch: Dispatch
    step: EscalationStep
    due_at: datetime
    seat: Seat
    urgent: bool

    @property
    def id(self) -> UUID:
        """The id of this step of this dispatch."""
        return derived_id("escalation", self.dispatch.id, self.step.value)

    def fallen(self) -> ClockFell:
        """Return what is stated when the step is taken."""
        return ClockFell(
            kind=ClockKind.RECEIPT_OVERDUE,
            rule=RECEIPT_OVERDUE,
            subject_id=self.dispatch.subject_id,
            seat=self.seat,
            authority=self.dispatch.recipient.authority,
            dispatch_id=self.dispatch.id,
            step=self.step,
            due_at=self.due_at,
        )

    def clock(self) -> ClockDue:
        """Return the clock that the ledger keeps for it."""
        return ClockDue(
            id=self.id,
            episode_id=self.dispatch.episode_id,
            rule=RECEIPT_OVERDUE,
            subject_id=self.dispatch.subject_id,
            seat=self.seat,
            authority=self.dispatch.recipient.authority,
            tick=1,
            due_at=self.due_at,
        )


def told_again(episode: Episode, wanted: Iterable[Wanted], issued: Sequence[Issued]) -> tuple[Wanted, ...]:
    """Return what is to be held a second time, because a step was taken about a raise that still stands.

    It is withdrawn with the first: whoever was told in somebody's stead hears of the end as well (promise G6).
    """
    keys = {id: key for key, past in _by_key(issued).items() if _raise_of(_standing(past)) for id in _spell(past)}
    wishes = {one.key: one for one in wanted}
    again = []
    for dispatch_id, step in _taken(episode):
        wish = wishes.get(keys[dispatch_id]) if dispatch_id in keys else None
        if wish is not None and step in _AGAIN:
            recipient = wish.recipient.model_copy(update={"post": _POSTS.get(step)})
            again.append(replace(wish, recipient=recipient, thread=f"{AGAIN_THREAD}{step.value}:{wish.thread}"))
    return tuple(again)


def chased(issued: Sequence[Issued], directory: Directory) -> tuple[Chased, ...]:
    """Return the dispatches that somebody must see: of every thread the raise that stands, and its last word.

    The raise goes the whole way. A later word (an update, a withdrawal) only becomes a call: who has it must know it,
    but nobody else is told instead. What waits for a route has a task of its own.
    """
    everything = _by_key(issued)
    found: list[Chased] = []
    for key, past in everything.items():
        standing = _standing(past)
        raised, last = _raise_of(standing), standing[-1] if standing else None
        again = key[2].startswith(AGAIN_THREAD)
        if raised is not None and raised.state != _WAITING and not again:
            found.append(_whole_way(raised, past, everything, directory))
        later = last is not None and last is not raised and last.state not in _HAVE_A_TASK
        if last is not None and later and (not again or last.dispatch.action is Action.WITHDRAW):
            found.append(_call(last, directory))
    return tuple(found)


def steps_due(episode: Episode, issued: Sequence[Issued], directory: Directory, now: datetime) -> tuple[StepDue, ...]:
    """Return every step that is due by now, each once whatever was missed, and the next one after."""
    taken = set(_taken(episode))
    ahead = [
        StepDue(one.dispatch, step, one.start + after, one.dispatch.grounds[0].seat or Seat.RESPONSIBLE, one.urgent)
        for one in chased(issued, directory)
        if not one.seen
        for step, after in one.ladder.after
        if step in one.steps and not _is_over(one, step, taken)
        # A second copy goes only where the first one is known to have gone.
        if step is not EscalationStep.REMIND or one.sent or one.start + after > now
    ]
    ahead.sort(key=lambda one: (one.due_at, one.id))
    due = [one for one in ahead if one.due_at <= now]
    return (*due, *ahead[len(due) : len(due) + 1])


def _is_over(one: Chased, step: EscalationStep, taken: set[tuple[UUID, EscalationStep]]) -> bool:
    """Say whether a step was taken, or is a reminder that comes after another step: then others know already."""
    steps = (step,) if step is not EscalationStep.REMIND else tuple(EscalationStep)
    return any((id, done) in taken for id in one.ids for done in steps)


def _call(last: Issued, to: Directory) -> Chased:
    dispatch = last.dispatch
    ladder = to.steps.others.model_copy(update={"needs": "transported"})
    start = max(dispatch.due_at, dispatch.created_at)
    return Chased(
        dispatch,
        False,
        last.state == _SENT,
        ladder,
        start,
        (EscalationStep.TELEPHONE,),
        (last,),
        frozenset({dispatch.id}),
    )


def _whole_way(raised: Issued, past: Sequence[Issued], everything: _Threads, to: Directory) -> Chased:
    dispatch, standing = raised.dispatch, _standing(past)
    told = standing[standing.index(raised) :]
    # The risk may have become high only later: what says so is what must be opened, and the minutes run from then.
    high = [one for one in told if one.dispatch.high_risk and one.dispatch.kind in (Kind.ALERT, Kind.NOTICE)]
    first = high[0] if high else raised
    made = first.dispatch.created_at
    copies = [one for step in _AGAIN for one in _standing(everything.get(_key_again(dispatch, step), ()))]
    # A copy of an earlier word, or of an earlier going missing, proves nothing of this one.
    proofs = (*told[told.index(first) :], *(one for one in copies if one.dispatch.created_at >= made))
    ladder: Ladder = to.steps.high_risk if high else to.steps.others
    start = made if high else max(dispatch.due_at, made)
    return Chased(
        dispatch, bool(high), raised.state == _SENT, ladder, start, tuple(_possible(raised, to)), proofs, _spell(past)
    )


def _possible(raised: Issued, to: Directory) -> Iterable[EscalationStep]:
    """Yield the steps that lead anywhere, and that no task stands for already."""
    dispatch = raised.dispatch
    if raised.state not in _HAVE_A_TASK:
        yield EscalationStep.TELEPHONE
        yield EscalationStep.REMIND
    first = to.resolve(dispatch.recipient, dispatch.created_at)
    for step, post in _POSTS.items():
        place = to.resolve(dispatch.recipient.model_copy(update={"post": post}), dispatch.created_at)
        if place is not None and place != first:
            yield step


def _key_again(dispatch: Dispatch, step: EscalationStep) -> Key:
    recipient = dispatch.recipient.model_copy(update={"post": _POSTS.get(step)})
    return (dispatch.subject_id, recipient.key, f"{AGAIN_THREAD}{step.value}:{dispatch.thread}")


def _by_key(issued: Iterable[Issued]) -> _Threads:
    found: dict[Key, list[Issued]] = defaultdict(list)
    for one in sorted(issued, key=lambda one: one.dispatch.revision):
        found[one.key].append(one)
    return found


def _standing(past: Iterable[Issued]) -> list[Issued]:
    return [one for one in past if one.state != CANCELLED]


def _spell(past: Sequence[Issued]) -> frozenset[UUID]:
    """Return all that was made on a thread since its last withdrawal, also what was closed because it never left."""
    ends = [n for n, one in enumerate(past) if one.state != CANCELLED and one.dispatch.action is Action.WITHDRAW]
    return frozenset(one.dispatch.id for one in past[ends[-1] + 1 if ends else 0 :])


def _raise_of(standing: Sequence[Issued]) -> Issued | None:
    """Return the raise that stands on a thread; None when the last word is a withdrawal."""
    if not standing or standing[-1].dispatch.action is Action.WITHDRAW:
        return None
    return next((one for one in reversed(standing) if one.dispatch.action is Action.RAISE), None)


def _taken(episode: Episode) -> Iterable[tuple[UUID, EscalationStep]]:
    for tick in episode.ticks:
        if tick.data.kind is ClockKind.RECEIPT_OVERDUE and tick.data.dispatch_id is not None:
            yield tick.data.dispatch_id, tick.data.step or EscalationStep.TELEPHONE
