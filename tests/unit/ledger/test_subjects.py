"""The subject register: first holder, one open episode, references, early context."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from hub.ledger import subjects, tables
from hub.ledger.engine import Ledger
from tests.unit.ledger.making import at, case_reference, child, context, report_reference

KEY, OTHER = ("nhs_number", "2010-05-17", "9990000018"), ("authority_case", "E08000018", "C-1")


async def test_the_first_holder_of_an_identifier_keeps_it(ledger: Ledger) -> None:
    first, second = uuid4(), uuid4()
    async with ledger.begin() as tx:
        await subjects.register(tx, first, [KEY, KEY])
        await subjects.register(tx, second, [KEY, OTHER])
        assert await subjects.subjects_by_keys(tx, [KEY, OTHER, ("a", "b", "c")]) == {KEY: first, OTHER: second}
        assert await subjects.keys_by_subjects(tx, [first, second]) == {first: {KEY}, second: {OTHER}}
        assert await subjects.subjects_by_keys(tx, []) == {}


async def test_a_subject_has_one_open_episode_at_a_time(ledger: Ledger) -> None:
    subject, first, second = uuid4(), uuid4(), uuid4()
    async with ledger.begin() as tx:
        assert await subjects.join(tx, first, subject, open=True)
        assert not await subjects.join(tx, second, subject, open=True)
        assert await subjects.open_episodes_of(tx, [subject, uuid4()]) == {subject: first}
        granted = await subjects.join_all(tx, {(second, subject): True, (first, subject): False})
        assert granted == {(second, subject): True, (first, subject): False}
        assert await subjects.open_episodes_of(tx, [subject]) == {subject: second}
        assert await subjects.members_of(tx, [first, second]) == {first: {subject: False}, second: {subject: True}}
        assert await subjects.latest_episodes_of(tx, [subject]) == {subject: second}
        assert await subjects.join_all(tx, {}) == {}


async def test_the_database_itself_refuses_a_second_open_episode(ledger: Ledger) -> None:
    row = {"subject_id": uuid4(), "open": True}
    async with ledger.begin() as tx:
        await tx.execute(insert(tables.episode_subject), [{**row, "episode_id": uuid4()}])
        with pytest.raises(IntegrityError):
            await tx.execute(insert(tables.episode_subject), [{**row, "episode_id": uuid4()}])
        await tx.rollback()


async def test_of_many_who_open_an_episode_at_once_one_does(ledger: Ledger) -> None:
    subject = uuid4()

    async def join() -> bool:
        async with ledger.begin() as tx:
            return await subjects.join(tx, uuid4(), subject, open=True)

    assert sorted(await asyncio.gather(*(join() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_reference_means_the_open_episode_else_the_newest(ledger: Ledger) -> None:
    first, second, subject = uuid4(), uuid4(), uuid4()
    async with ledger.begin() as tx:
        await subjects.name_episode(tx, first, [case_reference(), report_reference()])
        await subjects.name_episode(tx, second, [case_reference(), case_reference()])
        assert await subjects.episode_by_references(tx, [report_reference("NC-9"), case_reference()]) == second
        assert await subjects.episode_by_references(tx, [report_reference(), case_reference()]) == first
        assert await subjects.episode_by_references(tx, [report_reference("NC-9")]) is None
        await subjects.join(tx, first, subject, open=True)
        assert await subjects.episode_by_references(tx, [case_reference()]) == first
        assert await subjects.references_of(tx, [first]) == {first: [case_reference(), report_reference()]}


async def test_early_context_is_taken_once_and_not_after_it_expired(ledger: Ledger) -> None:
    subject, other = uuid4(), uuid4()
    late, early, expired = (context(child(), hours=hours) for hours in (3, 2, 1))
    async with ledger.begin() as tx:
        for event, until in ((late, at(50)), (early, at(50)), (expired, at(10))):
            await subjects.keep_ahead(tx, [(subject, event, None)], until)
        assert await subjects.take_ahead(tx, [other], at(9)) == []
        await subjects.keep_ahead(tx, [(other, expired, None)], at(10))
        assert (await subjects.purge_ahead(tx, at(9)), await subjects.purge_ahead(tx, at(10))) == (0, 2)
        await subjects.keep_ahead(tx, [(subject, expired, None)], at(10))
        taken = await subjects.take_ahead(tx, [subject, other], at(10))
        assert taken == [(subject, early, None), (subject, late, None)]
        assert await subjects.take_ahead(tx, [subject], at(10)) == []
