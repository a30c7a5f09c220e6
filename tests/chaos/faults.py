"""What befalls the hub, one lane of troubles for each part of it and one for the servers, all at the same time."""

import asyncio
import random
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos import points
from tests.chaos.plans import Plan
from tests.chaos.points import Point
from tests.chaos.stage import Stage
from tests.chaos.waiting import until_hit
from tests.live.channel.harness import until

# A process that was started while a server was away has this long to find it again.
EXCUSED_SECONDS = 15.0
Trouble = Callable[[], Coroutine[Any, Any, None]]


@dataclass
class Troubles:
    """Makes the troubles of a plan. `progress` says how far the load has got (0 to 1): troubles are spread over it.

    `count` is how many there were, the network's left out.
    """

    stage: Stage
    plan: Plan
    chance: random.Random
    progress: Callable[[], float]
    say: Callable[[str], None]
    count: int = 0

    async def all(self) -> None:
        """Go through every lane."""
        lanes = [*(self._of_part(part) for part in ("api", "relay", "router", "deliver")), self._of_servers()]
        await asyncio.gather(*(self._lane(lane) for lane in lanes))

    async def _lane(self, troubles: Sequence[Trouble]) -> None:
        # The last of a lane comes when the last report is on its way, so that what follows is only the draining.
        for number, trouble in enumerate(troubles, start=1):
            await self._come(number / len(troubles))
            await trouble()
            self.count += 1

    def _of_part(self, part: str) -> list[Trouble]:
        kills = [point for point in points.POINTS if point.part == part for _ in range(self.plan.hits)]
        lane: list[Trouble] = [self._kill(point) for point in kills]
        if part in ("relay", "router"):
            lane.append(self._freeze(part))
        self.chance.shuffle(lane)
        return lane

    def _of_servers(self) -> list[Trouble]:
        lane = [self._kafka_node, self._postgres]
        if self.stage.servers.disk is not None:
            lane.append(self._disk)
        self.chance.shuffle(lane)
        return lane

    def _kill(self, point: Point) -> Trouble:
        async def kill() -> None:
            armoury, before = self.stage.armoury, self.stage.armoury.hits(point.name)
            armoury.arm(point.name)
            await until_hit(armoury, [point.name], before, self.plan.patience)
            await self._all_live(point.part)

        return kill

    def _freeze(self, part: str) -> Trouble:
        async def freeze() -> None:
            one = self.chance.choice(self.stage.hub.of_part(part))
            self.say(f"{one.name} stands still for {self.plan.frozen:.0f} s")
            one.signal(signal.SIGSTOP)
            await asyncio.sleep(self.plan.frozen)
            one.signal(signal.SIGCONT)
            await self._all_live(part)

        return freeze

    async def _kafka_node(self) -> None:
        kafka = self.stage.servers.kafka
        number = self.chance.choice(kafka.nodes).id
        async with self.stage.hub.excusing(EXCUSED_SECONDS):
            self.say(f"Kafka node {number} is killed")
            await asyncio.to_thread(kafka.kill, number)
            await asyncio.sleep(self.plan.away)
            await asyncio.to_thread(kafka.start, number)
            self.say(f"Kafka node {number} is back")

    async def _postgres(self) -> None:
        async with self.stage.hub.excusing(EXCUSED_SECONDS):
            self.say("PostgreSQL is killed")
            await asyncio.to_thread(self.stage.servers.postgres.kill)
            await self._start_postgres()

    async def _disk(self) -> None:
        disk = self.stage.servers.disk
        assert disk is not None
        async with self.stage.hub.excusing(EXCUSED_SECONDS):
            self.say("the ledger's disk is full")
            await asyncio.to_thread(disk.fill)
            try:
                await asyncio.sleep(self.plan.away)
            finally:
                await asyncio.to_thread(disk.clear)
            self.say("the ledger's disk has room again")
            process = self.stage.servers.postgres.process
            if process is None or process.poll() is not None:
                # It gives up when it cannot even write its own log, and is started again by whoever watches it.
                await self._start_postgres()

    async def _start_postgres(self) -> None:
        """Start it; its own children may still hold its memory for a moment."""
        for last in (False, False, True):
            try:
                await asyncio.to_thread(self.stage.servers.postgres.start)
            except RuntimeError:
                if last:
                    raise
                await asyncio.sleep(1.0)
            else:
                self.say("PostgreSQL is back")
                return

    async def _all_live(self, part: str) -> None:
        for one in self.stage.hub.of_part(part):
            await one.until_ready(self.stage.world.client)

    async def _come(self, far: float) -> None:
        async def so_far() -> bool:
            return self.progress() >= far

        await until(so_far, f"the load has come to {far:.0%}", self.plan.patience)
