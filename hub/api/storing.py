"""Storing what came in over HTTP: all that waits, in one transaction, each with its own outcome."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from hub.api.gathering import Gathering
from hub.ledger import audit, intake, refused
from hub.ledger.engine import Ledger
from hub.ledger.intake import Failed, Incoming, NotTheirs, Outcome
from hub.ledger.refused import Refused

# So many bytes weigh as much as one event more: what waits must fit into memory.
WEIGHT_BYTES = 64 * 1024
LONGEST = 10 * intake.TOGETHER
# What comes within it shares a transaction, which costs as much as four documents in it. Nobody feels it in an answer.
PACE_SECONDS = 0.04


def gathered(ledger: Ledger, now: Callable[[], datetime]) -> Gathering[Incoming, Outcome | Failed]:
    """Return where messages are put to be stored together."""

    async def store(group: list[Incoming]) -> Sequence[Outcome | Failed]:
        at = now()
        async with ledger.begin() as tx:
            outcomes = await intake.accept_all(tx, group, now=at)
            denied = [(one, it) for one, it in zip(group, outcomes, strict=True) if isinstance(it, NotTheirs)]
            for one, _ in denied:
                await refused.keep(tx, _refused(one), at)
            await audit.append_all(tx, [_entry(one, it) for one, it in denied], at)
        return outcomes

    return Gathering(store, weigh=_weight, heaviest=intake.TOGETHER, longest=LONGEST, pace=PACE_SECONDS)


def _refused(one: Incoming) -> Refused:
    document = one.document
    return Refused(
        partner=document.partner,
        adapter=one.adapter,
        route=document.route,
        message_id=document.message_id,
        content_type=document.content_type,
        digest=sha256(document.body).hexdigest(),
        size=len(document.body),
        title="Your partner may not state this.",
    )


def _entry(one: Incoming, what: NotTheirs) -> audit.Entry:
    digest = sha256(one.document.body).hexdigest()
    return "statement_refused", {"partner": one.document.partner.name, "type": str(what), "digest": digest}


def _weight(one: Incoming) -> int:
    """Count a message's events, and its size: few large ones weigh as much as many small ones."""
    events = getattr(one.reading, "events", ())
    return max(1, len(events)) + len(one.document.body) // WEIGHT_BYTES
