"""The hub is cut off in the middle, again and again, and comes back on the same ledger with a broker that has lost
everything: the story ends all the same, and nobody gets anything twice (promises G1 to G3)."""

import io
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

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

    async def begin(self) -> Stage:
        """Start a hub."""
        logs = io.StringIO()
        hub: Hub = await self._now.enter_async_context(serving(self._folder, self._port, self._running, logs))
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
        await assert_everybody_got_everything_once(stage, course)
        assert await stage.tasks() == []


async def test_replies_lost_before_the_cut_are_asked_about_and_every_event_counts_once(tmp_path: Path) -> None:
    port, story = free_port(), STORIES["away"].steps
    async with playing(tmp_path, port, ANSWERING) as running, AsyncExitStack() as stack:
        # The health stand-in passes MESH on, and can lose its replies.
        running.urls["mesh"] = running.urls["health"]
        runs = Runs(tmp_path, port, running, stack)
        stage = await runs.begin()
        await set_modes(stage, "accept-then-drop-the-reply")
        answer = await until_taken(stage, story[0].adapter, story[0].sample, story[0].partner)
        episode = str(answer["episode"])
        await until(partial(in_doubt, stage, "service_0_19@YROTH019"), "an alert went out and its reply was lost")
        await until(partial(stage.received, "health"), "it arrived all the same")
        first = stage.logs
        stage = await runs.again()
        await set_modes(stage, "ok")
        await stage.told(episode, *(f"{role}/{thread}" for role, thread in story[0].then))
        await until_taken(stage, story[-1].adapter, story[-1].sample, story[-1].partner)
        course = await ended(stage, episode)
        await assert_everybody_got_everything_once(stage, course)
        assert clusters(first).isdisjoint(clusters(stage.logs))
        async with stage.hub.ledger.read() as tx:
            handled = list((await tx.execute(select(tables.inbox.c.event_id))).scalars())
            events = set((await tx.execute(select(tables.event.c.id))).scalars())
        assert len(handled) == len(set(handled))
        assert set(handled) == events


async def set_modes(stage: Stage, mode: str) -> None:
    for adapter in ("authorities", "health"):
        await stage.client.post(f"{stage.company.urls[adapter]}/mode", json={"mode": mode})


async def in_doubt(stage: Stage, lane: str) -> bool:
    table = tables.dispatch
    async with stage.hub.ledger.read() as tx:
        wanted = select(table.c.id).where(table.c.lane == lane, table.c.state == "doubtful")
        return bool((await tx.execute(wanted)).all())


def clusters(logs: io.StringIO) -> set[str]:
    """The brokers that a hub met: each is told from the others by its id."""
    entries = [json.loads(line) for line in logs.getvalue().splitlines()]
    return {entry["cluster_id"] for entry in entries if "cluster_id" in entry}


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
    assert {one["id"] for one in by_webhook} == {
        id for id, one in sent.items() if one["endpoint_id"] == "rotherham-council"
    }
    by_inbox = {one["id"] for one in await stage.received("authorities") if one["via"] == "inbox"}
    assert by_inbox == {id for id, one in sent.items() if one["endpoint_id"] == "lambeth-council"}
    by_mesh = await stage.received("health")
    assert sum(one["times"] for one in by_mesh) == len({one["local_id"] for one in by_mesh})
    health = {name for name, one in stage.hub.book.directory.endpoints.items() if one.adapter == "health"}
    assert {one["local_id"] for one in by_mesh} == sent_to(health, sent)


def sent_to(endpoints: set[str], sent: Mapping[str, Json]) -> set[str]:
    return {id for id, one in sent.items() if one["endpoint_id"] in endpoints}


def key(dispatch: Json) -> tuple[str, ...]:
    return tuple(str(dispatch[name]) for name in ("recipient", "subject_id", "thread", "revision"))
