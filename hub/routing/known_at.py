"""As known at a moment: what the hub knew of an episode then, and what each agency had been told. Pure.

What counts is when the hub learned of something, not when it happened: a report that came late was not known before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.dispatch import Action, Dispatch
from contracts.envelope import Event
from contracts.receipt import Receipt, Stage
from hub.episode.episode import Episode
from hub.episode.fold import fold, ordered
from hub.routing.disclosure import everything, known

_Thread = tuple[UUID, str, str]


@dataclass(frozen=True)
class Course:
    """One dispatch and what came of it: `sent_at` is when a try at sending succeeded, `tried_at` when one began that
    may have arrived.
    """

    dispatch: Dispatch
    sent_at: datetime | None
    tried_at: datetime | None
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True)
class Holding:
    """What one recipient had about one subject on one thread: the last revision that had reached it.

    `standing`: `told`, `stood down`, `may have been told` (a try whose outcome was not known), or `not told yet`.
    """

    dispatch: Dispatch
    standing: str
    since: datetime
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class KnownOf:
    """What was known of one subject: its status then, and the names of the fields that were filled, never a value."""

    subject_id: UUID
    kind: str
    status: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class KnownAt:
    """The whole answer; `events` are those that the hub had, in the order that counts."""

    status: str
    events: tuple[Event, ...]
    subjects: tuple[KnownOf, ...]
    holdings: tuple[Holding, ...]


def known_at(episode_id: UUID, events: Sequence[Event], courses: Sequence[Course], at: datetime) -> KnownAt | None:
    """Return what was known and told at a moment; None when the hub knew nothing of the episode yet."""
    had = tuple(ordered(event for event in events if event.recorded_at <= at))
    if not had:
        return None
    episode = fold(had, episode_id)
    threads: dict[_Thread, list[Course]] = defaultdict(list)
    for course in sorted(courses, key=lambda one: one.dispatch.revision):
        if course.dispatch.created_at <= at:
            dispatch = course.dispatch
            threads[dispatch.subject_id, dispatch.recipient.key, dispatch.thread].append(course)
    return KnownAt(
        status=episode.status.value,
        events=had,
        subjects=tuple(_known_of(episode)),
        holdings=tuple(_holding(some, at) for some in threads.values()),
    )


def _known_of(episode: Episode) -> list[KnownOf]:
    found = []
    for subject in episode.everyone:
        paths = known(everything(episode, subject)).paths
        names = tuple(path for some in paths.values() for path in some)
        found.append(KnownOf(subject.id, subject.kind.value, subject.status.value, names))
    return found


def _holding(courses: Sequence[Course], at: datetime) -> Holding:
    """Judge one thread: of what had arrived the newest counts, else of what may have, else the first on its way."""
    arrived = [one for one in courses if one.sent_at is not None and one.sent_at <= at]
    if arrived:
        last = arrived[-1]
        standing = "stood down" if last.dispatch.action is Action.WITHDRAW else "told"
        return Holding(last.dispatch, standing, last.sent_at or at, _stages(last, at))
    tried = [one for one in courses if one.tried_at is not None and one.tried_at <= at]
    if tried:
        return Holding(tried[-1].dispatch, "may have been told", tried[-1].tried_at or at, _stages(tried[-1], at))
    return Holding(courses[0].dispatch, "not told yet", courses[0].dispatch.created_at, ())


def _stages(course: Course, at: datetime) -> tuple[Stage, ...]:
    return tuple(receipt.stage for receipt in course.receipts if receipt.at <= at)
