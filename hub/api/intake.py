"""`POST /intake/{adapter}/{route}`: a partner's own document, in the partner's own format."""

from typing import Any

from fastapi import APIRouter, Request

from contracts.adapter import Partner, Route
from hub.api.body import media_type, read_body, require_type
from hub.api.describing import ERRORS, raw_body
from hub.api.metrics import Metrics
from hub.api.problems import not_found
from hub.api.security import Counts, Lent, Sender, forbidden
from hub.api.services import Reader, Services
from hub.api.taking import Way, document_of, take
from hub.api.unread import kept_if_refused
from hub.api.views import Accepted

router = APIRouter(tags=["intake"])


@router.post(
    "/intake/{adapter}/{route:path}",
    status_code=202,
    response_model=Accepted,
    response_model_exclude_unset=True,
    responses=ERRORS,
    openapi_extra=raw_body("application/xml", "text/xml", "application/json", "application/fhir+json"),
)
async def intake(adapter: str, route: str, request: Request, partner: Sender, lent: Lent, counts: Counts) -> Any:
    """Take in a document. 202 means that it is stored for good; `warnings` name every doubtful field.

    The same message id with the same bytes gets the same answer, with other bytes 409. The id inside the message
    counts; for formats without one send it in `Message-Id`.
    """
    reader, way = _way(adapter, route, lent)
    async with kept_if_refused(request, partner, adapter, route, lent, counts):
        _admit(partner, way, counts)
        require_type(media_type(request), tuple(way.content_types))
        body = await read_body(request, lent.limits.body_bytes)
        document = document_of(request, partner, route, body, lent)
    return await take(document, Way(adapter, reader.read), lent, counts)


def _way(adapter: str, route: str, services: Services) -> tuple[Reader, Route]:
    reader = services.readers.get(adapter)
    way = next((way for way in reader.routes if way.path.strip("/") == route.strip("/")), None) if reader else None
    if reader is None or way is None:
        raise not_found("way in")
    return reader, way


def _admit(partner: Partner, way: Route, counts: Metrics) -> None:
    if partner.kind not in way.partner_kinds:
        raise forbidden(
            counts, f"This way in is for {' and '.join(kind.value for kind in way.partner_kinds)} partners."
        )
