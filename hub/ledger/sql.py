"""Statements that the two databases write differently.

PostgreSQL takes many rows as one array for each column: the statement's text is the same however many there are, so
that it is planned once, and a row costs a third of what it costs among thousands of parameters.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    TableValuedAlias,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

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


def inline(word: str) -> ColumnClause[str]:
    """Return a word of ours as part of the statement's text: only so does PostgreSQL use a partial index for it."""
    if not word.isidentifier():
        raise ValueError("only a plain word can be written into a statement")
    return literal_column(f"'{word}'")


def storable(name: str, most: int = 200) -> str:
    """Return a sender's name for something as it is kept and looked up: one too long, or with NUL, by its digest."""
    return name if len(name) <= most and "\0" not in name else "sha256:" + sha256(name.encode()).hexdigest()


def among(tx: AsyncConnection, column: Column[T], values: Collection[T]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values."""
    if is_postgresql(tx):
        return column == any_(bindparam(None, list(values), type_=_array(column)))
    return column.in_(values)


def among_found(
    tx: AsyncConnection, column: Column[T], query: Select[tuple[T]] | CompoundSelect[T]
) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values that a query finds.

    PostgreSQL runs the query first, and once: joined to the table it may run for every row, as long as nothing is
    known of how full the tables are.
    """
    found = query.scalar_subquery()
    return column == any_(func.array(found, type_=_array(column))) if is_postgresql(tx) else column.in_(query)


def first_of(query: Select[tuple[T]]) -> ScalarSelect[T]:
    """Return the first value that a query finds, or NULL; it is looked up row by row, whatever the tables hold."""
    return query.limit(1).scalar_subquery()


def rows_among(
    tx: AsyncConnection, columns: Sequence[Column[Any]], rows: Collection[tuple[Any, ...]]
) -> ColumnElement[bool]:
    """Return the condition that some columns together have one of these rows of values."""
    if not is_postgresql(tx):
        return tuple_(*columns).in_(rows)
    values = {one.name: [row[place] for row in rows] for place, one in enumerate(columns)}
    given = _given(columns, values)
    return tuple_(*columns).in_(select(*given.c))


async def insert_new(
    tx: AsyncConnection, table: Table, rows: Sequence[Values], returning: Sequence[Column[Any]] = ()
) -> list[Row[Any]]:
    """Insert the rows that break no unique rule, in one statement; return `returning` of those that went in."""
    if not rows:
        return []
    statement, values = _insert(tx, table, rows)
    statement = statement.on_conflict_do_nothing()
    if not returning:
        await tx.execute(statement, values)
        return []
    return list((await tx.execute(statement.returning(*returning), values)).all())


async def upsert(tx: AsyncConnection, table: Table, rows: Sequence[Values], changes: Iterable[str]) -> None:
    """Insert rows; where the primary key is there already, overwrite the columns named in `changes`."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    # One statement touches a row once: of two rows with one key the later stands.
    distinct = {tuple(row[key] for key in keys): row for row in rows}
    statement, values = _insert(tx, table, list(distinct.values()))
    overwrite = {name: statement.excluded[name] for name in changes}
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=overwrite), values)


async def insert(tx: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows, in their order; one that breaks a unique rule fails them all."""
    if rows:
        await tx.execute(*_insert(tx, table, rows))


async def update_each(tx: AsyncConnection, table: Table, key: str, rows: Sequence[Values], **same: Any) -> None:
    """Update one row for each of `rows`, found by the column `key`, to that row's other values; `same` goes to all."""
    if not rows:
        return
    if is_postgresql(tx):
        given = _given([table.c[name] for name in rows[0]], _by_column(rows))
        changes = {name: given.c[name] for name in rows[0] if name != key}
        await tx.execute(update(table).where(table.c[key] == given.c[key]).values(changes | same))
        return
    # The names of columns are kept by the library for the values of an update.
    changes = {name: bindparam(f"new_{name}") for name in rows[0] if name != key}
    change = update(table).where(table.c[key] == bindparam(f"new_{key}")).values(changes | same)
    await tx.execute(change, [{f"new_{name}": value for name, value in row.items()} for row in rows])


async def one_at_a_time(tx: AsyncConnection, names: Iterable[str]) -> None:
    """Let nobody else who names any of these go on until this transaction ends (SQLite has one writer anyway).

    All are locked in one order, so that no two transactions that do this once wait for each other.
    """
    if not is_postgresql(tx):
        return
    numbers = sorted({int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True) for name in names})
    statement = text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number")
    if numbers:
        await tx.execute(statement, {"numbers": numbers})


def _insert(tx: AsyncConnection, table: Table, rows: Sequence[Values]) -> tuple[postgresql.Insert, Any]:
    if not is_postgresql(tx):
        # The two dialects' inserts share every method used here, but no base class that has them.
        return sqlite.insert(table), list(rows)  # type: ignore[return-value]
    return _insert_arrays(table, tuple(rows[0])), _by_column(rows)


@lru_cache(maxsize=100)
def _insert_arrays(table: Table, names: tuple[str, ...]) -> postgresql.Insert:
    given = _given([table.c[name] for name in names])
    return postgresql.insert(table).from_select(list(names), select(*given.c))


def _given(columns: Sequence[Column[Any]], values: Mapping[str, list[Any]] | None = None) -> TableValuedAlias:
    """Return arrays, one for each column, as a table; without `values` they are bound when it is executed."""
    arrays = [
        bindparam(one.name, type_=_array(one)) if values is None else bindparam(None, values[one.name], _array(one))
        for one in columns
    ]
    return func.unnest(*arrays).table_valued(*(column(one.name, one.type) for one in columns)).render_derived()


def _array(one: Column[Any]) -> TypeEngine[Any]:
    # Without the length: a cast to it would cut a value silently that the column itself refuses.
    return ARRAY(String() if isinstance(one.type, String) else one.type, dimensions=1)


def _by_column(rows: Sequence[Values]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
