"""What a partner writes to its own topic is taken in under its own name, and under nobody else's."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import Event, Reference, event_of, to_structured
from contracts.events import ContactRecorded, EventType
from hub.channel.topics import INVALID, from_topic
from tests.live.channel.harness import until
from tests.live.journeys.kcat import Read, read_topic, write_record
from tests.live.journeys.player import played
from tests.live.journeys.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
TOPIC = from_topic("norfolk-council")


def contact(episode: str, source: str) -> Event:
    """Return a contact recorded about an episode, as a partner states it."""
    now = datetime.now(UTC)
    return event_of(
        ContactRecorded(contact="weekly", by="case team"),
        id=uuid4(),
        source=source,
        occurred_at=now,
        recorded_at=now,
        references=(Reference(kind="episode", issuer="hub", value=episode),),
    )


async def write(stage: Stage, event: Event, key: str) -> None:
    """Write it to Norfolk's topic: structured mode, so that its references go along, `ce_*` headers beside it."""
    headers = {"ce_id": str(event.id), "ce_source": event.source, "content-type": "application/cloudevents+json"}
    await write_record(stage.kafka, TOPIC, key, headers, to_structured(event))


async def contacts(stage: Stage, episode: str) -> list[str]:
    """Return who has recorded a contact in an episode."""
    stated = (await stage.api.episode(episode))["events"]
    return [one["source"] for one in stated if one["type"] == EventType.CONTACT_RECORDED]


async def letters(stage: Stage, ids: set[UUID]) -> list[Read]:
    """Return the invalid-message letters about these events."""
    found = await read_topic(stage.kafka, INVALID)
    return [one for one in found if json.loads(one.value)["event_id"] in {str(id) for id in ids}]


async def test_a_record_under_anothers_name_is_refused_and_the_next_one_is_taken_in(stage: Stage) -> None:
    episode = (await played(stage, "away"))["id"]
    before = {one["id"] for one in await stage.tasks()}
    forged = [contact(episode, "/partners/lambeth-council") for _ in range(2)]
    genuine = contact(episode, "/partners/norfolk-council")
    for event in (*forged, genuine):  # one key, one partition, one order
        await write(stage, event, episode)

    async def taken_in() -> bool:
        return genuine.source in await contacts(stage, episode)

    await until(taken_in, "the genuine record is taken in")
    assert await contacts(stage, episode) == [genuine.source]

    async def written() -> bool:
        return len(await letters(stage, {event.id for event in forged})) >= len(forged)

    await until(written, "a letter for each forged record")
    told = await letters(stage, {event.id for event in (*forged, genuine)})
    assert sorted(json.loads(one.value)["event_id"] for one in told) == sorted(str(event.id) for event in forged)
    assert {json.loads(one.value)["topic"] for one in told} == {TOPIC}
    opened: list[dict[str, Any]] = [one for one in await stage.tasks() if one["id"] not in before]
    assert [one["detail"]["topic"] for one in opened if one["kind"] == "invalid_record"] == [TOPIC]
