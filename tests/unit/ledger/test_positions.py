"""How far a consumer has read: the ledger's word counts, and what it does not know is read again."""

from datetime import UTC, datetime

import pytest

from hub.ledger import positions, restoring, tables, tasks
from hub.ledger.engine import Ledger
from hub.ledger.outbox import EPISODE_TOPIC
from hub.ledger.positions import Behind, Position, ReadingAgain, Span

HERE, THERE = (EPISODE_TOPIC, 0), (EPISODE_TOPIC, 1)
ROUTER = "hub-router"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


async def advance(ledger: Ledger, first: int, end: int, sought: int | None = None) -> positions.Advanced:
    async with ledger.begin() as tx:
        return await positions.advance(tx, ROUTER, {HERE: Span(first, end)}, {} if sought is None else {HERE: sought})


async def reading_again(ledger: Ledger) -> bool:
    async with ledger.read() as tx:
        return await positions.reading_again(tx)


async def test_batch_after_batch_it_advances_and_a_repeat_never_takes_it_back(ledger: Ledger) -> None:
    for first, end, then in ((0, 5, 5), (5, 9, 9), (3, 6, 9)):
        assert (await advance(ledger, first, end)).positions[HERE] == Position(then)


async def test_a_batch_beyond_what_is_known_is_put_off_and_nothing_is_noted(ledger: Ledger) -> None:
    await advance(ledger, 0, 5)
    with pytest.raises(Behind) as raised:
        await advance(ledger, 8, 9)
    assert raised.value.gaps == {HERE: Span(5, 8)}
    assert (await advance(ledger, 5, 6)).positions[HERE].next == 6


async def test_where_nothing_lies_between_the_batch_is_taken_as_it_is(ledger: Ledger) -> None:
    await advance(ledger, 0, 5)
    advanced = await advance(ledger, 8, 9, sought=8)
    assert (advanced.positions[HERE], advanced.restored) == (Position(9), False)


async def test_records_found_in_the_gap_prove_that_the_ledger_is_an_older_one(ledger: Ledger) -> None:
    await advance(ledger, 0, 5)
    advanced = await advance(ledger, 5, 7, sought=8)
    assert (advanced.positions[HERE], advanced.restored) == (Position(7, 8), True)
    assert await reading_again(ledger)
    assert not (await advance(ledger, 7, 8)).restored
    assert not await reading_again(ledger)


async def test_a_log_that_begins_again_is_read_by_the_same_ledger(ledger: Ledger) -> None:
    await advance(ledger, 0, 500)
    async with ledger.begin() as tx:
        await positions.forget(tx)
    with pytest.raises(Behind):
        await advance(ledger, 3, 4)
    assert not (await advance(ledger, 0, 3, sought=3)).restored


async def test_a_ledger_that_knows_nothing_of_the_group_starts_where_it_stands(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        assert not await positions.compare(tx, ROUTER, {HERE: Span(0, 40), THERE: Span(0, 0)})
    assert (await advance(ledger, 40, 41)).positions[HERE] == Position(41)
    with pytest.raises(Behind):
        await advance(ledger, 45, 46)


@pytest.mark.parametrize(
    ("first", "acknowledged", "expected"),
    [
        (0, 5, {}),
        (0, 9, {HERE: Position(5, 9)}),
        (7, 9, {HERE: Position(7, 9)}),  # the log has forgotten what lies before
        (9, 9, {}),  # and here all of it
    ],
)
async def test_what_a_group_has_acknowledged_beyond_the_ledger_is_read_again(
    ledger: Ledger, first: int, acknowledged: int, expected: dict[positions.Place, Position]
) -> None:
    await advance(ledger, 0, 5)
    async with ledger.begin() as tx:
        older = await positions.compare(tx, ROUTER, {HERE: Span(first, acknowledged)})
        assert older is bool(expected)
        assert await positions.unread(tx, ROUTER) == expected
        # Another process that starts finds it noted.
        assert not await positions.compare(tx, ROUTER, {HERE: Span(first, acknowledged)})


async def test_a_partition_that_the_backup_had_never_seen_is_read_from_its_beginning(ledger: Ledger) -> None:
    await advance(ledger, 0, 5)
    async with ledger.begin() as tx:
        assert await positions.compare(tx, ROUTER, {HERE: Span(0, 5), THERE: Span(0, 4)})
        assert await positions.unread(tx, ROUTER) == {THERE: Position(0, 4)}
        with pytest.raises(ReadingAgain):
            await positions.require_all_read(tx)


async def test_a_restore_is_told_once_and_recorded(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        for _ in range(2):
            await restoring.note_restored(tx, NOW)
        assert [task.kind for task in await tasks.list_open(tx)] == ["ledger_restored"]
        entries = (await tx.execute(tables.audit.select())).all()
    assert {entry.kind for entry in entries} == {"ledger_restored"}
