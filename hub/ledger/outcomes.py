"""What became of a document: the outcomes of intake, the answer for its sender, what is kept of it, the task. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.envelope import derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from hub.episode.reference import episode_reference
from hub.ledger.incoming import Prepared
from hub.ledger.messages import ACCEPTED, StoredMessage
from hub.ledger.placed import Placed
from hub.ledger.sql import storable
from hub.ledger.tasks import Task


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


@dataclass(frozen=True)
class Kept:
    """A message that cannot be used: why, and the answer for the sender. Refused: only size and digest were kept."""

    error: InvalidMessage
    answer: dict[str, Any]


@dataclass(frozen=True)
class Conflict:
    """The message id was used before with other bytes: nothing of this message was kept, and a task is open."""

    task: Task


class NotTheirs(Exception):
    """The sender may not state this: a check's answer. Nothing of the message is kept."""


Outcome = Accepted | Kept | Conflict | NotTheirs


def accepted(message_id: UUID, answer: dict[str, Any], *, repeated: bool) -> Accepted:
    """Return the outcome that an answer tells of."""
    episode_ids = answer.get("episodes") or [answer["episode"]]
    return Accepted(
        message_id=message_id,
        episode_ids=tuple(UUID(id) for id in episode_ids if id),
        event_ids=tuple(UUID(id) for id in answer["events"]),
        answer=answer,
        repeated=repeated,
    )


def answer_of(message_id: UUID, placed: Placed) -> dict[str, Any]:
    """Return the answer to a document that was accepted."""
    placing = {event.id: event.episode_id for event in placed.events} | placed.before
    episode_ids = list(dict.fromkeys(id for id in placing.values() if id is not None))
    first = episode_ids[0] if episode_ids else None
    answer: dict[str, Any] = {
        "receipt": str(message_id),
        "episode": str(first) if first else None,
        "reference": episode_reference(first) if first else None,
        "events": [str(id) for id in placing],
        "warnings": problems_of(placed.warnings),
    }
    return answer if len(episode_ids) < 2 else answer | {"episodes": [str(id) for id in episode_ids]}


def problems_of(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Return problems as JSON."""
    return [vars(problem) for problem in problems]


def message_of(one: Prepared, fate: str) -> StoredMessage:
    """Return a document as the message store keeps it; body and answer are still to come."""
    document, own_id = one.incoming.document, one.own_id if fate == ACCEPTED else one.bad_id
    return StoredMessage(
        id=derived_id("message", document.partner.name, own_id, one.digest),
        partner=document.partner.name,
        adapter=one.incoming.adapter,
        route=document.route,
        message_id=own_id,
        digest=one.digest,
        size=len(document.body),
        body=None,
        content_type=storable(document.content_type),
        received_at=document.received_at,
        fate=fate,
        answer={},
    )


def conflict(one: Prepared, earlier: StoredMessage, now: datetime) -> Conflict:
    """Return the outcome for a message whose id another one has."""
    detail = {"partner": one.incoming.document.partner.name, "message": str(earlier.id), "digest": one.digest}
    return Conflict(
        Task(
            id=derived_id("task-conflict", earlier.id, one.digest),
            kind="message_conflict",
            title="A partner used one message id for two messages; the second was not taken. Ask the partner.",
            detail=detail,
            opened_at=now,
        )
    )


def bad_message_task(message: StoredMessage, fate: Fate) -> Task:
    """Return the task to read a message that could not be used."""
    return Task(
        id=bad_message_task_id(message.id),
        kind=f"message_{fate.value}",
        title="A message could not be used and is kept: read it, and ask its sender to send it right.",
        detail={"partner": message.partner, "message": str(message.id), "route": message.route},
        opened_at=message.received_at,
    )


def bad_message_task_id(message_id: UUID) -> UUID:
    """Return the id of a message's task: the message is settled when its correction comes."""
    return derived_id("task-message", message_id)
