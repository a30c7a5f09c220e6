"""What happens to a message that is refused before it is read: its size and digest are kept, its sender hears why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import Request
from starlette.requests import ClientDisconnect
from structlog.stdlib import get_logger

from contracts.adapter import Partner
from hub.api.body import announced, seen_of
from hub.api.metrics import Metrics
from hub.api.problems import ApiProblem
from hub.api.services import Services
from hub.api.taking import LONGEST_MESSAGE_ID
from hub.ledger import refused
from hub.ledger.refused import Refused

# A client that sends before it listens hears the answer only when all that it sends is read, up to here.
DRAINED_BYTES = 64 * 1024 * 1024
DRAINED_SECONDS = 10.0
_log = get_logger("hub.api")


@asynccontextmanager
async def kept_if_refused(
    request: Request, partner: Partner, adapter: str, route: str, services: Services, counts: Metrics
) -> AsyncIterator[None]:
    """Keep size and digest of what is refused inside the block, and add the receipt to its problem (promise G9)."""
    try:
        yield
    except ApiProblem as problem:
        await _drain(request)
        seen, title = seen_of(request), problem.document.title
        given = request.headers.get("message-id")
        message = Refused(
            partner=partner,
            adapter=adapter,
            route=route,
            message_id=given if given and len(given) <= LONGEST_MESSAGE_ID else None,
            content_type=request.headers.get("content-type", ""),
            digest=seen.digest,
            size=max(announced(request), seen.size),
            title=title,
        )
        async with services.ledger.begin() as tx:
            problem.document.receipt = await refused.keep(tx, message, services.now())
        counts.count("hub_intake_messages_total", adapter=adapter, outcome="refused")
        _log.warning("message_refused", adapter=adapter, route=route, status=problem.document.status)
        raise


async def _drain(request: Request) -> None:
    """Read on and forget, as far as it is bearable; whoever asked first whether to send is not made to."""
    if request.headers.get("expect", "").lower() == "100-continue":
        return
    seen = seen_of(request)
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(DRAINED_SECONDS):
            async for piece in request.stream():
                seen.add(piece)
                if seen.size > DRAINED_BYTES:
                    return
