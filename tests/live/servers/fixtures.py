"""The fixtures that give tests a real server: from the environment, else a container, else a local process.

`kafka_bootstrap`, `secured_kafka`, `database_url` and `mesh_sandbox` live for the whole run; `fresh_database` and
`empty_mesh` are one test's own. A server that cannot be had skips the test with the reason, and fails it where CI=true.
Each server's own account of itself, name and version, is printed at the end of the run.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NoReturn

import pytest

from tests.live.servers.containers import docker_answers, kafka_container, postgres_container
from tests.live.servers.kafka import local_kafka
from tests.live.servers.kafka_identity import describe_kafka
from tests.live.servers.mesh import MeshSandbox, local_mesh_sandbox
from tests.live.servers.postgres import asyncpg_url, describe_postgres, local_postgres, query
from tests.live.servers.process import Unavailable
from tests.live.servers.secured_kafka import SecuredKafka, local_secured_kafka

_SERVERS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """Bootstrap servers of a real Kafka: KAFKA_BOOTSTRAP_SERVERS, else a container, else a local Apache Kafka."""
    with ExitStack() as stack:
        try:
            if bootstrap := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
                source = "KAFKA_BOOTSTRAP_SERVERS"
            elif docker_answers():
                bootstrap, source = kafka_container(stack), "a container"
            else:
                cluster = stack.enter_context(local_kafka(tmp_path_factory.mktemp("kafka")))
                bootstrap, source = cluster.bootstrap, "a local process"
        except Unavailable as reason:
            _absent(reason)
        _remember(pytestconfig, f"{describe_kafka(bootstrap)} ({source})")
        yield bootstrap


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[SecuredKafka]:
    """A local Apache Kafka that asks who connects: always its own, for nobody else's can be told whom to let in."""
    with ExitStack() as stack:
        try:
            secured = stack.enter_context(local_secured_kafka(tmp_path_factory.mktemp("secured-kafka")))
        except Unavailable as reason:
            _absent(reason)
        _remember(pytestconfig, f"Apache Kafka with SCRAM over TLS at {secured.bootstrap} (a local process)")
        yield secured


@pytest.fixture(scope="session")
def database_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """SQLAlchemy URL (asyncpg) of a real PostgreSQL: DATABASE_URL, else a container, else Debian's, started here.

    The database is shared by the run; take `fresh_database` for an empty one.
    """
    with ExitStack() as stack:
        try:
            if given := os.environ.get("DATABASE_URL"):
                url, source = asyncpg_url(given), "DATABASE_URL"
            elif docker_answers():
                url, source = postgres_container(stack), "a container"
            else:
                url, source = stack.enter_context(local_postgres()).url, "a local process"
        except Unavailable as reason:
            _absent(reason)
        _remember(pytestconfig, f"{describe_postgres(url)} ({source})")
        yield url


@pytest.fixture
def fresh_database(database_url: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of this test's own, dropped afterwards."""
    name = f"hub_test_{uuid.uuid4().hex}"
    query(database_url, f"create database {name}")
    try:
        yield _with_name(database_url, name)
    finally:
        query(database_url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def mesh_sandbox(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[MeshSandbox]:
    """The NHS's own MESH sandbox, with the hub's mailboxes."""
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(local_mesh_sandbox(tmp_path_factory.mktemp("mesh")))
        except Unavailable as reason:
            _absent(reason)
        _remember(pytestconfig, f"NHS MESH sandbox {sandbox.version} at {sandbox.url} (a local process)")
        yield sandbox


@pytest.fixture
def empty_mesh(mesh_sandbox: MeshSandbox) -> MeshSandbox:
    """The sandbox with every mailbox emptied."""
    mesh_sandbox.reset()
    return mesh_sandbox


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what each server said of itself, and on CI name a skip as what it is."""
    if servers := config.stash.get(_SERVERS, []):
        terminalreporter.section("servers")
        for server in servers:
            terminalreporter.line(server)
    if _on_ci() and terminalreporter.stats.get("skipped"):
        terminalreporter.line("CI=true: a skipped test is a failure.", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a run with a skipped test fails."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _on_ci() and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _absent(reason: Unavailable) -> NoReturn:
    if _on_ci():
        pytest.fail(f"CI=true and a server is missing: {reason}", pytrace=False)
    pytest.skip(str(reason))


def _on_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _remember(config: pytest.Config, line: str) -> None:
    config.stash.setdefault(_SERVERS, []).append(line)


def _with_name(url: str, name: str) -> str:
    base, _, options = url.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{options}" if options else "")
