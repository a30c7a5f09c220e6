"""What came, counted where it came: mailboxes, simulators and a partner's topic, never the hub's own word for it."""

from collections import Counter
from typing import Any

from tests.live.journeys.kcat import read_topic
from tests.live.journeys.stage import Stage

STAND_INS = ("police", "authorities", "homeoffice", "dwp", "health")
NORFOLK = "missing.to.norfolk-council.v1"


async def arrived(stage: Stage, line: dict[str, Any]) -> Counter[str]:
    """Return how often each dispatch of an episode came to its receiver, by dispatch id."""
    ours = {one["id"] for one in line["dispatches"]}
    count = stage.post.times(sorted(ours))
    for name in STAND_INS:
        for id, one in (await stage.received(name)).items():
            if id in ours:
                count[id] += one["times"]
    for record in await read_topic(stage.kafka, NORFOLK):
        if record.headers["ce_id"] in ours:
            assert record.key == line["id"]
            count[record.headers["ce_id"]] += 1
    return count
