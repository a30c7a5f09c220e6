"""What is kept of a message that was refused before it was read: whose it was, size and digest, never a byte of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.adapter import Partner
from contracts.envelope import derived_id
from contracts.errors import Fate
from hub.ledger import messages
from hub.ledger.engine import Tx
from hub.ledger.messages import StoredMessage
from hub.ledger.sql import storable

LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Refused:
    """A refused message. `digest`: SHA-256 in hex of what was read of it; `size`: in bytes, as announced or as read."""

    partner: Partner
    adapter: str
    route: str
    message_id: str | None
    content_type: str
    digest: str
    size: int
    title: str


async def keep(tx: Tx, refused: Refused, now: datetime) -> UUID:
    """Keep what may be kept of it; the same again is one message. Returns the hub's own id for it."""
    own_id = storable(refused.message_id or refused.digest)
    id = derived_id("message", refused.partner.name, own_id, refused.digest)
    if await messages.find(tx, refused.partner.name, own_id, refused.digest) is None:
        await messages.keep_all(tx, [_stored(refused, id, own_id, now)])
    return id


def _stored(refused: Refused, id: UUID, own_id: str, now: datetime) -> StoredMessage:
    return StoredMessage(
        id=id,
        partner=refused.partner.name,
        adapter=storable(refused.adapter, 100),
        route=storable(refused.route),
        message_id=own_id,
        digest=refused.digest,
        size=min(refused.size, LARGEST),
        body=None,
        content_type=storable(refused.content_type),
        received_at=now,
        fate=Fate.REFUSED.value,
        answer={"receipt": str(id), "fate": Fate.REFUSED.value, "title": refused.title},
    )
