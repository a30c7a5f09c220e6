"""Real servers for a run: Apache Kafka of several nodes, and PostgreSQL on a disk that can be made full."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live.servers.disk import Disk, small_disk
from tests.live.servers.kafka import LocalKafka, local_kafka
from tests.live.servers.postgres import LocalPostgres, local_postgres
from tests.live.servers.process import Unavailable

# Its log of changes must not fill the disk before anybody says so.
_POSTGRES = {"max_wal_size": "256MB", "min_wal_size": "64MB"}


@dataclass
class Servers:
    """The servers that the hub stands on; `disk` holds the ledger, None where no disk can be mounted."""

    kafka: LocalKafka
    postgres: LocalPostgres
    disk: Disk | None = None


@contextmanager
def servers_there(folder: Path, *, nodes: int) -> Iterator[Servers]:
    """Start both; Unavailable where CI=true and no disk can be mounted: a fault would be left out in silence."""
    with ExitStack() as stack:
        disk = _disk(stack)
        postgres = stack.enter_context(local_postgres(disk.folder if disk else None, _POSTGRES))
        kafka = stack.enter_context(local_kafka(folder / "kafka", nodes=nodes))
        yield Servers(kafka, postgres, disk)


def _disk(stack: ExitStack) -> Disk | None:
    try:
        return stack.enter_context(small_disk())
    except Unavailable as error:
        if os.environ.get("CI", "").lower() == "true":
            raise
        sys.stderr.write(f"{error}; the full disk is left out of this run.\n")
        return None
