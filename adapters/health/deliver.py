"""Sending over MESH, and asking MESH what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from adapters.health.mesh import mesh_of
from adapters.health.model import ACCESS_REFUSED, REPORT_REASONS, WORKFLOW
from adapters.health.translate import render
from contracts.adapter import Endpoint, Health, HttpResponse, Outcome, Reach, Tracking
from contracts.dispatch import Dispatch
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage

_FAILED = frozenset({"error", "failed", "undelivered", "undeliverable", "expired"})


async def deliver(dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
    """Send a dispatch once; its id is the MESH local id. Raises RetryLater or Undeliverable."""
    wire = render(dispatch, endpoint)
    workflow = endpoint.options.get("workflow", WORKFLOW)
    mesh = mesh_of(endpoint, reach)
    response = await mesh.send(endpoint.address, workflow, str(dispatch.id), wire.content_type, wire.body)
    if response.status in (200, 202):
        message_id = _message_id(_json(response))
        if message_id is None:
            raise RetryLater("MESH took the message but named no message id", maybe_received=True)
        return Outcome(reference=message_id)
    raise _refused(response, reach.now())


async def track(dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
    """Ask by local id: 200 and 300 (more than one with this id) mean known, 404 means send again."""
    response = await mesh_of(endpoint, reach).track_local(str(dispatch.id))
    if response.status == 404:
        return Tracking(known=False)
    if response.status == 300:
        return Tracking(known=True)
    if response.status == 200:
        body = _json(response)
        return Tracking(known=True, reference=_message_id(body), stage=_stage(body))
    raise _refused(response, reach.now())


async def receipts(dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
    """Ask by MESH message id; None when MESH no longer knows it (it forgets after 30 days)."""
    mesh = mesh_of(endpoint, reach)
    response = await (mesh.track_message(reference) if reference else mesh.track_local(str(dispatch.id)))
    if response.status in (300, 404):
        return None
    if response.status == 200:
        return _stage(_json(response))
    raise _refused(response, reach.now())


async def check(endpoint: Endpoint, reach: Reach) -> Health:
    """Validate our mailbox with MESH."""
    try:
        response = await mesh_of(endpoint, reach).handshake()
    except RetryLater as later:
        return Health(reachable=False, detail=f"MESH does not answer: {later.reason}")
    except Undeliverable as wrong:
        return Health(reachable=False, detail=wrong.reason)
    if response.status == 200:
        return Health(reachable=True, detail="MESH accepts the mailbox")
    if response.status == 403:
        return Health(reachable=False, detail=ACCESS_REFUSED)
    return Health(reachable=False, detail=f"MESH answers {response.status}")


def _stage(body: Mapping[str, Any]) -> Stage:
    status = str(body.get("status", "")).lower()
    if status in _FAILED:
        return Stage.UNDELIVERABLE
    # Collected from the mailbox; whether it stands on a record only a business acknowledgement says.
    return Stage.OPENED if status == "acknowledged" else Stage.TRANSPORTED


def _message_id(body: Mapping[str, Any]) -> str | None:
    for name in ("message_id", "messageID", "messageId"):
        if isinstance(body.get(name), str) and body[name]:
            return str(body[name])
    return None


def _json(response: HttpResponse) -> dict[str, Any]:
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _refused(response: HttpResponse, now: datetime) -> RetryLater | Undeliverable:
    if response.status == 429:
        return RetryLater("MESH asks to slow down", maybe_received=False, not_before=response.retry_after(now))
    if response.status >= 500 or response.status == 408:
        not_before = response.retry_after(now)
        return RetryLater(f"MESH answers {response.status}", maybe_received=True, not_before=not_before)
    return Undeliverable(_reason(response))


def _reason(response: HttpResponse) -> str:
    if response.status == 403:
        return ACCESS_REFUSED
    code = _error_code(_json(response))
    known = REPORT_REASONS.get(code or "")
    if response.status == 417:
        return f"MESH refuses the recipient or the workflow ({known or 'code ' + code if code else 'unregistered'})"
    return f"MESH answers {response.status}" + (f", code {code}: {known}" if known else "")


def _error_code(body: Mapping[str, Any]) -> str | None:
    details = body.get("detail")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else body
    code = first.get("code", first.get("errorCode"))
    return code if isinstance(code, str) and code.isalnum() and len(code) <= 4 else None
