"""Episodes of one child under several subjects, told as one. Pure.

Nothing is rewritten: a link between two subjects says how their episodes' events are read together, and without it they
part again as if it had never been. What is told follows from the facts and the links alone (promise G4).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from contracts.envelope import Event, derived_id
from contracts.events import (
    ClockFell,
    Data,
    DecisionRecorded,
    IdentityLinked,
    IdentityUnlinked,
    Report,
    SubjectKey,
)
from hub.episode.fold import fold, ordered, walk

Link = tuple[UUID, UUID]
Span = tuple[datetime, datetime]
# A router that began before a decision was known may have ended after it.
_UNDER_WAY = timedelta(minutes=1)


@dataclass(frozen=True)
class Own:
    """An episode by itself: its events, each naming all whom it means, its subjects, and when it began."""

    id: UUID
    events: tuple[Event, ...]
    subjects: tuple[UUID, ...]
    began: datetime


@dataclass
class Joined:
    """Episodes that are one. The first of them is told; the others' events are read as its own.

    `names`: each subject of any of them, to the subject that it is here.
    """

    parts: list[Own]
    names: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The episode that is told."""
        return self.parts[0].id

    @property
    def events(self) -> list[Event]:
        """All events, as the told episode's own; an episode that stands alone keeps them as they are."""
        if len(self.parts) == 1 and all(one == other for one, other in self.names.items()):
            return list(self.parts[0].events)
        return [_renamed(event, self.id, self.names) for part in self.parts for event in part.events]


def join(histories: Mapping[UUID, Sequence[Event]], links: Iterable[Link]) -> list[Joined]:
    """Return which of these episodes are one: they share a child, and the later began before the child's end.

    Taken by the moment at which they began, so that the order of arrival changes nothing.
    """
    roots = _roots(links)
    found: list[Joined] = []
    owns = [_own(id, events) for id, events in histories.items() if events]
    for own in sorted(owns, key=lambda one: (one.began, str(one.id))):
        children = {roots.get(subject, subject) for subject in own.subjects}
        joined = next((one for one in found if _goes_on(one, children, own.began, roots)), None)
        if joined is None:
            joined = Joined([])
            found.append(joined)
        joined.parts.append(own)
        _name(joined, own, roots)
    return found


def partings(events: Iterable[Event]) -> list[Span]:
    """Return from when to when an episode was told as one with another's whose link a person has undone."""
    decided: dict[frozenset[UUID], list[Event]] = {}
    for event in events:
        if isinstance(event.data, IdentityLinked | IdentityUnlinked):
            decided.setdefault(frozenset((event.data.kept, event.data.merged)), []).append(event)
    spans: list[Span] = []
    for about in decided.values():
        since: datetime | None = None
        for event in sorted(about, key=lambda one: one.order):
            if isinstance(event.data, IdentityLinked):
                since = since or event.occurred_at
            elif since is not None:
                spans.append((since, event.occurred_at + _UNDER_WAY))
                since = None
    return spans


def _own(id: UUID, events: Sequence[Event]) -> Own:
    explicit: list[Event] = []
    subjects: tuple[UUID, ...] = ()
    for step in walk(events, id):
        subjects = tuple(subject.id for subject in step.episode.subjects)
        explicit.append(_naming_all(step.event, subjects))
    return Own(id, tuple(explicit), subjects, ordered(events)[0].occurred_at)


def _naming_all(event: Event, subjects: Sequence[UUID]) -> Event:
    """Let an event that names nobody, and so means all of its episode, name them."""
    data = event.data
    named: tuple[Any, ...] | None = getattr(data, "subjects", None)
    if isinstance(data, Report) or named is None or named:
        return event
    keys = tuple(SubjectKey(subject_id=one) for one in subjects)
    return event.model_copy(update={"data": data.model_copy(update={"subjects": keys})})


def _roots(links: Iterable[Link]) -> Mapping[UUID, UUID]:
    """Return for each linked subject one of those that it hangs together with, the same for all of them."""
    together: dict[UUID, set[UUID]] = {}
    for one, other in links:
        whole = together.get(one, {one}) | together.get(other, {other})
        together |= dict.fromkeys(whole, whole)
    return MappingProxyType({subject: min(whole) for subject, whole in together.items()})


def _goes_on(joined: Joined, children: Collection[UUID], began: datetime, roots: Mapping[UUID, UUID]) -> bool:
    shared = [subject for subject in joined.names.values() if roots.get(subject, subject) in children]
    if not shared:
        return False
    episode = fold(joined.events, joined.id)
    states = [subject for subject in episode.subjects if subject.id in shared]
    return any(not one.status.ended or one.status_since is None or began <= one.status_since for one in states)


def _name(joined: Joined, own: Own, roots: Mapping[UUID, UUID]) -> None:
    for subject in own.subjects:
        root = roots.get(subject, subject)
        same = (name for name in joined.names.values() if roots.get(name, name) == root)
        joined.names.setdefault(subject, next(same, subject))


def _renamed(event: Event, episode_id: UUID, names: dict[UUID, UUID]) -> Event:
    return event.model_copy(update={"episode_id": episode_id, "data": _data(event.data, names)})


def _data(data: Data, names: dict[UUID, UUID]) -> Data:
    if isinstance(data, DecisionRecorded | ClockFell):
        unborn = {derived_id("unborn", one): derived_id("unborn", other) for one, other in names.items()}
        subject_id = data.subject_id and (names | unborn).get(data.subject_id, data.subject_id)
        return data.model_copy(update={"subject_id": subject_id})
    named: tuple[Any, ...] = getattr(data, "subjects", ())
    if not named:
        return data
    subjects = tuple(one.model_copy(update={"subject_id": names.get(one.subject_id, one.subject_id)}) for one in named)
    return data.model_copy(update={"subjects": subjects})
