"""Statements that the two databases write differently."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Values = Mapping[str, Any]
# Both databases take some 32,000 parameters in one statement.
MOST_PARAMETERS = 10_000


def is_postgresql(tx: AsyncConnection) -> bool:
    """Say whether the transaction runs on PostgreSQL."""
    return tx.dialect.name == "postgresql"


def chunks(items: Collection[T], size: int = MOST_PARAMETERS) -> Iterator[list[T]]:
    """Cut into lists that fit into one statement each."""
    rows = list(items)
    return (rows[start : start + size] for start in range(0, len(rows), size))


def storable(name: str, most: int = 200) -> str:
    """Return a sender's name for something as it is kept and looked up: one too long, or with NUL, by its digest."""
    return name if len(name) <= most and "\0" not in name else "sha256:" + sha256(name.encode()).hexdigest()


async def insert_new(
    tx: AsyncConnection, table: Table, rows: Sequence[Values], returning: Sequence[Column[Any]] = ()
) -> list[Row[Any]]:
    """Insert the rows that break no unique rule, in one statement; return `returning` of those that went in."""
    if not rows:
        return []
    statement = _insert(tx, table).on_conflict_do_nothing()
    if not returning:
        await tx.execute(statement, list(rows))
        return []
    return list((await tx.execute(statement.returning(*returning), list(rows))).all())


async def upsert(tx: AsyncConnection, table: Table, rows: Sequence[Values], changes: Iterable[str]) -> None:
    """Insert rows; where the primary key is there already, overwrite the columns named in `changes`."""
    if not rows:
        return
    statement = _insert(tx, table)
    overwrite = {name: statement.excluded[name] for name in changes}
    keys = [column.name for column in table.primary_key]
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=overwrite), list(rows))


async def one_at_a_time(tx: AsyncConnection, names: Iterable[str]) -> None:
    """Let nobody else who names any of these go on until this transaction ends (SQLite has one writer anyway)."""
    if not is_postgresql(tx):
        return
    numbers = sorted({int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True) for name in names})
    statement = text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number")
    if numbers:
        await tx.execute(statement, {"numbers": numbers})


def _insert(tx: AsyncConnection, table: Table) -> postgresql.Insert:
    # The two dialects' inserts share every method used here, but no base class that has them.
    return postgresql.insert(table) if is_postgresql(tx) else sqlite.insert(table)  # type: ignore[return-value]
