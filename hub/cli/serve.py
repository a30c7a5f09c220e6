"""`hub serve`: the API, the router and the deliverers, in one process or one at a time."""

import asyncio
import signal
from typing import Annotated

import typer

from hub.cli.common import Part, run, settings


def serve(
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Serve this part only; may be repeated. Needs PostgreSQL and a real broker."),
    ] = None,
) -> None:
    """Run the hub until it is stopped."""
    chosen = settings()

    async def work() -> None:
        from hub.app import build

        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with build(chosen) as hub:
            await hub.serve([part.value for part in only or Part], stop)

    from hub.logging import configure

    configure(chosen.log_level, chosen.environment)
    run(work())
