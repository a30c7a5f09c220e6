"""The same servers in containers, where a Docker engine answers."""

import shutil
from contextlib import ExitStack

import docker
from docker.errors import DockerException


def docker_answers() -> bool:
    """Say whether a Docker engine can be reached."""
    if shutil.which("docker") is None:
        return False
    try:
        with_engine = docker.from_env(timeout=5)
    except DockerException:
        return False
    try:
        return bool(with_engine.ping())
    except DockerException:
        return False
    finally:
        with_engine.close()


def kafka_container(stack: ExitStack) -> str:
    """Run Kafka in a container until the stack closes; gives its bootstrap servers."""
    from testcontainers.community.kafka import KafkaContainer

    container = stack.enter_context(KafkaContainer().with_kraft())
    return str(container.get_bootstrap_server())


def postgres_container(stack: ExitStack) -> str:
    """Run PostgreSQL in a container until the stack closes; gives a SQLAlchemy URL."""
    from testcontainers.community.postgres import PostgresContainer

    container = stack.enter_context(PostgresContainer("postgres:17", driver="asyncpg"))
    return str(container.get_connection_url())
