"""The run: reports over the three stories while everything goes wrong, then the count at the receivers."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.chaos import points
from tests.chaos.armed import Armoury
from tests.chaos.faults import Troubles
from tests.chaos.judging import Verdict, judge, owed
from tests.chaos.network import Faults
from tests.chaos.plans import DRAINED_WITHIN, HITS, Plan
from tests.chaos.processes import PARTS
from tests.chaos.receivers import watched
from tests.chaos.servers import servers_there
from tests.chaos.stage import Stage, clock, hub_there, partners_there
from tests.chaos.stories import Cast, child_of
from tests.chaos.waiting import until_hit
from tests.live.channel.harness import until

LOOK_SECONDS, LATE_SECONDS = 0.1, 4.0
# The slowest of the network's faults lasts long, and is not to be waited for when all else is over.
EARLIER, SAID_EVERY = 1.3, 100
Say = Callable[[str], None]


@dataclass
class Outcome:
    """What a run came to; `hits` by the points' names, `wrong` what else is not as it must be, a line each."""

    seed: int
    reports: int
    hits: dict[str, int]
    faults: int
    verdict: Verdict
    drained: float
    wrong: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The last line."""
        found = self.verdict
        return (
            f"points hit {sum(self.hits.values())}/{len(self.hits)}x{HITS}, faults {self.faults}, "
            f"lost {len(found.lost)}, second effects {len(found.second_effects)}, "
            f"live after found {len(found.live_after_found)}, drained {self.drained:.1f} s"
        )

    def faults_found(self) -> list[str]:
        """Return everything that is not as it must be."""
        few = [f"hit {number} times only: {name}" for name, number in self.hits.items() if number < HITS]
        late = [f"drained only after {self.drained:.0f} s"] if self.drained > DRAINED_WITHIN else []
        return [*self.verdict.lines(), *few, *late, *self.wrong]


async def run(plan: Plan, seed: int, folder: Path, say: Say) -> Outcome:
    """Run one form of chaos; everything that is chosen by chance is chosen by the seed."""
    began = monotonic()

    def timed(text: str) -> None:
        say(f"{monotonic() - began:6.1f} s  {text}")

    chance = random.Random(seed)
    faults = Faults(random.Random(chance.random()))
    with servers_there(folder, nodes=3) as servers:
        timed(f"three nodes of Kafka and PostgreSQL are there{'' if servers.disk else ', without a disk of its own'}")
        async with partners_there(folder, faults) as world:
            settings = {"HUB_KAFKA_REPLICATION_FACTOR": "3"}
            async with hub_there(servers, world, PARTS, timed, settings=settings, first=_die_migrating) as stage:
                timed("the hub is there")
                return await _Run(stage, plan, seed, chance, timed).all()


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items()))


async def _die_migrating(armoury: Armoury) -> None:
    """Let the first processes die in the middle of the migrations, one after the other."""
    for number in range(HITS):
        armoury.arm(points.MIGRATING.name)
        await until_hit(armoury, [points.MIGRATING.name], number)


@dataclass
class _Run:
    """One run on its stage: the load, the troubles, and the wait until nothing is owed."""

    stage: Stage
    plan: Plan
    seed: int
    chance: random.Random
    say: Say
    started: int = 0
    over: bool = False
    playing: set[asyncio.Task[None]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    async def all(self) -> Outcome:
        """Load and troubles at once; then wait until nothing is owed, and judge."""
        stage, network = self.stage, self.stage.world.faults
        network.left.update(self.plan.network)
        network.likely, network.share = self.plan.likely, 0.0
        cast = Cast(stage.partners, stage.receivers, self._chance(), clock, self.plan.patience)
        troubles = Troubles(stage, self.plan, self._chance(), self._progress, self.say)
        async with watched(stage.receivers):
            async with asyncio.timeout(self.plan.patience), asyncio.TaskGroup() as group:
                group.create_task(self._load(cast))
                await asyncio.wait([group.create_task(one) for one in (troubles.all(), self._network())])
                ended, self.over = monotonic(), True
            self.say(f"the last trouble is over; {len(self.playing)} of {self.started} stories go on")
            drained = await self._drain(cast, ended)
            await asyncio.sleep(LATE_SECONDS)
        await stage.receivers.look()
        self.say(f"answers to partners: {_counted(stage.partners.answers)}")
        self.say(f"faults of the network: {_counted(network.kinds)}")
        count = troubles.count + network.count + HITS
        return self._outcome(cast, count, drained)

    def _chance(self) -> random.Random:
        return random.Random(self.chance.random())

    def _progress(self) -> float:
        return min(1.0, self.started / self.plan.reports)

    async def _room(self) -> bool:
        return len(self.playing) < self.plan.at_once

    async def _load(self, cast: Cast) -> None:
        """Start stories, at least so many as the plan says, and on until the troubles are over."""
        chance = self._chance()
        while not (self.over and self.started >= self.plan.reports):
            await until(self._room, "a story ends, so that another can begin", self.plan.patience)
            self.started += 1
            child = child_of(self.started, chance)
            task = asyncio.create_task(cast.play(child), name=child.name)
            self.playing.add(task)
            task.add_done_callback(self._played)
            if self.started % SAID_EVERY == 0:
                self.say(f"{self.started} reports")
            await asyncio.sleep(self.plan.every)

    def _played(self, task: "asyncio.Task[None]") -> None:
        self.playing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.wrong.append(f"{type(error).__name__}: {error}")

    async def _network(self) -> None:
        """Let the network's faults come as the load goes on, and wait for the last one."""
        faults = self.stage.world.faults
        while not faults.through:
            faults.share = min(1.0, EARLIER * self._progress())
            await asyncio.sleep(LOOK_SECONDS)

    async def _drain(self, cast: Cast, ended: float) -> float:
        """Wait until nothing is owed, twice as long as it may take; returns the seconds since the last trouble."""
        while monotonic() - ended < 2 * DRAINED_WITHIN:
            held = self.stage.receivers.held()
            if not self.playing and not any(owed(child, held.get(child.number, {})) for child in cast.taken.values()):
                break
            await self.stage.receivers.next_look()
        drained = monotonic() - ended
        self.wrong += [f"the story of {task.get_name()} did not end" for task in self.playing]
        for task in self.playing:
            task.cancel()
        return drained

    def _outcome(self, cast: Cast, count: int, drained: float) -> Outcome:
        stage = self.stage
        return Outcome(
            seed=self.seed,
            reports=len(cast.taken),
            hits={point.name: stage.armoury.hits(point.name) for point in points.POINTS},
            faults=count,
            verdict=judge(cast.taken.values(), stage.receivers.held()),
            drained=drained,
            wrong=[
                *self.wrong,
                *stage.partners.mistakes,
                *stage.hub.unexplained,
                *(f"about nobody: {one}" for one in stage.receivers.strangers()),
            ],
        )
