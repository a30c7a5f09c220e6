"""A lost log is read again by every process, whichever one noticed the loss."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from hub.channel.consumer import BatchConsumer
from hub.channel.losses import LossWatch
from hub.ledger import outbox
from hub.ledger.engine import Ledger
from tests.live.channel.harness import until


class Consumer:
    """Counts how often it was told to begin again."""

    group = "hub-router"

    def __init__(self) -> None:
        self.rewound = asyncio.Semaphore(0)

    async def rewind(self) -> None:
        self.rewound.release()

    async def until_rewound(self) -> None:
        await asyncio.wait_for(self.rewound.acquire(), 20)


def has_looked(watch: LossWatch) -> Callable[[], Awaitable[bool]]:
    async def looked() -> bool:
        return watch.seen is not None

    return looked


async def test_each_loss_is_read_again_once_and_an_old_one_never(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await outbox.count_loss(tx)
    consumers = [Consumer(), Consumer()]
    watch = LossWatch(ledger, lambda: cast(list[BatchConsumer], consumers), poll_seconds=0.01)
    task = asyncio.create_task(watch.run())
    try:
        await until(has_looked(watch), "it has looked once")
        for _ in range(2):
            async with ledger.begin() as tx:
                await outbox.count_loss(tx)
            for one in consumers:
                await one.until_rewound()
        assert all(one.rewound.locked() for one in consumers), "two losses, two rewinds"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_ledger_that_is_away_for_a_moment_does_not_end_the_watch(ledger: Ledger) -> None:
    consumer = Consumer()
    looked: list[int] = []

    def consumers() -> list[BatchConsumer]:
        looked.append(1)
        if len(looked) == 1:
            raise ConnectionError
        return cast(list[BatchConsumer], [consumer])

    watch = LossWatch(ledger, consumers, poll_seconds=0.01)
    task = asyncio.create_task(watch.run())
    try:
        await until(has_looked(watch), "it has looked once")
        async with ledger.begin() as tx:
            await outbox.count_loss(tx)
        await consumer.until_rewound()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
