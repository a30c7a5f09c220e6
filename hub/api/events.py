"""`POST /events`: canonical CloudEvents, one or a batch, from partners that speak the hub's own language."""

from dataclasses import replace
from typing import Any

import orjson
from fastapi import APIRouter, Request

from contracts.adapter import Document, Reading
from contracts.envelope import Event
from contracts.errors import Fate, InvalidMessage, Problem
from hub.api.body import media_type, read_body, require_type
from hub.api.describing import ERRORS, raw_body
from hub.api.security import Counts, Lent, Sender
from hub.api.taking import Way, document_of, take
from hub.api.unread import kept_if_refused
from hub.api.views import Accepted
from hub.canonical import read_event

router = APIRouter(tags=["intake"])
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
TYPES = (ONE, BATCH, "application/json")
ADAPTER, ROUTE = "canonical", "events"


@router.post(
    "/events",
    status_code=202,
    response_model=Accepted,
    response_model_exclude_unset=True,
    responses=ERRORS,
    openapi_extra=raw_body(*TYPES),
)
async def events(request: Request, partner: Sender, lent: Lent, counts: Counts) -> Any:
    """Take in one CloudEvent or a JSON array of them (structured mode), all or none.

    `source` must be `/partners/<your name>`. Events of a type that this hub does not know yet are kept with a task.
    """
    given = media_type(request)
    async with kept_if_refused(request, partner, ADAPTER, ROUTE, lent, counts):
        require_type(given, TYPES)
        document = document_of(request, partner, ROUTE, await read_body(request, lent.limits.body_bytes), lent)
    if given == ONE or not document.body.lstrip().startswith(b"["):
        return await take(document, Way(ADAPTER, read_event), lent, counts)
    held: list[tuple[int, bytes]] = []

    def read(whole: Document) -> Reading:
        return _read_batch(whole, lent.limits.batch_events, held)

    answer = await take(document, Way(ADAPTER, read), lent, counts)
    for number, line in held:
        single = replace(
            document, body=line, message_id=f"{document.message_id}:{number}" if document.message_id else None
        )
        await take(single, Way(ADAPTER, read_event), lent, counts)
    return answer


def _read_batch(document: Document, limit: int, held: list[tuple[int, bytes]]) -> Reading:
    """Read a JSON array of events; what is held is put aside, anything worse refuses the whole batch."""
    found: list[Event] = []
    warnings: list[Problem] = []
    problems: list[Problem] = []
    fates: set[Fate] = set()
    for number, line in enumerate(_lines(document.body, limit)):
        try:
            reading = read_event(replace(document, body=line))
            found += reading.events
            warnings += [replace(warning, field=f"{number}.{warning.field}") for warning in reading.warnings]
        except InvalidMessage as error:
            named = [replace(problem, field=f"{number}.{problem.field}") for problem in error.problems]
            if error.fate is Fate.HELD:
                held.append((number, line))
                warnings += named
            else:
                fates.add(error.fate)
                problems += named
    if fates:
        worst = Fate.REFUSED if Fate.REFUSED in fates else Fate.UNUSABLE
        raise InvalidMessage(worst, "Events of the batch cannot be used; none was taken.", problems)
    if not found:
        raise InvalidMessage(Fate.HELD, "No event of the batch is of a type known to this hub.", warnings)
    return Reading(tuple(found), tuple(warnings), document.message_id)


def _lines(body: bytes, limit: int) -> list[bytes]:
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidMessage(
            Fate.REFUSED, "The batch is not JSON.", [Problem("body", "not readable as JSON")]
        ) from None
    if not isinstance(items, list) or not 0 < len(items) <= limit:
        problem = Problem("body", "is not a batch of allowed size", f"send an array of 1 to {limit} events")
        raise InvalidMessage(Fate.REFUSED, "The batch cannot be read.", [problem])
    return [orjson.dumps(item) for item in items]
