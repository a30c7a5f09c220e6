"""Writing the hub's own ids into an event: its episode and its subjects. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.envelope import Event, derived_id
from contracts.events import CareContextRequested, Data, DecisionRecorded, Report, SubjectKey
from contracts.person import SubjectFacts


def stamped(
    event: Event, episode_id: UUID | None, subject_ids: Sequence[UUID], asked_about: UUID | None = None
) -> Event:
    """Return the event with its episode and, in the order in which it names them, its subjects.

    `asked_about` is the subject of the dispatch that a decision answers.
    """
    update = {"episode_id": episode_id, "data": _data(event.data, subject_ids, asked_about)}
    return event.model_copy(update=update)


def rehomed(event: Event, episode_id: UUID, moved: Mapping[UUID, UUID], everyone: Sequence[UUID]) -> Event:
    """Return an event of an absorbed episode as one of the episode that absorbs it, under an id of its own.

    `moved`: subjects that proved to be others. An event that named nobody, and so meant all of its small episode, names
    `everyone` here.
    """
    data = event.data
    named: tuple[SubjectFacts | SubjectKey, ...] = getattr(data, "subjects", ())
    if named:
        ids = [moved.get(one.subject_id, one.subject_id) for one in named if one.subject_id is not None]
        data = _data(data, ids, None)
    elif "subjects" in type(data).model_fields and not isinstance(data, Report):
        data = data.model_copy(update={"subjects": tuple(SubjectKey(subject_id=one) for one in everyone)})
    return event.model_copy(
        update={"id": derived_id("event", event.id, episode_id), "episode_id": episode_id, "data": data}
    )


def _data(data: Data, subject_ids: Sequence[UUID], asked_about: UUID | None) -> Data:
    if isinstance(data, CareContextRequested):
        subject = data.subject.model_copy(update={"subject_id": subject_ids[0]})
        return data.model_copy(update={"subject": subject})
    if isinstance(data, DecisionRecorded) and data.subject_id is None:
        return data.model_copy(update={"subject_id": asked_about})
    named = getattr(data, "subjects", ())
    if not named:
        return data
    subjects = tuple(
        one.model_copy(update={"subject_id": subject_id}) for one, subject_id in zip(named, subject_ids, strict=True)
    )
    return data.model_copy(update={"subjects": subjects})
