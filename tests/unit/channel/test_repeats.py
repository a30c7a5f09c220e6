"""Episodes of one child tell each other of their goings missing, on a real ledger and in any order of arrival."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest

from contracts.dispatch import Action
from contracts.envelope import Event, derived_id, event_of
from contracts.events import Cancelled, Data, EarlierEpisodeKnown, MissingReported
from contracts.person import Care, Missing, Person, SubjectFacts
from hub.channel.batch import handle_batch
from hub.ledger import dispatches, events, outbox, subjects
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.book import Book
from hub.routing.explain import explain
from hub.routing.rules import read_procedure
from tests.unit.channel import parts
from tests.unit.channel.parts import NOW, ROTHERHAM, records
from tests.unit.ledger.conftest import DATABASES, ledger_url

CHILD = derived_id("subject", "the one who goes missing")
FIRST, SECOND, THIRD = (UUID(int=n) for n in (1, 2, 3))
REPEAT = {
    "procedure": "test",
    "title": "Two in ninety days",
    "version": "1",
    "rules": [
        {
            "id": "test.repeat",
            "clause": "test 1",
            "when": {"status": ["missing"], "missing_times": {"times": 2, "days": 90}},
            "tell": [{"role": "case_team"}],
        }
    ],
}


@pytest.fixture
def book() -> Book:
    return replace(parts.book(), procedures=(read_procedure("test.yaml", REPEAT),))


@pytest.fixture(params=DATABASES)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    url = ledger_url(request.param, request, tmp_path)
    await upgrade(url)
    opened = await open_ledger(url)
    yield opened
    await opened.close()


def said(data: Data, episode: UUID, days: float, name: str = "report") -> Event:
    """Return an event some days after the beginning."""
    at = NOW + timedelta(days=days)
    return event_of(
        data, id=derived_id(name, episode), source="/test", occurred_at=at, recorded_at=at, episode_id=episode
    )


def missing(episode: UUID, days: float) -> Event:
    """Return a report that the child has gone missing on a day."""
    who = SubjectFacts(subject_id=CHILD, person=Person(surname="Example"), care=Care(responsible_authority=ROTHERHAM))
    since = Missing(missing_since=NOW + timedelta(days=days))
    return said(MissingReported(subjects=(who,), missing=since), episode, days)


async def arrive(ledger: Ledger, book: Book, *batches: list[Event]) -> None:
    """Let batches come, each with its membership as intake notes it, and what the hub says until it rests."""
    for batch in batches:
        async with ledger.begin() as tx:
            for event in batch:
                assert event.episode_id is not None
                await subjects.join_all(tx, {(event.episode_id, CHILD): False})
        await handle_batch(records(batch), ledger, book, NOW + timedelta(days=200))
        await rest(ledger, book)


async def rest(ledger: Ledger, book: Book) -> None:
    """Let the hub hear what it said."""
    for _ in range(10):
        async with ledger.read() as tx:
            waiting = [row.event_id for row in await outbox.unpublished(tx, 1000)]
            known = await events.known(tx, [id for id in waiting if id])
            history = await events.of_episodes(tx, set(known.values()))
        again = [event for some in history.values() for event in some if isinstance(event.data, EarlierEpisodeKnown)]
        result = await handle_batch(records(again), ledger, book, NOW + timedelta(days=200))
        if not result.handled:
            return
    raise AssertionError("the episodes do not stop telling each other")


async def live(ledger: Ledger) -> dict[UUID, bool]:
    """Return in which episodes the repeat is told and not taken back."""
    found = {}
    async with ledger.read() as tx:
        for episode, rows in (await dispatches.of_episodes(tx, [FIRST, SECOND, THIRD])).items():
            held = [row for row in rows if row.state != "cancelled"]
            found[episode] = bool(held) and held[-1].dispatch.action is not Action.WITHDRAW
    return found


async def agree(ledger: Ledger, book: Book) -> None:
    """Check that explaining each episode's own events gives what the running hub does."""
    async with ledger.read() as tx:
        history = await events.of_episodes(tx, [FIRST, SECOND, THIRD])
    now = await live(ledger)
    for episode, happened in history.items():
        told = explain(happened, book).told if happened else ()
        assert any(not line.withdrawn for line in told) is now[episode]


async def test_a_second_going_missing_is_told_and_a_first_one_is_not(ledger: Ledger, book: Book) -> None:
    await arrive(ledger, book, [missing(FIRST, 0)])
    assert await live(ledger) == {FIRST: False, SECOND: False, THIRD: False}
    await arrive(ledger, book, [missing(SECOND, 89)])
    assert await live(ledger) == {FIRST: False, SECOND: True, THIRD: False}
    await arrive(ledger, book, [missing(THIRD, 179)])
    assert (await live(ledger))[THIRD] is False, "the ninety days are over: both ends count"
    await agree(ledger, book)


async def test_what_was_cancelled_later_was_never_one(ledger: Ledger, book: Book) -> None:
    await arrive(ledger, book, [missing(FIRST, 0)], [missing(SECOND, 10)])
    assert (await live(ledger))[SECOND]
    await arrive(ledger, book, [said(Cancelled(), FIRST, 11, "cancelled")])
    assert not (await live(ledger))[SECOND]
    await agree(ledger, book)
    await arrive(
        ledger,
        book,
        [missing(FIRST, 0).model_copy(update={"id": UUID(int=77), "occurred_at": NOW + timedelta(days=12)})],
    )
    assert (await live(ledger))[SECOND], "reported after all"
    await agree(ledger, book)


ORDERS = list(permutations(range(4)))


@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[7], ORDERS[11], ORDERS[14], ORDERS[23]], ids=str)
@pytest.mark.parametrize("together", [True, False])
async def test_the_order_of_arrival_does_not_matter(
    ledger: Ledger, book: Book, order: tuple[int, ...], together: bool
) -> None:
    four = [missing(FIRST, 0), missing(SECOND, 10), missing(THIRD, 20), said(Cancelled(), SECOND, 30, "cancelled")]
    came = [four[n] for n in order]
    await arrive(ledger, book, *([came] if together else [[one] for one in came]))
    assert await live(ledger) == {FIRST: False, SECOND: False, THIRD: True}
    await agree(ledger, book)
    await arrive(ledger, book, [said(Cancelled(), FIRST, 31, "cancelled")])
    assert await live(ledger) == {FIRST: False, SECOND: False, THIRD: False}
    await agree(ledger, book)


async def test_nothing_is_asked_of_the_ledger_while_no_rule_counts(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: object) -> dict[UUID, set[UUID]]:
        raise AssertionError

    monkeypatch.setattr(subjects, "episodes_beside", asked)
    await arrive(ledger, parts.book(), [missing(FIRST, 0)], [missing(SECOND, 10)])
    async with ledger.read() as tx:
        said_to = (await events.of_episodes(tx, [SECOND]))[SECOND]
    assert not [event for event in said_to if isinstance(event.data, EarlierEpisodeKnown)]
