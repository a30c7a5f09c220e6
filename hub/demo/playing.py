"""`hub demo`: starts everything, plays the stories from the partners' files, and says whether all receipts came."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psutil

from contracts.errors import RetryLater
from hub.demo import reading
from hub.demo.cast import PARTNERS
from hub.demo.processes import Company, company, free_port, prepare
from hub.demo.reading import Api
from hub.demo.stories import STORIES, Step, Story

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.demo.timeline import Timeline

FOLDER = Path("var/demo")
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.15
_SENDERS = {
    "police": "police",
    "authority": "authorities",
    "home_office": "homeoffice",
    "dwp": "dwp",
    "health": "health",
}


@dataclass
class Result:
    """What the demo came to."""

    stories: int = 0
    told: int = 0
    receipts: int = 0
    live_alerts: int = 0
    unrouted: int = 0
    first_alert_seconds: float | None = None
    adapters: dict[str, Any] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Say whether every story ended, every receipt came, and nothing is left standing."""
        return not (self.unfinished or self.live_alerts or self.unrouted) and 0 < self.told == self.receipts

    def line(self) -> str:
        """Return the last line."""
        first = "none" if self.first_alert_seconds is None else f"{self.first_alert_seconds:.1f} s"
        return (
            f"stories {self.stories}, told {self.told}, receipts {self.receipts}/{self.told}, "
            f"live alerts {self.live_alerts}, unrouted {self.unrouted}, first alert {first}"
        )


def play(*, story: str, once: bool, json: bool, picture: Path | None = None) -> int:
    """Run the demo; returns the exit code: 0 only if every expected receipt came. `picture` is an SVG file to write."""
    if story != "all" and story not in STORIES:
        sys.stderr.write(f"There is no story {story!r}. Choose all, {', '.join(STORIES)}.\n")
        return 2
    chosen = list(STORIES.values()) if story == "all" else [STORIES[story]]
    with suppress(KeyboardInterrupt):
        return asyncio.run(_play(chosen, once=once, json=json, picture=picture))
    return 130


async def _play(chosen: Sequence[Story], *, once: bool, json: bool, picture: Path | None) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if not json:
        sys.stdout.write("Missing Children Hub, demo: embedded broker and SQLite, for trying out only. Starting ...\n")
        sys.stdout.flush()
    async with _stage() as (hub, running):
        timeline = _timeline(quiet=json, pictured=picture is not None)
        _addresses(timeline, hub.settings.url, running)
        api = Api(hub.http, hub.settings.url, running.tokens["operator"])
        player = _Player(hub, running, api, timeline)
        playing = asyncio.create_task(player.all(chosen))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            return 130
        result = playing.result()
        stopping.cancel()
        if picture is not None:
            timeline.draw(result.line(), picture)
        if not once and not json:
            timeline.say(result.line())
            timeline.say("The hub runs on; press Ctrl-C to end it.")
            await stop.wait()
            return 0
    last = orjson.dumps(asdict(result) | {"line": result.line()}).decode() if json else result.line()
    sys.stdout.write(f"{last}\n")
    return 0 if result.complete else 1


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple["Hub", Company]]:
    """Start the other processes first, then the hub in this one while they load."""
    _empty_folder()
    port = free_port()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(company(prepare(FOLDER), f"http://127.0.0.1:{port}"))
        hub = await stack.enter_async_context(_built(port, running))
        stopped = asyncio.Event()
        serving = asyncio.create_task(hub.serve(stop=stopped))
        ready = asyncio.create_task(hub.ready.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        await _wait_for("police", hub, running)
        try:
            yield hub, running
        finally:
            stopped.set()
            await serving


def _timeline(*, quiet: bool, pictured: bool) -> "Timeline":
    from rich.console import Console

    from hub.demo.picture import Picture
    from hub.demo.timeline import Timeline

    return Timeline(Console(), quiet=quiet, picture=Picture() if pictured else None)


def _empty_folder() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, mode=0o700)


@asynccontextmanager
async def _built(port: int, running: Company) -> AsyncIterator["Hub"]:
    from pydantic import SecretStr

    from contracts.adapter import Partner
    from hub.app import build, now
    from hub.ledger import partners
    from hub.logging import configure
    from hub.settings import Settings

    os.environ.update(running.environment())
    settings = Settings(
        environment="demo",
        database_url=SecretStr(f"sqlite+aiosqlite:///{FOLDER}/hub.db"),
        api_port=port,
        kafka_partitions=1,
        clock_poll_seconds=1.0,
        receipt_poll_seconds=0.5,
        log_level="ERROR",
    )
    configure(settings.log_level, settings.environment)
    async with build(settings) as hub:
        async with hub.ledger.begin() as tx:
            for member in PARTNERS:
                digest = partners.hash_token(running.tokens[member.name])
                partner = Partner.model_validate(vars(member))
                await partners.add(tx, partner, digest, now(), now() + timedelta(days=1))
        yield hub


async def _wait_for(name: str, hub: "Hub", running: Company) -> None:
    """Wait until a stand-in answers; the others may still be loading, the hub tries them again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(RetryLater):
                if (await hub.http.request("GET", f"{running.urls[name]}/health")).status == 200:
                    return
            await asyncio.sleep(0.05)


def _addresses(timeline: "Timeline", url: str, running: Company) -> None:
    timeline.say(f"  hub          {url}  (operator's token in {FOLDER}/operator-token)")
    for name, address in sorted(running.urls.items()):
        timeline.say(f"  {name:<12} {address}" + ("" if name == "mesh" else "/received"))
    token = FOLDER / "operator-token"
    token.touch(mode=0o600)
    token.write_text(running.tokens["operator"], encoding="utf-8")


class _Player:
    """Plays stories and follows each through the API."""

    def __init__(self, hub: "Hub", running: Company, api: Api, timeline: "Timeline") -> None:
        self._http = hub.http
        self._running = running
        self._api = api
        self._timeline = timeline
        self._adapter_of = {name: one.adapter for name, one in hub.book.directory.endpoints.items()}
        self._senders = {one.name: _SENDERS[one.kind] for one in PARTNERS if one.kind in _SENDERS}
        mailboxes = [one for one in hub.book.directory.endpoints.values() if one.adapter == "health" and one.partner]
        self._senders |= {one.partner: "health" for one in mailboxes if one.partner}

    async def all(self, stories: Sequence[Story]) -> Result:
        result = Result(stories=len(stories))
        timelines = []
        for story in stories:
            timeline, finished = await self._story(story)
            timelines.append(timeline)
            if not finished:
                result.unfinished.append(story.name)
        told = [one for timeline in timelines for one in reading.told(timeline)]
        result.told = len(told)
        result.receipts = sum(reading.proven(one, self._adapter_of) for one in told)
        result.live_alerts = sum(len(reading.live(timeline)) for timeline in timelines)
        result.unrouted = sum(one["state"] == "waiting" for line in timelines for one in line["dispatches"])
        result.first_alert_seconds = _first_alert(timelines)
        result.adapters = reading.counts_by_adapter(timelines, self._adapter_of, self._senders)
        return result

    async def _story(self, story: Story) -> tuple[dict[str, Any], bool]:
        self._timeline.say(f"\n[bold underline]{story.name}[/]  {story.title}")
        episode = ""
        for step in story.steps:
            self._timeline.say(f" [bold]>[/] {step.what}  ({step.partner}: {step.sample})")
            answer = await self._send(step)
            episode = episode or _episode_of(answer)
            if not await self._until(episode, step.then):
                self._timeline.say(" [bold red]not everybody was told in time[/]")
                return await self._api.episode(episode), False
        finished = await self._ended(episode)
        return await self._api.episode(episode), finished

    async def _send(self, step: Step) -> dict[str, Any]:
        body = orjson.dumps({"sample": step.sample, "as": step.partner, "today": True})
        headers = {"Content-Type": "application/json"}
        answer = await self._http.request(
            "POST", f"{self._running.urls[step.adapter]}/send", headers=headers, body=body
        )
        sent: dict[str, Any] = orjson.loads(answer.body)
        if sent["status"] != 202:
            raise RuntimeError(f"{step.sample} was answered {sent['status']}: {sent['body']}")
        return dict(sent["body"])

    async def _until(self, episode: str, expected: Sequence[tuple[str, str]]) -> bool:
        return await self._watch(
            episode, lambda line: all(reading.has_been_told(line, role, thread) for role, thread in expected)
        )

    async def _ended(self, episode: str) -> bool:
        def done(line: dict[str, Any]) -> bool:
            if line["status"] != "found" or reading.live(line) or reading.unsettled(line):
                return False
            return all(reading.proven(one, self._adapter_of) for one in reading.told(line))

        return await self._watch(episode, done)

    async def _watch(self, episode: str, enough: Any) -> bool:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            line = await self._api.episode(episode)
            self._timeline.show(line)
            if enough(line):
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False


def _episode_of(answer: dict[str, Any]) -> str:
    return str(answer["episode"])


def _first_alert(timelines: Sequence[dict[str, Any]]) -> float | None:
    sent = [
        datetime.fromisoformat(attempt["at"]).timestamp()
        for timeline in timelines
        for one in timeline["dispatches"]
        if one["kind"] == "alert"
        for attempt in one["attempts"]
        if attempt["outcome"] == "sent"
    ]
    return min(sent) - psutil.Process().create_time() if sent else None
