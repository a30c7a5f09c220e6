"""Another set of rules, loaded by a restart: dispatches keep their version, clocks without a rule are closed openly."""

import copy
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from contracts.envelope import Event
from contracts.events import ClockFell, EpisodeUpdated
from contracts.person import Person, SubjectFacts
from hub.channel.batch import handle_batch
from hub.channel.clocks import close_without_rule, tick
from hub.ledger import audit, clocks, dispatches, tables, tasks
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.book import Book
from hub.routing.escalation import RECEIPT_OVERDUE
from hub.routing.rules import read_procedure
from tests.unit.channel import parts
from tests.unit.channel.parts import NOW, found, happened, missing, records, subject_of
from tests.unit.ledger.conftest import DATABASES, ledger_url

WEEK = timedelta(days=7)
DAILY = {
    "id": "test.daily",
    "clause": "test 3",
    "when": {"status": ["missing"]},
    "tell": [{"role": "case_team", "kind": "reminder"}],
    "every": {"days": 1, "text": "Look again."},
}


@pytest.fixture(params=DATABASES)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    url = ledger_url(request.param, request, tmp_path)
    await upgrade(url)
    opened = await open_ledger(url)
    yield opened
    await opened.close()


def book(version: str, *rules: dict[str, Any], without: str = "") -> Book:
    """Return a book of a version: the rules of the other tests and more, without one."""
    raw: dict[str, Any] = copy.deepcopy(parts.PROCEDURE)
    raw["version"] = version
    raw["rules"] = [rule for rule in (*raw["rules"], *rules) if rule["id"] != without]
    return replace(parts.book(), procedures=(read_procedure("test.yaml", raw),))


OLD, NEW = book("1", DAILY), book("2", DAILY, without="test.weekly")


async def running(ledger: Ledger) -> list[str]:
    """Return the procedures' rules whose clocks run."""
    rule = tables.clock.c.rule
    async with ledger.read() as tx:
        rows = await tx.execute(select(rule).where(~tables.clock.c.fired, rule != RECEIPT_OVERDUE).order_by(rule))
        return list(rows.scalars())


def fallen(stated: Sequence[Event]) -> list[str]:
    """Return the procedures' rules whose clocks fell."""
    rules = [event.data.rule for event in stated if isinstance(event.data, ClockFell)]
    return sorted(rule for rule in rules if rule != RECEIPT_OVERDUE)


async def closed(ledger: Ledger) -> list[tuple[str, str]]:
    """Return rule and set of every closing: the same in the tasks and in the audit, whose chain holds."""
    async with ledger.read() as tx:
        open_tasks = [task.detail for task in await tasks.list_open(tx) if task.kind == "rule_gone"]
        query = select(tables.audit.c.ids).where(tables.audit.c.kind == "clock_closed").order_by(tables.audit.c.number)
        sealed = [(ids["rule"], ids["loaded"]) for ids in (await tx.execute(query)).scalars()]
        assert await audit.verify(tx)
    assert sorted((one["rule"], one["loaded"]) for one in open_tasks) == sorted(sealed)
    return sealed


async def versions(ledger: Ledger, episode: UUID) -> list[tuple[str, str]]:
    """Return action and version of every dispatch's first ground."""
    async with ledger.read() as tx:
        rows = (await dispatches.of_episodes(tx, [episode]))[episode]
    return [(row.dispatch.action.value, row.dispatch.grounds[0].procedure_version) for row in rows]


async def test_a_dispatch_keeps_the_version_that_caused_it(ledger: Ledger) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, OLD, NOW)
    async with ledger.begin() as tx:
        await tx.execute(update(tables.dispatch).values(state="sent", may_have_left=True))
    facts = SubjectFacts(subject_id=subject_of(episode), person=Person(surname="Other"))
    same = happened(EpisodeUpdated(), episode, "nothing new", minutes=1)
    await handle_batch(records([same]), ledger, NEW, NOW)
    assert await versions(ledger, episode) == [("raise", "1")], "a new version alone tells nobody anything"
    news = happened(EpisodeUpdated(subjects=(facts,)), episode, "news", minutes=2)
    await handle_batch(records([news]), ledger, NEW, NOW)
    assert await versions(ledger, episode) == [("raise", "1"), ("update", "2")]


async def test_after_a_restart_a_clock_without_a_rule_is_closed_and_the_others_run(ledger: Ledger) -> None:
    episodes = [uuid4(), uuid4()]
    await handle_batch(records([missing(one) for one in episodes]), ledger, OLD, NOW)
    assert await running(ledger) == ["test.daily"] * 2 + ["test.weekly"] * 2
    await close_without_rule(ledger, OLD, NOW)
    assert await closed(ledger) == []
    await close_without_rule(ledger, NEW, NOW)
    assert await running(ledger) == ["test.daily"] * 2
    assert await closed(ledger) == [("test.weekly", "test 2")] * 2
    await close_without_rule(ledger, NEW, NOW)
    assert len(await closed(ledger)) == 2, "once"
    async with ledger.read() as tx:
        seen = {task.episode_id for task in await tasks.list_open(tx) if task.kind == "rule_gone"}
    assert seen == set(episodes), "each stands in its episode's timeline"


@pytest.mark.parametrize("by", ["an event", "its time"])
async def test_whoever_meets_it_first_closes_it_openly(ledger: Ledger, by: str) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, OLD, NOW)
    if by == "an event":
        await handle_batch(records([happened(EpisodeUpdated(), episode, "x", minutes=1)]), ledger, NEW, NOW)
    else:
        stated = (await tick(ledger, NEW, NOW + WEEK)).stated
        assert fallen(stated) == ["test.daily"]
    assert "test.weekly" not in await running(ledger)
    assert await closed(ledger) == [("test.weekly", "test 2")]


async def test_a_clock_that_ended_by_the_facts_is_no_closing(ledger: Ledger) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, OLD, NOW)
    await handle_batch(records([found(episode)]), ledger, OLD, NOW)
    assert (await running(ledger), await closed(ledger)) == ([], [])


async def test_with_its_rule_the_clock_comes_back_and_falls_once(ledger: Ledger) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, OLD, NOW)
    await close_without_rule(ledger, NEW, NOW)
    await handle_batch(records([happened(EpisodeUpdated(), episode, "x", minutes=1)]), ledger, OLD, NOW)
    assert await running(ledger) == ["test.daily", "test.weekly"]
    stated = (await tick(ledger, OLD, NOW + WEEK)).stated
    assert fallen(stated) == ["test.daily", "test.weekly"]
    async with ledger.read() as tx:
        assert [one for one in await clocks.due(tx, NOW + WEEK, 10) if one.rule != RECEIPT_OVERDUE] == []
