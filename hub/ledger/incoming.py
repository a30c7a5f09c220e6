"""Documents on their way in, and which of them have to do with each other. Pure."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from contracts.adapter import Document, Reading
from contracts.errors import InvalidMessage, Problem
from hub.ledger.engine import Tx
from hub.ledger.picture import Picture
from hub.ledger.said import HUB_KINDS, Said, said_in
from hub.ledger.sql import storable

Check = Callable[[Tx], Awaitable[None]]


@dataclass(frozen=True)
class Incoming:
    """A document and what it was read as, or why it cannot be used.

    `check` is asked once all that came before is stored: it raises InvalidMessage (the document is kept as unusable) or
    NotTheirs (nothing of it is).
    """

    document: Document
    adapter: str
    reading: Reading | InvalidMessage
    check: Check | None = None


@dataclass(frozen=True)
class Prepared:
    """A document with all that it names; `number` is its place among those that came together.

    `own_id` is the sender's id for it, `bad_id` the one that counts if it cannot be used. `said` is empty, and `fault`
    says why, when nothing can be made of it. `locks` name what no other transaction may decide on meanwhile.
    """

    number: int
    incoming: Incoming
    digest: str
    own_id: str
    bad_id: str
    said: tuple[Said, ...]
    fault: Exception | None
    locks: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """How its sender names it: partner and message id."""
        return self.incoming.document.partner.name, self.own_id

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What its reader found doubtful."""
        return () if isinstance(self.incoming.reading, InvalidMessage) else self.incoming.reading.warnings


def prepare(number: int, incoming: Incoming) -> Prepared:
    """Take a document apart."""
    document, reading = incoming.document, incoming.reading
    digest = sha256(document.body).hexdigest()
    bad_id = storable(document.message_id or digest)
    own_id = bad_id
    said: tuple[Said, ...] = ()
    fault: Exception | None = None
    if isinstance(reading, InvalidMessage):
        fault = reading
    else:
        own_id = storable(reading.message_id) if reading.message_id else bad_id
        try:
            said = tuple(said_in(document, reading.events))
        except Exception as error:  # noqa: BLE001 - found out here, dealt with where the document's turn comes
            fault = error
    return Prepared(number, incoming, digest, own_id, bad_id, said, fault, frozenset(_locks(document, own_id, said)))


def unrelated(waiting: Sequence[Prepared], picture: Picture) -> tuple[list[Prepared], list[Prepared]]:
    """Divide into those that have nothing to do with any before them, and those that must wait for one before them.

    Of two that name the same message, event, reference or identifier, or mean the same episode or subject, the later
    one must see what became of the earlier one.
    """
    now: list[Prepared] = []
    later: list[Prepared] = []
    touched: set[str | UUID] = set()
    for one in waiting:
        own = _touched(one, picture)
        (later if own & touched else now).append(one)
        touched |= own
    return now, later


def _locks(document: Document, own_id: str, said: Iterable[Said]) -> set[str]:
    names = {_message(document, own_id)}
    for one in said:
        names |= {f"reference {r.kind} {r.issuer} {r.value}" for r in one.references}
        names |= {f"key {' '.join(key)}" for keys in one.keys for key in keys}
    return names


def _message(document: Document, id: str) -> str:
    return f"message {document.partner.name} {id}"


def _touched(one: Prepared, picture: Picture) -> set[str | UUID]:
    touched: set[str | UUID] = {*one.locks, _message(one.incoming.document, one.bad_id)}
    for said in one.said:
        people = {picture.holders[key] for keys in said.keys for key in keys if key in picture.holders}
        people.update(said.subject_ids)
        meant = _meant(said, people, picture)
        members = (picture.episodes[id].members for id in meant if id in picture.episodes)
        touched.update((said.event.id,), people, meant, *members)
    return touched


def _meant(said: Said, people: Iterable[UUID], picture: Picture) -> set[UUID]:
    """Return every episode that an event might be put into, and the subject of the dispatch that it answers."""
    meant = {picture.named[reference] for reference in said.references if reference in picture.named}
    for reference in said.references:
        id = HUB_KINDS[reference.kind](reference.value) if reference.kind in HUB_KINDS else None
        if id is not None:
            meant |= {id, *picture.dispatches.get(id, ())}
    for of in (picture.open_in, picture.latest):
        meant |= {of[id] for id in people if id in of}
    return meant
