"""Bringing the schema to its newest version.

An empty database gets today's tables at once, one that is the newest is left alone: Alembic, slow to load, is needed
only in between. A test keeps the two ways to the newest version alike.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.ledger.columns import compress_with_lz4
from hub.ledger.tables import LARGE, metadata

HEAD = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as every process that upgrades asks for the same one.
_UPGRADE_LOCK = 7_301_402


async def upgrade_with(engine: AsyncEngine) -> None:
    """Bring the schema to HEAD in one transaction; several processes may call it at once on PostgreSQL."""
    async with engine.connect() as connection:
        if await connection.run_sync(version) == HEAD:
            return
    async with engine.connect() as connection:
        tx = await connection.execution_options(ledger_writes=True)
        async with tx.begin():
            await _wait_for_others(tx)
            await tx.run_sync(_upgrade)


def version(connection: Connection) -> str | None:
    """Return the version that the database's schema has, or None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def create_newest(connection: Connection) -> None:
    """Make today's tables in an empty database."""
    metadata.create_all(connection)
    compress_with_lz4(connection, LARGE)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:version)"), {"version": HEAD})


def run_migrations(connection: Connection) -> None:
    """Run Alembic to the newest version on an open connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _upgrade(connection: Connection) -> None:
    # Another process may have done it while this one waited.
    present = version(connection)
    if present is None:
        create_newest(connection)
    elif present != HEAD:
        run_migrations(connection)


async def _wait_for_others(tx: AsyncConnection) -> None:
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
