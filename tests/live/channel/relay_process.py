"""A relay as a process of its own, to be frozen: python -m tests.live.channel.relay_process URL BOOTSTRAP TOPIC."""

import asyncio
import sys

from hub.channel.broker import Connection
from hub.channel.relay import Relay
from hub.channel.topics import DEAD, EPISODE, INVALID, Topic
from hub.ledger.engine import open_ledger
from tests.live.channel.harness import PARTITIONS, clock


async def main(url: str, bootstrap: str, topic: str) -> None:
    ledger = await open_ledger(url)
    topics = [Topic(EPISODE, PARTITIONS), Topic(INVALID, 1), Topic(DEAD, 1), Topic(topic, PARTITIONS)]
    await Relay(ledger, Connection(bootstrap), topics, holder="first", clock=clock).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
