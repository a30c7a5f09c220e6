"""The whole hub on a Kafka that asks who connects: it works with the rights documented, and Norfolk reads its own."""

import pytest
import pytest_asyncio
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError

from contracts.envelope import to_structured
from hub.channel.broker import Connection, make_producer
from hub.channel.rights import partner_rights
from hub.channel.topics import DEAD, EPISODE, INVALID, Topic, ensure_topics, from_topic, to_topic
from tests.live.access.guarded import HUB, NORFOLK, Guarded, read, reading
from tests.live.access.hub_rights import documented_rights, rights_of
from tests.live.channel.harness import until
from tests.live.journeys.player import played
from tests.live.journeys.test_partner_topic import contact, contacts
from tests.live.servers.authority import make_authority
from tests.live.servers.secured_kafka import ADMIN

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
OTHER = "lambeth-council"


@pytest.fixture
def norfolk(guarded: Guarded) -> Connection:
    return guarded.kafka.connection(NORFOLK, guarded.stage.passwords[NORFOLK])


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def others_topics(guarded: Guarded) -> None:
    """Topics of another partner, with something on them."""
    admin = guarded.kafka.connection(ADMIN, guarded.kafka.password)
    names = (from_topic(OTHER), to_topic(OTHER))
    await ensure_topics(admin, [Topic(name, 1) for name in names])
    producer = make_producer(admin)
    await producer.start()
    for name in names:
        await producer.send_and_wait(name, b"another's")
    await producer.stop()


async def test_the_hub_is_an_ordinary_user_with_the_rights_documented_and_no_others(guarded: Guarded) -> None:
    wanted = documented_rights(HUB)
    assert rights_of(guarded.kafka, HUB) == sorted(
        (one.restype.name, one.name, one.resource_pattern_type.name, one.operation.name) for one in wanted
    )


async def test_only_partners_with_topics_have_a_user_and_it_has_its_own_rights(guarded: Guarded) -> None:
    assert guarded.stage.passwords.keys() == {NORFOLK}
    wanted = [
        (it.resource.name, it.name, "PREFIXED" if it.prefixed else "LITERAL", it.operation.name)
        for it in partner_rights(NORFOLK)
    ]
    assert rights_of(guarded.kafka, NORFOLK) == sorted(wanted)
    assert rights_of(guarded.kafka, OTHER) == []


async def test_of_a_whole_story_norfolk_reads_its_own_and_nothing_else(guarded: Guarded, norfolk: Connection) -> None:
    episode = await played(guarded.stage, "away")
    told = {one["id"] for one in episode["dispatches"] if one["endpoint_id"] == NORFOLK and one["state"] == "sent"}
    others = {one["id"] for one in episode["dispatches"]} - told
    assert told
    assert others
    async with reading(norfolk, to_topic(NORFOLK), f"{NORFOLK}.reader") as consumer:
        records = await read(consumer, len(told))
    assert {dict(one.headers)["ce_id"].decode() for one in records} == told
    assert not [id for id in others for one in records if id.encode() in one.value]


async def test_what_norfolk_writes_to_its_own_topic_is_taken_in(guarded: Guarded, norfolk: Connection) -> None:
    episode = (await played(guarded.stage, "away"))["id"]
    event = contact(episode, f"/partners/{NORFOLK}")
    headers = {"ce_id": str(event.id), "ce_source": event.source, "content-type": "application/cloudevents+json"}
    producer = make_producer(norfolk)
    await producer.start()
    sent = [(name, text.encode()) for name, text in headers.items()]
    await producer.send_and_wait(from_topic(NORFOLK), to_structured(event), headers=sent)
    await producer.stop()

    async def taken_in() -> bool:
        return event.source in await contacts(guarded.stage, episode)

    await until(taken_in, "the record is taken in")


@pytest.mark.parametrize("topic", [to_topic(OTHER), from_topic(OTHER), from_topic(NORFOLK), EPISODE, DEAD, INVALID])
async def test_norfolk_reads_no_other_topic(norfolk: Connection, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        async with reading(norfolk, topic, f"{NORFOLK}.curious") as consumer:
            await read(consumer, 1, patience=10)


@pytest.mark.parametrize("topic", [to_topic(OTHER), from_topic(OTHER), to_topic(NORFOLK), EPISODE, DEAD, INVALID])
async def test_norfolk_writes_to_no_other_topic(norfolk: Connection, topic: str) -> None:
    producer = make_producer(norfolk)
    await producer.start()
    with pytest.raises(TopicAuthorizationFailedError):
        await producer.send_and_wait(topic, b"forged")
    await producer.stop()


@pytest.mark.parametrize("group", [OTHER, f"{OTHER}.reader", "hub-router", f"hub-partners-{NORFOLK}", NORFOLK])
async def test_norfolk_joins_nobody_elses_group(norfolk: Connection, group: str) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        async with reading(norfolk, to_topic(NORFOLK), group) as consumer:
            await read(consumer, 1, patience=10)


async def test_a_cluster_of_another_authority_is_refused(
    guarded: Guarded, tmp_path_factory: pytest.TempPathFactory
) -> None:
    another = make_authority(tmp_path_factory.mktemp("another"), "another").file
    trusting = guarded.kafka.connection(NORFOLK, guarded.stage.passwords[NORFOLK], another)
    with pytest.raises(KafkaConnectionError):
        await make_producer(trusting).start()


@pytest.mark.parametrize("user", [NORFOLK, OTHER, HUB, ADMIN])
async def test_a_wrong_password_is_refused(guarded: Guarded, user: str) -> None:
    with pytest.raises(KafkaConnectionError):
        await make_producer(guarded.kafka.connection(user, "guessed")).start()
