"""The real servers that everything is measured on: yours, or Apache Kafka and PostgreSQL started as for the tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
from sqlalchemy import make_url

from tests.live.servers.kafka import local_kafka
from tests.live.servers.kafka_identity import describe_kafka
from tests.live.servers.postgres import asyncpg_url, describe_postgres, local_postgres, query


@dataclass(frozen=True)
class Servers:
    """Where they are, what they say of themselves, and their processes where they run on this machine as our own."""

    kafka: str
    postgres: str
    names: tuple[str, ...]
    processes: dict[str, int]
    programs: Path | None = None
    """The folder of PostgreSQL's programs, when it was started here."""

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database and drop it afterwards; gives its SQLAlchemy URL."""
        name = f"hub_bench_{uuid4().hex[:12]}"
        query(self.postgres, f"create database {name}")
        try:
            yield make_url(self.postgres).set(database=name).render_as_string(hide_password=False)
        finally:
            query(self.postgres, f"drop database {name} with (force)")


@contextmanager
def servers() -> Iterator[Servers]:
    """Give the servers of KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL, or start what is not named there."""
    processes: dict[str, int] = {}
    programs = None
    with ExitStack() as stack:
        kafka = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        if not kafka:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-kafka-")))
            cluster = stack.enter_context(local_kafka(folder))
            kafka = cluster.bootstrap
            first = cluster.nodes[0].process
            processes |= {"Kafka": first.pid} if first else {}
        given = os.environ.get("DATABASE_URL")
        if given:
            postgres = asyncpg_url(given)
        else:
            server = stack.enter_context(local_postgres())
            postgres, programs = server.url, server.programs
            processes |= {"PostgreSQL": server.process.pid} if server.process else {}
        yield Servers(kafka, postgres, (describe_kafka(kafka), describe_postgres(postgres)), processes, programs)


def machine() -> str:
    """Name the machine's processor and its number of cores."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = psutil.virtual_memory().total / 2**30
    return f"{model}, {psutil.cpu_count()} cores, {memory:.0f} GB"
