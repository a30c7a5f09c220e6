"""Migrations make exactly the tables that the code speaks to, on both databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hub.ledger import upgrading
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.ledger.tables import metadata


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def from_an_empty_database(url: str, way: Callable[[Connection], None]) -> Ledger:
    ledger = await open_ledger(url)
    async with ledger.begin() as tx:
        await tx.run_sync(way)
    return ledger


WAYS = [upgrading.run_migrations, upgrading.create_newest]


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_the_newest_version_makes_the_tables_of_the_code(
    url: str, way: Callable[[Connection], None]
) -> None:
    ledger = await from_an_empty_database(url, way)
    async with ledger.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(upgrading.version) == upgrading.HEAD
    await ledger.close()


def parts(sql: str) -> list[str]:
    """The clauses of a statement, in whatever order it has them."""
    return sorted("".join(sql.split()).replace(")", "").split(","))


async def test_both_ways_write_the_same_schema_to_the_letter(tmp_path: Path) -> None:
    """Partial indexes and AUTOINCREMENT too, which comparing the metadata does not see."""
    schemas = []
    for way in WAYS:
        ledger = await from_an_empty_database(f"sqlite+aiosqlite:///{tmp_path}/{way.__name__}.db", way)
        async with ledger.read() as tx:
            rows = await tx.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))
            schemas.append({row.name: parts(row.sql or "") for row in rows})
        await ledger.close()
    assert schemas[0] == schemas[1]


async def test_a_missing_column_would_be_seen(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await tx.execute(text("ALTER TABLE task DROP COLUMN settled_by"))
    async with ledger.engine.connect() as connection:
        assert [change[0] for change in await connection.run_sync(differences)] == ["add_column"]


def test_the_newest_version_is_the_one_that_starting_up_compares_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(upgrading.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == upgrading.HEAD


async def test_upgrading_again_runs_no_migration_and_keeps_what_is_there(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(url)
    ledger = await open_ledger(url)
    async with ledger.begin() as tx:
        await tx.execute(text("INSERT INTO setting (name, value) VALUES ('a', 'b')"))
    await ledger.close()

    def never(_: Connection) -> None:
        raise AssertionError("the schema is the newest and yet something was done to it")

    monkeypatch.setattr(upgrading, "_upgrade", never)
    await upgrade(url)
    ledger = await open_ledger(url)
    async with ledger.read() as tx:
        assert (await tx.execute(text("SELECT value FROM setting"))).scalar_one() == "b"
    await ledger.close()


@pytest.mark.live
@pytest.mark.parametrize("way", WAYS)
async def test_large_columns_are_compressed_with_lz4_where_the_server_can(
    fresh_database: str, way: Callable[[Connection], None]
) -> None:
    ledger = await from_an_empty_database(fresh_database, way)
    async with ledger.read() as tx:
        choices = "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
        wanted = "SELECT attcompression FROM pg_attribute WHERE attrelid = 'event'::regclass AND attname = 'body'"
        able = "lz4" in (await tx.execute(text(choices))).scalar_one()
        method = (await tx.execute(text(wanted))).scalar_one()
    await ledger.close()
    assert (method in ("l", b"l")) is able
