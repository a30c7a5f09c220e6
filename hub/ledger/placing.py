"""Putting a document's events into episodes and naming their subjects, on a picture of the ledger. Pure.

Exact identifiers only; what they leave open becomes a task for a person.
"""

from uuid import UUID

from contracts.envelope import derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import CareContextKnown, Report
from hub.identity.keys import Key
from hub.ledger.finding import asked_about, find_episode, on_whose_record
from hub.ledger.picture import OPENING, EpisodeFacts, Picture
from hub.ledger.placed import Placed, absorb, take_over, unreported_task_id
from hub.ledger.said import Said, within_episode
from hub.ledger.stamping import stamped
from hub.ledger.tasks import Task

NOT_KEPT = Problem(
    "subjects",
    "nobody of this identity is known to be missing, so this was not kept",
    "send it when the hub asks, or share a missing risk assessment beforehand",
)


def place(picture: Picture, said: Said, placed: Placed) -> None:
    """Place one event; `picture` and `placed` grow, so that the document's next event sees it.

    Raises InvalidMessage (unusable) when it says neither what nor whom it is about.
    """
    event = said.event
    if event.id in picture.stored:
        placed.before[event.id] = picture.stored[event.id]
        return
    meant = find_episode(picture, said)
    if meant.episode_id is None and isinstance(event.data, CareContextKnown):
        _keep_ahead(picture, said, placed)
        return
    is_new = meant.episode_id is None
    episode_id = meant.episode_id or _new_episode(said)
    facts = picture.episodes.setdefault(episode_id, EpisodeFacts())
    asked = asked_about(picture, said)
    ids = [_subject(picture, said, number, episode_id, asked, placed) for number in range(len(said.pointers))]
    for old in meant.absorbed:
        absorb(picture, old, episode_id, ids, placed)
    _join(picture, said, episode_id, ids, is_new, placed)
    _note_report(said, episode_id, facts, is_new, placed)
    for reference in said.own_references:
        picture.named.setdefault(reference, episode_id)
    placed.names.setdefault(episode_id, []).extend(said.own_references)
    facts.last = max(facts.last or event.occurred_at, event.occurred_at)
    picture.stored[event.id] = episode_id
    placed.events.append(stamped(event, episode_id, ids, asked))


def _new_episode(said: Said) -> UUID:
    if not said.own_references and not any(said.keys):
        problem = Problem("references", "neither a reference nor an identifier is given", "send your own reference")
        raise InvalidMessage(Fate.UNUSABLE, "The message does not say whom or what it is about.", [problem])
    return derived_id("episode", said.event.id)


def _keep_ahead(picture: Picture, said: Said, placed: Placed) -> None:
    shared = isinstance(said.event.data, CareContextKnown) and said.event.data.missing_risk_assessment_shared
    keys = said.keys[0] if said.keys else ()
    if not (shared and keys):
        placed.warnings.append(NOT_KEPT)
        return
    holders = [picture.holders[key] for key in keys if key in picture.holders]
    subject_id = holders[0] if holders else derived_id("subject", said.event.id, 0)
    _hold(picture, subject_id, keys, placed)
    placed.ahead.append((subject_id, stamped(said.event, None, (subject_id,))))


def _subject(picture: Picture, said: Said, number: int, episode_id: UUID, asked: UUID | None, placed: Placed) -> UUID:
    pointer, keys = said.pointers[number], said.keys[number]
    members = picture.episodes[episode_id].members
    name = within_episode(episode_id, pointer)
    holders = list(dict.fromkeys(picture.holders[key] for key in keys if key in picture.holders))
    choices: list[UUID | None] = [pointer.subject_id if _is_known(picture, members, pointer.subject_id) else None]
    choices += [on_whose_record(members, asked) if said.sole else None]
    choices += [holder for holder in holders if holder in members]
    fitting = [member for member in members if not _contradicts(picture.keys.get(member, set()), keys)]
    choices += [member for member in fitting if name is not None and picture.holders.get(name) == member]
    choices += fitting if said.sole and len(members) == 1 else []
    choices += holders
    subject_id = next((choice for choice in choices if choice is not None), None)
    if subject_id is None:
        subject_id = derived_id("subject", said.event.id, number)
        if members and not isinstance(said.event.data, Report):
            placed.tasks.append(_task("subject_not_recognised", said, episode_id, subject_id))
    for other in holders:
        if other != subject_id:
            _same_person(picture, said, episode_id, subject_id, other, placed)
    _hold(picture, subject_id, (*keys, name) if name else keys, placed)
    return subject_id


def _is_known(picture: Picture, members: dict[UUID, bool], subject_id: UUID | None) -> bool:
    return subject_id is not None and (subject_id in members or subject_id in picture.latest)


def _contradicts(held: set[Key], said: tuple[Key, ...]) -> bool:
    """Say whether an identifier rules it out: another NHS number, or another number by the same issuer."""
    for kind, issuer, value in said:
        same_kind = {key for key in held if key[0] == kind and (kind == "nhs_number" or key[1] == issuer)}
        if same_kind and (kind, issuer, value) not in same_kind:
            return True
    return False


def _same_person(picture: Picture, said: Said, episode_id: UUID, subject_id: UUID, other: UUID, placed: Placed) -> None:
    """Two subjects share this event's identifiers: one never reported is taken over, else a person decides."""
    if other in picture.latest and picture.episodes[picture.latest[other]].reported:
        placed.conflicts.append((episode_id, subject_id, other))
        return
    take_over(picture, other, subject_id, placed)
    placed.met[subject_id] = episode_id


def _hold(picture: Picture, subject_id: UUID, keys: tuple[Key, ...], placed: Placed) -> None:
    for key in keys:
        if picture.holders.setdefault(key, subject_id) == subject_id:
            picture.keys.setdefault(subject_id, set()).add(key)
            placed.keys.setdefault(subject_id, []).append(key)


def _join(picture: Picture, said: Said, episode_id: UUID, ids: list[UUID], is_new: bool, placed: Placed) -> None:
    members = picture.episodes[episode_id].members
    for subject_id in dict.fromkeys(ids):
        if subject_id in members:
            continue
        missing = is_new or isinstance(said.event.data, Report)
        elsewhere = picture.open_in.get(subject_id)
        if missing and elsewhere is not None:
            placed.tasks.append(_task("open_twice", said, episode_id, subject_id, other=str(elsewhere)))
        members[subject_id] = missing and elsewhere is None
        placed.joined[episode_id, subject_id] = members[subject_id]
        placed.met[subject_id] = episode_id
        picture.latest[subject_id] = episode_id
        if members[subject_id]:
            picture.open_in[subject_id] = episode_id


def _note_report(said: Said, episode_id: UUID, facts: EpisodeFacts, is_new: bool, placed: Placed) -> None:
    opens = said.event.type in OPENING
    if is_new and not opens:
        placed.tasks.append(_unreported(said, episode_id))
    if opens and not facts.reported:
        facts.reported = True
        placed.settled += [] if is_new else [unreported_task_id(episode_id)]


def _unreported(said: Said, episode_id: UUID) -> Task:
    return Task(
        id=unreported_task_id(episode_id),
        kind="unreported",
        title="Nobody has reported this episode yet: what was said is kept and counts once the report comes.",
        detail={"source": said.event.source, "type": said.event.type.value},
        episode_id=episode_id,
    )


_TITLES = {
    "subject_not_recognised": "A message about this episode names somebody who cannot be told from its other subjects.",
    "open_twice": "Somebody is part of two open episodes: decide whether they are one.",
}


def _task(kind: str, said: Said, episode_id: UUID, subject_id: UUID, **detail: str) -> Task:
    return Task(
        id=derived_id(f"task-{kind}", said.event.id, subject_id, *detail.values()),
        kind=kind,
        title=_TITLES[kind],
        detail={"event": str(said.event.id), "subject": str(subject_id), **detail},
        episode_id=episode_id,
    )
