"""The servers that the live tests rest on are real, whole, and tell who they are."""

import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.live.servers.kafka import cluster_nodes, local_kafka
from tests.live.servers.kafka_identity import describe_kafka, release
from tests.live.servers.mesh import MeshSandbox
from tests.live.servers.postgres import asyncpg_url, describe_postgres, local_postgres, query
from tests.live.servers.process import Unavailable

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[2]


def new_topic(bootstrap: str, copies: int = 1) -> str:
    name = f"test.{uuid.uuid4().hex}"
    client = AdminClient({"bootstrap.servers": bootstrap})
    client.create_topics([NewTopic(name, 1, copies)])[name].result()
    return name


async def send(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value, key=b"episode")


async def first_record(bootstrap: str, topic: str) -> tuple[bytes | None, bytes | None]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        record = await consumer.getone()
        return record.key, record.value


async def test_kafka_gives_back_the_record_it_was_given(kafka_bootstrap: str) -> None:
    topic = new_topic(kafka_bootstrap)
    await send(kafka_bootstrap, topic, b"away")
    assert await first_record(kafka_bootstrap, topic) == (b"episode", b"away")


def test_kafka_tells_its_version_and_every_node(kafka_bootstrap: str) -> None:
    told = describe_kafka(kafka_bootstrap)
    assert "Kafka" in told
    assert all(address in told for address in cluster_nodes(kafka_bootstrap).values())


async def test_three_nodes_keep_a_record_when_one_is_killed(tmp_path: Path) -> None:
    try:
        with local_kafka(tmp_path, 3, {"broker.session.timeout.ms": "3000"}) as cluster:
            topic = new_topic(cluster.bootstrap, copies=3)
            await send(cluster.bootstrap, topic, b"away")
            cluster.kill(1)
            survivors = ",".join(node.address for node in cluster.nodes[1:])
            assert await first_record(survivors, topic) == (b"episode", b"away")
            cluster.start(1)
            assert set(cluster_nodes(cluster.bootstrap)) == {1, 2, 3}
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(("level", "name"), [(30, "4.3"), (25, "4.0"), (26, "before 4.1"), (99, "newer than 4.3")])
def test_a_metadata_level_names_its_release(level: int, name: str) -> None:
    assert release(level) == name


async def test_postgresql_answers_and_each_test_has_its_own_database(database_url: str, fresh_database: str) -> None:
    assert fresh_database != database_url
    engine = create_async_engine(fresh_database)
    async with engine.begin() as connection:
        await connection.execute(text("create table only_here (id int)"))
        assert (await connection.execute(text("select 1"))).scalar_one() == 1
    await engine.dispose()
    assert query(database_url, "select to_regclass('only_here')") is None
    assert describe_postgres(fresh_database).startswith("PostgreSQL")


def test_a_killed_postgresql_comes_back_with_what_it_had_committed() -> None:
    try:
        with local_postgres() as server:
            query(server.url, "create table kept as select 7 as n")
            server.kill()
            server.start()
            assert query(server.url, "select n from kept") == 7
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(
    "given", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+asyncpg://u@h/d", "postgresql+psycopg://u@h/d"]
)
def test_a_postgresql_url_of_any_driver_is_understood(given: str) -> None:
    assert asyncpg_url(given) == "postgresql+asyncpg://u@h/d"


def test_a_message_goes_through_the_mesh_sandbox_and_back(empty_mesh: MeshSandbox) -> None:
    with empty_mesh.client("HUB001") as hub, empty_mesh.client("YROTHNUR") as nurse:
        local_id = str(uuid.uuid4())
        hub.send_message("YROTHNUR", b"\x00an alert\xff", workflow_id="MISSING_CHILD_ALERT", local_id=local_id)
        (received,) = nurse.iterate_all_messages()
        assert (received.sender, received.local_id, received.read()) == ("HUB001", local_id, b"\x00an alert\xff")
        received.acknowledge()
        nurse.send_message("HUB001", b"seen", workflow_id="MISSING_CHILD_ALERT_ACK")
        assert [message.read() for message in hub.iterate_all_messages()] == [b"seen"]


def test_every_mailbox_of_the_sandbox_opens_with_its_password(mesh_sandbox: MeshSandbox) -> None:
    assert "HUB001" in mesh_sandbox.mailboxes
    for mailbox in mesh_sandbox.mailboxes:
        with mesh_sandbox.client(mailbox) as client:
            client.handshake()


@pytest.mark.parametrize(("on_ci", "outcome", "code"), [("true", "1 error", 1), ("", "1 skipped", 0)])
def test_a_missing_server_is_a_skip_with_its_reason_and_on_ci_a_failure(
    tmp_path: Path, on_ci: str, outcome: str, code: int
) -> None:
    done = _pytest(tmp_path, "def test_needs_kafka(kafka_bootstrap): pass", CI=on_ci)
    assert done.returncode == code, done.stdout
    assert outcome in done.stdout
    assert "install default-jre-headless" in done.stdout


def test_on_ci_any_skip_is_a_failure(tmp_path: Path) -> None:
    skipping = "import pytest\ndef test_later(): pytest.skip('not today')"
    assert _pytest(tmp_path, skipping, CI="true").returncode == 1
    assert _pytest(tmp_path, skipping, CI="").returncode == 0


def _pytest(folder: Path, source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test file in a pytest of its own that finds neither Java nor Docker nor a server's address."""
    (folder / "test_it.py").write_text(textwrap.dedent(source))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.live.servers.fixtures",
        "-ra",
        "-c",
        "/dev/null",
        str(folder),
    ]
    env = {"PATH": str(folder), "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
