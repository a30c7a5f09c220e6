"""Forgetting what has served its purpose: expired care context, and records that the log has long carried."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from hub.ledger import filing, outbox, subjects
from hub.ledger.engine import Ledger

# As long as the topics keep their records: until then a lost broker can be filled again from here.
KEPT_AFTER_PUBLISHING = timedelta(days=7)
EVERY_SECONDS = 3600.0

log = structlog.get_logger(__name__)


async def purge(ledger: Ledger, now: datetime) -> int:
    """Delete what has expired, in one transaction; returns how many rows."""
    async with ledger.begin() as tx:
        gone = await subjects.purge_ahead(tx, now) + await outbox.purge(tx, now - KEPT_AFTER_PUBLISHING)
        return gone + await filing.forget(tx, now)


async def purge_for_ever(ledger: Ledger, clock: Callable[[], datetime], every_seconds: float = EVERY_SECONDS) -> None:
    """Purge now and then until cancelled; a failure is logged and tried again at the next turn."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            count = await purge(ledger, clock())
            log.info("purged", count=count)
        except Exception as error:
            log.warning("purge_failed", exc_info=error)
