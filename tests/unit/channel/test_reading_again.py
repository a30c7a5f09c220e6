"""A ledger that was restored reads the log again: the same dispatches come out, in doubt, and nothing is forgotten."""

import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.adapter import Partner, PartnerKind
from contracts.envelope import Event, Reference, event_of
from contracts.events import CareContextKnown, MissingReported, ReceiptRecorded
from contracts.person import Identifiers, Person, SubjectFacts
from hub.channel.batch import handle_batch
from hub.channel.progress import Progress, rounds
from hub.channel.topics import EPISODE
from hub.ledger import attempts, dispatches, lanes, partners, positions, receipts, registering, subjects
from hub.ledger.attempts import AttemptResult, Made
from hub.ledger.dispatches import DispatchRow
from hub.ledger.engine import Ledger, open_ledger
from hub.ledger.positions import Behind, Span
from hub.routing.book import Book
from tests.unit.channel.parts import NOW, ROTHERHAM, found, happened, missing, receipt, records

GROUP = "hub-router"
REFERENCE = Reference(kind="police_report", issuer="E23000024", value="MP-26-1")


def history(episode: UUID) -> list[Event]:
    """Missing under another spelling first, so that an update follows; then found."""
    return [
        missing(episode, surname="Exampel").model_copy(update={"references": (REFERENCE,)}),
        missing(episode, "corrected").model_copy(update={"occurred_at": NOW + timedelta(minutes=5)}),
        found(episode),
    ]


async def as_it_was(ledger: Ledger, book: Book, said: Sequence[Event]) -> dict[UUID, str]:
    """Let a ledger live through these events one by one, each dispatch sent at once; returns ids and actions."""
    for number, event in enumerate(said):
        await handle_batch(records([event], first=number), ledger, book, NOW, progress=Progress(GROUP))
        async with ledger.begin() as tx:
            claimed = await lanes.claim(tx, "worker", NOW + timedelta(days=1))
            sent = AttemptResult(at=NOW, outcome="sent")
            await attempts.record(tx, [Made(one.dispatch.id, one.attempt_number, sent) for one in claimed])
    return {row.dispatch.id: row.dispatch.action.value for row in await made(ledger, said[0].episode_id)}


async def made(ledger: Ledger, episode: UUID | None) -> list[DispatchRow]:
    assert episode is not None
    async with ledger.read() as tx:
        return (await dispatches.of_episodes(tx, [episode]))[episode]


@pytest.fixture
async def older(tmp_path: Path, empty_ledger: Path) -> AsyncIterator[Ledger]:
    """The ledger as in a backup from before the first record of partition 0."""
    shutil.copy(empty_ledger, tmp_path / "older.db")
    opened = await open_ledger(f"sqlite+aiosqlite:///{tmp_path}/older.db")
    async with opened.begin() as tx:
        await positions.advance(tx, GROUP, {(EPISODE, 1): Span(0, 1)}, {})
    yield opened
    await opened.close()


async def restored(ledger: Ledger, acknowledged: int) -> Ledger:
    """Start with a backup in the place of a ledger that had read so many records."""
    async with ledger.begin() as tx:
        assert await positions.compare(tx, GROUP, {(EPISODE, 0): Span(0, acknowledged)})
    return ledger


async def test_the_same_dispatches_come_out_in_doubt_and_with_their_withdrawals(
    ledger: Ledger, older: Ledger, book: Book
) -> None:
    episode = uuid4()
    said = history(episode)
    before = await as_it_was(ledger, book, said)
    assert sorted(before.values()) == ["raise", "update", "withdraw"]

    ledger = await restored(older, 3)
    await handle_batch(records(said), ledger, book, NOW, progress=Progress(GROUP))
    rows = await made(ledger, episode)
    assert {row.dispatch.id: row.dispatch.action.value for row in rows} == before
    assert {(row.state, row.may_have_left) for row in rows} == {("doubtful", True)}
    async with ledger.read() as tx:
        assert not await positions.reading_again(tx)


async def test_what_comes_after_the_stretch_is_new_and_goes_without_asking(
    ledger: Ledger, older: Ledger, book: Book
) -> None:
    known, new = uuid4(), uuid4()
    ledger = await restored(older, 1)
    await handle_batch(records([missing(known), missing(new)]), ledger, book, NOW, progress=Progress(GROUP))
    assert [row.state for row in await made(ledger, known)] == ["doubtful"]
    assert [row.state for row in await made(ledger, new)] == ["pending"]


async def test_receipts_of_the_stretch_find_their_dispatch(ledger: Ledger, older: Ledger, book: Book) -> None:
    episode = uuid4()
    (sent,) = await as_it_was(ledger, book, [missing(episode)])
    said = [missing(episode), happened(ReceiptRecorded(receipts=(receipt(sent),)), episode, "receipt", minutes=1)]
    ledger = await restored(older, 2)
    result = await handle_batch(records(said), ledger, book, NOW, progress=Progress(GROUP))
    assert (result.dead, result.handled) == (0, 2)
    async with ledger.read() as tx:
        assert [one.stage for one in (await receipts.of_dispatches(tx, [sent]))[sent]] == ["transported"]


async def test_a_batch_beyond_the_ledger_is_put_off_and_leaves_nothing(ledger: Ledger, book: Book) -> None:
    early, late = missing(uuid4()), missing(uuid4())
    with pytest.raises(Behind):
        await handle_batch(records([late], first=7), ledger, book, NOW, progress=Progress(GROUP))
    assert await made(ledger, late.episode_id) == []
    await handle_batch(records([early], first=0), ledger, book, NOW, progress=Progress(GROUP))
    assert len(await made(ledger, early.episode_id)) == 1


def test_of_an_episode_one_event_a_round_and_what_is_new_last() -> None:
    one, other = uuid4(), uuid4()
    stretch = records([missing(one), found(one), missing(other), found(other), missing(uuid4())])
    parts = rounds(stretch, frozenset({0, 1, 2, 3}))
    assert [([record.offset for record in part], again) for part, again in parts] == [
        ([0, 2], True),
        ([1, 3], True),
        ([4], False),
    ]
    assert rounds(stretch, frozenset()) == [(stretch, False)]


async def test_the_senders_own_references_and_identifiers_name_the_episode_again(
    ledger: Ledger, older: Ledger, book: Book
) -> None:
    episode = uuid4()
    said = history(episode)[0]
    async with ledger.begin() as tx:
        police = Partner(name="police", kind=PartnerKind.POLICE, code="E23000024")
        await partners.add(tx, police, "hash", NOW, NOW)
    ledger = await restored(older, 1)
    await handle_batch(records([said]), ledger, book, NOW, progress=Progress(GROUP))
    key = ("authority_case", ROTHERHAM, f"case-{episode}")
    async with ledger.read() as tx:
        assert await subjects.episode_by_references(tx, [REFERENCE]) == episode
        assert isinstance(said.data, MissingReported)
        (subject,) = said.data.subjects
        assert await subjects.subjects_by_keys(tx, [key]) == {key: subject.subject_id}


async def test_one_childs_case_number_never_becomes_another_childs(ledger: Ledger) -> None:
    """A message about two children became an event for each, both with the message's references."""
    case = Reference(kind="authority_case", issuer=ROTHERHAM, value="R-1")
    first, second = uuid4(), uuid4()
    said = [
        event_of(
            CareContextKnown(
                authority=ROTHERHAM,
                subjects=(
                    SubjectFacts(subject_id=id, person=Person(surname=name), identifiers=Identifiers(case_id=number)),
                ),
            ),
            id=uuid4(),
            source="/partners/rotherham-council",
            occurred_at=NOW,
            recorded_at=NOW,
            episode_id=uuid4(),
            references=(case,),
        )
        for id, name, number in ((second, "Second", "R-2"), (first, "First", "R-1"))
    ]
    async with ledger.begin() as tx:
        council = Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code=ROTHERHAM)
        await partners.add(tx, council, "hash", NOW, NOW)
        await registering.register(tx, said)
        holders = await subjects.keys_by_subjects(tx, [first, second])
    assert ("authority_case", ROTHERHAM, "R-1") in holders[first]
    assert ("authority_case", ROTHERHAM, "R-1") not in holders[second]
