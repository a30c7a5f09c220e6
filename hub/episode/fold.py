"""Folding: events, in any order and with any repetition, become one episode. Pure (promise G4)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from contracts.codes import SubjectKind
from contracts.envelope import Event
from contracts.events import (
    CareContextKnown,
    ClockFell,
    ContactRecorded,
    DecisionRecorded,
    EarlierEpisodeKnown,
    EventType,
    Found,
    FoundRetracted,
    MissingReported,
    Report,
    Returned,
    RiskAssessed,
    Sighted,
    SubjectKey,
    WhereaboutsBelieved,
)
from contracts.person import Facts, FoundDetails, KnownLink, Risk, SubjectFacts, Whereabouts
from hub.episode.episode import Decision, Episode, Subject, Tick
from hub.episode.transitions import Status, after

F = TypeVar("F", bound=Facts)

SILENT = frozenset({EventType.RECEIPT_RECORDED, EventType.CARE_CONTEXT_REQUESTED})
"""What the hub's own messages came to: it says nothing about anybody, changes no episode and can trigger no rule."""

HEARD = frozenset(
    {
        EventType.TRACING_REQUESTED,
        EventType.PRELIMINARY_CHECKS_MADE,
        EventType.SAFE_AND_WELL_CHECKED,
        EventType.RETURN_INTERVIEW_OFFERED,
        EventType.RETURN_INTERVIEW_HELD,
        EventType.RETURN_INTERVIEW_REFUSED,
    }
)
"""What somebody did about a subject and a rule may wait for, or end with."""


@dataclass(frozen=True)
class Step:
    """The episode just after one of its events."""

    event: Event
    episode: Episode


def ordered(events: Iterable[Event]) -> list[Event]:
    """Return the events in the one order that counts, repeats dropped: by time, but the first report before all else.

    What is said of an episode follows from its report, whatever a sender's clock says; one that counts whole minutes
    would have a child found before it was reported, and a belief about everyone would be about nobody. Next comes what
    is known of earlier episodes, the last word about each: the past was so from the beginning, whenever the hub learned
    of it, and what proved wrong of it was never so.
    """
    known = sorted({event.id: event for event in events}.values(), key=lambda event: event.order)
    past = _the_past(known)
    if past:
        known = [event for event in known if not isinstance(event.data, EarlierEpisodeKnown)]
    opening = next((number for number, event in enumerate(known) if isinstance(event.data, Report)), 0)
    return [*known[opening : opening + 1], *past, *known[:opening], *known[opening + 1 :]]


def _the_past(events: Iterable[Event]) -> list[Event]:
    last: dict[tuple[UUID, UUID], tuple[int, Event]] = {}
    for event in events:
        data = event.data
        if isinstance(data, EarlierEpisodeKnown):
            key = (data.subject_id, data.episode)
            if key not in last or last[key][0] <= data.facts:
                last[key] = (data.facts, event)
    return [event for _, event in last.values()]


def walk(events: Iterable[Event], episode_id: UUID) -> Iterator[Step]:
    """Yield the episode after each of its events, in order."""
    episode = Episode(id=episode_id)
    for event in ordered(events):
        episode = apply(episode, event)
        yield Step(event, episode)


def fold(events: Iterable[Event], episode_id: UUID) -> Episode:
    """Return the episode that the events make; without events, an empty one."""
    episode = Episode(id=episode_id)
    for event in ordered(events):
        episode = apply(episode, event)
    return episode


def apply(episode: Episode, event: Event) -> Episode:
    """Return the episode after one more event; a silent one leaves it as it is."""
    if event.type in SILENT:
        return episode
    episode = _learn(episode, event)
    episode = _move(episode, event)
    return episode.model_copy(update={"updated_at": event.occurred_at, "said": episode.said + 1})


def merge(old: F, new: F) -> F:
    """Lay what a newer group says over an older one; what the newer leaves out stays."""
    said = {name: getattr(new, name) for name in new.model_fields_set if not _silent(getattr(new, name))}
    return old.model_copy(update=said) if said else old


def _silent(value: Any) -> bool:
    return value is None or value == ()


def merge_subject(old: SubjectFacts, new: SubjectFacts) -> SubjectFacts:
    """Lay one event's facts about a subject over what was known, group by group; protected once is so for good."""
    groups: dict[str, Any] = {}
    for name in new.model_fields_set:
        value, known = getattr(new, name), getattr(old, name)
        if isinstance(value, Facts):
            groups[name] = merge(known, value) if isinstance(known, Facts) else value
    groups["doubtful"] = (*old.doubtful, *(one for one in new.doubtful if one not in old.doubtful))
    groups["kind"] = new.kind or old.kind
    groups["identity_protected"] = old.identity_protected or new.identity_protected
    return old.model_copy(update=groups)


def merge_risk(old: Risk, new: Risk) -> Risk:
    """Lay a newer assessment over an older one; a concern once stated is never lost."""
    flags = (*old.flags, *(flag for flag in new.flags if flag not in old.flags))
    return merge(old, new).model_copy(update={"flags": flags})


def _learn(episode: Episode, event: Event) -> Episode:
    data = event.data
    if isinstance(data, Report):
        return _learn_report(episode, data)
    if isinstance(data, CareContextKnown):
        return _with_subjects(episode, data.subjects, context_from=data.authority)
    if isinstance(data, RiskAssessed):
        return _each(episode, data.subjects, lambda s: {"risk": merge_risk(s.risk, data.risk)})
    if isinstance(data, WhereaboutsBelieved):
        return _each(episode, data.subjects, lambda s: {"whereabouts": _believe(s.whereabouts, data)})
    if isinstance(data, Found):
        return _each(episode, data.subjects, lambda s: {"found": merge(s.found, data.found)})
    if isinstance(data, Returned):
        return _each(episode, data.subjects, lambda s: {"found": merge(FoundDetails(at=data.at, by=data.by), s.found)})
    if isinstance(data, Sighted) and data.confirmed:
        return episode.model_copy(update={"last_seen": merge(episode.last_seen, data.last_seen)})
    if isinstance(data, DecisionRecorded):
        return episode.model_copy(update={"decisions": (*episode.decisions, Decision(at=event.occurred_at, data=data))})
    if isinstance(data, ClockFell):
        return episode.model_copy(update={"ticks": (*episode.ticks, Tick(at=event.occurred_at, data=data))})
    if isinstance(data, EarlierEpisodeKnown):
        return episode.model_copy(update={"earlier": (*episode.earlier, data)})
    if isinstance(data, ContactRecorded):
        return episode.model_copy(update={"contacts": (*episode.contacts, data.contact)})
    return episode


def _learn_report(episode: Episode, data: Report) -> Episode:
    episode = _with_subjects(episode, data.subjects)
    ids = [facts.subject_id for facts in data.subjects]
    episode = _update(episode, ids, lambda s: {"risk": merge_risk(s.risk, data.risk)})
    shared = {
        "missing": merge(episode.missing, data.missing),
        "last_seen": merge(episode.last_seen, data.last_seen),
        "police": merge(episode.police, data.police),
        "informant": data.informant or episode.informant,
    }
    return episode.model_copy(update=shared)


def _believe(old: Whereabouts, data: WhereaboutsBelieved) -> Whereabouts:
    said = Whereabouts(believed_left_area=data.believed_left_area, believed_left_uk=data.believed_left_uk)
    areas: dict[str, KnownLink] = {area.authority: area for area in (*old.areas, *data.areas)}
    return merge(old, said).model_copy(update={"areas": tuple(areas.values())})


def _with_subjects(episode: Episode, said: Sequence[SubjectFacts], context_from: str | None = None) -> Episode:
    subjects = {subject.id: subject for subject in episode.subjects}
    for facts in said:
        if facts.subject_id is None:
            continue
        known = subjects.get(facts.subject_id) or Subject(id=facts.subject_id)
        merged = merge_subject(known.facts, facts)
        contexts = known.context_from
        if context_from and context_from not in contexts:
            contexts = (*contexts, context_from)
        update = {"facts": merged, "kind": merged.kind or SubjectKind.CHILD, "context_from": contexts}
        subjects[facts.subject_id] = known.model_copy(update=update)
    return episode.model_copy(update={"subjects": tuple(subjects.values())})


def _each(episode: Episode, keys: Sequence[SubjectKey], change: Any) -> Episode:
    return _update(_named(episode, keys), [key.subject_id for key in keys] or None, change)


def _named(episode: Episode, keys: Sequence[SubjectKey]) -> Episode:
    said = [SubjectFacts(subject_id=key.subject_id, identifiers=key.identifiers) for key in keys]
    return _with_subjects(episode, said)


def _update(episode: Episode, ids: Sequence[UUID | None] | None, change: Any) -> Episode:
    subjects = tuple(s.model_copy(update=change(s)) if ids is None or s.id in ids else s for s in episode.subjects)
    return episode.model_copy(update={"subjects": subjects})


def _move(episode: Episode, event: Event) -> Episode:
    ids: list[UUID | None] | None = None
    if isinstance(event.data, Report):
        ids = [facts.subject_id for facts in event.data.subjects]
    else:
        ids = [key.subject_id for key in getattr(event.data, "subjects", ())] or None
    return _update(episode, ids, lambda subject: _moved(subject, event))


def _moved(subject: Subject, event: Event) -> dict[str, Any]:
    status = after(subject.status, event.type)
    if status is subject.status:
        return _heard(subject, event)
    turned = status.ended != subject.status.ended or (status is Status.MISSING and subject.spell == 0)
    change: dict[str, Any] = {"status": status, "status_since": event.occurred_at, "spell": subject.spell + int(turned)}
    if turned:
        change["heard"] = ()
    if isinstance(event.data, FoundRetracted | MissingReported):
        change["found"] = FoundDetails()
    return change


def _heard(subject: Subject, event: Event) -> dict[str, Any]:
    if event.type not in HEARD or event.type in subject.heard:
        return {}
    return {"heard": (*subject.heard, event.type)}
