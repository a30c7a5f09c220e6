"""The ledger for as long as one command takes."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hub.cli.common import run, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hub.ledger.engine import Ledger, Tx


@asynccontextmanager
async def opened_ledger() -> "AsyncIterator[Ledger]":
    """Open the ledger at its newest version, and close it again."""
    from hub.ledger.engine import open_ledger, upgrade

    url = settings().database_url.get_secret_value()
    await upgrade(url)
    ledger = await open_ledger(url)
    try:
        yield ledger
    finally:
        await ledger.close()


def in_ledger(work: "Callable[[Tx], Awaitable[None]]") -> None:
    """Do some work in one transaction."""

    async def connected() -> None:
        async with opened_ledger() as ledger, ledger.begin() as tx:
            await work(tx)

    run(connected())
