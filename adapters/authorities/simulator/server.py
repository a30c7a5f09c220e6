"""The authorities' web side: webhooks that check signature, time and repetition, and samples sent on request."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.authorities.simulator.office import CARE_CONTEXT, FACTS, Office, clock
from adapters.authorities.translate.signature import Verdict, verify
from adapters.simulation import Sending

SAMPLES = Path(__file__).parent.parent / "samples"
_SENDER = "rotherham-council"
_STATUS = {Verdict.UNSIGNED: 401, Verdict.FORGED: 401, Verdict.STALE: 401, Verdict.REPEATED: 409}


def authorities(
    hub: str, tokens: dict[str, str], settings: Mapping[str, str], now: Callable[[], datetime] = clock
) -> Starlette:
    """Return the web application that stands for every authority whose token is given."""
    office = Office(
        name="authorities", samples=SAMPLES, hub=hub, tokens=tokens, settings=dict(settings), sending=_sending, now=now
    )
    office.background = (office.work, office.read_inbox)
    hook = Route("/{partner}/hook", office.guarded(_hook(office)), methods=["POST"])
    return office.app([hook, Route("/{partner}/hook", _reachable, methods=["HEAD"]), _tracking(office)])


def _sending(sample: str, partner: str | None) -> Sending:
    path = CARE_CONTEXT if "care-context" in sample else FACTS
    return Sending(path, "application/json", partner or _SENDER)


def _hook(office: Office) -> Callable[[Request], Any]:
    async def receive(request: Request) -> Response:
        partner, body = request.path_params["partner"], await request.body()
        verdict = _judge(office, request, body, seen=frozenset(office.received))
        message_id = request.headers.get("webhook-id", "")
        if verdict is Verdict.REPEATED:
            office.keep(message_id, {})
        if verdict is not Verdict.GENUINE:
            return JSONResponse({"title": f"The message is {verdict.value}."}, status_code=_STATUS[verdict])
        message = json.loads(body)
        office.take_in(partner, "webhook", message_id, message)
        return JSONResponse({"reference": f"{partner}/{message_id}"}, status_code=202)

    return receive


def _tracking(office: Office) -> Route:
    async def track(request: Request) -> Response:
        if office.mode == "down":
            return Response(status_code=503)
        if _judge(office, request, b"") is not Verdict.GENUINE:
            return JSONResponse({"title": "The query is not signed as it must be."}, status_code=401)
        partner, message_id = request.path_params["partner"], request.path_params["id"]
        kept = office.received.get(message_id)
        if kept is None or kept["partner"] != partner:
            return JSONResponse({"title": "No such message here."}, status_code=404)
        return JSONResponse({"reference": f"{partner}/{message_id}"})

    return Route("/{partner}/hook/{id}", track)


def _judge(office: Office, request: Request, body: bytes, seen: frozenset[str] = frozenset()) -> Verdict:
    key = office.signing_key(request.path_params["partner"])
    return verify(key, request.headers, body, office.now(), seen) if key else Verdict.FORGED


async def _reachable(_: Request) -> Response:
    return Response(status_code=204)
