"""The six safeguards, each with what takes its place where it is left out, to prove that a run then goes red."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contracts.adapter import Tracking
from hub.channel.record import records_of
from hub.channel.sending import Sent
from tests.chaos.armed import Armoury
from tests.chaos.wrapping import replace

MARKED_FIRST = "marked, not produced"
"""The point that exists only where the outbox is left out."""

_PRODUCED_LATER_SECONDS = 0.5
_ADAPTERS = (
    "adapters.health:HealthAdapter",
    "adapters.authorities.deliver:AuthoritiesAdapter",
    "adapters.police.deliver:PoliceAdapter",
    "adapters.homeoffice.deliver:HomeOfficeAdapter",
    "adapters.dwp.deliver:DwpAdapter",
)
Call = Callable[..., Awaitable[Any]]


def remove(name: str, armoury: Armoury) -> None:
    """Leave one safeguard out of this process."""
    REMOVED[name](armoury)


def _inbox(_: Armoury) -> None:
    """Nothing counts as seen before."""

    def everything_is_new(claim: Call) -> Call:
        async def claimed(tx: Any, consumer: str, event_ids: Sequence[Any], at: Any) -> set[Any]:
            await claim(tx, consumer, event_ids, at)
            return set(event_ids)

        return claimed

    replace("hub.ledger.inbox:claim", everything_is_new)


def _outbox(armoury: Armoury) -> None:
    """A row counts as published before Kafka has it."""
    later: set[asyncio.Task[None]] = set()

    def marked_first(send: Call) -> Call:
        async def produce(*given: Any) -> None:
            await asyncio.sleep(_PRODUCED_LATER_SECONDS)
            armoury.die_at(MARKED_FIRST)
            await send(*given)

        async def claimed(producer: Any, rows: Sequence[Any], *rest: Any) -> Sent:
            task = asyncio.create_task(produce(producer, rows, *rest))
            later.add(task)
            task.add_done_callback(later.discard)
            return Sent(done=[(row.id, 0, -1) for row in rows])

        return claimed

    replace("hub.channel.relay:send_batch", marked_first)


def _commit_order(_: Armoury) -> None:
    """A batch is acknowledged before the ledger has committed it, and the ledger does not notice the gap."""

    def acknowledged_first(consume: Call) -> Call:
        async def consumed(self: Any, message: Any) -> None:
            await self._acknowledge(message.consumer, records_of(message))
            await consume(self, message)

        return consumed

    replace("hub.channel.consumer:BatchConsumer._consume", acknowledged_first)
    _without_positions()


def _nack(_: Armoury) -> None:
    """A batch that failed is not read again, and the ledger does not notice the gap."""
    replace("hub.channel.consumer:_rewind", lambda _: lambda *_: None)
    _without_positions()


def _without_positions() -> None:
    """The ledger's own position counts for nothing: alone it would make up for what the broker was told too early."""

    def without_gaps(advance: Call) -> Call:
        async def advanced(tx: Any, consumer: str, spans: Any, _: Any) -> Any:
            return await advance(tx, consumer, spans, {place: span.first for place, span in spans.items()})

        return advanced

    async def never_behind(*_: Any) -> bool:
        return False

    replace("hub.ledger.positions:advance", without_gaps)
    replace("hub.ledger.positions:compare", lambda _: never_behind)


def _tracking(_: Armoury) -> None:
    """Nobody is asked after a doubtful attempt: it is sent again as if it had not arrived."""

    async def never_arrived(*_: Any) -> Tracking:
        return Tracking(known=False)

    for adapter in _ADAPTERS:
        replace(f"{adapter}.track", lambda _: never_arrived)


def _lease(_: Armoury) -> None:
    """Every relay believes that it is the one."""

    async def held(*_: Any, **__: Any) -> bool:
        return True

    replace("hub.ledger.leases:take", lambda _: held)


REMOVED: dict[str, Callable[[Armoury], None]] = {
    "inbox": _inbox,
    "outbox": _outbox,
    "commit order": _commit_order,
    "nack": _nack,
    "tracking query": _tracking,
    "relay lease": _lease,
}
