"""What comes after sending: receipts that must be asked for, and mailboxes that must be emptied."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

import structlog

from contracts.adapter import Answer, Endpoint
from contracts.receipt import Receipt, Stage
from hub.delivery.port import Delivery
from hub.delivery.recording import SOURCE
from hub.ledger import awaiting, receipts
from hub.ledger.awaiting import Awaiting

# How many questions are under way at once: a partner is asked about receipts beside being sent what is due.
AT_ONCE = 4
log = structlog.get_logger(__name__)
Store = Callable[[Answer, Endpoint], Awaitable[None]]


async def ask_receipts(delivery: Delivery, *, again_after: timedelta, limit: int = 200) -> int:
    """Ask how far sent dispatches have got since, `limit` of them at most; returns how many receipts came."""
    async with delivery.ledger.begin() as tx:
        waiting = await awaiting.awaiting_receipts(tx, delivery.now(), limit, again_after=again_after)
    turn = asyncio.Semaphore(AT_ONCE)
    stages = await asyncio.gather(*(_stage(one, delivery, turn) for one in waiting))
    # Transported is what sending has said already: there is more to come, so it is asked for again.
    found = [
        (one, stage)
        for one, stage in zip(waiting, stages, strict=True)
        if stage is not None and stage is not Stage.TRANSPORTED
    ]
    if not found:
        return 0
    at = delivery.now()
    stated = [Receipt(dispatch_id=one.dispatch.id, stage=stage, at=at, reference=one.reference) for one, stage in found]
    episode_of = {one.dispatch.id: one.dispatch.episode_id for one, _ in found}
    async with delivery.ledger.begin() as tx:
        await receipts.state(tx, stated, episode_of, SOURCE, at)
        await awaiting.stop_awaiting(tx, [one.dispatch.id for one, _ in found])
    delivery.wake()
    return len(found)


async def _stage(waiting: Awaiting, delivery: Delivery, turn: asyncio.Semaphore) -> Stage | None:
    endpoint = delivery.directory.endpoints.get(waiting.endpoint_id or "")
    if endpoint is None:
        return None
    try:
        adapter = delivery.adapters[endpoint.adapter]
        async with turn:
            return await adapter.receipts(waiting.dispatch, waiting.reference or "", endpoint, delivery.reach(endpoint))
    except Exception as error:  # noqa: BLE001 - one partner's fault must not keep back the others' receipts
        log.info("receipt not to be had yet", endpoint=endpoint.id, error=type(error).__name__)
        return None


async def empty_mailbox(endpoint: Endpoint, delivery: Delivery, store: Store) -> int:
    """Fetch what waits at an endpoint, store each document, and only then acknowledge it; returns how many."""
    adapter, reach = delivery.adapters[endpoint.adapter], delivery.reach(endpoint)
    stored = 0
    for answer in await adapter.poll(endpoint, reach):
        try:
            await store(answer, endpoint)
            await adapter.acknowledge(answer, endpoint, reach)
            stored += 1
        except Exception as error:  # noqa: BLE001 - it stays in the mailbox; one bad document holds back none
            log.warning("document left in the mailbox", endpoint=endpoint.id, error=type(error).__name__)
    return stored


async def follow(
    delivery: Delivery,
    mailboxes: Iterable[Endpoint],
    store: Store,
    *,
    interval_of: Callable[[Endpoint], float],
    receipts_every: float,
) -> None:
    """Empty the mailboxes and ask for receipts, each at its own pace, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for endpoint in mailboxes:
            group.create_task(_for_ever(partial(empty_mailbox, endpoint, delivery, store), interval_of(endpoint)))
        again = timedelta(seconds=receipts_every)
        group.create_task(_for_ever(partial(ask_receipts, delivery, again_after=again), receipts_every))


async def _for_ever(turn: Callable[[], Awaitable[int]], seconds: float) -> None:
    while True:
        try:
            await turn()
        except Exception as error:  # noqa: BLE001 - a partner's fault must not end the polling of it
            log.warning("polling failed", error=type(error).__name__)
        await asyncio.sleep(seconds)
