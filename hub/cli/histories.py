"""A history of events from a file, made ready for routing: one episode, and every subject with an id. Pure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.envelope import Event, derived_id
from contracts.events import CareContextKnown, SubjectKey
from contracts.person import SubjectFacts
from hub.identity.keys import Key, keys_of


class SeveralEpisodes(ValueError):
    """The events name more than one episode."""


def one_episode(events: Sequence[Event]) -> list[Event]:
    """Give every event the same episode and every subject an id, as intake would have.

    Ids that the events carry are kept. Raises SeveralEpisodes.
    """
    named = {event.episode_id for event in events if event.episode_id is not None}
    if len(named) > 1:
        raise SeveralEpisodes
    episode = named.pop() if named else derived_id("history", *sorted(str(event.id) for event in events))
    known: dict[Key, UUID] = {}
    return [_stamped(event, episode, known) for event in sorted(events, key=lambda event: event.order)]


def _stamped(event: Event, episode: UUID, known: dict[Key, UUID]) -> Event:
    said = getattr(event.data, "subjects", ())
    if not said:
        return event.model_copy(update={"episode_id": episode})
    subjects = tuple(_subject(subject, event, episode, number, known) for number, subject in enumerate(said))
    data = event.data.model_copy(update={"subjects": subjects})
    return event.model_copy(update={"episode_id": episode, "data": data})


def _subject(subject: Any, event: Event, episode: UUID, number: int, known: dict[Key, UUID]) -> Any:
    keys = _keys(subject, event)
    held = next((known[key] for key in keys if key in known), None)
    # Without a number of its own a subject of a file can only be the one that the file began with.
    first = next(iter(known.values()), None) if not keys and number == 0 else None
    fresh = derived_id("history", episode, keys[0] if keys else number)
    id = subject.subject_id or held or first or fresh
    known.update({key: id for key in keys or (("unnamed", "", str(number)),) if key not in known})
    return subject.model_copy(update={"subject_id": id})


def _keys(subject: SubjectFacts | SubjectKey, event: Event) -> tuple[Key, ...]:
    police = getattr(event.data, "police", None)
    authority = event.data.authority if isinstance(event.data, CareContextKnown) else None
    force = police.force if police else None
    return keys_of(subject, force=force, authority=authority, references=event.references)
