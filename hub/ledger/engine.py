"""Opening the ledger: one engine, its transactions, and the promise that SQLite serves one process only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import URL, ExceptionContext, event, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.ledger.locking import FileLock, LedgerBusy
from hub.ledger.upgrading import upgrade_with

__all__ = ["Ledger", "LedgerBusy", "Tx", "open_ledger", "upgrade"]

Tx = AsyncConnection
BUSY_MILLISECONDS = 10_000
# All are kept: one that is made for a burst and closed after it costs PostgreSQL more than what it was made for.
POOL_SIZE = 15
CONNECT_SECONDS = 5.0
_WRITES = {"ledger_writes": True}


class Ledger:
    """An open ledger. `begin` writes, `read` and `ask` read; `close` gives a SQLite file free for the next process."""

    def __init__(self, engine: AsyncEngine, lock: FileLock | None) -> None:
        self.engine = engine
        # SQLite keeps its own BEGIN: there a round trip costs nothing.
        self._asking = engine.execution_options(isolation_level="AUTOCOMMIT") if lock is None else engine
        self._lock = lock
        # SQLite has one writer: waiting here is fair and wakes at once, waiting in SQLite polls.
        self._writer: asyncio.Lock | nullcontext[None] = asyncio.Lock() if lock else nullcontext()

    @property
    def kind(self) -> str:
        """The database: `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """One transaction: commits at the end, rolls back on any error. SQLite: BEGIN IMMEDIATE."""
        async with self._writer, _connected(self.engine) as connection:
            tx = await connection.execution_options(**_WRITES)
            async with tx.begin():
                yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """One consistent look; whatever is written in it is rolled back."""
        async with _connected(self.engine) as connection:
            yield connection
            await connection.rollback()

    @asynccontextmanager
    async def ask(self) -> AsyncIterator[Tx]:
        """For one statement that only reads: on PostgreSQL no transaction stands around it, so it is one round trip."""
        async with _connected(self._asking) as connection:
            yield connection
            await connection.rollback()

    async def close(self) -> None:
        """Close every connection, then release the lock file."""
        await self.engine.dispose()
        if self._lock:
            self._lock.release()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. The driver's own errors in making one become the library's, like all others."""
    connection = engine.connect()
    try:
        await connection.start()
    except SQLAlchemyError:
        raise
    except Exception as error:
        raise OperationalError("connect", None, error) from error
    try:
        yield connection
    finally:
        await asyncio.shield(connection.close())


async def open_ledger(url: str, statement_seconds: float | None = None) -> Ledger:
    """Open the ledger at `sqlite+aiosqlite:///PATH` or `postgresql+asyncpg://...`; runs no migration.

    On PostgreSQL a statement that takes longer than `statement_seconds` is given up: a database that hangs must not
    keep a sender waiting. Raises LedgerBusy when another process has the SQLite file.
    """
    parsed = make_url(url)
    lock = _lock_of(parsed)
    return Ledger(engine_of(parsed, statement_seconds), lock)


async def upgrade(url: str) -> None:
    """Bring the schema to its newest version; returns at once when it is there already.

    Raises LedgerBusy when another process has the SQLite file.
    """
    parsed = make_url(url)
    lock = _lock_of(parsed)
    engine = engine_of(parsed)
    try:
        await upgrade_with(engine)
    finally:
        await engine.dispose()
        if lock:
            lock.release()


def engine_of(url: URL, statement_seconds: float | None = None) -> AsyncEngine:
    """Return an engine for either database with the settings that the promises rest on; migrations take their time."""
    if url.get_backend_name() != "sqlite":
        settings = {"timezone": "UTC", "application_name": "missing-children-hub", "jit": "off"}
        patience = {"timeout": CONNECT_SECONDS, "command_timeout": statement_seconds}
        engine = create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            connect_args={"server_settings": settings, **patience},
        )
        event.listen(engine.sync_engine, "checkout", _replace_when_closed)
        return engine
    engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "handle_error", _keep_when_cancelled)
    return engine


def _lock_of(url: URL) -> FileLock | None:
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise ValueError("the ledger must be a file: sqlite+aiosqlite:///PATH")
    return FileLock.take(url.database)


def _replace_when_closed(connection: Any, _: Any, __: Any) -> None:
    """Let the pool connect anew when the server has closed this connection: the driver hears of it by itself.

    To ask the server each time would be three round trips for every transaction.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver's own implicit BEGIN would come too late and be deferred: _begin_sqlite says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("ledger_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_when_cancelled(context: ExceptionContext) -> None:
    """A cancelled statement is rolled back like any other: a connection thrown away in the middle of a transaction
    would hold SQLite's one write lock for as long as anything remembers the statement.
    """
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False
