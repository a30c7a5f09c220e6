"""Delivery to the Home Office over a real socket, in every mode of failing, and its stand-in's samples."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.homeoffice import ADAPTER
from adapters.homeoffice.simulator import home_office
from contracts.dispatch import Action
from contracts.errors import RetryLater, Undeliverable
from hub.http import HttpClient
from tests.unit.adapters.homeoffice.support import RECEIVED_AT, TOKEN, dispatch, endpoint, reach, serving


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest.fixture
async def base(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("adapters.simulation.SLOW_SECONDS", 0.01)
    async with serving(home_office("http://127.0.0.1:9", {}, {"token": TOKEN})) as address:
        yield address


async def _mode(base: str, mode: str) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{base}/mode", json={"mode": mode})).status_code == 200


async def _received(base: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        kept: list[dict[str, Any]] = (await client.get(f"{base}/received")).json()["received"]
    return kept


@pytest.mark.parametrize("mode", ["ok", "slow", "duplicate"])
@pytest.mark.parametrize("action", list(Action))
async def test_a_notification_arrives_once(http: HttpClient, base: str, mode: str, action: Action) -> None:
    await _mode(base, mode)
    made = dispatch(action=action)

    outcome = await ADAPTER.deliver(made, endpoint(base), reach(http))
    assert await ADAPTER.deliver(made, endpoint(base), reach(http)) == outcome

    assert outcome.reference == f"HO-{made.id}"
    (kept,) = await _received(base)
    assert (kept["id"], kept["times"], kept["message"]["action"]) == (str(made.id), 2, action.value)


async def test_a_lost_answer_is_cleared_up_by_asking(http: HttpClient, base: str) -> None:
    await _mode(base, "accept-then-drop-the-reply")
    made = dispatch()

    with pytest.raises(RetryLater) as raised:
        await ADAPTER.deliver(made, endpoint(base), reach(http))

    assert raised.value.maybe_received
    tracking = await ADAPTER.track(made, endpoint(base), reach(http))
    assert tracking is not None
    assert (tracking.known, tracking.reference) == (True, f"HO-{made.id}")


async def test_a_receiver_that_is_down_is_tried_later(http: HttpClient, base: str) -> None:
    await _mode(base, "down")
    made = dispatch()

    with pytest.raises(RetryLater) as raised:
        await ADAPTER.deliver(made, endpoint(base), reach(http))
    assert raised.value.not_before == RECEIVED_AT + timedelta(seconds=1)
    with pytest.raises(RetryLater):
        await ADAPTER.track(made, endpoint(base), reach(http))
    await _mode(base, "ok")
    tracking = await ADAPTER.track(made, endpoint(base), reach(http))
    assert tracking is not None
    assert not tracking.known


async def test_a_refusal_is_for_a_person(http: HttpClient, base: str) -> None:
    await _mode(base, "reject")

    with pytest.raises(Undeliverable, match="422"):
        await ADAPTER.deliver(dispatch(), endpoint(base), reach(http))


@pytest.mark.parametrize(("secret", "said"), [("wrong", "401"), ("", "no token")])
async def test_without_the_right_token_nothing_is_kept(http: HttpClient, base: str, secret: str, said: str) -> None:
    with pytest.raises(Undeliverable, match=said):
        await ADAPTER.deliver(dispatch(), endpoint(base), reach(http, token=secret))

    assert await _received(base) == []
    assert not (await ADAPTER.check(endpoint(base), reach(http, token=secret))).reachable


ANSWERS = [
    (429, {"Retry-After": "120"}, False, RECEIVED_AT + timedelta(seconds=120)),
    (429, {"Retry-After": "Sat, 21 Nov 2026 20:05:00 GMT"}, False, RECEIVED_AT + timedelta(minutes=5)),
    (408, {"Retry-After": "soon"}, False, None),
    (500, {}, True, None),
]


@pytest.mark.parametrize(("status", "headers", "maybe", "not_before"), ANSWERS)
async def test_what_is_tried_again(
    http: HttpClient, status: int, headers: dict[str, str], maybe: bool, not_before: Any
) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status, headers=headers)

    async with serving(Starlette(routes=[Route("/notifications", answer, methods=["POST"])])) as address:
        with pytest.raises(RetryLater) as raised:
            await ADAPTER.deliver(dispatch(), endpoint(address), reach(http))
    assert (raised.value.maybe_received, raised.value.not_before) == (maybe, not_before)


@pytest.mark.parametrize("address", ["http://ho.example", "inbox"])
async def test_nothing_leaves_this_machine_without_tls(http: HttpClient, address: str) -> None:
    with pytest.raises(Undeliverable, match="HTTPS"):
        await ADAPTER.deliver(dispatch(), endpoint(address), reach(http))


async def test_check_says_whether_the_home_office_is_there(http: HttpClient, base: str) -> None:
    there = await ADAPTER.check(endpoint(base), reach(http))
    gone = await ADAPTER.check(endpoint("http://127.0.0.1:9"), reach(http))

    assert (there.reachable, gone.reachable) == (True, False)
    assert await _received(base) == []


async def test_the_stand_in_sends_its_samples_as_the_home_office() -> None:
    taken: list[tuple[str, str, Any]] = []

    async def take(request: Request) -> Response:
        taken.append((request.url.path, request.headers["authorization"], await request.json()))
        return JSONResponse({}, status_code=202)

    app = Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
    async with (
        serving(app) as hub,
        serving(home_office(hub, {"home-office": "ho-token"}, {})) as base,
        httpx.AsyncClient() as client,
    ):
        answer = await client.post(f"{base}/send", json={"sample": "restricted-7-found.json"})

    assert answer.json()["status"] == 202
    ((path, token, body),) = taken
    assert (path, token, body["eventType"]) == ("/intake/homeoffice/notifications", "Bearer ho-token", "found")
