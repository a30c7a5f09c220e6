"""The broken network: each fault as the sender meets it, and whether the partner has the message."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.adapter import HttpResponse
from contracts.errors import RetryLater
from hub.http import HttpClient
from tests.chaos import network
from tests.chaos.network import HALF_A_BODY, LOST_REPLY, RESET, TOO_LATE, Faults, broken_network
from tests.live.journeys.holding import serving


@dataclass
class Partner:
    """A partner that answers what it was sent, and the way to it."""

    faults: Faults
    url: str = ""
    got: list[bytes] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.got.append(await request.body())
        return Response(b"taken: " + self.got[-1], 201)


@asynccontextmanager
async def partner(**left: int) -> AsyncIterator[Partner]:
    there = Partner(Faults(random.Random(1), Counter(left), likely=1.0))
    app = Starlette(routes=[Route("/{path:path}", there.take, methods=["POST", "GET"])])
    async with serving(app) as url, broken_network({"partner": url}, there.faults) as ways:
        there.url = ways["partner"]
        yield there


async def post(url: str, timeout: float = 20.0) -> HttpResponse:
    async with HttpClient() as http:
        return await http.request("POST", f"{url}/messages", body=b"a message", timeout=timeout)


async def test_without_faults_everything_passes() -> None:
    async with partner() as there:
        answers = [await post(there.url) for _ in range(2)]
    assert [(one.status, one.body) for one in answers] == [(201, b"taken: a message")] * 2


@pytest.mark.parametrize(
    ("fault", "arrived"), [(RESET, False), (LOST_REPLY, True), (HALF_A_BODY, True), (TOO_LATE, True)]
)
async def test_each_fault_is_a_doubt_for_the_sender(fault: str, arrived: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "TOO_LATE_SECONDS", 1.0)
    async with partner(**{fault: 1}) as there:
        with pytest.raises(RetryLater) as error:
            await post(there.url, timeout=0.5 if fault == TOO_LATE else 20.0)
        assert error.value.maybe_received
        assert bool(there.got) is arrived
        assert there.faults.met == {("partner", fault): 1}
        assert (await post(there.url)).status == 201


def test_faults_come_only_where_they_are_wanted_and_no_sooner_than_they_may() -> None:
    faults = Faults(random.Random(1), Counter({RESET: 4}), likely=1.0, share=0.5, only=("mesh", "POST"))
    assert faults.decide("police", "POST") is None
    assert faults.decide("mesh", "GET") is None
    assert [faults.decide("mesh", "POST") for _ in range(3)] == [RESET, RESET, None]
    assert not faults.through
    faults.share = 1.0
    assert [faults.decide("mesh", "POST") for _ in range(3)] == [RESET, RESET, None]
    assert faults.through
