"""The force's stand-in over a real socket: what it takes, what it sends, and how quickly it can be started."""

import subprocess
import sys
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.police.simulator import sending_of
from tests.unit.adapters.police.support import SAMPLES, force_running, serving

HEADERS = {"Authorization": "Bearer hub-to-force", "Idempotency-Key": "0f0f0f0f-1"}


async def test_it_takes_once_tells_and_shows_what_it_got() -> None:
    async with force_running() as (_, endpoint), httpx.AsyncClient(base_url=endpoint.address) as client:
        statuses = [
            (await client.post("/messages", json={"kind": "notice"}, headers=HEADERS)).status_code for _ in range(2)
        ]
        assert statuses == [201, 409]
        told = await client.get("/messages/0f0f0f0f-1", headers=HEADERS)
        assert (told.status_code, told.json()) == (200, {"reference": "POL-0F0F0F0F"})
        assert (await client.get("/messages/unknown", headers=HEADERS)).status_code == 404
        received = (await client.get("/received")).json()["received"]
        assert [(one["id"], one["times"], one["body"]) for one in received] == [("0f0f0f0f-1", 2, {"kind": "notice"})]


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Authorization": ""}, b"{}", 401),
        ({"Authorization": "Bearer wrong"}, b"{}", 401),
        ({"Authorization": "Basic hub-to-force"}, b"{}", 401),
        ({"Idempotency-Key": ""}, b"{}", 400),
        ({}, b"not JSON", 400),
        ({}, b"[]", 400),
    ],
)
async def test_what_it_does_not_take(headers: dict[str, str], content: bytes, status: int) -> None:
    async with force_running() as (simulation, endpoint), httpx.AsyncClient(base_url=endpoint.address) as client:
        answer = await client.post("/messages", content=content, headers=HEADERS | headers)
        assert answer.status_code == status
        assert simulation.received == {}


async def test_it_sends_a_sample_as_the_force_would() -> None:
    got: list[tuple[str, dict[str, str], bytes]] = []

    async def intake(request: Request) -> Response:
        got.append((request.url.path, dict(request.headers), await request.body()))
        return JSONResponse({"receipt": "r"}, status_code=202)

    hub = Starlette(routes=[Route("/intake/police/reports", intake, methods=["POST"])])
    async with (
        serving(uvicorn.Config(hub, host="127.0.0.1", port=0, log_level="critical")) as address,
        force_running(address) as (_, endpoint),
        httpx.AsyncClient(base_url=endpoint.address) as client,
    ):
        wanted: dict[str, Any] = {"sample": "away-1-report.xml", "replace": {"MP-26-004127": "MP-26-009999"}}
        answer = await client.post("/send", json=wanted)
        assert answer.json() == {"status": 202, "body": {"receipt": "r"}}
        await client.post("/mode", json={"mode": "duplicate"})
        await client.post("/send", json={"sample": "unborn-1-report.xml"})
    path, headers, body = got[0]
    assert path == "/intake/police/reports"
    assert (headers["authorization"], headers["content-type"]) == ("Bearer norfolk-police-token", "application/xml")
    assert body == (SAMPLES / "away-1-report.xml").read_bytes().replace(b"004127", b"009999")
    assert [headers["authorization"] for _, headers, _ in got[1:]] == ["Bearer south-yorkshire-police-token"] * 2


@pytest.mark.parametrize(
    ("sample", "named", "partner", "content_type"),
    [
        ("away-1-report.xml", None, "norfolk-police", "application/xml"),
        ("away-1-report.json", None, "norfolk-police", "application/json"),
        ("restricted-1-report.xml", None, "south-yorkshire-police", "application/xml"),
        ("away-9-found.xml", "metropolitan-police", "metropolitan-police", "application/xml"),
    ],
)
def test_who_sends_a_sample(sample: str, named: str | None, partner: str, content_type: str) -> None:
    sending = sending_of(sample, named)
    assert (sending.partner, sending.content_type) == (partner, content_type)


def test_it_starts_without_the_translators_libraries() -> None:
    asked = (
        "import sys, adapters.police.simulator as s; print(sorted({'lxml', 'pydantic', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
