"""What the tests of this folder share: documents, dispatches, and a simulator on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import uvicorn
from starlette.types import ASGIApp

from contracts.adapter import Channel, Document, Endpoint, Http, Partner, PartnerKind, Reach
from contracts.codes import Duty, Role, Seat, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, Recipient, WithdrawalReason

RECEIVED_AT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ROTHERHAM = Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018")
EPISODE = UUID("3f1c9a52-7f0e-5c57-8f6d-0c1a5f1b2d3e")
SUBJECT = UUID("7a0d8c11-2b3c-5d4e-9f60-112233445566")
KEY = "a-shared-key-for-tests"
SAMPLES = Path(__file__).parents[4] / "adapters" / "authorities" / "samples"


def document(route: str, body: bytes | Mapping[str, Any], **changes: Any) -> Document:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    fields = {"partner": ROTHERHAM, "route": route, "body": content, "content_type": "application/json"}
    return Document(**{**fields, "received_at": RECEIVED_AT, **changes})


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads((SAMPLES / name).read_bytes())
    return loaded


def dispatch(kind: Kind = Kind.NOTICE, action: Action = Action.RAISE, **changes: Any) -> Dispatch:
    ground = Ground(
        rule="rotherham.P6.case-team",
        clause="rotherham P6",
        procedure="rotherham",
        procedure_version="2024-01-18",
        seat=Seat.RESPONSIBLE,
        duty=Duty.MUST,
        occasion=1,
        due_at=RECEIVED_AT,
        purpose="safeguarding",
        lawful_basis="UK GDPR Art. 6(1)(e)",
    )
    fields: dict[str, Any] = {
        "id": uuid4(),
        "episode_id": EPISODE,
        "episode_reference": "MC-7F3K-2Q9D",
        "subject_id": SUBJECT,
        "subject_kind": SubjectKind.CHILD,
        "recipient": Recipient(role=Role.CASE_TEAM, authority="E08000018"),
        "kind": kind,
        "thread": kind.value,
        "action": action,
        "revision": 1,
        "grounds": (ground,),
        "due_at": RECEIVED_AT,
        "created_at": RECEIVED_AT,
    }
    if action is Action.WITHDRAW:
        fields["reason"] = WithdrawalReason.FOUND
        fields["content"] = Content()
    return Dispatch(**{**fields, **changes})


def endpoint(address: str, channel: Channel = Channel.WEBHOOK) -> Endpoint:
    return Endpoint(id="rotherham-case-team", adapter="authorities", channel=channel, address=address)


def reach(http: Http, **secrets: str) -> Reach:
    return Reach(http=http, now=lambda: RECEIVED_AT, new_id=uuid4, secrets=secrets or {"signing_key": KEY})


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free port of this machine; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
