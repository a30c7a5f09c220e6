"""A ledger that has held many episodes: copies of a real history, made by the server itself.

Each copy has ids, references and identifiers of its own; what stands inside a copy's bodies is its original's, which
nobody reads while other episodes are handled. The audit's chain and the outbox are left as they are: the one is only
ever appended to, the other is emptied after a week.
"""

import asyncpg

_ID = "md5({column}::text || '-' || n)::uuid"
_OWN = "{column} || '-' || n"
# By table: columns that get an id of their own, and texts that must be the copy's own.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "message": (("id",), ("message_id",)),
    "event": (("id", "episode_id", "message_id"), ()),
    "subject_key": (("subject_id",), ("value",)),
    "episode_subject": (("episode_id", "subject_id"), ()),
    "episode_reference": (("episode_id",), ("value",)),
    "inbox": (("event_id",), ()),
    "episode": (("id",), ()),
    "dispatch": (("id", "episode_id", "subject_id"), ()),
    "attempt": (("dispatch_id",), ()),
    "receipt": (("dispatch_id",), ()),
    "delivered": (("dispatch_id",), ()),
    "clock": (("id", "episode_id", "subject_id"), ()),
    "disclosure": (("id", "episode_id", "subject_id", "dispatch_id"), ()),
}
_COLUMNS = """
    SELECT attname AS name, pg_get_serial_sequence(attrelid::regclass::text, attname) IS NOT NULL AS counted
    FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


async def multiply(connection: asyncpg.Connection, first: int, last: int) -> None:
    """Add copies number `first` to `last` of every episode that is not a copy, and let the server take stock."""
    for table in TABLES:
        await connection.execute(await _statement(connection, table), first, last, timeout=3600)
    await connection.execute("VACUUM ANALYZE", timeout=3600)
    await connection.execute("CHECKPOINT", timeout=3600)


async def remember(connection: asyncpg.Connection) -> None:
    """Keep the history that is to be copied, before any copy is made."""
    for table in TABLES:
        await connection.execute(f"CREATE TABLE original_{table} AS SELECT * FROM {table}")  # noqa: S608 - names of our own


async def episodes(connection: asyncpg.Connection) -> int:
    """Return how many episodes are held."""
    return int(await connection.fetchval("SELECT count(*) FROM episode"))


async def _statement(connection: asyncpg.Connection, table: str) -> str:
    ids, texts = TABLES[table]
    rows = await connection.fetch(_COLUMNS, table)
    columns = [row["name"] for row in rows if not row["counted"]]
    form = {**dict.fromkeys(ids, _ID), **dict.fromkeys(texts, _OWN)}
    values = ", ".join(form.get(column, "{column}").format(column=column) for column in columns)
    copies = f"original_{table}, generate_series($1::int, $2::int) AS n"
    return " ".join(["INSERT INTO", table, "(", ", ".join(columns), ") SELECT", values, "FROM", copies])
