"""What nobody has seen, on a real ledger: each step is an event once, however often and late the hub looks."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from contracts.adapter import Channel, Endpoint
from contracts.codes import RiskLevel
from contracts.envelope import Event
from contracts.events import ClockFell, ClockKind, MissingReported, ReceiptRecorded
from contracts.person import Risk
from contracts.receipt import Stage
from hub.channel.batch import handle_batch
from hub.channel.clocks import tick
from hub.ledger import clocks, dispatches, events, outbox, tables, tasks
from hub.ledger.engine import Ledger
from hub.routing.book import Book
from hub.routing.directory import Beside, Directory
from tests.unit.channel.parts import CASE_TEAM, NOW, book, found, happened, missing, receipt, records

NAMES = {"day": "020 7946 0001", "night": None, "boss": None}
ENDPOINTS = {
    name: Endpoint(id=name, adapter="test", channel=Channel.MESH, address=name, telephone=telephone)
    for name, telephone in NAMES.items()
}
BOOK = replace(book(), directory=Directory(ENDPOINTS, {CASE_TEAM.key: "day"}, {CASE_TEAM.key: Beside("night", "boss")}))
LADDER = [("remind", 5), ("out_of_hours", 10), ("telephone", 15), ("manager", 30)]


class Hub:
    """Router and ticker on one ledger; every dispatch leaves at once. It may be started anew at any time."""

    def __init__(self, ledger: Ledger, book: Book = BOOK) -> None:
        self.ledger, self.book, self.episode = ledger, book, uuid4()

    async def begin(self) -> UUID:
        """Report the child at high risk; returns the dispatch."""
        report = missing(self.episode)
        assert isinstance(report.data, MissingReported)
        urgent = report.data.model_copy(update={"risk": Risk(level=RiskLevel.HIGH)})
        await self.route(report.model_copy(update={"data": urgent}))
        return (await self.told())[0][0]

    async def route(self, *said: Event, minutes: int = 0) -> None:
        """Route events, and let what comes of it leave."""
        at = NOW + timedelta(minutes=minutes)
        await handle_batch(records(said), self.ledger, self.book, at)
        async with self.ledger.begin() as tx:
            leaves = update(tables.dispatch).where(tables.dispatch.c.state == "pending")
            await tx.execute(leaves.values(state="sent", may_have_left=True))

    async def tick(self, minutes: int) -> None:
        """Take what is due, and route it."""
        stated = (await tick(self.ledger, self.book, NOW + timedelta(minutes=minutes))).stated
        if stated:
            await self.route(*stated, minutes=minutes)

    async def answer(self, dispatch: UUID, stage: Stage, minutes: int) -> None:
        """Let a receipt come in."""
        data = ReceiptRecorded(receipts=(receipt(dispatch, stage),))
        await self.route(happened(data, self.episode, f"{stage.value}-{dispatch}", minutes=minutes), minutes=minutes)

    async def steps(self) -> list[tuple[str, int]]:
        """The steps stated, with the minutes from the beginning."""
        async with self.ledger.read() as tx:
            said = (await events.of_episodes(tx, [self.episode]))[self.episode]
        fell = [(event.occurred_at, event.data) for event in said if isinstance(event.data, ClockFell)]
        taken = [(at, data) for at, data in fell if data.kind is ClockKind.RECEIPT_OVERDUE and data.step]
        return [(str(data.step.value), int((at - NOW).total_seconds()) // 60) for at, data in taken if data.step]

    async def told(self) -> list[tuple[UUID, str, str]]:
        """Every dispatch, its recipient and action."""
        async with self.ledger.read() as tx:
            made = (await dispatches.issued(tx, [self.episode]))[self.episode]
        return [(one.dispatch.id, one.dispatch.recipient.key, one.dispatch.action.value) for one in made]

    async def rings(self) -> list[dict[str, str]]:
        """What an operator is asked to ring about."""
        async with self.ledger.read() as tx:
            return [dict(task.detail) for task in await tasks.list_open(tx) if task.kind == "receipt_overdue"]


@pytest.fixture
def hub(ledger: Ledger) -> Hub:
    return Hub(ledger)


async def test_every_step_is_an_event_and_a_dispatch_once_however_often_the_hub_looks(hub: Hub) -> None:
    first = await hub.begin()
    for minutes in [1, 5, 5, 6, 10, 10, 15, 15, 16, 30, 30, 31, 60, 600]:
        await hub.tick(minutes)
    assert await hub.steps() == LADDER
    assert [(who, what) for _, who, what in await hub.told()] == [
        (CASE_TEAM.key, "raise"),
        (CASE_TEAM.key, "raise"),
        (f"{CASE_TEAM.key}!out_of_hours", "raise"),
        (f"{CASE_TEAM.key}!manager", "raise"),
    ]
    async with hub.ledger.read() as tx:
        assert len(await outbox.unpublished(tx, 100)) == len(LADDER)
        assert [one.rule for one in await clocks.due(tx, NOW + timedelta(days=365), 10)] == ["test.weekly"]
    assert await hub.rings() == [
        {
            "dispatch": str(first),
            "recipient": CASE_TEAM.key,
            "role": "case_team",
            "authority": "E08000018",
            "episode": str(hub.episode),
            "telephone": "020 7946 0001",
            "due_at": (NOW + timedelta(minutes=15)).isoformat(),
        }
    ]


async def test_two_tickers_at_once_state_a_step_once(hub: Hub) -> None:
    await hub.begin()
    at = NOW + timedelta(minutes=5)
    stated = [(await tick(hub.ledger, hub.book, at)).stated, (await tick(hub.ledger, hub.book, at)).stated]
    assert [len(one) for one in stated] == [1, 0]


async def test_off_for_three_days_each_step_comes_once_and_late(hub: Hub) -> None:
    await hub.begin()
    days = 3 * 24 * 60
    for minutes in (days, days, days + 5):
        await hub.tick(minutes)
    assert await hub.steps() == [(step, days) for step, _ in LADDER]


async def test_a_receipt_that_came_meanwhile_stops_what_was_still_to_come(hub: Hub) -> None:
    first = await hub.begin()
    await hub.tick(5)
    await hub.answer(first, Stage.OPENED, 7)
    for minutes in (10, 15, 30, 600):
        await hub.tick(minutes)
    assert (await hub.steps(), await hub.rings()) == (LADDER[:1], [])


@pytest.mark.parametrize(("stage", "open_still"), [(Stage.TRANSPORTED, True), (Stage.OPENED, False)])
@pytest.mark.parametrize("which", [0, 2], ids=["the role itself", "the desk of the night"])
async def test_the_needed_receipt_settles_the_call(hub: Hub, stage: Stage, open_still: bool, which: int) -> None:
    await hub.begin()
    for minutes in (5, 10, 15):
        await hub.tick(minutes)
    assert len(await hub.rings()) == 1
    await hub.answer((await hub.told())[which][0], stage, 16)
    assert bool(await hub.rings()) is open_still


async def test_the_end_of_the_episode_settles_the_call_and_reaches_everybody_told(hub: Hub) -> None:
    await hub.begin()
    for minutes in (5, 10, 15, 30):
        await hub.tick(minutes)
    await hub.route(found(hub.episode), minutes=61)
    assert await hub.rings() == []
    withdrawn = sorted(who for _, who, what in await hub.told() if what == "withdraw")
    key = CASE_TEAM.key
    assert withdrawn == [key, key, f"{key}!manager", f"{key}!out_of_hours"]
    # Nobody has confirmed the end: that becomes a call for each who was told, and nothing else.
    await hub.tick(61 + 60)
    assert [step for step, _ in (await hub.steps())[len(LADDER) :]] == ["telephone"] * 4
    assert len(await hub.rings()) == 4
