"""Group commit: what waits goes together, each with its own answer, and nobody suffers from anybody else."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.api.gathering import Gathering, TooMany


class Till:
    """Work that takes its time until it is let go on, and remembers its groups."""

    def __init__(self, heaviest: int = 5, longest: int = 100, *, open: bool = False, pace: float = 0.0) -> None:
        self.groups: list[list[int]] = []
        self.open = asyncio.Event()
        if open:
            self.open.set()
        self.gathering: Gathering[int, int] = Gathering(
            self._work, weigh=lambda item: item // 100 or 1, heaviest=heaviest, longest=longest, pace=pace
        )

    async def _work(self, items: list[int]) -> Sequence[int]:
        self.groups.append(items)
        await self.open.wait()
        if 13 in items:
            raise LookupError("13")
        return [-item for item in items]

    def put(self, *items: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self.gathering.put(item)) for item in items]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_alone_it_goes_at_once_and_what_comes_meanwhile_goes_together() -> None:
    till = Till()
    first = till.put(1)
    await settled()
    assert till.groups == [[1]]
    rest = till.put(2, 3, 4)
    await settled()
    assert not any(one.done() for one in rest)
    till.open.set()
    assert await asyncio.gather(*first, *rest) == [-1, -2, -3, -4]
    assert till.groups == [[1], [2, 3, 4]]


async def test_right_behind_a_group_the_next_waits_for_company_until_as_much_is_there_as_it_may_weigh() -> None:
    hour = 3600.0
    till = Till(heaviest=3, open=True, pace=hour)
    assert await asyncio.gather(*till.put(1)) == [-1], "after a rest it goes at once"
    waiting = till.put(2)
    await settled()
    assert till.groups == [[1]]
    for one in waiting:
        one.cancel()
    full = Till(heaviest=3, open=True, pace=hour)
    await asyncio.gather(*full.put(1))
    assert await asyncio.gather(*full.put(2, 3, 4)) == [-2, -3, -4]
    assert full.groups == [[1], [2, 3, 4]]


async def test_the_pace_is_kept_from_group_to_group() -> None:
    till = Till(open=True, pace=0.02)
    await asyncio.gather(*till.put(1))
    assert await asyncio.gather(*till.put(2, 3)) == [-2, -3]
    assert till.groups == [[1], [2, 3]]


async def test_a_group_weighs_no_more_than_it_may_and_a_heavy_item_goes_alone() -> None:
    till = Till(heaviest=3, open=True)
    await asyncio.gather(*till.put(1, 2, 3, 4, 900, 5))
    assert till.groups == [[1, 2, 3], [4], [900], [5]]


async def test_who_goes_away_disturbs_nobody() -> None:
    till = Till()
    begun = till.put(1, 2)
    await settled()
    waiting = till.put(3, 4)
    await settled()
    begun[0].cancel()
    waiting[0].cancel()
    await settled()
    till.open.set()
    assert (await begun[1], await waiting[1]) == (-2, -4)
    assert till.groups == [[1, 2], [4]], "what had not begun is not begun any more"


async def test_an_error_is_the_groups_own_and_the_next_one_goes_on() -> None:
    till = Till(heaviest=2)
    ended = till.put(1, 13, 2, 3)
    await settled()
    till.open.set()
    outcomes = await asyncio.gather(*ended, return_exceptions=True)
    assert [type(one) for one in outcomes[:2]] == [LookupError, LookupError]
    assert outcomes[2:] == [-2, -3]


async def test_more_than_may_wait_is_turned_away_until_there_is_room() -> None:
    till = Till(heaviest=1, longest=2)
    kept = till.put(1)
    await settled()
    kept += till.put(2, 3)
    await settled()
    with pytest.raises(TooMany):
        await till.gathering.put(4)
    till.open.set()
    await asyncio.gather(*kept)
    assert await till.gathering.put(5) == -5


async def test_when_the_work_is_ended_nobody_waits_for_ever() -> None:
    till = Till(heaviest=1)
    waiting = till.put(1, 2)
    await settled()
    (work,) = [task for task in asyncio.all_tasks() if task.get_coro().__qualname__.endswith("Gathering._run")]  # type: ignore[union-attr]
    work.cancel()
    assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [asyncio.CancelledError] * 2


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 600), st.integers(0, 3), st.booleans()), max_size=40))
async def test_each_gets_its_own_answer_however_they_come(calls: list[tuple[int, int, bool]]) -> None:
    till = Till(open=True)
    tasks: list[asyncio.Task[int]] = []
    for item, pause, leaves in calls:
        (task,) = till.put(item)
        tasks.append(task)
        for _ in range(pause):
            await asyncio.sleep(0)
        if leaves:
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    failed = {item for group in till.groups if 13 in group for item in group}
    for (item, _, leaves), outcome in zip(calls, outcomes, strict=True):
        own = outcome == -item or (item in failed and isinstance(outcome, LookupError))
        assert own or (leaves and isinstance(outcome, asyncio.CancelledError))
