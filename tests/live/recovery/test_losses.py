"""The broker's data is deleted in the middle of a load, and nobody does anything about it."""

import asyncio

import pytest

from tests.live.recovery.site import Site, found, report

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
CHILDREN = 24


async def test_the_broker_loses_its_data_in_the_middle_of_a_load(site: Site) -> None:
    numbers = range(1000, 1000 + CHILDREN)
    early, late = numbers[: CHILDREN // 2], numbers[CHILDREN // 2 :]
    episodes = {number: (await site.until_accepted(report(number)))["episode"] for number in early}

    async def reported(number: int) -> None:
        episodes[number] = (await site.until_accepted(report(number)))["episode"]

    losing = asyncio.to_thread(site.kafka.lose_data)
    await asyncio.gather(losing, *(reported(number) for number in late))
    await site.all_well()
    for number in numbers:
        await site.told(episodes[number])

    for number in numbers:
        assert (await site.until_accepted(found(number)))["episode"] == episodes[number]
    lines = [await site.ended(episodes[number]) for number in numbers]
    print(f"broker emptied under {CHILDREN} children: {await site.once_each(lines)}")
