"""Taking a document in: the steps that every way in shares, from raw bytes to the receipt (promises G1 and G9)."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from structlog.stdlib import get_logger

from contracts.adapter import Document, Partner, Reading
from contracts.errors import Fate, InvalidMessage, Problem
from hub.api.metrics import Metrics
from hub.api.problems import ApiProblem, invalid, not_passed_on, reading_again
from hub.api.security import forbidden
from hub.api.services import Services
from hub.ledger import audit, intake, refused, tasks
from hub.ledger.refused import Refused
from hub.standing import may_state

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
    try:
        reading = await _read(document, way)
        answer = await _accept(document, way, reading, services, counts)
    except InvalidMessage as error:
        return await _keep_bad(document, way, error, services, counts)
    counts.count("hub_intake_messages_total", adapter=way.adapter, outcome="accepted")
    counts.count("hub_intake_bytes_total", len(document.body), adapter=way.adapter)
    services.wake()
    await _promise(answer, services)
    return answer


async def admit(services: Services) -> None:
    """Take nothing in whose episode a restored ledger may not know yet. Raises ApiProblem 503."""
    if (await services.backlog.look(services.ledger)).reading_again:
        raise reading_again(services.limits.retry_seconds)


async def _promise(answer: Mapping[str, Any], services: Services) -> None:
    """Let nobody take 202 for "they are being told" while nobody can be told."""
    limits = services.limits
    if (await services.backlog.look(services.ledger)).age(services.now()) > limits.intake_seconds:
        raise not_passed_on(answer, limits.retry_seconds)


async def _read(document: Document, way: Way) -> Reading:
    try:
        if len(document.body) <= INLINE_BYTES:
            return way.read(document)
        return await asyncio.to_thread(way.read, document)
    except InvalidMessage:
        raise
    except Exception as error:
        # The fault is ours, not the sender's: the message is kept, and a person is asked at once (promise G9).
        _log.error("reader_failed", adapter=way.adapter, route=document.route, exc_info=error)
        problem = Problem("body", "could not be translated by the hub", "nothing to do: an operator has been asked")
        raise InvalidMessage(
            Fate.HELD, "The hub could not translate the message and has kept it.", [problem]
        ) from error


async def _accept(
    document: Document, way: Way, reading: Reading, services: Services, counts: Metrics
) -> dict[str, Any]:
    try:
        return await _store(document, way, reading, services, counts)
    except IntegrityError:
        # Two of the same arrived at once and the other one won: this one is now a repeat, or opened the same episode.
        return await _store(document, way, reading, services, counts)
    except intake.Conflict as conflict:
        async with services.ledger.begin() as tx:
            await tasks.open(tx, conflict.task, services.now())
        counts.count("hub_intake_messages_total", adapter=way.adapter, outcome="conflict")
        raise ApiProblem(
            409,
            "message-id-conflict",
            "This message id was used before for other bytes.",
            "The first message stands and an operator has been asked. Send a correction under a new message id.",
        ) from None


async def _store(document: Document, way: Way, reading: Reading, services: Services, counts: Metrics) -> dict[str, Any]:
    denied = None
    async with services.ledger.begin() as tx:
        for event in reading.events:
            if not await may_state(tx, event, document.partner, services.directory):
                denied = event.type.value
                break
        else:
            accepted = await intake.accept(
                tx, document, way.adapter, reading, now=services.now(), new_id=services.new_id
            )
            return accepted.answer
        digest = hashlib.sha256(document.body).hexdigest()
        title = "Your partner may not state this."
        await refused.keep(tx, _refused(document, way, digest, title), services.now())
        ids = {"partner": document.partner.name, "type": denied, "digest": digest}
        await audit.append(tx, "statement_refused", ids, services.now())
    raise forbidden(counts, f"{denied} is for the partner to whom the hub sent the request or the notice.")


def _refused(document: Document, way: Way, digest: str, title: str) -> Refused:
    return Refused(
        partner=document.partner,
        adapter=way.adapter,
        route=document.route,
        message_id=document.message_id,
        content_type=document.content_type,
        digest=digest,
        size=len(document.body),
        title=title,
    )


async def _keep_bad(
    document: Document, way: Way, error: InvalidMessage, services: Services, counts: Metrics
) -> dict[str, Any]:
    async with services.ledger.begin() as tx:
        answer = await intake.keep_bad(tx, document, way.adapter, error, now=services.now(), new_id=services.new_id)
    counts.count("hub_intake_messages_total", adapter=way.adapter, outcome=error.fate.value)
    _log.warning(
        "message_not_taken", adapter=way.adapter, route=document.route, fate=error.fate.value, count=len(error.problems)
    )
    if error.fate is Fate.HELD:
        return answer
    raise invalid(error, answer)
