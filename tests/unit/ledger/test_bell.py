"""The bell: one process's ring wakes the others, and a broken line is mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from hub.ledger import bell as bell_module
from hub.ledger.bell import CHANNEL, Bell, Work

PATIENCE = 20.0


class Ear:
    """What a process heard, with something to wait for."""

    def __init__(self, url: str) -> None:
        self.heard: asyncio.Queue[Work] = asyncio.Queue()
        self.bell = Bell(url, self.heard.put_nowait)

    async def next(self) -> Work:
        return await asyncio.wait_for(self.heard.get(), PATIENCE)

    async def all_once(self) -> None:
        """Whoever begins to listen looks everywhere: it may have missed any ring."""
        assert [await self.next() for _ in Work] == list(Work)


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Ear]:
    ear = Ear(url)
    task = asyncio.create_task(ear.bell.run())
    try:
        await ear.all_once()
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.live
async def test_a_ring_wakes_the_other_process_and_not_the_own_one(fresh_database: str) -> None:
    async with listening(fresh_database) as one, listening(fresh_database) as other:
        one.bell.ring(Work.OUTBOX)
        assert await other.next() is Work.OUTBOX
        other.bell.ring(Work.DISPATCHES)
        assert await one.next() is Work.DISPATCHES
        assert one.heard.empty()
        assert other.heard.empty()


@pytest.mark.live
async def test_rings_that_come_together_are_one(fresh_database: str) -> None:
    async with listening(fresh_database) as one, listening(fresh_database) as other:
        for _ in range(100):
            one.bell.ring(Work.OUTBOX)
        one.bell.ring(Work.DISPATCHES)
        assert [await other.next(), await other.next()] == [Work.DISPATCHES, Work.OUTBOX]
        assert other.heard.empty()


@pytest.mark.live
async def test_a_broken_line_is_mended_and_everything_is_looked_at(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell_module, "RETRY_SECONDS", 0.05)
    admin = await asyncpg.connect(fresh_database.replace("+asyncpg", "", 1))
    try:
        async with listening(fresh_database) as one:
            query = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            await admin.fetch(f"{query} and datname = current_database()")
            await one.all_once()
            await admin.execute("select pg_notify($1, $2)", CHANNEL, Work.LOST_LOG.value)
            assert await one.next() is Work.LOST_LOG
    finally:
        await admin.close()


@pytest.mark.live
async def test_a_ring_of_a_newer_hub_wakes_nobody(fresh_database: str) -> None:
    admin = await asyncpg.connect(fresh_database.replace("+asyncpg", "", 1))
    try:
        async with listening(fresh_database) as one:
            await admin.execute("select pg_notify($1, 'something-new')", CHANNEL)
            await admin.execute("select pg_notify($1, $2)", CHANNEL, Work.OUTBOX.value)
            assert await one.next() is Work.OUTBOX
    finally:
        await admin.close()


async def test_on_sqlite_there_is_nobody_to_ring_for() -> None:
    ear = Ear("sqlite+aiosqlite:///nowhere.db")
    ear.bell.ring(Work.OUTBOX)
    await ear.bell.run()
    assert ear.heard.empty()
