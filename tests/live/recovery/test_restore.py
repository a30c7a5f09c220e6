"""The ledger is restored from last night's backup while the log and the partners went on."""

import asyncio

import pytest

from hub.demo import reading
from hub.demo.stories import STORIES
from tests.live.channel.harness import until
from tests.live.journeys.player import Json, Player, again, story
from tests.live.recovery.site import Site

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
REPORT, WHEREABOUTS, DECISION, FOUND = STORIES["away"].steps


def all_proven(player: Player, line: Json) -> bool:
    return not reading.unsettled(line) and all(
        reading.proven(one, player.stage.adapter_of) for one in reading.told(line)
    )


async def test_what_came_in_after_the_backup_is_read_again_and_nobody_is_told_twice(site: Site) -> None:
    stage, backup = site.stage, site.folder / "last-night.dump"
    before, after = story(stage, "away", again(1)), story(stage, "unborn")
    await before.send(REPORT)
    await before.told(REPORT)
    await asyncio.to_thread(site.postgres.dump, stage.database, backup)

    # The day: one episode goes on, another begins, and one message reaches MESH without the hub's hearing of it.
    await before.send(WHEREABOUTS)
    await before.told(WHEREABOUTS)
    await before.watch(lambda line: all_proven(before, line), "all is proven to have arrived")

    async def three_held() -> bool:
        return len(stage.mesh.reached) == 3

    stage.mesh.hold("after")
    stage.post.open = False
    try:
        await after.send(after.story.steps[0])
        await until(three_held, "the alerts stand behind MESH, and the hub does not know", 90)
        held = list(stage.mesh.reached)
        site.kill_the_hub()
        stage.mesh.release()

        await asyncio.to_thread(site.postgres.restore, stage.database, backup)
        said = await site.command("restored")
        assert "will be asked about before they are sent" in said
        site.start_the_hub()
        await site.all_well()
        assert "ledger_restored" in {one["kind"] for one in await stage.tasks()}
    finally:
        stage.mesh.release()
        stage.post.open = True

    # Both go on as if nothing had been: the senders' own references still name their episodes.
    await after.told(after.story.steps[0])
    for step in after.story.steps[1:]:
        await after.send(step)
        await after.told(step)
    await before.send(DECISION)
    await before.told(DECISION)
    await before.send(FOUND)
    lines = [await before.ended(), await after.ended()]
    assert [reading.live(line) for line in lines] == [[], []]
    assert set(held) <= {one["id"] for one in reading.told(lines[1])}
    print(f"restored: {await site.once_each(lines)}")
