"""A partner's Kafka user from its first day to its last, by `hub partner` against running brokers."""

import json
import stat

import pytest
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from hub.channel.broker import Connection, make_producer
from hub.channel.rights import partner_rights
from hub.channel.topics import from_topic
from tests.live.access.guarded import HUB, NORFOLK, Guarded
from tests.live.access.hub_rights import rights_of
from tests.live.channel.harness import until

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
SUFFOLK = "suffolk-council"
DIRECTORY = f"""
endpoints:
  {SUFFOLK}: {{adapter: authorities, channel: topic, address: missing.to.{SUFFOLK}.v1, partner: {SUFFOLK}}}
entries: []
"""


async def lets_in(connection: Connection) -> bool:
    """Say whether the brokers let this user in. They take a moment to hear of a change."""
    producer = make_producer(connection)
    try:
        await producer.start()
    except KafkaConnectionError:
        return False
    finally:
        await producer.stop()
    return True


async def until_refused(connection: Connection) -> None:
    async def refused() -> bool:
        return not await lets_in(connection)

    await until(refused, "the brokers refuse it")


async def until_let_in(connection: Connection) -> None:
    async def let_in() -> bool:
        return await lets_in(connection)

    await until(let_in, "the brokers let it in")


async def test_after_a_rotation_the_new_password_works_and_the_old_does_not(guarded: Guarded) -> None:
    token, old = guarded.stage.company.tokens[NORFOLK], guarded.stage.passwords[NORFOLK]
    (new,) = await guarded.partner("rotate", NORFOLK, "--kafka")
    guarded.stage.passwords[NORFOLK] = new
    await until_let_in(guarded.kafka.connection(NORFOLK, new))
    await until_refused(guarded.kafka.connection(NORFOLK, old))
    assert await guarded.status(token) == 200
    (another,) = await guarded.partner("rotate", NORFOLK)
    assert (await guarded.status(token), await guarded.status(another)) == (200, 200)
    assert await lets_in(guarded.kafka.connection(NORFOLK, new))


async def test_after_a_revocation_nothing_works_not_even_what_was_open(guarded: Guarded) -> None:
    (token,) = await guarded.partner("rotate", NORFOLK)
    connection = guarded.kafka.connection(NORFOLK, guarded.stage.passwords[NORFOLK])
    producer = make_producer(connection)
    await producer.start()
    await producer.send_and_wait(from_topic(NORFOLK), b"while it may")
    said = await guarded.partner("revoke", NORFOLK)
    assert len(said) == 2
    assert await guarded.status(token) == 401
    assert rights_of(guarded.kafka, NORFOLK) == []

    async def refused() -> bool:
        try:
            await producer.send_and_wait(from_topic(NORFOLK), b"when it may not")
        except TopicAuthorizationFailedError:
            return True
        return False

    await until(refused, "what was open is refused")
    await producer.stop()
    await until_refused(connection)
    code, out, err = await guarded.trying("revoke", NORFOLK)
    assert (code, out, "no working token" in err) == (2, "", True)


async def test_who_was_revoked_can_be_let_in_again(guarded: Guarded) -> None:
    (token,) = await guarded.partner("rotate", NORFOLK)
    (password,) = await guarded.partner("rotate", NORFOLK, "--kafka")
    guarded.stage.company.tokens[NORFOLK] = token
    guarded.stage.passwords[NORFOLK] = password
    await until_let_in(guarded.kafka.connection(NORFOLK, password))
    assert await guarded.status(token) == 200
    assert len(rights_of(guarded.kafka, NORFOLK)) == len(partner_rights(NORFOLK))


async def test_refused_by_the_brokers_nothing_is_made_and_the_same_command_makes_it_later(
    guarded: Guarded, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("suffolk")
    (folder / "directory.yaml").write_text(DIRECTORY)
    file, directory = folder / "suffolk.json", str(folder / "directory.yaml")
    add = ("add", SUFFOLK, "--kind", "authority", "--code", "E10000029", "--secrets-to", str(file))
    # The hub's own user is no administrator.
    not_one = {"HUB_KAFKA_ADMIN_USERNAME": HUB, "HUB_KAFKA_ADMIN_PASSWORD": guarded.password}
    code, out, err = await guarded.trying(*add, HUB_DIRECTORY_FILE=directory, **not_one)
    assert (code, out, "the right to alter the cluster" in err) == (1, "", True)
    assert not file.exists()
    assert rights_of(guarded.kafka, SUFFOLK) == []
    code, out, err = await guarded.trying(*add, HUB_DIRECTORY_FILE=directory)
    assert (code, out) == (0, ""), err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    handed = json.loads(file.read_text())
    assert handed.keys() == {"partner", "token", "kafka_password"}
    await until_let_in(guarded.kafka.connection(SUFFOLK, handed["kafka_password"]))
    assert await guarded.status(handed["token"]) == 200
    # Its endpoint may be gone from the directory by then: the user goes with it all the same.
    assert len(await guarded.partner("revoke", SUFFOLK)) == 2
    assert rights_of(guarded.kafka, SUFFOLK) == []
    await until_refused(guarded.kafka.connection(SUFFOLK, handed["kafka_password"]))
