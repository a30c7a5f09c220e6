"""The table of points fits the code, and an armed point ends exactly one process that reaches it."""

import asyncio
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.chaos.armed import Armoury
from tests.chaos.points import POINTS, Seam
from tests.chaos.processes import PARTS, ROOT
from tests.chaos.safeguards import REMOVED
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.wrapping import around

DIES = """
import sys
from pathlib import Path
from tests.chaos.armed import Armoury
armoury = Armoury(Path(sys.argv[1]))
armoury.die_at("another point")
armoury.die_at("a point")
"""


@pytest.mark.parametrize("seam", [seam for point in POINTS for seam in point.seams], ids=lambda seam: seam.where)
def test_every_seam_is_there(seam: Seam) -> None:
    module, _, path = seam.where.partition(":")
    held = import_module(module)
    for name in path.split("."):
        held = getattr(held, name)
    assert callable(held)


def test_every_point_has_a_process_that_reaches_it() -> None:
    assert {point.part for point in POINTS} - {"any"} == set(PARTS.values())
    assert len({point.name for point in POINTS}) == len(POINTS) == 10


def test_every_safeguard_has_its_scenario() -> None:
    assert REMOVED.keys() == SCENARIOS.keys()


def test_of_two_processes_that_reach_an_armed_point_one_dies(tmp_path: Path) -> None:
    armoury = Armoury(tmp_path)
    armoury.prepare()
    armoury.arm("a point")
    ended = [subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, check=False) for _ in range(2)]
    assert [one.returncode for one in ended] == [-signal.SIGKILL, 0]
    assert armoury.hits("a point") == 1
    assert not armoury.is_armed("a point")


def test_a_disarmed_point_ends_nobody(tmp_path: Path) -> None:
    armoury = Armoury(tmp_path)
    armoury.prepare()
    armoury.arm("a point")
    armoury.disarm("a point")
    assert not armoury.take("a point")


def test_what_is_wrapped_does_what_it_did_and_stays_a_coroutine() -> None:
    seen: list[object] = []

    async def waited(number: int) -> int:
        return number + 1

    def plain(number: int) -> int:
        return number + 1

    before, after = (
        around(plain, before=lambda: seen.append("before")),
        around(waited, after=lambda *said: seen.append(said)),
    )
    assert (before(1), asyncio.run(after(2))) == (2, 3)
    assert seen == ["before", (3, (2,))]
