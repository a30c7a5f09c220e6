"""Statements that the two databases write differently do the same on both."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from hub.ledger import tables
from hub.ledger.engine import Ledger
from hub.ledger.sql import among, insert_new, rows_among, update_each, upsert
from tests.unit.ledger.making import NOW, at

SETTING, KEY, OUTBOX = tables.setting, tables.subject_key, tables.outbox


def setting(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


async def test_what_is_there_already_is_left_alone_and_not_returned(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await insert_new(tx, SETTING, [setting("a", "first")])
        both = [setting("a", "second"), setting("b", "new"), setting("b", "again")]
        new = await insert_new(tx, SETTING, both, [SETTING.c.name])
        assert [row.name for row in new] == ["b"]
        rows = await tx.execute(select(SETTING).order_by(SETTING.c.name))
        assert [tuple(row) for row in rows] == [("a", "first"), ("b", "new")]


async def test_of_two_rows_with_one_key_the_later_stands(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await upsert(tx, SETTING, [setting("a", "1"), setting("b", "1"), setting("a", "2")], ["value"])
        await upsert(tx, SETTING, [setting("b", "3")], ["value"])
        rows = await tx.execute(select(SETTING.c.name, SETTING.c.value))
        assert {row.name: row.value for row in rows} == {"a": "2", "b": "3"}


async def test_rows_are_found_by_one_column_and_by_several(ledger: Ledger) -> None:
    one, two = uuid4(), uuid4()
    rows = [
        {"kind": kind, "issuer": issuer, "value": "1", "subject_id": id}
        for kind, issuer, id in (("a", "x", one), ("a", "y", two), ("b", "x", two))
    ]
    async with ledger.begin() as tx:
        await insert_new(tx, KEY, rows)
        by_id = await tx.execute(select(KEY).where(among(tx, KEY.c.subject_id, [two, uuid4()])))
        assert {(row.kind, row.issuer) for row in by_id} == {("a", "y"), ("b", "x")}
        wanted = [("a", "x"), ("b", "x"), ("b", "y")]
        by_pair = await tx.execute(select(KEY).where(rows_among(tx, (KEY.c.kind, KEY.c.issuer), wanted)))
        assert {(row.kind, row.issuer) for row in by_pair} == {("a", "x"), ("b", "x")}
        nothing = select(KEY).where(among(tx, KEY.c.kind, []), rows_among(tx, (KEY.c.kind, KEY.c.issuer), []))
        assert (await tx.execute(nothing)).all() == []


async def test_every_row_is_updated_to_its_own_values(ledger: Ledger) -> None:
    common: dict[str, Any] = {
        "topic": "t",
        "key": None,
        "headers": {},
        "event_id": None,
        "created_at": NOW,
        "closed": False,
    }
    async with ledger.begin() as tx:
        await tx.execute(insert(OUTBOX), [{**common, "value": value} for value in (b"1", b"2", b"3")])
        first, second, _ = (await tx.execute(select(OUTBOX.c.id).order_by(OUTBOX.c.id))).scalars()
        changes = [{"id": first, "partition": 0, "offset": 7}, {"id": second, "partition": 1, "offset": None}]
        await update_each(tx, OUTBOX, "id", changes, published_at=at(1))
        columns = (OUTBOX.c.value, OUTBOX.c.partition, OUTBOX.c.offset, OUTBOX.c.published_at)
        rows = [tuple(row) for row in await tx.execute(select(*columns).order_by(OUTBOX.c.id))]
        assert rows == [(b"1", 0, 7, at(1)), (b"2", 1, None, at(1)), (b"3", None, None, None)]


@pytest.mark.live
async def test_a_value_too_long_for_its_column_is_refused_and_never_cut(postgres_ledger: Ledger) -> None:
    with pytest.raises(DBAPIError):
        async with postgres_ledger.begin() as tx:
            await insert_new(tx, SETTING, [setting("n" * 101, "value")])
