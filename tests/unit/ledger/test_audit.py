"""The audit's chain shows every change to what was written."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import delete, text

from hub.ledger import audit, tables
from hub.ledger.engine import Ledger
from tests.unit.ledger.making import NOW, at


async def write(ledger: Ledger, entries: int = 5) -> None:
    async with ledger.begin() as tx:
        for number in range(entries):
            await audit.append(tx, "read", {"partner": "norfolk-police", "episode": uuid4()}, at(number))


async def test_an_untouched_chain_verifies(ledger: Ledger) -> None:
    async with ledger.read() as tx:
        assert await audit.verify(tx)
        assert (await audit.head(tx))[0] == 0
    await write(ledger)
    async with ledger.begin() as tx:
        await audit.append_all(tx, [("sent", {"dispatch": uuid4()}), ("sent", {})], NOW)
        await audit.append_all(tx, [], NOW)
        assert await audit.verify(tx)
        assert (await audit.head(tx))[0] == 7


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET kind = 'seen' WHERE number = 2",
        "UPDATE audit SET ids = '{}' WHERE number = 2",
        "UPDATE audit SET at = (SELECT at FROM audit WHERE number = 3) WHERE number = 2",
        "UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 3) WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 1",
        "UPDATE audit SET number = 9 WHERE number = 5",
    ],
)
async def test_a_changed_chain_does_not(ledger: Ledger, change: str) -> None:
    await write(ledger)
    async with ledger.begin() as tx:
        await tx.execute(text(change))
        assert not await audit.verify(tx)


async def test_a_cut_end_shows_against_a_head_written_down_elsewhere(ledger: Ledger) -> None:
    await write(ledger)
    async with ledger.begin() as tx:
        head = await audit.head(tx)
        await tx.execute(delete(tables.audit).where(tables.audit.c.number == 5))
        assert await audit.verify(tx)
        assert await audit.head(tx) != head


async def test_many_at_once_make_one_chain(ledger: Ledger) -> None:
    await asyncio.gather(*(write(ledger, 3) for _ in range(8)))
    async with ledger.read() as tx:
        assert (await audit.head(tx))[0] == 24
        assert await audit.verify(tx)
