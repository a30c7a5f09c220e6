"""Each consumer handles each event once."""

import asyncio
from uuid import uuid4

from hub.ledger import inbox
from hub.ledger.engine import Ledger
from tests.unit.ledger.making import NOW


async def test_only_what_was_not_seen_before_is_claimed(ledger: Ledger) -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    async with ledger.begin() as tx:
        assert await inbox.claim(tx, "router", [], NOW) == set()
        assert await inbox.claim(tx, "router", [a, b, a], NOW) == {a, b}
        assert await inbox.claim(tx, "router", [b, c], NOW) == {c}
        assert await inbox.claim(tx, "tally", [a, b], NOW) == {a, b}


async def test_what_was_rolled_back_was_not_handled(ledger: Ledger) -> None:
    event = uuid4()
    async with ledger.begin() as tx:
        await inbox.claim(tx, "router", [event], NOW)
        await tx.rollback()
    async with ledger.begin() as tx:
        assert await inbox.claim(tx, "router", [event], NOW) == {event}


async def test_of_many_at_once_exactly_one_claims(ledger: Ledger) -> None:
    events = [uuid4() for _ in range(50)]

    async def claim() -> int:
        async with ledger.begin() as tx:
            return len(await inbox.claim(tx, "router", events, NOW))

    assert sum(await asyncio.gather(*(claim() for _ in range(5)))) == 50
