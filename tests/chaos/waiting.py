"""Waiting for a process to reach an armed point."""

from collections.abc import Collection

from tests.chaos.armed import Armoury
from tests.live.channel.harness import until


async def until_hit(armoury: Armoury, points: Collection[str], before: int, patience: float = 120.0) -> None:
    """Wait until these points have been hit more often than `before`."""

    async def hit() -> bool:
        return sum(armoury.hits(point) for point in points) > before

    await until(hit, f"somebody reaches the point: {' or '.join(points)}", patience)
