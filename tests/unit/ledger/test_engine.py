"""Opening, transactions, and one process per SQLite ledger."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import StatementError

from hub.ledger import leases, tasks
from hub.ledger.engine import Ledger, LedgerBusy, open_ledger, upgrade
from hub.ledger.tasks import Task
from tests.unit.ledger.making import NOW

HOLDER = """
import asyncio, sys
from hub.ledger.engine import open_ledger, upgrade

async def hold() -> None:
    await upgrade(sys.argv[1])
    await open_ledger(sys.argv[1])
    print("open", flush=True)
    await asyncio.sleep(600)

asyncio.run(hold())
"""


def holder_of(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


async def test_a_second_process_is_refused_and_let_in_once_the_first_is_killed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/ledger.db"
    first = holder_of(url)
    try:
        with pytest.raises(LedgerBusy, match=rf"number {first.pid}.*Stop that process, or set DATABASE_URL"):
            await open_ledger(url)
        with pytest.raises(LedgerBusy):
            await upgrade(url)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    await (await open_ledger(url)).close()


async def test_one_process_opens_a_sqlite_ledger_once_and_again_after_closing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new/folder/ledger.db"
    await upgrade(url)
    first = await open_ledger(url)
    with pytest.raises(LedgerBusy):
        await open_ledger(url)
    await first.close()
    await (await open_ledger(url)).close()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_a_ledger_that_would_be_lost_with_the_process_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a file"):
        await open_ledger(url)


async def test_postgresql_serves_many(postgres_ledger: Ledger) -> None:
    second = await open_ledger(postgres_ledger.engine.url.render_as_string(hide_password=False))
    async with second.begin() as tx:
        assert await leases.take(tx, "relay", "b", NOW, 5)
    await second.close()
    async with postgres_ledger.begin() as tx:
        assert not await leases.take(tx, "relay", "a", NOW, 5)


async def test_sqlite_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/ledger.db"
    await upgrade(url)
    ledger = await open_ledger(url)
    async with ledger.read() as tx:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        for name, value in wanted.items():
            assert (await tx.execute(text(f"PRAGMA {name}"))).scalar_one() == value
    await ledger.close()


async def test_an_error_undoes_the_whole_transaction(ledger: Ledger) -> None:
    async def fail() -> None:
        async with ledger.begin() as tx:
            await leases.take(tx, "relay", "a", NOW, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with ledger.begin() as tx:
        assert await leases.take(tx, "relay", "b", NOW, 5)


async def test_reading_keeps_nothing(ledger: Ledger) -> None:
    async with ledger.read() as tx:
        await leases.take(tx, "relay", "a", NOW, 5)
    async with ledger.begin() as tx:
        assert await leases.take(tx, "relay", "b", NOW, 5)


async def test_many_writers_at_once_all_commit(ledger: Ledger) -> None:
    async def write(number: int) -> None:
        async with ledger.begin() as tx:
            await tx.execute(text("SELECT count(*) FROM lease"))
            await leases.take(tx, f"job-{number}", "a", NOW, 5)

    await asyncio.gather(*(write(number) for number in range(40)))
    async with ledger.read() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM lease"))).scalar_one() == 40


async def test_moments_come_back_in_utc_to_the_microsecond(ledger: Ledger) -> None:
    summer = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    async with ledger.begin() as tx:
        await tasks.open(tx, Task(derived := uuid4(), "kind", "title"), summer)
        (task,) = await tasks.list_open(tx)
    assert (task.id, task.opened_at) == (derived, summer)
    assert task.opened_at is not None
    assert task.opened_at.tzinfo is UTC


async def test_a_moment_without_time_zone_is_refused(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        with pytest.raises(StatementError, match="without time zone"):
            await leases.take(tx, "relay", "a", datetime(2026, 1, 1), 5)


@pytest.mark.parametrize("during", range(1, 8))
async def test_a_cancelled_transaction_leaves_neither_a_lock_nor_half_of_itself(ledger: Ledger, during: int) -> None:
    statements = 0

    def cut(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == during:
            running.cancel()

    async def work() -> None:
        async with ledger.begin() as tx:
            for name in ("first", "second", "third"):
                await leases.take(tx, name, "gone", NOW, 5)

    # Every statement in turn is on its way when it is cut, the one that begins the transaction included.
    event.listen(ledger.engine.sync_engine, "before_cursor_execute", cut)
    running = asyncio.create_task(work())
    await asyncio.gather(running, return_exceptions=True)
    event.remove(ledger.engine.sync_engine, "before_cursor_execute", cut)
    assert running.cancelled() == (during <= statements)
    # A lock that was left behind makes this fail, once SQLite has waited for it in vain.
    async with ledger.begin() as tx:
        held = [await leases.take(tx, name, "me", NOW, 5) for name in ("first", "second", "third")]
    assert len(set(held)) == 1


@pytest.mark.live
async def test_connection_that_the_server_has_closed_is_replaced_unseen(postgres_ledger: Ledger) -> None:
    async with postgres_ledger.ask() as tx:
        old = (await tx.execute(text("select pg_backend_pid()"))).scalar_one()
    async with AsyncExitStack() as both:
        # The pool hands out the connection that came back last: the one to be closed.
        closed = await both.enter_async_context(postgres_ledger.ask())
        other = await both.enter_async_context(postgres_ledger.ask())
        assert (await closed.execute(text("select pg_backend_pid()"))).scalar_one() == old
        raw: Any = (await closed.get_raw_connection()).driver_connection
        heard = asyncio.Event()
        raw.add_termination_listener(lambda _: heard.set())
        await other.execute(text("select pg_terminate_backend(:pid)"), {"pid": old})
        await heard.wait()
    for _ in range(3):
        async with postgres_ledger.begin() as tx, postgres_ledger.ask() as beside:
            assert (await tx.execute(text("select pg_backend_pid()"))).scalar_one() != old
            assert (await beside.execute(text("select pg_backend_pid()"))).scalar_one() != old


async def test_asking_sees_what_is_committed_and_leaves_nothing_behind(ledger: Ledger) -> None:
    task = Task(id=uuid4(), kind="k", title="t", opened_at=NOW)
    async with ledger.begin() as tx:
        await tasks.open(tx, task, NOW)
    for _ in range(2):
        async with ledger.ask() as tx:
            assert (await tx.execute(text("select count(*) from task"))).scalar_one() == 1
    # The same connection is a writing one again: what fails is rolled back.
    with suppress(ZeroDivisionError):
        async with ledger.begin() as tx:
            await tx.execute(text("delete from task"))
            raise ZeroDivisionError
    async with ledger.ask() as tx:
        assert (await tx.execute(text("select count(*) from task"))).scalar_one() == 1
