"""Migrations make exactly the tables that the code speaks to, on both databases."""

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


async def test_migrations_and_tables_agree(ledger: Ledger) -> None:
    async with ledger.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


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
        raise AssertionError("migrations ran although the schema is the newest")

    monkeypatch.setattr(upgrading, "run_migrations", never)
    await upgrade(url)
    ledger = await open_ledger(url)
    async with ledger.read() as tx:
        assert (await tx.execute(text("SELECT value FROM setting"))).scalar_one() == "b"
    await ledger.close()


async def test_large_columns_are_compressed_with_lz4_where_the_server_can(postgres_ledger: Ledger) -> None:
    async with postgres_ledger.read() as tx:
        choices = "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
        if "lz4" not in (await tx.execute(text(choices))).scalar_one():
            pytest.skip("this server was built without lz4")
        wanted = "SELECT attcompression FROM pg_attribute WHERE attrelid = 'event'::regclass AND attname = 'body'"
        assert (await tx.execute(text(wanted))).scalar_one() in ("l", b"l")
