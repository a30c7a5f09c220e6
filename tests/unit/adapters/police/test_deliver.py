"""Delivery to the running simulator over a real socket, with the hub's own HTTP client, in every mode of failing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.police import ADAPTER
from adapters.simulation import Simulation
from contracts.adapter import Endpoint, HttpResponse, Outcome, Reach, TlsIdentity, Tracking
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage
from hub.http import HttpClient
from tests.unit.adapters.police.support import RECEIVED_AT, a_dispatch, force_running, reach

DISPATCH = a_dispatch()
REFERENCE = f"POL-{str(DISPATCH.id)[:8].upper()}"


@pytest.fixture
async def force() -> AsyncIterator[tuple[Simulation, Endpoint]]:
    async with force_running() as running:
        yield running


@pytest.fixture
async def lent() -> AsyncIterator[Reach]:
    async with HttpClient() as http:
        yield reach(http)


async def test_a_dispatch_arrives_as_rendered(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    assert await ADAPTER.deliver(DISPATCH, endpoint, lent) == Outcome(reference=REFERENCE, stage=Stage.TRANSPORTED)
    received = simulation.received[str(DISPATCH.id)]
    assert received["body"]["messageId"] == str(DISPATCH.id)
    assert received["body"]["content"]["information"]["what"] == "Possible sighting, not confirmed"
    assert received["content_type"] == "application/json"


async def test_a_repeat_is_one_effect_and_as_good_as_accepted(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    outcomes = {await ADAPTER.deliver(DISPATCH, endpoint, lent) for _ in range(3)}
    assert outcomes == {Outcome(reference=REFERENCE)}
    assert simulation.received[str(DISPATCH.id)]["times"] == 3
    assert len(simulation.received) == 1


async def test_rejected_for_good(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    simulation.mode = "reject"
    with pytest.raises(Undeliverable) as caught:
        await ADAPTER.deliver(DISPATCH, endpoint, lent)
    assert "422" in caught.value.reason
    assert "Ashdown" not in caught.value.reason
    assert simulation.received == {}


async def test_down_is_tried_later_when_the_force_wishes(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    simulation.mode = "down"
    with pytest.raises(RetryLater) as caught:
        await ADAPTER.deliver(DISPATCH, endpoint, lent)
    assert not caught.value.maybe_received
    assert caught.value.not_before == RECEIVED_AT + timedelta(seconds=1)
    with pytest.raises(RetryLater):
        await ADAPTER.track(DISPATCH, endpoint, lent)


async def test_a_lost_reply_is_settled_by_asking(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    assert await ADAPTER.track(DISPATCH, endpoint, lent) == Tracking(known=False)
    simulation.mode = "accept-then-drop-the-reply"
    with pytest.raises(RetryLater) as caught:
        await ADAPTER.deliver(DISPATCH, endpoint, lent)
    assert caught.value.maybe_received
    assert await ADAPTER.track(DISPATCH, endpoint, lent) == Tracking(known=True, reference=REFERENCE)
    assert simulation.received[str(DISPATCH.id)]["times"] == 1


async def test_nobody_there(lent: Reach) -> None:
    async with force_running() as (_, endpoint):
        pass
    with pytest.raises(RetryLater) as caught:
        await ADAPTER.deliver(DISPATCH, endpoint, lent)
    assert not caught.value.maybe_received
    health = await ADAPTER.check(endpoint, lent)
    assert not health.reachable
    assert health.detail


async def test_check_reaches_the_force_without_saying_anything(force: tuple[Simulation, Endpoint], lent: Reach) -> None:
    simulation, endpoint = force
    assert (await ADAPTER.check(endpoint, lent)).reachable
    assert simulation.received == {}


async def test_wrong_and_absent_tokens(force: tuple[Simulation, Endpoint]) -> None:
    simulation, endpoint = force
    async with HttpClient() as http:
        with pytest.raises(Undeliverable, match="401"):
            await ADAPTER.deliver(DISPATCH, endpoint, reach(http, "another"))
        with pytest.raises(RetryLater, match="credential") as caught:
            await ADAPTER.deliver(DISPATCH, endpoint, reach(http, None))
    assert not caught.value.maybe_received
    assert simulation.received == {}


class Answering:
    """Stands for forces that answer otherwise than the simulator does; keeps what was asked."""

    def __init__(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self._answer = HttpResponse(status, headers or {}, body)
        self.identity: TlsIdentity | None = None
        self.url = ""

    async def request(self, method: str, url: str, **said: object) -> HttpResponse:
        identity = said["identity"]
        assert identity is None or isinstance(identity, TlsIdentity)
        self.identity, self.url = identity, url
        return self._answer


ENDPOINT = Endpoint.model_validate(
    {"id": "x", "adapter": "police", "channel": "https", "address": "https://police.example/api/"}
)
HOUR = datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "maybe_received", "not_before"),
    [
        (429, "60", False, RECEIVED_AT + timedelta(seconds=60)),
        (429, "Sun, 22 Nov 2026 05:00:00 GMT", False, HOUR),
        (503, "99999999999", False, RECEIVED_AT + timedelta(hours=24)),
        (503, "Fri, 01 Jan 2100 00:00:00 GMT", False, RECEIVED_AT + timedelta(hours=24)),
        (503, "soon", False, None),
        (500, "", True, None),
        (504, "", True, None),
        (408, "", True, None),
    ],
)
async def test_what_is_tried_later(
    status: int, retry_after: str, maybe_received: bool, not_before: datetime | None
) -> None:
    with pytest.raises(RetryLater) as caught:
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach(Answering(status, {"retry-after": retry_after})))
    assert (caught.value.maybe_received, caught.value.not_before) == (maybe_received, not_before)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
async def test_what_a_person_must_settle(status: int) -> None:
    quoting = Answering(status, body=b'{"title": "Rowan Ashdown is not known here"}')
    with pytest.raises(Undeliverable) as caught:
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach(quoting))
    assert "Ashdown" not in caught.value.reason


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b'{"reference": 7}', b"\xff", b"[" * 100_000])
async def test_accepted_with_an_answer_that_says_no_reference(body: bytes) -> None:
    assert await ADAPTER.deliver(DISPATCH, ENDPOINT, reach(Answering(202, body=body))) == Outcome(reference=None)


async def test_the_address_names_nobody_and_the_tls_identity_is_the_endpoints() -> None:
    http = Answering(202)
    options = {"tls_certificate": "/tls/hub.pem", "tls_key": "/tls/hub.key"}
    await ADAPTER.deliver(DISPATCH, ENDPOINT.model_copy(update={"options": options}), reach(http))
    assert http.url == "https://police.example/api/messages"
    assert str(http.identity and http.identity.certificate) == "/tls/hub.pem"
    await ADAPTER.deliver(DISPATCH, ENDPOINT, reach(http))
    assert http.identity is None
