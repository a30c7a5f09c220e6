"""One batch of the episode topic, on a real ledger."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import func, select, update

from contracts.dispatch import Action
from contracts.envelope import Event
from contracts.errors import Fate
from contracts.events import Found, FoundRetracted, ReceiptRecorded
from contracts.receipt import Stage
from hub.channel import batch as batch_module
from hub.channel.batch import CONSUMER, handle_batch
from hub.channel.record import Record
from hub.channel.topics import DEAD, EPISODE, INVALID
from hub.channel.window import BadWindow, TooManyBad
from hub.ledger import (
    audit,
    clocks,
    disclosures,
    dispatches,
    episodes,
    events,
    outbox,
    receipts,
    subjects,
    tables,
    tasks,
)
from hub.ledger.engine import Ledger, Tx
from hub.routing import joined
from hub.routing.book import Book
from hub.routing.plan import Issued, Plan, plan
from tests.unit.channel.parts import (
    NOW,
    UNROUTED,
    found,
    happened,
    missing,
    poison,
    receipt,
    record,
    records,
    subject_of,
)

BAD_SOURCE = "/partners/breaks-routing"


async def outgoing(tx: Tx, topic: str) -> list[outbox.OutRecord]:
    return [row for row in await outbox.unpublished(tx, 1000) if row.topic == topic]


async def actions(tx: Tx, episode: UUID) -> list[tuple[str, str, str]]:
    rows = (await dispatches.of_episodes(tx, [episode]))[episode]
    return [(row.dispatch.thread.partition(":")[0], row.dispatch.action.value, row.state) for row in rows]


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routing that breaks on whatever comes from one source, as a mistake in the hub would."""

    def broken(said: Sequence[Event], issued: Sequence[Issued], book: Book, now: datetime) -> Plan:
        if any(event.source == BAD_SOURCE for event in said):
            raise KeyError("Surname that must not leave")
        return plan(said, issued, book, now)

    monkeypatch.setattr(joined, "plan", broken)


async def test_a_report_becomes_a_dispatch_a_clock_and_an_entry_in_every_book(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    result = await handle_batch(records([missing(episode)]), ledger, book, NOW)
    assert (result.handled, result.invalid, result.dead, result.dispatches) == (1, 0, 0, 1)
    async with ledger.read() as tx:
        assert await actions(tx, episode) == [("notice", "raise", "pending")]
        row = (await episodes.get(tx, [episode]))[episode]
        assert (row.status, row.version, row.state["id"]) == ("missing", 1, str(episode))
        assert await subjects.open_episodes_of(tx, [subject_of(episode)]) == {subject_of(episode): episode}
        assert await clocks.next_due(tx) is not None
        shown = {(row.outcome, name) for row in await disclosures.disclosures(tx, episode) for name in row.fields}
        assert {("disclosed", "person.surname"), ("withheld", "identifiers.case_id")} <= shown
        assert await audit.verify(tx)
        assert (await audit.head(tx))[0] >= 1
        assert [event.id for event in (await events.of_episodes(tx, [episode]))[episode]] == [missing(episode).id]


async def test_a_repeat_changes_nothing(ledger: Ledger, book: Book) -> None:
    batch = records([missing(uuid4()) for _ in range(3)])
    await handle_batch(batch, ledger, book, NOW)
    again = await handle_batch([*batch, *batch], ledger, book, NOW)
    assert (again.handled, again.repeated, again.dispatches) == (0, 6, 0)
    async with ledger.read() as tx:
        assert await dispatches.count_by_state(tx) == {"pending": 3}


async def test_found_withdraws_what_may_have_left_and_closes_the_episode(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.begin() as tx:
        await tx.execute(update(tables.dispatch).values(state="sent", may_have_left=True))
    await handle_batch(records([found(episode)]), ledger, book, NOW)
    async with ledger.read() as tx:
        assert await actions(tx, episode) == [("notice", "raise", "sent"), ("notice", "withdraw", "pending")]
        assert await subjects.open_episodes_of(tx, [subject_of(episode)]) == {}
        # All that still runs is whether the withdrawal arrives.
        assert {clock.rule for clock in await clocks.due(tx, NOW + timedelta(days=365), 10)} == {"receipt_overdue"}


async def test_raise_and_withdraw_both_unsent_leave_nothing_to_send(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    await handle_batch(records([found(episode)]), ledger, book, NOW)
    async with ledger.read() as tx:
        assert await actions(tx, episode) == [("notice", "raise", "cancelled")]


async def test_found_in_error_raises_again(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    retracted = happened(FoundRetracted(), episode, "retracted", minutes=90)
    for event in (missing(episode), found(episode), retracted):
        await handle_batch(records([event]), ledger, book, NOW)
    async with ledger.read() as tx:
        assert (await actions(tx, episode))[-1] == ("notice", "raise", "pending")
        assert await subjects.open_episodes_of(tx, [subject_of(episode)]) == {subject_of(episode): episode}


async def test_unreadable_records_become_letters_and_the_rest_is_handled(ledger: Ledger, book: Book) -> None:
    good = [missing(uuid4()) for _ in range(40)]
    batch = [*records(good), *(poison(100 + n) for n in range(10))]
    random.Random(7).shuffle(batch)
    result = await handle_batch(batch, ledger, book, NOW)
    assert (result.handled, result.invalid) == (40, 10)
    async with ledger.read() as tx:
        letters = [orjson.loads(row.value) for row in await outgoing(tx, INVALID)]
        assert sorted(letter["offset"] for letter in letters) == list(range(100, 110))
        assert {letter["reason"] for letter in letters} == {"The record is not readable."}
        assert [task.kind for task in await tasks.list_open(tx)] == ["invalid_record"]
        assert await dispatches.count_by_state(tx) == {"pending": 40}


def without_subject(episode: UUID) -> Record:
    whole = record(outbox.record_of(missing(episode), NOW))
    headers = tuple((name, value) for name, value in whole.headers if name != "ce_subject")
    return Record(EPISODE, 0, 0, None, headers, whole.value)


def with_header(episode: UUID, name: str, value: bytes | None) -> Record:
    whole = record(outbox.record_of(missing(episode), NOW))
    headers = (*((each, old) for each, old in whole.headers if each != name), (name, value))
    return Record(EPISODE, 0, 0, whole.key, headers, whole.value)


@pytest.mark.parametrize(
    ("bad", "fate"),
    [
        (poison(), Fate.REFUSED),
        (without_subject(uuid4()), Fate.UNUSABLE),
        (with_header(uuid4(), "ce_id", b"\xff\xfe"), Fate.REFUSED),
        (with_header(uuid4(), "ce_id", None), Fate.REFUSED),
        (with_header(uuid4(), "ce_type", b"missing.person.reported.v9"), Fate.HELD),
        (with_header(uuid4(), "ce_subject", str(uuid4()).encode()), Fate.REFUSED),
        (with_header(uuid4(), "ce_time", b"yesterday"), Fate.UNUSABLE),
    ],
)
async def test_every_bad_record_is_kept_told_and_asked_about(
    ledger: Ledger, book: Book, bad: Record, fate: Fate
) -> None:
    result = await handle_batch([bad], ledger, book, NOW)
    assert result.bad == (True,)
    async with ledger.read() as tx:
        (letter,) = [orjson.loads(row.value) for row in await outgoing(tx, INVALID)]
        assert (letter["fate"], letter["digest"]) == (fate.value, bad.digest)
        stored = (await tx.execute(select(tables.message))).one()
        assert (stored.fate, stored.body) == (fate.value, None if fate is Fate.REFUSED else bad.value)
        assert len(await tasks.list_open(tx)) == 1


@pytest.mark.parametrize("value", [None, b"\xff\xfe"])
async def test_a_null_or_unreadable_header_that_nobody_needs_costs_nothing(
    ledger: Ledger, book: Book, value: bytes | None
) -> None:
    result = await handle_batch([with_header(uuid4(), "traceparent", value)], ledger, book, NOW)
    assert (result.handled, result.invalid) == (1, 0)


async def test_letters_carry_no_personal_data(ledger: Ledger, book: Book, breaking: None) -> None:
    episode = uuid4()
    unreadable = with_header(uuid4(), "ce_time", b"Zachary")
    named = with_header(uuid4(), "ce_id", b"Zachary Example")
    bad = missing(episode, "bad", surname="Zachary").model_copy(update={"source": BAD_SOURCE})
    await handle_batch([unreadable, named, *records([bad])], ledger, book, NOW)
    async with ledger.read() as tx:
        letters = [*await outgoing(tx, INVALID), *await outgoing(tx, DEAD)]
        assert len(letters) == 3
        asked = await tasks.list_open(tx)
    said = b"".join(row.value + (row.key or b"") + b"".join(row.headers.values()) for row in letters)
    said += repr(asked).encode()
    assert b"Zachary" not in said
    assert b"Surname" not in said


async def test_an_event_that_breaks_routing_is_buried_alone(ledger: Ledger, book: Book, breaking: None) -> None:
    sick, well = uuid4(), uuid4()
    bad = missing(sick, "bad").model_copy(update={"source": BAD_SOURCE})
    result = await handle_batch(records([bad, missing(sick), missing(well)]), ledger, book, NOW)
    assert (result.handled, result.dead, result.bad) == (2, 1, (True, False, False))
    async with ledger.read() as tx:
        (row,) = await outgoing(tx, DEAD)
        letter = orjson.loads(row.value)
        assert (letter["event_id"], letter["reason"].split(" ")[0]) == (str(bad.id), "KeyError")
        assert await actions(tx, sick) == [("notice", "raise", "pending")]
        assert await actions(tx, well) == [("notice", "raise", "pending")]
        assert [task.kind for task in await tasks.list_open(tx)] == ["dead_letter"]


async def test_a_buried_event_never_holds_back_the_end(ledger: Ledger, book: Book, breaking: None) -> None:
    episode = uuid4()
    bad = missing(episode, "bad").model_copy(update={"source": BAD_SOURCE})
    await handle_batch(records([missing(episode), bad]), ledger, book, NOW)
    result = await handle_batch(records([found(episode)]), ledger, book, NOW)
    assert (result.handled, result.dead) == (1, 0)
    async with ledger.read() as tx:
        assert (await episodes.get(tx, [episode]))[episode].status == "found"
        assert len(await outgoing(tx, DEAD)) == 1


async def test_a_plan_that_cannot_be_stored_is_buried_alone(
    ledger: Ledger, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = uuid4(), uuid4()

    def unstorable(said: Sequence[Event], issued: Sequence[Issued], book: Book, now: datetime) -> Plan:
        planned = plan(said, issued, book, now)
        if planned.episode.id == sick:
            (one,) = planned.dispatches
            twice = one.model_copy(update={"id": uuid4()})
            return Plan(**{**vars(planned), "dispatches": (one, twice)})
        return planned

    monkeypatch.setattr(joined, "plan", unstorable)
    result = await handle_batch(records([missing(sick), missing(well)]), ledger, book, NOW)
    assert (result.dead, result.bad) == (1, (True, False))
    async with ledger.read() as tx:
        assert await actions(tx, sick) == []
        assert await actions(tx, well) == [("notice", "raise", "pending")]
        assert orjson.loads((await outgoing(tx, DEAD))[0].value)["reason"].startswith("IntegrityError")


async def test_nothing_is_committed_when_the_batch_fails(
    ledger: Ledger, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(batch_module, "_bury", fails)
    with pytest.raises(OSError, match="disk full"):
        await handle_batch(records([missing(uuid4())]), ledger, book, NOW)
    async with ledger.read() as tx:
        for table in (tables.inbox, tables.event, tables.dispatch, tables.outbox):
            assert (await tx.execute(select(func.count()).select_from(table))).scalar_one() == 0


async def test_the_limit_leaves_the_whole_batch_uncommitted(ledger: Ledger, book: Book) -> None:
    window = BadWindow()
    healthy = records([missing(uuid4()) for _ in range(100)])
    await handle_batch(healthy, ledger, book, NOW, window)
    with pytest.raises(TooManyBad, match="21 of the last 100"):
        await handle_batch([poison(n) for n in range(500)], ledger, book, NOW, window)
    async with ledger.read() as tx:
        assert await outgoing(tx, INVALID) == []
        seen = select(func.count()).where(tables.inbox.c.consumer == CONSUMER)
        assert (await tx.execute(seen)).scalar_one() == 100


async def test_a_receipt_is_recorded_and_a_strange_one_buried(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.read() as tx:
        told = (await dispatches.issued(tx, [episode]))[episode][0].dispatch.id
    good = happened(ReceiptRecorded(receipts=(receipt(told),)), episode, "receipt", minutes=1)
    strange = happened(ReceiptRecorded(receipts=(receipt(uuid4()),)), episode, "strange", minutes=1)
    result = await handle_batch(records([good, strange]), ledger, book, NOW)
    assert (result.handled, result.dead) == (1, 1)
    async with ledger.read() as tx:
        assert [one.stage.value for one in (await receipts.of_dispatches(tx, [told]))[told]] == ["transported"]


async def test_a_strange_receipt_among_others_takes_none_of_them_along(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode)]), ledger, book, NOW)
    async with ledger.read() as tx:
        told = (await dispatches.issued(tx, [episode]))[episode][0].dispatch.id
    mixed = ReceiptRecorded(receipts=(receipt(told), receipt(uuid4()), receipt(told, Stage.OPENED)))
    again = ReceiptRecorded(receipts=(receipt(told, Stage.OPENED), receipt(told, Stage.ACCEPTED)))
    both = [happened(data, episode, name, minutes=1) for name, data in (("mixed", mixed), ("again", again))]
    result = await handle_batch(records(both), ledger, book, NOW)
    assert (result.handled, result.dead) == (1, 1)
    async with ledger.read() as tx:
        held = (await receipts.of_dispatches(tx, [told]))[told]
    assert sorted(one.stage.value for one in held) == ["accepted", "opened", "transported"]


async def test_handled_rows_of_the_outbox_are_closed_and_others_stay_open(ledger: Ledger, book: Book) -> None:
    handled, waiting = missing(uuid4()), missing(uuid4())
    async with ledger.begin() as tx:
        await events.append(tx, [handled, waiting], None)
        await outbox.add(tx, [outbox.record_of(event, NOW) for event in (handled, waiting)])
    await handle_batch(records([handled]), ledger, book, NOW)
    async with ledger.read() as tx:
        closed = (await tx.execute(select(tables.outbox.c.event_id, tables.outbox.c.closed))).all()
    assert {row.event_id: row.closed for row in closed} == {handled.id: True, waiting.id: False}


async def test_without_a_route_a_person_sees_it_until_it_is_over(ledger: Ledger, book: Book) -> None:
    episode = uuid4()
    await handle_batch(records([missing(episode, authority=UNROUTED)]), ledger, book, NOW)
    async with ledger.read() as tx:
        assert await actions(tx, episode) == [("notice", "raise", "waiting")]
        assert "unrouted" in {task.kind for task in await tasks.list_open(tx)}
    await handle_batch(records([found(episode)]), ledger, book, NOW)
    async with ledger.read() as tx:
        assert [task for task in await tasks.list_open(tx) if task.kind == "unrouted"] == []


async def test_any_order_and_repetition_ends_in_the_same_live_alerts(ledger: Ledger, book: Book) -> None:
    chance = random.Random(11)
    episodes_ = [uuid4() for _ in range(30)]
    for episode in episodes_:
        story = [missing(episode), found(episode), happened(FoundRetracted(), episode, "r", minutes=90)]
        story += [happened(Found(), episode, "again", minutes=120), chance.choice(story)]
        chance.shuffle(story)
        while story:
            cut = chance.randint(1, len(story))
            await handle_batch(records(story[:cut]), ledger, book, NOW)
            story = story[cut:]
    async with ledger.read() as tx:
        for episode in episodes_:
            issued = (await dispatches.of_episodes(tx, [episode]))[episode]
            standing = [one for one in issued if one.state != "cancelled"]
            assert not standing or standing[-1].dispatch.action is Action.WITHDRAW
            assert (await episodes.get(tx, [episode]))[episode].status == "found"
