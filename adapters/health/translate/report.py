"""A MESH error report: a message of ours was not delivered (mesh-api.yaml, Asynchronous error reporting)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from adapters.health.model import REPORT_REASONS
from adapters.health.translate.parsing import is_possible, json_of, text, uuid_of
from contracts.adapter import Document, Reading
from contracts.envelope import Reference, derived_id, event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import ReceiptRecorded
from contracts.receipt import Receipt, Stage


def report(document: Document) -> Reading:
    """Return the receipt `undeliverable` of the dispatch whose id is the report's local id.

    Raises InvalidMessage (unusable) when the local id is none of ours.
    """
    headers = _headers(document)
    dispatch_id = uuid_of(headers.get("mex-localid"))
    if dispatch_id is None:
        problem = Problem("Mex-LocalID", "not the id of a dispatch of this hub")
        raise InvalidMessage(Fate.UNUSABLE, "The report does not say which message failed.", [problem])
    message_id = headers.get("mex-messageid") or document.message_id or sha256(document.body).hexdigest()
    at = _timestamp(headers.get("mex-statustimestamp"), document)
    receipt = Receipt(
        dispatch_id=dispatch_id,
        stage=Stage.UNDELIVERABLE,
        at=at,
        reference=headers.get("mex-linkedmsgid"),
        reason=_reason(headers.get("mex-statuscode", "")),
    )
    event = event_of(
        ReceiptRecorded(receipts=(receipt,)),
        id=derived_id("event", document.partner.name, message_id, 0),
        source=document.partner.source,
        occurred_at=at,
        recorded_at=document.received_at,
        references=(Reference(kind="dispatch", issuer="hub", value=str(dispatch_id)),),
    )
    return Reading(events=(event,), message_id=message_id)


def _headers(document: Document) -> Mapping[str, str]:
    stated = json_of(document.body) if document.body else dict(document.headers)
    found = {name.lower(): text(stated, name) for name in stated}
    return {name: value for name, value in found.items() if value}


def _reason(code: str) -> str:
    # The description is the sender's free text; only the code is repeated, and only when it looks like one.
    known = REPORT_REASONS.get(code, "see the MESH error codes")
    return f"MESH report {code}: {known}" if code.isalnum() and len(code) <= 4 else f"MESH report: {known}"


def _timestamp(stated: str | None, document: Document) -> datetime:
    try:
        found = datetime.strptime(stated or "", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return document.received_at
    return found if is_possible(found, document) else document.received_at
