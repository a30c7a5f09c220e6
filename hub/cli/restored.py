"""`hub restored`: said once, after the ledger was restored from a backup and before the hub is started."""

import typer

from hub.cli.common import run, settings


def restored() -> None:
    """Say that the ledger was restored: what it holds as unsent is then asked about before it is sent."""
    typer.echo(f"{run(_work())} unsent dispatches will be asked about before they are sent. Now start the hub.")


async def _work() -> int:
    from hub.app import now
    from hub.ledger.engine import open_ledger, upgrade
    from hub.ledger.restoring import note_restored

    url = settings().database_url.get_secret_value()
    await upgrade(url)
    ledger = await open_ledger(url)
    try:
        async with ledger.begin() as tx:
            return await note_restored(tx, now())
    finally:
        await ledger.close()
