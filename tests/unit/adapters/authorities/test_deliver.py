"""Delivery to a webhook over a real socket, in every mode of failing, and what becomes of each answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.authorities import ADAPTER
from adapters.authorities.simulator.server import authorities
from adapters.authorities.translate.signature import signed_headers
from contracts.adapter import Channel
from contracts.dispatch import Action
from contracts.errors import RetryLater, Undeliverable
from hub.http import HttpClient
from tests.unit.adapters.authorities.support import KEY, RECEIVED_AT, dispatch, endpoint, reach, serving


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest.fixture
async def base(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("adapters.simulation.SLOW_SECONDS", 0.01)
    app = authorities("http://127.0.0.1:9", {}, {"signing_key": KEY}, now=lambda: RECEIVED_AT)
    async with serving(app) as address:
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
async def test_a_message_arrives_once(http: HttpClient, base: str, mode: str, action: Action) -> None:
    await _mode(base, mode)
    to, made = endpoint(f"{base}/rotherham-council/hook"), dispatch(action=action)

    outcome = await ADAPTER.deliver(made, to, reach(http))
    await ADAPTER.deliver(made, to, reach(http))

    assert outcome.reference == f"rotherham-council/{made.id}"
    (kept,) = await _received(base)
    assert (kept["id"], kept["times"], kept["message"]["action"]) == (str(made.id), 2, action.value)
    tracking = await ADAPTER.track(made, to, reach(http))
    assert tracking is not None
    assert tracking.known


async def test_a_lost_answer_is_cleared_up_by_asking(http: HttpClient, base: str) -> None:
    await _mode(base, "accept-then-drop-the-reply")
    to, made = endpoint(f"{base}/rotherham-council/hook"), dispatch()

    with pytest.raises(RetryLater) as raised:
        await ADAPTER.deliver(made, to, reach(http))

    assert raised.value.maybe_received
    tracking = await ADAPTER.track(made, to, reach(http))
    assert tracking is not None
    assert tracking.known
    assert len(await _received(base)) == 1


async def test_a_receiver_that_is_down_is_tried_later(http: HttpClient, base: str) -> None:
    await _mode(base, "down")
    to, made = endpoint(f"{base}/rotherham-council/hook"), dispatch()

    with pytest.raises(RetryLater) as raised:
        await ADAPTER.deliver(made, to, reach(http))
    assert raised.value.not_before == RECEIVED_AT + timedelta(seconds=1)
    with pytest.raises(RetryLater):
        await ADAPTER.track(made, to, reach(http))
    await _mode(base, "ok")
    tracking = await ADAPTER.track(made, to, reach(http))
    assert tracking is not None
    assert not tracking.known


async def test_a_refusal_is_for_a_person(http: HttpClient, base: str) -> None:
    await _mode(base, "reject")

    with pytest.raises(Undeliverable, match="422"):
        await ADAPTER.deliver(dispatch(), endpoint(f"{base}/rotherham-council/hook"), reach(http))


async def test_a_wrong_key_has_no_effect(http: HttpClient, base: str) -> None:
    with pytest.raises(Undeliverable, match="401"):
        await ADAPTER.deliver(dispatch(), endpoint(f"{base}/rotherham-council/hook"), reach(http, signing_key="wrong"))

    assert await _received(base) == []


async def test_one_authority_cannot_be_asked_for_anothers_message(http: HttpClient, base: str) -> None:
    made = dispatch()
    await ADAPTER.deliver(made, endpoint(f"{base}/rotherham-council/hook"), reach(http))

    tracking = await ADAPTER.track(made, endpoint(f"{base}/norfolk-council/hook"), reach(http))

    assert tracking is not None
    assert not tracking.known


BODY = b'{"messageId":"m-1"}'
SIGNED = signed_headers(KEY, "m-1", RECEIVED_AT, BODY)


async def test_the_receiver_takes_a_signed_message_once(base: str) -> None:
    old = signed_headers(KEY, "m-2", RECEIVED_AT - timedelta(seconds=301), BODY)
    tries = [(SIGNED, BODY), (SIGNED, BODY), (SIGNED, BODY + b" "), (old, BODY), ({}, BODY)]
    async with httpx.AsyncClient() as client:
        url = f"{base}/rotherham-council/hook"
        answers = [(await client.post(url, content=body, headers=headers)).status_code for headers, body in tries]
        unsigned_query = (await client.get(f"{url}/m-1")).status_code

    assert (answers, unsigned_query) == ([202, 409, 401, 401, 401], 401)
    assert [(kept["id"], kept["times"]) for kept in await _received(base)] == [("m-1", 2)]


ANSWERS = [
    (200, {}, None, None),
    (409, {}, None, None),
    (429, {"Retry-After": "120"}, False, RECEIVED_AT + timedelta(seconds=120)),
    (429, {"Retry-After": "Sat, 21 Nov 2026 20:05:00 GMT"}, False, RECEIVED_AT + timedelta(minutes=5)),
    (429, {"Retry-After": "soon"}, False, None),
    (408, {}, False, None),
    (500, {}, True, None),
    (503, {"Retry-After": "7"}, True, RECEIVED_AT + timedelta(seconds=7)),
]


@pytest.mark.parametrize(("status", "headers", "maybe", "not_before"), ANSWERS)
async def test_what_becomes_of_an_answer(
    http: HttpClient, status: int, headers: dict[str, str], maybe: Any, not_before: Any
) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status, headers=headers)

    async with serving(Starlette(routes=[Route("/hook", answer, methods=["POST"])])) as address:
        if maybe is None:
            assert (await ADAPTER.deliver(dispatch(), endpoint(f"{address}/hook"), reach(http))).reference is None
            return
        with pytest.raises(RetryLater) as raised:
            await ADAPTER.deliver(dispatch(), endpoint(f"{address}/hook"), reach(http))
    assert (raised.value.maybe_received, raised.value.not_before) == (maybe, not_before)


@pytest.mark.parametrize("status", [301, 400, 404, 410, 413])
async def test_other_answers_are_for_a_person(http: HttpClient, status: int) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status, headers={"Location": "http://127.0.0.1:9/elsewhere"})

    async with serving(Starlette(routes=[Route("/hook", answer, methods=["POST"])])) as address:
        with pytest.raises(Undeliverable, match=str(status)):
            await ADAPTER.deliver(dispatch(), endpoint(f"{address}/hook"), reach(http))


@pytest.mark.parametrize(
    "address", ["http://council.example/hook", "http://192.0.2.7/hook", "ftp://127.0.0.1/hook", "inbox"]
)
async def test_nothing_leaves_this_machine_without_tls(http: HttpClient, address: str) -> None:
    with pytest.raises(Undeliverable, match="HTTPS"):
        await ADAPTER.deliver(dispatch(), endpoint(address), reach(http))


async def test_without_a_key_nothing_is_sent(http: HttpClient, base: str) -> None:
    to = endpoint(f"{base}/rotherham-council/hook")
    with pytest.raises(Undeliverable, match="signing key"):
        await ADAPTER.deliver(dispatch(), to, reach(http, other="x"))

    assert await _received(base) == []
    assert not (await ADAPTER.check(to, reach(http, other="x"))).reachable


@pytest.mark.parametrize("channel", [Channel.INBOX, Channel.TOPIC])
async def test_the_hubs_own_channels_are_never_called(http: HttpClient, channel: Channel) -> None:
    to = endpoint("lambeth-council", channel)

    with pytest.raises(Undeliverable, match="hub itself"):
        await ADAPTER.deliver(dispatch(), to, reach(http))
    assert await ADAPTER.track(dispatch(), to, reach(http)) is None
    assert (await ADAPTER.check(to, reach(http))).reachable


async def test_check_says_whether_the_webhook_is_there(http: HttpClient, base: str) -> None:
    there = await ADAPTER.check(endpoint(f"{base}/rotherham-council/hook"), reach(http))
    wrong = await ADAPTER.check(endpoint(f"{base}/nowhere"), reach(http))
    gone = await ADAPTER.check(endpoint("http://127.0.0.1:9/hook"), reach(http))

    assert (there.reachable, wrong.reachable, gone.reachable) == (True, False, False)
    assert await _received(base) == []
