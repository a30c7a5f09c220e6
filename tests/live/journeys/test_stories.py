"""The three stories over the compose file's four services, on real Kafka, PostgreSQL and MESH, seen from outside."""

from collections import Counter

import pytest

from hub.demo import reading
from hub.demo.stories import STORIES
from tests.live.journeys.player import played
from tests.live.journeys.receivers import arrived
from tests.live.journeys.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_reaches_its_end_and_every_receiver_got_each_dispatch_once(stage: Stage, name: str) -> None:
    line = await played(stage, name)

    told = reading.told(line)
    ways = Counter(stage.adapter_of[one["endpoint_id"]] for one in told)
    print(f"{name}: told {len(told)} ({', '.join(f'{way} {number}' for way, number in sorted(ways.items()))})")
    assert told
    assert [one["id"] for one in told if not reading.proven(one, stage.adapter_of)] == []
    assert reading.live(line) == []
    assert {one["state"] for one in line["dispatches"]} <= {"sent", "cancelled"}
    assert await arrived(stage, line) == Counter(one["id"] for one in told)
