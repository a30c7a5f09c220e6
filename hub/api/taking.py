"""Taking a document in: the steps that every way in shares, from raw bytes to the receipt (promises G1 and G9)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from structlog.stdlib import get_logger

from contracts.adapter import Document, Partner, Reading
from contracts.errors import Fate, InvalidMessage, Problem
from hub.api.metrics import Metrics
from hub.api.problems import ApiProblem, invalid, not_passed_on, reading_again
from hub.api.security import forbidden
from hub.api.services import Services
from hub.ledger.intake import Accepted, Conflict, Failed, Incoming, Kept, NotTheirs
from hub.standing import check_of

LONGEST_MESSAGE_ID = 200
# Above this size parsing is moved off the loop, so that one large message delays nobody else (promise G7).
INLINE_BYTES = 64 * 1024
_log = get_logger("hub.api")


@dataclass(frozen=True)
class Way:
    """A way in: the adapter's name for the record, and how it reads a document."""

    adapter: str
    read: Callable[[Document], Reading]


def document_of(request: Request, partner: Partner, route: str, body: bytes, services: Services) -> Document:
    """Return the request as a document. Raises ApiProblem 400 for a Message-Id that cannot be one."""
    given = request.headers.get("message-id")
    if given is not None and not (0 < len(given) <= LONGEST_MESSAGE_ID and given.isascii() and given.isprintable()):
        problem = Problem("Message-Id", "is not usable", f"send 1 to {LONGEST_MESSAGE_ID} visible ASCII characters")
        raise ApiProblem(400, "message-id", "The Message-Id cannot be used.", problems=[problem])
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"}
    content_type = headers.get("content-type", "")
    return Document(partner, route, body, content_type, services.now(), given, headers)


async def take(document: Document, way: Way, services: Services, counts: Metrics) -> dict[str, Any]:
    """Read a document and store it with what it became; returns the answer to give with 202.

    Raises ApiProblem: 400 refused, 422 unusable, 409 same message id with other bytes, 403 not the partner's to state,
    503 kept, but not passed on while the log takes nothing, or not taken in while a restored ledger reads again.
    """
    await admit(services)
    reading = await _read(document, way)
    check = None
    if isinstance(reading, Reading):
        check = check_of(reading, document.partner, services.directory, lambda event: NotTheirs(event.type.value))
    outcome = await services.gathered.put(Incoming(document, way.adapter, reading, check))
    if isinstance(outcome, Failed):
        raise outcome.error
    if isinstance(outcome, NotTheirs):
        raise forbidden(counts, f"{outcome} is for the partner to whom the hub sent the request or the notice.")
    counts.count("hub_intake_messages_total", adapter=way.adapter, outcome=_word(outcome))
    if isinstance(outcome, Conflict):
        raise ApiProblem(
            409,
            "message-id-conflict",
            "This message id was used before for other bytes.",
            "The first message stands and an operator has been asked. Send a correction under a new message id.",
        )
    if isinstance(outcome, Kept):
        return _not_taken(document, way, outcome)
    counts.count("hub_intake_bytes_total", len(document.body), adapter=way.adapter)
    services.wake()
    await _promise(outcome.answer, services)
    return outcome.answer


async def admit(services: Services) -> None:
    """Take nothing in whose episode a restored ledger may not know yet. Raises ApiProblem 503."""
    if (await services.backlog.look(services.ledger)).reading_again:
        raise reading_again(services.limits.retry_seconds)


async def _promise(answer: Mapping[str, Any], services: Services) -> None:
    """Let nobody take 202 for "they are being told" while nobody can be told."""
    limits = services.limits
    if (await services.backlog.look(services.ledger)).age(services.now()) > limits.intake_seconds:
        raise not_passed_on(answer, limits.retry_seconds)


async def _read(document: Document, way: Way) -> Reading | InvalidMessage:
    try:
        if len(document.body) <= INLINE_BYTES:
            return way.read(document)
        return await asyncio.to_thread(way.read, document)
    except InvalidMessage as error:
        return error
    except Exception as error:  # noqa: BLE001 - ours, not the sender's: kept, and a person asked at once (promise G9)
        _log.error("reader_failed", adapter=way.adapter, route=document.route, exc_info=error)
        problem = Problem("body", "could not be translated by the hub", "nothing to do: an operator has been asked")
        return InvalidMessage(Fate.HELD, "The hub could not translate the message and has kept it.", [problem])


def _word(outcome: Accepted | Kept | Conflict) -> str:
    if isinstance(outcome, Kept):
        return outcome.error.fate.value
    return "accepted" if isinstance(outcome, Accepted) else "conflict"


def _not_taken(document: Document, way: Way, kept: Kept) -> dict[str, Any]:
    error = kept.error
    _log.warning(
        "message_not_taken", adapter=way.adapter, route=document.route, fate=error.fate.value, count=len(error.problems)
    )
    if error.fate is Fate.HELD:
        return kept.answer
    raise invalid(error, kept.answer) from error
