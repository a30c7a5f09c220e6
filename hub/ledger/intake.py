"""Intake: message, events and outbox in one transaction; whoever sends the same again gets the same answer.

Every id is derived from the message, so that a retry after a rollback gives the same ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from contracts.adapter import Document, Reading
from contracts.envelope import Event, derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Report
from hub.episode.reference import episode_reference
from hub.ledger import events, messages, outbox, subjects, tasks
from hub.ledger.engine import Tx
from hub.ledger.messages import ACCEPTED, StoredMessage
from hub.ledger.picture import look_up
from hub.ledger.placed import Placed
from hub.ledger.placing import place
from hub.ledger.said import Said, said_in
from hub.ledger.sql import one_at_a_time, storable
from hub.ledger.stamping import rehomed, stamped
from hub.ledger.tasks import Task

KEPT_AHEAD_FOR = timedelta(days=90)
_SUPERSEDED = Problem(
    "version",
    "is lower than one that is here already: kept, superseded",
    "nothing to do; where the two differ, what was written later stands",
)


@dataclass(frozen=True)
class Accepted:
    """What was stored, and the answer for the sender: receipt, episode, reference, events, warnings.

    `repeated`: the same bytes came before under this id; `answer` is what was told then.
    """

    message_id: UUID
    episode_ids: tuple[UUID, ...]
    event_ids: tuple[UUID, ...]
    answer: dict[str, Any]
    repeated: bool


class Conflict(Exception):
    """The message id was used before with other bytes. Nothing was written: catch it, then open `task` and commit."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.title)
        self.task = task


async def accept(
    tx: Tx,
    document: Document,
    adapter: str,
    reading: Reading,
    *,
    now: datetime,
    new_id: Callable[[], UUID] | None = None,
) -> Accepted:
    """Store a document and what it says.

    Raises Conflict, or InvalidMessage (unusable) when it says neither what nor whom it is about, or names an episode
    or dispatch that is not known. Both come before anything is written: inside the same transaction `keep_bad`, or
    `tasks.open` with the conflict's task, may follow. Ids are derived; `new_id` is not needed.
    """
    own_id = storable(reading.message_id or document.message_id or _digest(document))
    said = said_in(document, reading.events)
    await one_at_a_time(tx, _names(document, own_id, said))
    earlier = await messages.find(tx, document.partner.name, own_id)
    if earlier is not None and earlier.fate == ACCEPTED:
        return _again(document, earlier, now)
    picture, placed = await look_up(tx, said), Placed(warnings=list(reading.warnings))
    for one in said:
        place(picture, one, placed)
    placed.warnings += [_SUPERSEDED for event in placed.events if await _is_older(tx, event)]
    message = _message(document, adapter, own_id, ACCEPTED)
    answer = _answer(message.id, placed)
    # What may not be kept ahead of an episode may not be kept as a raw message either.
    body = document.body if placed.kept_something or not said else None
    await messages.keep(tx, replace(message, answer=answer, body=body))
    await _write(tx, placed, message.id, now)
    if earlier is not None:
        await tasks.settle(tx, _bad_message_task_id(earlier.id), "hub", now)
    return _accepted(message.id, answer, repeated=False)


async def keep_bad(
    tx: Tx,
    document: Document,
    adapter: str,
    error: InvalidMessage,
    *,
    now: datetime,
    new_id: Callable[[], UUID] | None = None,
) -> dict[str, Any]:
    """Keep what may be kept of a message that cannot be used, open a task where a person must act; return the answer.

    Refused: size and digest only. Unusable and held: the raw message and a task.
    """
    own_id = storable(document.message_id or _digest(document))
    earlier = await messages.find(tx, document.partner.name, own_id, _digest(document))
    if earlier is not None:
        return earlier.answer
    message = _message(document, adapter, own_id, error.fate.value)
    answer: dict[str, Any] = {
        "receipt": str(message.id),
        "fate": error.fate.value,
        "title": error.title,
        "warnings" if error.fate is Fate.HELD else "problems": _problems(error.problems),
    }
    if error.fate is not Fate.REFUSED:
        task = _bad_message_task(document, message, error)
        await tasks.open(tx, task, now)
        answer["task"] = str(task.id)
    body = None if error.fate is Fate.REFUSED else document.body
    await messages.keep(tx, replace(message, answer=answer, body=body))
    return answer


async def _write(tx: Tx, placed: Placed, message_id: UUID, now: datetime) -> None:
    await subjects.move(tx, placed.moved)
    await subjects.register_all(tx, placed.keys)
    await subjects.name_episodes(tx, placed.names)
    await subjects.join_all(tx, placed.joined)
    stored = await events.append(tx, placed.events, message_id)
    stored += await _absorb(tx, placed, message_id)
    for subject_id, event in placed.ahead:
        await subjects.keep_ahead(tx, subject_id, event, now + KEPT_AHEAD_FOR, message_id)
    for subject_id, event, came_in in await subjects.take_ahead_rows(tx, placed.met, now):
        due = stamped(event, placed.met[subject_id], (subject_id,))
        stored += await events.append(tx, [due], came_in)
    await outbox.add(tx, [outbox.record_of(event, now) for event in stored])
    await tasks.open_all(tx, placed.tasks, now)
    await tasks.settle_all(tx, placed.settled, "hub", now)


async def _absorb(tx: Tx, placed: Placed, message_id: UUID) -> list[Event]:
    stored: list[Event] = []
    for old, absorbed in placed.absorbed.items():
        past = (await events.of_episodes(tx, [old]))[old]
        copies = [rehomed(event, absorbed.into, placed.moved, absorbed.subject_ids) for event in past]
        stored += await events.append(tx, copies, message_id)
        await subjects.rename_episode(tx, old, absorbed.into)
    return stored


def _again(document: Document, earlier: StoredMessage, now: datetime) -> Accepted:
    if earlier.digest == _digest(document):
        return _accepted(earlier.id, earlier.answer, repeated=True)
    raise Conflict(
        Task(
            id=derived_id("task-conflict", earlier.id, _digest(document)),
            kind="message_conflict",
            title="A partner used one message id for two messages; the second was not taken. Ask the partner.",
            detail={"partner": document.partner.name, "message": str(earlier.id), "digest": _digest(document)},
            opened_at=now,
        )
    )


async def _is_older(tx: Tx, event: Event) -> bool:
    # Version 0 is that of a sender who counts none.
    if not isinstance(event.data, Report) or event.episode_id is None or event.source_version == 0:
        return False
    return event.source_version < await events.highest_version(tx, event.episode_id, event.source)


def _bad_message_task(document: Document, message: StoredMessage, error: InvalidMessage) -> Task:
    return Task(
        id=_bad_message_task_id(message.id),
        kind=f"message_{error.fate.value}",
        title="A message could not be used and is kept: read it, and ask its sender to send it right.",
        detail={"partner": document.partner.name, "message": str(message.id), "route": document.route},
        opened_at=document.received_at,
    )


def _bad_message_task_id(message_id: UUID) -> UUID:
    return derived_id("task-message", message_id)


def _accepted(message_id: UUID, answer: dict[str, Any], *, repeated: bool) -> Accepted:
    episode_ids = answer.get("episodes") or [answer["episode"]]
    return Accepted(
        message_id=message_id,
        episode_ids=tuple(UUID(id) for id in episode_ids if id),
        event_ids=tuple(UUID(id) for id in answer["events"]),
        answer=answer,
        repeated=repeated,
    )


def _answer(message_id: UUID, placed: Placed) -> dict[str, Any]:
    placing = {event.id: event.episode_id for event in placed.events} | placed.before
    episode_ids = list(dict.fromkeys(id for id in placing.values() if id is not None))
    first = episode_ids[0] if episode_ids else None
    answer: dict[str, Any] = {
        "receipt": str(message_id),
        "episode": str(first) if first else None,
        "reference": episode_reference(first) if first else None,
        "events": [str(id) for id in placing],
        "warnings": _problems(placed.warnings),
    }
    return answer if len(episode_ids) < 2 else answer | {"episodes": [str(id) for id in episode_ids]}


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [vars(problem) for problem in problems]


def _message(document: Document, adapter: str, own_id: str, fate: str) -> StoredMessage:
    digest = _digest(document)
    return StoredMessage(
        id=derived_id("message", document.partner.name, own_id, digest),
        partner=document.partner.name,
        adapter=adapter,
        route=document.route,
        message_id=own_id,
        digest=digest,
        size=len(document.body),
        body=None,
        content_type=storable(document.content_type),
        received_at=document.received_at,
        fate=fate,
        answer={},
    )


def _digest(document: Document) -> str:
    return sha256(document.body).hexdigest()


def _names(document: Document, own_id: str, said: Iterable[Said]) -> set[str]:
    """Name everything that two messages must not decide on at once."""
    names = {f"message {document.partner.name} {own_id}"}
    for one in said:
        names |= {f"reference {r.kind} {r.issuer} {r.value}" for r in one.references}
        names |= {f"key {' '.join(key)}" for keys in one.keys for key in keys}
    return names
