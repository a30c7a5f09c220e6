"""What the hub does about an episode now: the one function that router, console and tests share. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.dispatch import Action, Dispatch, Kind, Recipient
from contracts.envelope import Event, derived_id, event_of
from contracts.events import CareContextRequested, SubjectKey
from hub.episode.episode import Episode
from hub.episode.fold import walk
from hub.episode.joining import partings
from hub.routing.book import Book
from hub.routing.clocks import ClockDue, clocks
from hub.routing.escalation import StepDue, chased, steps_due, told_again
from hub.routing.reconcile import CANCELLED, Changes, Issued, reconcile
from hub.routing.wanted import Assessment, Wanted, assess

__all__ = ["ClockDue", "Issued", "Plan", "TaskNote", "Withheld", "plan"]

HUB = "/hub"


@dataclass(frozen=True)
class Withheld:
    """Fields that a dispatch leaves out for one reason, or a recipient kept back as a whole (promise G5).

    `fields` are names as in the disclosure table; ("all",) with the `rule` that blocks the recipient, and no dispatch.
    `occasion` counts how often the rule was laid: lifted by two people and laid again, it keeps back anew.
    """

    episode_id: UUID
    subject_id: UUID
    recipient: Recipient
    fields: tuple[str, ...]
    reason: str
    dispatch_id: UUID | None = None
    rule: str | None = None
    occasion: int = 1


@dataclass(frozen=True)
class TaskNote:
    """Something that a person must see to. `title` and `detail` carry ids and codes, no personal data."""

    id: UUID
    kind: str
    title: str
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The outcome of routing one episode.

    `waiting` are dispatches without an endpoint: they wait visibly. `tasks` are all that stand open by the facts; one
    that is no longer listed is settled by itself. `chased` are the dispatches that somebody must see, `steps` what is
    done about those that nobody has seen. `members`: the episode's own subjects, to what each is called in `episode`;
    None: all of it, as they are.
    """

    episode: Episode
    assessment: Assessment
    dispatches: tuple[Dispatch, ...]
    waiting: frozenset[UUID]
    cancelled: tuple[UUID, ...]
    withheld: tuple[Withheld, ...]
    clocks: tuple[ClockDue, ...]
    events: tuple[Event, ...]
    tasks: tuple[TaskNote, ...]
    steps: tuple[StepDue, ...] = ()
    chased: frozenset[UUID] = frozenset()
    members: Mapping[UUID, UUID] | None = None

    @property
    def all_clocks(self) -> tuple[ClockDue, ...]:
        """The clocks of the procedures, and those of what nobody has seen."""
        return (*self.clocks, *(one.clock() for one in self.steps))


def plan(events: Sequence[Event], issued: Sequence[Issued], book: Book, now: datetime) -> Plan:
    """Route an episode by all of its events, in whatever order they came. `events` must not be empty."""
    episode_id = next(event.episode_id for event in events if event.episode_id is not None)
    steps = tuple(walk(events, episode_id))
    assessment = assess(steps, book.procedures, book.disclosure, book.geography)
    again = told_again(assessment.episode, assessment.wanted, issued)
    assessment = replace(assessment, wanted=(*assessment.wanted, *again))
    parted = partings(events)
    changes = reconcile(assessment.episode, assessment.wanted, issued, book.stand_down, now, parted)
    waiting = [one for one in changes.dispatches if not book.directory.ways(one.recipient, now)]
    still_waiting = [
        one.dispatch for one in issued if one.state == "waiting" and one.dispatch.id not in changes.cancelled
    ]
    held = _held(issued, changes, frozenset(one.id for one in waiting))
    return Plan(
        episode=assessment.episode,
        assessment=assessment,
        dispatches=tuple(changes.dispatches),
        waiting=frozenset(one.id for one in waiting),
        cancelled=tuple(changes.cancelled),
        withheld=tuple(_withheld(assessment, changes.dispatches)),
        clocks=clocks(assessment, now),
        steps=steps_due(assessment.episode, held, book.directory, now),
        chased=frozenset(one.dispatch.id for one in chased(held, book.directory)),
        events=tuple(_requests(changes.dispatches, now)),
        tasks=(*_unrouted((*waiting, *still_waiting), book), *_unmatched(assessment), *_overdue(assessment)),
    )


def _held(issued: Sequence[Issued], changes: Changes, waiting: frozenset[UUID]) -> tuple[Issued, ...]:
    """Return what the ledger will hold once the changes are written."""
    closed = frozenset(changes.cancelled)
    old = (replace(one, state=CANCELLED) if one.dispatch.id in closed else one for one in issued)
    new = (Issued(one, "waiting" if one.id in waiting else "pending", False) for one in changes.dispatches)
    return (*old, *new)


def _withheld(assessment: Assessment, dispatches: Sequence[Dispatch]) -> Iterable[Withheld]:
    wishes: dict[tuple[UUID, str, str], Wanted] = {one.key: one for one in assessment.wanted}
    for dispatch in dispatches:
        wish = wishes.get((dispatch.subject_id, dispatch.recipient.key, dispatch.thread))
        if wish is None or dispatch.action is Action.WITHDRAW:
            continue
        for reason, fields in wish.projection.withheld.items():
            yield Withheld(
                dispatch.episode_id, dispatch.subject_id, dispatch.recipient, fields, reason, dispatch_id=dispatch.id
            )
    for block in assessment.blocked:
        rule = block.firing.rule
        yield Withheld(
            assessment.episode.id,
            block.subject_id,
            block.recipient,
            ("all",),
            rule.clause,
            rule=rule.id,
            occasion=block.bar.laid,
        )


def _requests(dispatches: Sequence[Dispatch], now: datetime) -> Iterable[Event]:
    for dispatch in dispatches:
        authority = dispatch.recipient.authority
        if dispatch.kind is Kind.CARE_CONTEXT_REQUEST and dispatch.action is Action.RAISE and authority:
            yield event_of(
                CareContextRequested(subject=SubjectKey(subject_id=dispatch.subject_id), authority=authority),
                id=derived_id("context-requested", dispatch.id),
                source=HUB,
                occurred_at=now,
                recorded_at=now,
                episode_id=dispatch.episode_id,
            )


def unrouted_task_id(dispatch_id: UUID) -> UUID:
    """Return the id of the task about a dispatch that waits for a route."""
    return derived_id("task-unrouted", dispatch_id)


def _unrouted(waiting: Sequence[Dispatch], book: Book) -> Iterable[TaskNote]:
    for dispatch in waiting:
        authority = dispatch.recipient.authority
        wrong = book.geography.what_is_wrong_with(authority) if authority else None
        yield TaskNote(
            id=unrouted_task_id(dispatch.id),
            kind="unrouted",
            title="No route: add the recipient to the directory, or tell it by telephone.",
            detail={"recipient": dispatch.recipient.key, "dispatch": str(dispatch.id)}
            | ({"because": wrong} if wrong else {}),
        )


def _unmatched(assessment: Assessment) -> Iterable[TaskNote]:
    episode = assessment.episode
    roles: dict[UUID, set[str]] = {}
    for one in assessment.unnamed:
        roles.setdefault(one.subject_id, set()).add(one.role.value)
    for subject_id, lacking in roles.items():
        subject = episode.subject(subject_id)
        if subject is not None and not subject.status.ended:
            yield TaskNote(
                id=derived_id("task-unmatched", episode.id, subject_id, subject.spell),
                kind="unmatched",
                title="Not matched: nobody has said which services know this person. Find out and tell them.",
                detail={"subject": str(subject_id), "roles": ", ".join(sorted(lacking))},
            )


def _overdue(assessment: Assessment) -> Iterable[TaskNote]:
    running = {firing.rule.id: firing for firing in assessment.standing if firing.rule.ask}
    answered = {decision.data.decision for decision in assessment.episode.decisions}
    for tick in assessment.episode.ticks:
        if tick.data.rule in running and tick.data.rule not in answered:
            yield TaskNote(
                id=derived_id("task-undecided", assessment.episode.id, tick.data.rule, tick.data.subject_id),
                kind="decision_overdue",
                title="A decision is overdue: ask the role that the procedure names.",
                detail={"rule": tick.data.rule, "subject": str(tick.data.subject_id)},
            )
