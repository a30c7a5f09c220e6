"""Six small scenarios, each against one safeguard: with it the count is right, without it the run goes red."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.channel.topics import EPISODE, INVALID
from tests.chaos import hindrances, points
from tests.chaos.children import Child
from tests.chaos.judging import Verdict, judge, owed
from tests.chaos.model import told
from tests.chaos.network import LOST_REPLY
from tests.chaos.safeguards import MARKED_FIRST
from tests.chaos.stage import Stage, clock
from tests.chaos.waiting import until_hit
from tests.live.journeys.kcat import read_topic, write_record

PATIENCE, GRACE_SECONDS = 60.0, 6.0


@dataclass
class Scene:
    """A hub to play scenarios on; `numbers` gives children that nobody has heard of yet."""

    stage: Stage
    numbers: Iterator[int]
    children: list[Child] = field(default_factory=list)

    async def report(self, last: str = "report") -> Child:
        """Report a child; waits for nobody to be told.

        Only a report that nothing follows can be lost: the next event of an episode makes up for one that was.
        """
        child = Child(next(self.numbers), "away", last)
        self.children.append(child)
        receipts = [await self.stage.partners.send(child.document(step, clock())) for step in child.steps()]
        self.stage.receivers.expect(child, receipts[0]["episode"], receipts[0]["reference"])
        return child

    async def judged(self) -> Verdict:
        """Judge all children once a later one has been told of everywhere, and a little later still.

        What has not come by then will not come: the log of this hub has one partition.
        """
        later = await self.report("context")
        assert await self.stage.receivers.until_told(later, told(later), PATIENCE), "nobody is told of anybody any more"
        for _ in range(int(GRACE_SECONDS)):
            if not any(owed(child, self.stage.receivers.held_of(child)) for child in self.children):
                break
            await asyncio.sleep(1.0)
        await self.stage.receivers.look()
        return judge(self.children, self.stage.receivers.held())

    async def dies_at(self, point: str) -> None:
        """Wait until the hub has died at an armed point, and is back."""
        await until_hit(self.stage.armoury, [point], 0)
        for one in self.stage.hub.processes.values():
            await one.until_ready(self.stage.world.client)


async def inbox(scene: Scene) -> Verdict:
    """The router dies between commit and acknowledgement: a record that is no event comes twice; one letter is due."""
    kafka = scene.stage.servers.kafka.bootstrap
    scene.stage.armoury.arm(points.ROUTED.name)
    await write_record(kafka, EPISODE, "nobody", {"ce_id": "none"}, b"no event")
    await scene.dies_at(points.ROUTED.name)
    verdict = await scene.judged()
    letters = Counter(_place(one.value) for one in await read_topic(kafka, INVALID))
    verdict.second_effects += [f"{times} letters about {place}" for place, times in letters.items() if times > 1]
    verdict.lost += [] if letters else ["no letter about a record that is no event"]
    return verdict


async def outbox(scene: Scene) -> Verdict:
    """The relay dies between producing and marking; without the outbox, between marking and producing."""
    armoury, either = scene.stage.armoury, (points.PRODUCED.name, MARKED_FIRST)
    for point in either:
        armoury.arm(point)
    await scene.report()
    await until_hit(armoury, either, 0)
    for point in either:
        armoury.disarm(point)
    return await scene.judged()


async def commit_order(scene: Scene) -> Verdict:
    """The router dies after it has planned a batch and before it has committed it."""
    scene.stage.armoury.arm(points.PLANNED.name)
    await scene.report()
    await scene.dies_at(points.PLANNED.name)
    return await scene.judged()


async def nack(scene: Scene) -> Verdict:
    """A batch fails, and the next one does not."""
    scene.stage.armoury.arm(hindrances.FAILS)
    await scene.report()
    await until_hit(scene.stage.armoury, [hindrances.FAILS], 0)
    return await scene.judged()


async def tracking_query(scene: Scene) -> Verdict:
    """MESH takes two messages, and its answers are lost."""
    faults = scene.stage.world.faults
    faults.only, faults.likely = ("mesh", "POST"), 1.0
    faults.left[LOST_REPLY] = 2
    await scene.report("context")
    # Nothing is owed, so nobody would wait for what comes a second time: it does so after a second.
    await asyncio.sleep(GRACE_SECONDS)
    return await scene.judged()


async def relay_lease(scene: Scene) -> Verdict:
    """Two relays read the outbox at once. Nobody dies, so a record that comes twice is one too many."""
    scene.stage.armoury.arm(hindrances.READ_TOGETHER)
    await scene.report()
    verdict = await scene.judged()
    scene.stage.armoury.disarm(hindrances.READ_TOGETHER)
    verdict.second_effects += [f"{verdict.repeats} records came twice"] if verdict.repeats else []
    return verdict


SCENARIOS: Mapping[str, Callable[[Scene], Awaitable[Verdict]]] = {
    "inbox": inbox,
    "outbox": outbox,
    "commit order": commit_order,
    "nack": nack,
    "tracking query": tracking_query,
    "relay lease": relay_lease,
}
"""By the name of the safeguard that each of them needs."""


def _place(letter: str) -> str:
    about = json.loads(letter)
    return f"{about['topic']} {about['partition']} {about['offset']}"
