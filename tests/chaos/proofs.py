"""The proofs: every scenario is right with all safeguards, and goes red as soon as the one it needs is left out."""

import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.chaos.judging import Verdict
from tests.chaos.network import Faults
from tests.chaos.receivers import watched
from tests.chaos.scenarios import SCENARIOS, Scene
from tests.chaos.servers import Servers
from tests.chaos.stage import Stage, World, hub_there, partners_there
from tests.live.servers.kafka import local_kafka
from tests.live.servers.postgres import LocalPostgres, local_postgres

# One log in one order, so that each scenario ends the same way every time.
SETTINGS = {"HUB_KAFKA_PARTITIONS": "1"}
PARTS: dict[str, str | None] = {"hub": None, "relay": "relay"}
ALL = "all safeguards"


@dataclass
class Proofs:
    """What the proofs share; each has a hub, a database and a broker of its own."""

    folder: Path
    postgres: LocalPostgres
    world: World
    say: Callable[[str], None]
    numbers: Iterator[int]

    async def with_everything(self) -> dict[str, Verdict]:
        """Play every scenario with all safeguards in place; returns the verdicts by scenario."""
        async with self._stage(None) as stage:
            return {name: await play(Scene(stage, self.numbers)) for name, play in SCENARIOS.items()}

    async def without(self, safeguard: str) -> Verdict:
        """Play the scenario of a safeguard that is left out."""
        async with self._stage(safeguard) as stage:
            return await SCENARIOS[safeguard](Scene(stage, self.numbers))

    @asynccontextmanager
    async def _stage(self, without: str | None) -> AsyncIterator[Stage]:
        with ExitStack() as stack:
            kafka = stack.enter_context(local_kafka(self.folder / f"kafka-{without or 'whole'}".replace(" ", "-")))
            servers = Servers(kafka, self.postgres)
            hub = hub_there(servers, self.world, PARTS, self.say, settings=SETTINGS, without=without)
            async with hub as stage, watched(stage.receivers):
                yield stage


@asynccontextmanager
async def proving(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Proofs]:
    """Start what all proofs share."""
    with local_postgres() as postgres:
        async with partners_there(folder, Faults(random.Random(0))) as world:
            yield Proofs(folder, postgres, world, say, count(1))


async def prove(folder: Path, say: Callable[[str], None], silent: Callable[[str], None]) -> bool:
    """Play all of it, and say how each went; true when all was right with everything and red without each of them."""
    async with proving(folder, silent) as proofs:
        whole = await proofs.with_everything()
        say(f"with {ALL}: {line(whole.values())}")
        for name, verdict in whole.items():
            for wrong in verdict.lines():
                say(f"  {name}: {wrong}")
        well = all(verdict.well for verdict in whole.values())
        for name in SCENARIOS:
            verdict = await proofs.without(name)
            say(f"without {name}: {line([verdict])}")
            well = well and not verdict.well
        return well


def line(verdicts: Iterable[Verdict]) -> str:
    """Say whether verdicts are red or green, and why."""
    all_of_them = list(verdicts)
    red = any(not one.well for one in all_of_them)
    counts = (
        f"lost {sum(len(one.lost) for one in all_of_them)}",
        f"second effects {sum(len(one.second_effects) for one in all_of_them)}",
        f"live after found {sum(len(one.live_after_found) for one in all_of_them)}",
    )
    return f"{'red' if red else 'green'} ({', '.join(counts)})"
