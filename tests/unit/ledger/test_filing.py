"""Whoever may be the same is found by drawers, without looking at everybody, on both databases."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from hub.identity.profile import Drawers, drawers_of, profile_of
from hub.ledger import filing
from hub.ledger.engine import Ledger
from tests.unit.identity.people import who
from tests.unit.ledger.making import NOW

MANY = 20_000


def drawers(surname: str = "Marlowe", given: str = "Isla", born: date | None = date(2010, 3, 14)) -> Drawers:
    return drawers_of(profile_of(who(surname, given, born)))


async def file(ledger: Ledger, id: UUID, places: Drawers, days: int | None = None) -> None:
    async with ledger.begin() as tx:
        until = None if days is None else NOW + timedelta(days=days)
        await filing.file(tx, {id: places}, {id: until})


async def near(ledger: Ledger, places: Drawers, id: UUID | None = None) -> list[UUID]:
    me = id or uuid4()
    async with ledger.read() as tx:
        return (await filing.search(tx, {me: places}, NOW))[me]


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        (drawers(), drawers(), True),
        (drawers("Коваленко", "Оксана"), drawers("Kovalenko", "Oksana"), True),
        (drawers(born=date(2010, 3, 4)), drawers(born=date(2010, 4, 3)), True),
        (drawers(born=None), drawers(), True),
        (drawers(), drawers(born=None), True),
        (drawers(), drawers("Fenn", "Robin"), False),
        (drawers(), drawers(born=date(2002, 11, 30)), False),
    ],
)
async def test_who_shares_a_drawer_is_found(ledger: Ledger, one: Drawers, other: Drawers, met: bool) -> None:
    id = uuid4()
    await file(ledger, id, one)
    assert await near(ledger, other) == ([id] if met else [])


async def test_nobody_is_like_himself(ledger: Ledger) -> None:
    id = uuid4()
    await file(ledger, id, drawers())
    assert await near(ledger, drawers(), id) == []


async def test_who_was_found_long_ago_is_forgotten_unless_missing_again(ledger: Ledger) -> None:
    gone, kept, again = uuid4(), uuid4(), uuid4()
    await file(ledger, gone, drawers(), days=-1)
    await file(ledger, kept, drawers(), days=1)
    await file(ledger, again, drawers(), days=-1)
    async with ledger.begin() as tx:
        await filing.keep_until(tx, [again], None)
    assert set(await near(ledger, drawers())) == {kept, again}
    async with ledger.begin() as tx:
        assert await filing.forget(tx, NOW) == len(drawers().filed)
        await filing.keep_until(tx, [gone], None)
    assert set(await near(ledger, drawers())) == {kept, again}


async def test_of_too_many_those_that_share_most_are_compared(ledger: Ledger) -> None:
    likely = uuid4()
    async with ledger.begin() as tx:
        crowd = {uuid4(): drawers(given=f"Zed{number}") for number in range(filing.MOST + 20)}
        await filing.file(tx, crowd, dict.fromkeys(crowd))
    await file(ledger, likely, drawers())
    found = await near(ledger, drawers())
    assert len(found) == filing.MOST
    assert found[0] == likely


async def test_a_drawer_holds_no_name_and_no_date(ledger: Ledger) -> None:
    await file(ledger, uuid4(), drawers())
    async with ledger.read() as tx:
        names = (await tx.execute(text("SELECT drawer FROM subject_drawer"))).scalars().all()
    assert names
    assert all(len(name) == 64 and int(name, 16) >= 0 for name in names)


async def test_only_the_drawers_asked_for_are_read(postgres_ledger: Ledger) -> None:
    """The plan of the query among many: an index, never the table from its beginning to its end."""
    async with postgres_ledger.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO subject_drawer (drawer, subject_id) SELECT encode(sha256(n::text::bytea), 'hex'), "
                f"gen_random_uuid() FROM generate_series(1, {MANY}) AS n"
            )
        )
        await tx.execute(text("ANALYZE subject_drawer"))
        query = filing.in_drawers(tx, [filing.digest(words) for words in drawers().searched], NOW)
        sql = query.compile(dialect=tx.dialect, compile_kwargs={"render_postcompile": True})
        values = [sql.params[name] for name in sql.positiontup or ()]
        lines = (await tx.exec_driver_sql(f"EXPLAIN {sql}", tuple(values))).scalars().all()
    plan = "\n".join(lines)
    assert "pk_subject_drawer" in plan
    assert "Seq Scan" not in plan
