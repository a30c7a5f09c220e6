"""What befalls a process beside its death, when a scenario chooses: a batch fails, two relays read at once."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tests.chaos.armed import Armoury
from tests.chaos.wrapping import around, replace

FAILS = "a batch fails"
READ_TOGETHER = "two relays read together"

# Less than the lease lasts: a relay that waits here must not lose it.
_WAIT_SECONDS, _LOOK_SECONDS = 1.2, 0.02
Call = Callable[..., Awaitable[Any]]


def install(armoury: Armoury) -> None:
    """Wrap what can be hindered; nothing happens until it is armed."""
    replace("hub.channel.router:handle_batch", partial(around, before=partial(_fail, armoury)))
    replace("hub.ledger.outbox:unpublished", partial(_together, armoury))


def _fail(armoury: Armoury) -> None:
    if armoury.take(FAILS):
        raise ConnectionError("the ledger is out of reach, on purpose")


def _together(armoury: Armoury, read: Call) -> Call:
    """While armed, whoever has read something waits a moment for another relay to read the same."""

    async def reading(*given: Any, **named: Any) -> Any:
        rows = await read(*given, **named)
        if rows and armoury.is_armed(READ_TOGETHER):
            first = f"reading.{rows[0].id}"
            (armoury.folder / f"{first}.{os.getpid()}").touch()
            for _ in range(int(_WAIT_SECONDS / _LOOK_SECONDS)):
                if len(list(armoury.folder.glob(f"{first}.*"))) > 1:
                    break
                await asyncio.sleep(_LOOK_SECONDS)
        return rows

    return reading
