"""Storing documents that have nothing to do with each other: a fixed number of statements, however many they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from contracts.envelope import Event
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Report
from hub.ledger import events, messages, outbox, pairs, subjects, tasks
from hub.ledger.engine import Tx
from hub.ledger.incoming import Prepared
from hub.ledger.messages import ACCEPTED, StoredMessage
from hub.ledger.outcomes import (
    Accepted,
    Conflict,
    Kept,
    NotTheirs,
    Outcome,
    accepted,
    answer_of,
    bad_message_task,
    bad_message_task_id,
    conflict,
    message_of,
    problems_of,
)
from hub.ledger.picture import Picture
from hub.ledger.placed import Placed
from hub.ledger.placing import place
from hub.ledger.stamping import rehomed, stamped

KEPT_AHEAD_FOR = timedelta(days=90)
_SUPERSEDED = Problem(
    "version",
    "is lower than one that is here already: kept, superseded",
    "nothing to do; where the two differ, what was written later stands",
)


@dataclass(frozen=True)
class _Placing:
    """A document that is taken in: where its events belong, and the message of the same id that came before."""

    one: Prepared
    placed: Placed
    earlier: StoredMessage | None

    @cached_property
    def message(self) -> StoredMessage:
        """The message as it is kept: read it once all warnings are there."""
        message = message_of(self.one, ACCEPTED)
        # What may not be kept ahead of an episode may not be kept as a raw message either.
        body = self.one.incoming.document.body if self.placed.kept_something or not self.one.said else None
        return replace(message, answer=answer_of(message.id, self.placed), body=body)

    @property
    def outcome(self) -> Accepted:
        return accepted(self.message.id, self.message.answer, repeated=False)


async def store(tx: Tx, some: Sequence[Prepared], picture: Picture, now: datetime) -> list[Outcome]:
    """Store unrelated documents and what they say; return what became of each. `picture` is used up.

    Raises what the database or a fault of ours raises: then nothing of it may stay.
    """
    earlier = await messages.find_all(tx, {one.key for one in some})
    known = set(picture.episodes)
    found = [await _judge(tx, one, picture, earlier.get(one.key), now) for one in some]
    placings = [it for it in found if isinstance(it, _Placing)]
    await _warn_of_older(tx, placings, known)
    await messages.keep_all(tx, [it.message for it in placings])
    await _write(tx, placings, now)
    await tasks.settle_all(tx, [bad_message_task_id(it.earlier.id) for it in placings if it.earlier], "hub", now)
    await tasks.open_all(tx, [it.task for it in found if isinstance(it, Conflict)], now)
    return [it.outcome if isinstance(it, _Placing) else it for it in found]


async def keep_bad(tx: Tx, one: Prepared, error: InvalidMessage, now: datetime) -> Kept:
    """Keep what may be kept of a message that cannot be used, and open a task where a person must act.

    Refused: size and digest only. Unusable and held: the raw message and a task.
    """
    document = one.incoming.document
    earlier = await messages.find(tx, document.partner.name, one.bad_id, one.digest)
    if earlier is not None:
        return Kept(error, earlier.answer)
    message = message_of(one, error.fate.value)
    problems = {"warnings" if error.fate is Fate.HELD else "problems": problems_of(error.problems)}
    answer = {"receipt": str(message.id), "fate": error.fate.value, "title": error.title, **problems}
    body = None
    if error.fate is not Fate.REFUSED:
        body, task = document.body, bad_message_task(message, error.fate)
        await tasks.open(tx, task, now)
        answer["task"] = str(task.id)
    await messages.keep_all(tx, [replace(message, answer=answer, body=body)])
    return Kept(error, answer)


async def _judge(
    tx: Tx, one: Prepared, picture: Picture, earlier: StoredMessage | None, now: datetime
) -> _Placing | Outcome:
    try:
        if one.fault is not None:
            raise one.fault
        if one.incoming.check is not None:
            await one.incoming.check(tx)
        if earlier is not None and earlier.fate == ACCEPTED:
            same = earlier.digest == one.digest
            return accepted(earlier.id, earlier.answer, repeated=True) if same else conflict(one, earlier, now)
        placed = Placed(warnings=list(one.warnings))
        for said in one.said:
            place(picture, said, placed)
        return _Placing(one, placed, earlier)
    except NotTheirs as refused:
        return refused
    except InvalidMessage as error:
        return await keep_bad(tx, one, error, now)


async def _warn_of_older(tx: Tx, placings: Sequence[_Placing], known: Collection[UUID]) -> None:
    """Warn of every report whose version is lower than one in its episode; version 0 is of a sender who counts none."""
    counted = [
        (it, event.source_version, (event.episode_id, event.source))
        for it in placings
        for event in it.placed.events
        if event.episode_id is not None
        and event.episode_id in known
        and isinstance(event.data, Report)
        and event.source_version > 0
    ]
    highest = await events.highest_versions(tx, {where for _, _, where in counted})
    for it, version, where in counted:
        if version < highest.get(where, 0):
            it.placed.warnings.append(_SUPERSEDED)


async def _write(tx: Tx, placings: Sequence[_Placing], now: datetime) -> None:
    whole = Placed()
    for it in placings:
        whole.add(it.placed)
    await subjects.move(tx, whole.moved)
    await subjects.register_all(tx, whole.keys)
    await subjects.name_episodes(tx, whole.names)
    await subjects.join_all(tx, whole.joined)
    stored = await events.append_all(tx, [(event, it.message.id) for it in placings for event in it.placed.events])
    for it in placings:
        stored += await _absorb(tx, it.placed, it.message.id)
    ahead = [(subject_id, event, it.message.id) for it in placings for subject_id, event in it.placed.ahead]
    await subjects.keep_ahead(tx, ahead, now + KEPT_AHEAD_FOR)
    due = [
        (stamped(event, whole.met[subject_id], (subject_id,)), came_in)
        for subject_id, event, came_in in await subjects.take_ahead(tx, whole.met, now)
    ]
    stored += await events.append_all(tx, due)
    await outbox.add(tx, [outbox.record_of(event, now) for event in stored])
    await pairs.propose(tx, whole.conflicts, now)
    await tasks.open_all(tx, whole.tasks, now)
    await tasks.settle_all(tx, whole.settled, "hub", now)


async def _absorb(tx: Tx, placed: Placed, message_id: UUID) -> list[Event]:
    stored: list[Event] = []
    for old, absorbed in placed.absorbed.items():
        past = (await events.of_episodes(tx, [old]))[old]
        copies = [rehomed(event, absorbed.into, placed.moved, absorbed.subject_ids) for event in past]
        stored += await events.append(tx, copies, message_id)
        await subjects.rename_episode(tx, old, absorbed.into)
    return stored
