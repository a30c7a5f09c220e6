"""Noting again whom and what an event speaks of, from the event alone: after a restore intake's own notes are gone.

A ledger that was restored reads from the log what came in after its backup. Without the senders' references and
identifiers the next message about such an episode, `found` least of all, would not find it.
"""

from collections.abc import Sequence
from uuid import UUID

from contracts.adapter import Document, Partner, PartnerKind
from contracts.envelope import Event
from contracts.events import CareContextKnown, ReceiptRecorded
from hub.identity.keys import Key
from hub.ledger import deciding, partners, subjects
from hub.ledger.engine import Tx
from hub.ledger.said import Said, said_in, within_episode

PARTNERS = "/partners/"


async def register(tx: Tx, events: Sequence[Event]) -> None:
    """Note the references, identifiers and links that these stored events carry; what is known stays as it is."""
    for event in events:
        await deciding.restate(tx, event)
    known = {partner.source: partner for partner in await partners.list_all(tx)}
    for event in events:
        # Receipts point at dispatches and nobody else; one event may hold several.
        if event.episode_id is None or isinstance(event.data, ReceiptRecorded) or not event.source.startswith(PARTNERS):
            continue
        sender = known.get(event.source, _unknown(event.source))
        said = _said(event, sender)
        await subjects.register_all(tx, _keys(said))
        await subjects.name_episodes(tx, {event.episode_id: said.own_references})


def _unknown(source: str) -> Partner:
    return Partner(name=source.removeprefix(PARTNERS), kind=PartnerKind.UNKNOWN)


def _said(event: Event, sender: Partner) -> Said:
    document = Document(sender, "", b"", "", event.recorded_at, None, {})
    (said,) = said_in(document, (event,))
    if not isinstance(event.data, CareContextKnown):
        return said
    # One of several children of one message: the message's case number may be another child's.
    (alone,) = said_in(document, (event.model_copy(update={"references": ()}),))
    return Said(event, alone.sole, alone.pointers, alone.keys, said.references)


def _keys(said: Said) -> dict[UUID, list[Key]]:
    found: dict[UUID, list[Key]] = {}
    for pointer, keys in zip(said.pointers, said.keys, strict=True):
        if pointer.subject_id is not None and said.event.episode_id is not None:
            name = within_episode(said.event.episode_id, pointer)
            found.setdefault(pointer.subject_id, []).extend((*keys, name) if name else keys)
    return found
