"""Each service is killed in the middle of a story: nothing is lost, and nobody gets anything twice."""

import asyncio
from collections import Counter
from contextlib import suppress

import httpx
import pytest

from adapters.simulation import redated
from hub.demo import reading
from hub.demo.stories import STORIES
from tests.live.channel.harness import clock, until
from tests.live.journeys.compose import ROOT
from tests.live.journeys.player import Json, Player, again, story
from tests.live.journeys.receivers import arrived
from tests.live.journeys.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
REPORT, WHEREABOUTS, DECISION, FOUND = STORIES["away"].steps


async def everything_once(player: Player) -> Json:
    """Wait for the end and compare what left with what came, dispatch by dispatch."""
    line = await player.ended()
    assert await arrived(player.stage, line) == Counter(one["id"] for one in reading.told(line))
    assert {one["state"] for one in line["dispatches"]} <= {"sent", "cancelled"}
    return line


@pytest.mark.parametrize(("point", "in_the_mailbox"), [("after", True), ("before", False)])
async def test_the_deliverer_dies_with_its_messages_on_the_way_to_mesh(
    stage: Stage, point: str, in_the_mailbox: bool
) -> None:
    player = story(stage, "away", again(1 + in_the_mailbox))
    stage.post.open = False
    stage.mesh.hold(point)
    try:
        await player.send(REPORT)

        async def both_stand_there() -> bool:
            return len(stage.mesh.reached) == 2

        await until(both_stand_there, "the alerts to the 0-19 service and the GP are on their way", 90)
        stage.services["deliverer"].kill()
        held = sorted(stage.mesh.reached)
        stage.mesh.release()
        assert sorted(one.local_id for one in await stage.post.waiting()) == (held if in_the_mailbox else [])
        stage.services["deliverer"].start()
        await player.told(REPORT)
        line = await player.watch(lambda line: not reading.unsettled(line), "everything is settled")
        over_mesh = [one["id"] for one in reading.told(line) if stage.adapter_of[one["endpoint_id"]] == "health"]
        assert set(held) <= set(over_mesh)
        print(f"killed {point} MESH took {len(held)}: {len(over_mesh)} sent over MESH in the end")
        in_mailboxes = [one.local_id for one in await stage.post.waiting()]
        assert len(in_mailboxes) == len(set(in_mailboxes))
        assert sorted(in_mailboxes) == sorted(over_mesh)
    finally:
        stage.mesh.release()
        stage.post.open = True
    await player.send(FOUND)
    await everything_once(player)


async def test_the_router_dies_after_every_step(stage: Stage) -> None:
    router = stage.services["router"]
    player = story(stage, "away", again(3))
    for step in (REPORT, WHEREABOUTS):
        await player.send(step)
        await router.kill_and_restart()
        await player.told(step)
    await player.send(DECISION)
    await player.send(FOUND)
    await router.kill_and_restart()
    await everything_once(player)


async def test_the_api_dies_while_a_partner_sends(stage: Stage) -> None:
    api = stage.services["api"]
    player = story(stage, "away", again(4))
    text = (ROOT / "adapters" / "police" / "samples" / REPORT.sample).read_text()
    for old, new in player.replace.items():
        text = text.replace(old, new)
    body = redated(text, clock()).encode()

    async def post() -> httpx.Response:
        token = stage.company.tokens[REPORT.partner]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
        return await stage.client.post(f"{stage.url}/intake/police/reports", content=body, headers=headers)

    sending = asyncio.create_task(post())
    await asyncio.sleep(0)  # let it reach the socket
    await api.kill_and_restart()
    first: httpx.Response | None = None
    with suppress(httpx.TransportError):
        first = await sending
    # What a partner does that got no answer, or is not sure: the same bytes again.
    answers = [await post() for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    known = [one.json() for one in ([first] if first else []) + answers]
    assert all(one == known[0] for one in known)

    player.episode = known[0]["episode"]
    line = await player.told(REPORT)
    assert [one["type"] for one in line["events"]].count("missing.person.reported.v1") == 1
    await api.kill_and_restart()
    await player.send(FOUND)
    await everything_once(player)
