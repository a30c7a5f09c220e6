"""The shared log as kcat shows it: every record under its episode, CloudEvents headers, and nobody's name outside."""

import pytest

from hub.channel.topics import EPISODE
from hub.demo.stories import STORIES
from tests.live.channel.harness import until
from tests.live.journeys.kcat import Read, read_topic
from tests.live.journeys.player import played
from tests.live.journeys.receivers import NORFOLK
from tests.live.journeys.samples import personal_words
from tests.live.journeys.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
HEADERS = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type"}


def personal(record: Read, words: frozenset[str]) -> list[str]:
    """Return the personal words in a record's key and headers."""
    outside = "\n".join([record.key or "", *record.headers.keys(), *record.headers.values()]).casefold()
    return [word for word in words if word.casefold() in outside]


@pytest.mark.parametrize("name", STORIES)
async def test_every_event_of_an_episode_stands_in_the_log_under_its_episode(stage: Stage, name: str) -> None:
    episode = (await played(stage, name))["id"]
    types: list[set[str]] = []

    async def the_same() -> bool:
        # Receipts come in after a story's end, too: the two looks may fall before and after one of them.
        line = await stage.api.episode(episode)
        records = [one for one in await read_topic(stage.kafka, EPISODE) if one.key == episode]
        places = {one.headers["ce_id"]: (one.topic, one.partition, one.offset) for one in records}
        said = {one["id"]: tuple((one["position"] or {}).values()) for one in line["events"]}
        types[:] = [{one.headers["ce_type"] for one in records}, {one["type"] for one in line["events"]}]
        return bool(said) and places == said

    await until(the_same, "the log holds what the episode's events say, and where they say it")
    assert types[0] == types[1]


async def test_key_and_headers_of_every_record_say_which_and_never_who(stage: Stage) -> None:
    for name in STORIES:
        await played(stage, name)
    words = frozenset().union(*(personal_words(name) for name in STORIES))
    records = await read_topic(stage.kafka, EPISODE)
    assert {word for word in words if any(word in one.value for one in records)}, "the bodies carry what is looked for"
    for record in records:
        assert record.key == record.headers["ce_subject"]
        assert record.headers.keys() >= HEADERS
        assert personal(record, words) == []


async def test_a_partners_own_topic_names_nobody_outside_the_body_either(stage: Stage) -> None:
    line = await played(stage, "away")
    words = personal_words("away")
    records = [one for one in await read_topic(stage.kafka, NORFOLK) if one.key == line["id"]]
    told = [one for one in line["dispatches"] if one["endpoint_id"] == "norfolk-council" and one["state"] == "sent"]
    assert {one.headers["ce_id"] for one in records} == {one["id"] for one in told}
    assert any("Ashdown" in one.value for one in records)
    assert [personal(one, words) for one in records] == [[]] * len(records)
