"""Receipts: what became of one recipient's copy."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.codes import OpenCode
from contracts.person import Facts


class Stage(OpenCode):
    """How far a dispatch got. `transported` and `opened` never mean that it stands on a record."""

    TRANSPORTED = "transported"
    OPENED = "opened"
    ACCEPTED = "accepted"
    ACTED_ON = "acted_on"
    REJECTED = "rejected"
    UNDELIVERABLE = "undeliverable"
    UNKNOWN = "unknown"


class Receipt(Facts):
    """One stage reached. `by` names the person who accepted, `reference` is the partner's own (a MESH message id)."""

    dispatch_id: UUID
    stage: Stage
    at: AwareDatetime
    by: str | None = None
    reference: str | None = None
    reason: str | None = None
