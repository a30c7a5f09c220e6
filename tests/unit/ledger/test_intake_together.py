"""Documents that come together end as they would have one after the other: the same answers, the same ledger."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as database_event
from sqlalchemy import select, update

from contracts.adapter import Partner, Reading
from contracts.envelope import Event, derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import EpisodeUpdated, MissingReported, Sighted
from contracts.person import SubjectFacts
from hub.ledger import intake, subjects, tables
from hub.ledger.engine import Ledger, Tx
from hub.ledger.intake import Accepted, Conflict, Failed, Incoming, Kept, NotTheirs
from tests.unit.ledger.making import (
    BORN,
    COUNCIL,
    NHS,
    NOW,
    OTHER_POLICE,
    POLICE,
    believed,
    case_reference,
    child,
    context,
    document,
    found,
    hub_reference,
    key,
    missing,
    report_reference,
    said,
)

NUMBERS = st.integers(1, 4)
SUBJECTS = {number: derived_id("subject", derived_id("test", number), 0) for number in range(1, 5)}
UNUSABLE = InvalidMessage(Fate.UNUSABLE, "Not usable.", [Problem("name", "is missing")])
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    "derandomize": True,
    # Every step of shrinking fills and empties a database.
    "phases": (Phase.explicit, Phase.generate),
}


async def refuse(_: Tx) -> None:
    raise NotTheirs("x")


async def disallow(_: Tx) -> None:
    raise UNUSABLE


async def stumble(_: Tx) -> None:
    raise ZeroDivisionError


def held(error: Exception) -> InvalidMessage:
    return InvalidMessage(Fate.HELD, type(error).__name__)


def person(number: int, more: int) -> SubjectFacts:
    """A child known by one or two of its identifiers, so that one document may bring together what two kept apart."""
    known: dict[str, Any] = {"born": BORN + timedelta(days=number)}
    known |= {"nhs": NHS} if more % 2 else {}
    known |= {"person_reference": f"P-{number}"} if more % 3 else {}
    return child(**known)


def refused_by_the_database(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple(event.model_copy(update={"source": None}) for event in events)


@st.composite
def events(draw: st.DrawFn) -> tuple[Partner, Event]:
    ref, other, who, more = (draw(NUMBERS) for _ in range(4))
    hours = draw(st.integers(0, 6))
    subject = person(who, more)
    names = key(nhs=NHS, person_reference=f"P-{who}", born=BORN + timedelta(days=who))
    choices = (
        (POLICE, missing(subject, ref=f"NC-{ref}", hours=hours)),
        (POLICE, missing(subject, person(other, 5), ref=f"NC-{ref}", hours=hours)),
        (OTHER_POLICE, missing(subject, ref=f"SY-{ref}", partner=OTHER_POLICE, hours=hours)),
        (POLICE, said(EpisodeUpdated(subjects=(subject,)), report_reference(f"NC-{ref}"), hours=hours, version=more)),
        (POLICE, found(names, ref=f"NC-{ref}" if more > 1 else None, hours=hours)),
        (COUNCIL, context(child(nhs=NHS, case_id=f"C-{ref}", born=BORN + timedelta(days=who)), shared=more > 1)),
        (COUNCIL, context(person(who, 1), person(other, 1), shared=more > 1, hours=hours)),
        (COUNCIL, believed(names, about=case_reference(f"C-{ref}"), hours=hours)),
        (POLICE, said(MissingReported(subjects=(subject,)), report_reference(f"NC-{ref}"), case_reference(f"C-{ref}"))),
        (POLICE, said(Sighted(), hub_reference("episode", "not an id"))),
    )
    partner, event = draw(st.sampled_from(choices))
    # Now and then two messages tell of one event.
    return partner, event.model_copy(update={"id": derived_id("test", draw(st.integers(1, 60)))})


@st.composite
def documents(draw: st.DrawFn) -> Incoming:
    first = draw(events())
    more = draw(st.lists(events(), max_size=2))
    partner = first[0]
    said_together = (first[1], *(event for of, event in more if of == partner))
    name = draw(st.sampled_from([None, "m-1", "m-2"]))
    inner = draw(st.sampled_from([None, None, "inner-1"]))
    body = f"body {draw(st.integers(1, 60))}".encode()
    whole = Incoming(document(partner, body, message_id=name), "police", Reading(said_together, (), inner))
    return draw(
        st.sampled_from(
            [
                *[whole] * 12,
                replace(whole, reading=UNUSABLE),
                replace(whole, reading=InvalidMessage(Fate.REFUSED, "Unsafe.")),
                replace(whole, check=refuse),
                replace(whole, check=disallow),
                replace(whole, check=stumble),
                replace(whole, reading=Reading(refused_by_the_database(said_together), (), inner)),
            ]
        )
    )


@st.composite
def streams(draw: st.DrawFn) -> list[Incoming]:
    different = draw(st.lists(documents(), min_size=2, max_size=10))
    repeats = draw(st.lists(st.sampled_from(different), max_size=4))
    return draw(st.permutations([*different, *repeats]))


async def empty(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        for table in reversed(tables.metadata.sorted_tables):
            await tx.execute(table.delete())


async def take(ledger: Ledger, stream: Sequence[Incoming], sizes: Sequence[int], *, hold: bool) -> list[object]:
    """Take documents in, so many in each transaction; return what became of each, as a sender could see it."""
    outcomes: list[object] = []
    rest = list(stream)
    for size in [*sizes, len(rest)]:
        some, rest = rest[:size], rest[size:]
        async with ledger.begin() as tx:
            outcomes += await intake.accept_all(tx, some, now=NOW, held=held if hold else None)
    return [seen(outcome) for outcome in outcomes]


def seen(outcome: object) -> object:
    match outcome:
        case Accepted():
            return ("accepted", outcome.answer, outcome.repeated)
        case Kept():
            return (outcome.error.fate, outcome.answer)
        case Conflict():
            return ("conflict", outcome.task)
        case NotTheirs():
            return "refused"
        case Failed():
            return ("failed", type(outcome.error))
    raise AssertionError(outcome)


async def content(ledger: Ledger) -> dict[str, Any]:
    """Every row, without numbers that only count up; their order within an episode and a subject is kept."""
    counters = {"number", "id"}
    kept: dict[str, Any] = {}
    async with ledger.read() as tx:
        for table in (
            tables.message,
            tables.event,
            tables.subject_key,
            tables.ahead,
            tables.task,
            tables.identity_pair,
        ):
            kept[table.name] = sorted(repr(row) for row in await tx.execute(select(table)))
        for table, number, groups in (
            (tables.episode_subject, "number", ("episode_id", "subject_id")),
            (tables.episode_reference, "number", ("episode_id", "value")),
            (tables.outbox, "id", ("key",)),
        ):
            rows = [dict(row._mapping) for row in await tx.execute(select(table).order_by(table.c[number]))]
            for group in groups:
                of: dict[Any, list[Any]] = {}
                for row in rows:
                    of.setdefault(row[group], []).append({k: v for k, v in row.items() if k not in counters})
                kept[f"{table.name} by {group}"] = of
    return kept


async def same(ledger: Ledger, stream: Sequence[Incoming], sizes: Sequence[int], *, hold: bool) -> None:
    await empty(ledger)
    alone = await take(ledger, stream, [1] * len(stream), hold=hold)
    kept_alone = await content(ledger)
    await empty(ledger)
    assert await take(ledger, stream, sizes, hold=hold) == alone
    assert await content(ledger) == kept_alone


SIZES = st.lists(st.integers(1, 12), max_size=3)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@settings(max_examples=80, **SETTINGS)
@given(stream=streams(), sizes=SIZES, hold=st.booleans())
async def test_together_is_as_one_after_the_other(
    ledger: Ledger, stream: list[Incoming], sizes: list[int], hold: bool
) -> None:
    await same(ledger, stream, sizes, hold=hold)


@pytest.mark.live
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@settings(max_examples=12, **SETTINGS)
@given(stream=streams(), sizes=SIZES, hold=st.booleans())
async def test_together_is_as_one_after_the_other_on_postgresql(
    ledger: Ledger, stream: list[Incoming], sizes: list[int], hold: bool
) -> None:
    await same(ledger, stream, sizes, hold=hold)


def paper(*events: Event, partner: Partner = POLICE, id: str | None = None, inner: str | None = None) -> Incoming:
    return Incoming(document(partner, message_id=id), "police", Reading(events, (), inner))


TWICE_KNOWN = child(nhs=NHS, person_reference="P-2")
TWICE_NAMED = said(
    MissingReported(subjects=(child(person_reference="P-1"),)), report_reference("NC-1"), report_reference("NC-7")
)
NOT_OURS = said(Sighted(), hub_reference("episode", "not an id"))


@pytest.mark.parametrize(
    ("before", "stream"),
    [
        pytest.param(
            [paper(missing(child(person_reference="P-1"))), paper(missing(TWICE_KNOWN, ref="NC-2"))],
            [
                paper(said(Sighted(subjects=(key(person_reference="P-2"),)), report_reference("NC-1"))),
                paper(context(child(nhs=NHS), shared=True, hours=30), partner=COUNCIL),
            ],
            id="what is kept ahead about somebody whom the one before met",
        ),
        pytest.param(
            [paper(TWICE_NAMED)],
            [
                paper(said(Sighted(subjects=(key(person_reference="P-9"),)), report_reference("NC-1")), NOT_OURS),
                paper(said(Sighted(subjects=(key(nhs=NHS),)), report_reference("NC-7"))),
            ],
            id="whom a document would have added that could not be used after all",
        ),
        pytest.param(
            [],
            [paper(NOT_OURS, id="t-1", inner="in-1"), paper(missing(), id="t-1")],
            id="the correction of one that turned out bad",
        ),
    ],
)
async def test_what_has_no_name_in_common_and_yet_to_do_with_each_other(
    ledger: Ledger, before: list[Incoming], stream: list[Incoming]
) -> None:
    ends: list[object] = []
    for sizes in ([1, 1], [2]):
        await empty(ledger)
        for one in before:
            await take(ledger, [one], [], hold=True)
        async with ledger.begin() as tx:
            await tx.execute(update(tables.episode_subject).values(open=False))
        ends.append((await take(ledger, stream, sizes, hold=True), await content(ledger)))
    assert ends[0] == ends[1]


def unlike(number: int, **more: Any) -> Incoming:
    """A report that has nothing to do with any of another number."""
    report = missing(child(person_reference=f"P-{number}"), ref=f"NC-{number}")
    return replace(Incoming(document(message_id=f"m-{number}"), "police", Reading((report,))), **more)


async def test_the_number_of_statements_does_not_grow_with_the_documents(ledger: Ledger) -> None:
    counted: list[int] = []
    for first, many in ((0, 3), (1000, 150)):
        count = 0

        def one_more(*_: object) -> None:
            nonlocal count
            count += 1

        database_event.listen(ledger.engine.sync_engine, "before_cursor_execute", one_more)
        async with ledger.begin() as tx:
            outcomes = await intake.accept_all(tx, [unlike(first + number) for number in range(many)], now=NOW)
        database_event.remove(ledger.engine.sync_engine, "before_cursor_execute", one_more)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        counted.append(count)
    assert counted[0] == counted[1] < 30, counted


async def test_one_at_fault_fails_alone(ledger: Ledger) -> None:
    refused = Reading(refused_by_the_database([missing(child(person_reference="P-2"), ref="NC-2")]))
    stream = [unlike(1), unlike(2, reading=refused), unlike(3, check=stumble), unlike(4)]
    async with ledger.begin() as tx:
        outcomes = await intake.accept_all(tx, stream, now=NOW)
    assert [type(outcome) for outcome in outcomes] == [Accepted, Failed, Failed, Accepted]
    async with ledger.read() as tx:
        assert len((await tx.execute(select(tables.event))).all()) == 2


async def test_a_database_that_is_gone_is_nobodys_fault(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(subjects, "join_all", gone)
    with pytest.raises(OSError, match="gone"):
        async with ledger.begin() as tx:
            await intake.accept_all(tx, [unlike(1), unlike(2)], now=NOW)
    async with ledger.read() as tx:
        assert (await tx.execute(select(tables.message))).all() == []


@pytest.mark.live
async def test_two_processes_with_the_same_documents_in_another_order_never_wait_for_each_other(
    postgres_ledger: Ledger,
) -> None:
    stream = [unlike(number) for number in range(40)]

    async def take_all(documents: Sequence[Incoming]) -> list[object]:
        async with postgres_ledger.begin() as tx:
            return list(await intake.accept_all(tx, documents, now=NOW))

    turns = await asyncio.gather(*(take_all(order) for order in (stream, stream[::-1], stream[20:] + stream[:20])))
    repeated = sorted(
        {outcome.repeated for outcome in turn if isinstance(outcome, Accepted)} == {True} for turn in turns
    )
    assert repeated == [False, True, True]
