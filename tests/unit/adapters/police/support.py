"""What the police tests share: partners, documents made from a complete report, and a simulator on a real socket."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

import uvicorn

from adapters.police.model.tree import NAMESPACE
from adapters.police.simulator import routes_of, simulate
from adapters.simulation import Simulation
from contracts.adapter import Channel, Document, Endpoint, Http, Partner, PartnerKind, Reach
from contracts.dispatch import Dispatch

SAMPLES = Path("adapters/police/samples")
RECEIVED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
NORFOLK = Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024")
SOUTH_YORKSHIRE = Partner(name="south-yorkshire-police", kind=PartnerKind.POLICE, code="E23000011")
TRANSPORT = Partner(name="transport-police", kind=PartnerKind.POLICE)
FORCES = {force.name: force for force in (NORFOLK, SOUTH_YORKSHIRE, TRANSPORT)}
COMPLETE: dict[str, Any] = json.loads((SAMPLES / "away-1-report.json").read_text())
GONE = object()


def document(body: bytes, content_type: str = "application/xml", partner: Partner = NORFOLK) -> Document:
    return Document(partner=partner, route="reports", body=body, content_type=content_type, received_at=RECEIVED_AT)


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the complete report, some fields replaced or, by GONE, taken out; `person.dob` is of the first person."""
    report = copy.deepcopy(COMPLETE)
    for path, value in changes.items():
        *groups, name = path.split(".")
        group: Any = report
        for step in groups:
            group = group.setdefault(step, {})
            group = group[0] if isinstance(group, list) else group
        if value is GONE:
            group.pop(name, None)
        else:
            group[name] = value
    return report


def as_json(report: Mapping[str, Any], partner: Partner = NORFOLK) -> Document:
    return document(json.dumps(report).encode(), "application/json", partner)


def as_xml(report: Mapping[str, Any], partner: Partner = NORFOLK) -> Document:
    return document(f'<missingReport xmlns="{NAMESPACE}">{_elements(report)}</missingReport>'.encode(), partner=partner)


def _elements(group: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in group.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value) or f"<{name}/>"
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def a_dispatch(name: str = "information") -> Dispatch:
    return Dispatch.model_validate_json((SAMPLES / "out" / f"{name}.dispatch.json").read_bytes())


def reach(http: Http, token: str | None = "hub-to-force") -> Reach:
    secrets = {"token": token} if token else {}
    return Reach(http=http, now=lambda: RECEIVED_AT, new_id=lambda: UUID(int=0), secrets=secrets)


@asynccontextmanager
async def force_running(hub: str = "http://127.0.0.1:1") -> AsyncIterator[tuple[Simulation, Endpoint]]:
    """Run the force's simulator on a free port of loopback; gives it, and the endpoint that leads to it."""
    simulation = simulate(hub, {name: f"{name}-token" for name in FORCES}, {"token": "hub-to-force"})
    config = uvicorn.Config(simulation.app(routes_of(simulation)), host="127.0.0.1", port=0, log_level="critical")
    async with serving(config) as address:
        yield simulation, Endpoint(id="norfolk-police", adapter="police", channel=Channel.HTTPS, address=address)


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[str]:
    """Serve an application until the block ends; gives its address."""
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve())
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
