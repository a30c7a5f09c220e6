"""A hub with servers of its own, so that they may be killed, emptied, frozen and put back."""

import asyncio
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from adapters.simulation import redated
from hub.demo import reading
from tests.live.channel.harness import clock, until
from tests.live.journeys.compose import ROOT
from tests.live.journeys.kcat import read_topic
from tests.live.journeys.player import Json
from tests.live.journeys.receivers import NORFOLK, STAND_INS
from tests.live.journeys.stage import Stage, empty_database, staged
from tests.live.servers.disk import Disk, small_disk
from tests.live.servers.kafka import LocalKafka, local_kafka
from tests.live.servers.postgres import LocalPostgres, local_postgres

# As in earnest, only quicker: an outage need not last half a minute to be one.
IMPATIENT = {"HUB_INTAKE_OUTBOX_SECONDS": "10", "HUB_LEDGER_SECONDS": "2"}
SAMPLES = ROOT / "adapters" / "police" / "samples"
PATIENCE = 120.0


@dataclass
class Site:
    """The stage, its broker, and its database server on a disk that can be filled."""

    stage: Stage
    kafka: LocalKafka
    postgres: LocalPostgres
    disk: Disk
    folder: Path

    async def post(self, body: bytes) -> httpx.Response:
        """Send these bytes to intake as Norfolk Police; returns the hub's answer."""
        token = self.stage.company.tokens["norfolk-police"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
        return await self.stage.client.post(f"{self.stage.url}/intake/police/reports", content=body, headers=headers)

    async def until_accepted(self, body: bytes) -> Json:
        """Send the same bytes until they are accepted, as a patient partner does; returns that answer."""
        answers: list[httpx.Response] = []

        async def accepted() -> bool:
            answers.append(await self.post(body))
            assert answers[-1].status_code in (202, 503), answers[-1].text
            return answers[-1].status_code == 202

        await until(accepted, "the report is accepted", PATIENCE)
        return dict(answers[-1].json())

    async def told(self, episode: str) -> None:
        """Wait until somebody has been told of an episode, and nothing is on its way."""

        async def so() -> bool:
            line = await self.stage.api.episode(episode)
            return bool(reading.told(line)) and not reading.unsettled(line)

        await until(so, f"somebody is told of episode {episode}", PATIENCE)

    async def ended(self, episode: str) -> Json:
        """Wait until an episode is over: found, everybody told and stood down; returns its timeline."""
        line: Json = {}

        async def over() -> bool:
            nonlocal line
            line = await self.stage.api.episode(episode)
            return line["status"] == "found" and not reading.live(line) and not reading.unsettled(line)

        await until(over, f"episode {episode} is over", PATIENCE)
        return line

    async def all_well(self) -> None:
        """Wait until every service is ready."""
        for one in self.stage.services.values():
            await one.until_healthy()

    def kill_the_hub(self) -> None:
        """End every process of the hub as a power cut would."""
        for one in self.stage.services.values():
            one.kill()

    def start_the_hub(self) -> None:
        """Start every process of the hub."""
        for one in self.stage.services.values():
            one.start()

    async def command(self, *words: str) -> str:
        """Run a command of the hub in the api's environment; returns what it prints."""
        api = self.stage.services["api"]
        process = await asyncio.create_subprocess_exec(
            *("python", "-m", "hub", *words), cwd=api.folder, env=api.environment, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()

    async def once_each(self, lines: Sequence[Json]) -> str:
        """Check that whatever left came to its receiver, once, and nothing else did; returns the receivers' figures."""
        left = Counter(one["id"] for line in lines for one in reading.told(line))
        ours = {one["id"] for line in lines for one in line["dispatches"]}
        came: Counter[str] = Counter()

        async def all_there() -> bool:
            nonlocal came
            came = await self._came(ours)
            return not left - came

        await until(all_there, f"{len(left)} dispatches are with their receivers", PATIENCE)
        assert left
        assert came == left, f"more than left: {came - left}"
        lost, second = len(left - came), sum(came.values()) - len(came)
        live = sum(len(reading.live(line)) for line in lines)
        return f"told {len(left)}, lost {lost}, second effects {second}, live after found {live}"

    async def _came(self, ids: set[str]) -> Counter[str]:
        """Return how often each of these dispatches has come to its receiver."""
        came = self.stage.post.times(sorted(ids))
        for name in STAND_INS:
            came += Counter({id: one["times"] for id, one in (await self.stage.received(name)).items()})
        came += Counter(one.headers["ce_id"] for one in await read_topic(self.kafka.bootstrap, NORFOLK))
        return Counter({id: times for id, times in came.items() if id in ids})


def report(number: int) -> bytes:
    """A report of a child of its own, as Norfolk Police send it today."""
    return _today("away-1-report.xml", number)


def found(number: int) -> bytes:
    """That this child is found."""
    return _today("away-9-found.xml", number)


def _today(sample: str, number: int) -> bytes:
    text = (SAMPLES / sample).read_text()
    for name in ("MP-26-004127", "NFK-P-310552", "ROT-204417", "36-88120-26", "2026/0451873K"):
        text = text.replace(name, f"{name[:4]}{7_000_000 + number}")
    # Born on a day of their own: the authorities' stand-in would answer with the context of whoever shares it.
    text = text.replace("Ashdown", f"Example-{number}").replace("2011-03-14", "2009-05-17")
    return redated(text, clock()).encode()


@asynccontextmanager
async def built(folder: Path) -> AsyncIterator[Site]:
    """Start everything."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        (folder / "servers").mkdir()
        kafka = await loop.run_in_executor(None, stack.enter_context, local_kafka(folder / "servers" / "kafka"))
        disk = stack.enter_context(small_disk())
        postgres = await loop.run_in_executor(None, stack.enter_context, local_postgres(disk.folder))
        database = stack.enter_context(empty_database(postgres.url))
        (folder / "stage").mkdir()
        async with staged(folder / "stage", kafka.bootstrap, database, IMPATIENT) as stage:
            yield Site(stage, kafka, postgres, disk, folder)
