"""The hub is cut off in the middle, again and again, and comes back on the same ledger with a broker that has lost
everything: the story ends all the same, and nobody gets anything twice (promises G1 to G3)."""

import io
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.app import Hub
from hub.demo import reading
from hub.demo.processes import Company, free_port
from hub.demo.stories import STORIES
from hub.ledger import tables
from tests.journeys.stage import Json, Stage, playing, serving, speaking, until

# The partners answer by themselves, as in the demo; only Rotherham's case team is left to the story's own files.
ANSWERING = {"health": ("areas=E09000022", "interval=0.1"), "authorities": ("decisions=none", "inbox_seconds=0.1")}


class Runs:
    """One hub after another on one ledger, at one address."""

    def __init__(self, folder: Path, port: int, running: Company, stack: AsyncExitStack) -> None:
        self._folder, self._port, self._running = folder, port, running
        self._now = stack
        self.clusters: set[str] = set()

    async def begin(self) -> Stage:
        """Start a hub."""
        logs = io.StringIO()
        hub: Hub = await self._now.enter_async_context(serving(self._folder, self._port, self._running, logs))
        self.clusters.add(hub.connection.bootstrap_servers)
        client = await self._now.enter_async_context(speaking(self._port))
        return Stage(self._folder, self._port, self._running, client, hub, logs)

    async def again(self) -> Stage:
        """Cut the hub off wherever it stands, and start the next one."""
        await self._now.aclose()
        return await self.begin()


async def test_a_story_survives_being_cut_off_after_every_step(tmp_path: Path) -> None:
    port = free_port()
    async with playing(tmp_path, port, ANSWERING) as running, AsyncExitStack() as stack:
        runs = Runs(tmp_path, port, running, stack)
        stage, episode = await runs.begin(), ""
        for step in STORIES["away"].steps:
            answer = await until_taken(stage, step.adapter, step.sample, step.partner)
            episode = episode or str(answer["episode"])
            # 202 is out, and hardly anything of what follows from it has happened.
            stage = await runs.again()
            await stage.told(episode, *(f"{role}/{thread}" for role, thread in step.then))
        course = await ended(stage, episode)
        assert len(runs.clusters) == len(STORIES["away"].steps) + 1
        await assert_everybody_got_everything_once(stage, course)
        assert await stage.tasks() == []


async def test_records_that_the_broker_lost_are_published_again_and_handled_once(tmp_path: Path) -> None:
    port = free_port()
    async with playing(tmp_path, port, ANSWERING) as running, AsyncExitStack() as stack:
        runs = Runs(tmp_path, port, running, stack)
        stage = await runs.begin()
        step = STORIES["away"].steps[0]
        answer = await until_taken(stage, step.adapter, step.sample, step.partner)
        episode = str(answer["episode"])
        # In the middle of delivering: somebody has been told, not everybody.
        await until(lambda: somebody_told(stage, episode), "somebody is told")
        stage = await runs.again()
        await stage.told(episode, *(f"{role}/{thread}" for role, thread in step.then))
        last = STORIES["away"].steps[-1]
        await until_taken(stage, last.adapter, last.sample, last.partner)
        course = await ended(stage, episode)
        await assert_everybody_got_everything_once(stage, course)
        async with stage.hub.ledger.read() as tx:
            handled = list((await tx.execute(select(tables.inbox.c.event_id))).scalars())
            events = set((await tx.execute(select(tables.event.c.id))).scalars())
        assert len(handled) == len(set(handled))
        assert set(handled) == events


async def somebody_told(stage: Stage, episode: str) -> bool:
    return bool(reading.told(await stage.episode(episode)))


async def until_taken(stage: Stage, adapter: str, sample: str, partner: str) -> Json:
    """Let a stand-in send one of its files, as in the demo."""
    body = {"sample": sample, "as": partner, "today": True}
    sent = (await stage.client.post(f"{stage.company.urls[adapter]}/send", json=body)).json()
    assert sent["status"] == 202, sent
    answer: Json = sent["body"]
    return answer


async def ended(stage: Stage, episode: str) -> Json:
    """Wait until the child is found, nothing is live, and every receipt is in."""
    adapter_of = {name: one.adapter for name, one in stage.hub.book.directory.endpoints.items()}

    async def ask() -> Json | None:
        course = await stage.quiet(episode)
        over = course["status"] == "found" and not reading.live(course)
        return course if over and all(reading.proven(one, adapter_of) for one in reading.told(course)) else None

    course = await until(ask, "the story ends and every receipt is in")
    assert course is not None
    return course


async def assert_everybody_got_everything_once(stage: Stage, course: Json) -> None:
    """What the partners hold is what the hub says that it sent, each once, under one id each."""
    sent = {one["id"]: one for one in reading.told(course)}
    assert all(one["state"] in ("sent", "cancelled") for one in course["dispatches"])
    assert Counter(key(one) for one in sent.values()).most_common(1)[0][1] == 1, "one revision, one dispatch"
    by_webhook = [one for one in await stage.received("authorities") if one["via"] == "webhook"]
    assert [one["id"] for one in by_webhook if one["times"] != 1] == []
    assert {one["id"] for one in by_webhook} == {id for id, one in sent.items() if one["endpoint_id"] == "rotherham-council"}
    by_inbox = {one["id"] for one in await stage.received("authorities") if one["via"] == "inbox"}
    assert by_inbox == {id for id, one in sent.items() if one["endpoint_id"] == "lambeth-council"}
    by_mesh = await stage.received("health")
    assert sum(one["times"] for one in by_mesh) == len({one["local_id"] for one in by_mesh})
    endpoints = stage.hub.book.directory.endpoints
    assert {one["local_id"] for one in by_mesh} == {
        id for id, one in sent.items() if endpoints[one["endpoint_id"]].adapter == "health"
    }


def key(dispatch: Json) -> tuple[str, ...]:
    return tuple(str(dispatch[name]) for name in ("recipient", "subject_id", "thread", "revision"))
