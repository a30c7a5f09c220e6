"""A delivery's three fates against the adapter's own simulator, and one effect there however often it is tried."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest

from contracts.adapter import Adapter, Endpoint, Outcome, Reach, Tracking
from contracts.dispatch import Action, Dispatch
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage
from hub.routing.reconcile import _LEFT_ALONE as NEVER_WITHDRAWN
from tests.conformance.conftest import Stands
from tests.conformance.filling import a_dispatch
from tests.conformance.found import ADAPTERS, NAMES, OWN_CHANNELS, Duty, duties, endpoints, speaks_mesh
from tests.conformance.recording import Recording
from tests.conformance.simulators import Stand
from tests.live.servers.process import free_ports, wait_for

ADAPTER_OF = {adapter.name: adapter for adapter in ADAPTERS}
# One for each kind of dispatch that an adapter sends by itself: the way is the same for every recipient.
DELIVERED = {(duty.endpoint.adapter, duty.kind): duty for duty in duties() if duty.endpoint.channel not in OWN_CHANNELS}
REACHED = (Stage.TRANSPORTED, Stage.OPENED, Stage.ACCEPTED, Stage.ACTED_ON)


def marks(adapter: str) -> Any:
    """The NHS's sandbox is a server of its own, so what needs it is a live test."""
    return [pytest.mark.live] if speaks_mesh(adapter) else []


def each(delivered: Iterable[Duty]) -> pytest.MarkDecorator:
    """Run a test for each of them."""
    found = [pytest.param(duty, id=duty.name, marks=marks(duty.endpoint.adapter)) for duty in delivered]
    return pytest.mark.parametrize("duty", found)


each_delivered = each(DELIVERED.values())
each_withdrawn = each(duty for duty in DELIVERED.values() if duty.kind not in NEVER_WITHDRAWN)
each_adapter = pytest.mark.parametrize(
    "adapter", [pytest.param(adapter, id=adapter.name, marks=marks(adapter.name)) for adapter in ADAPTERS]
)


class Try:
    """One dispatch on its way to a running simulator."""

    def __init__(self, duty: Duty, stand: Stand, reach: Reach, action: Action = Action.RAISE) -> None:
        self.stand = stand
        self._adapter = ADAPTER_OF[duty.endpoint.adapter]
        self._reach = reach
        found = endpoints(duty.endpoint.adapter, {duty.endpoint.adapter: stand.url, "mesh": stand.url})
        self._endpoint: Endpoint = next(one for one in found if one.id == duty.endpoint.id)
        # An id of its own: a simulator remembers what it has got from the tests before.
        self.dispatch: Dispatch = a_dispatch(duty, action, revision=2).model_copy(update={"id": uuid4()})

    async def deliver(self) -> Outcome:
        """Send it once."""
        return await self._adapter.deliver(self.dispatch, self._endpoint, self._reach)

    async def track(self) -> Tracking | None:
        """Ask what became of it."""
        return await self._adapter.track(self.dispatch, self._endpoint, self._reach)

    async def settle(self) -> None:
        """Do what the hub does after doubt: ask, and send again only what never arrived."""
        tracked = await self.track()
        assert tracked is not None, "an endpoint outside the hub can be asked"
        if not tracked.known:
            await self.deliver()

    def has_effects(self, times: int) -> None:
        """Expect one effect at the simulator, which came so many times."""
        key = str(self.dispatch.id)
        wait_for(lambda: self._came(key) >= times, what=f"{key} came {times} times", patience=20)
        found = self.stand.effects(key)
        assert [one["times"] for one in found] == [times]

    def _came(self, key: str) -> int:
        return sum(one["times"] for one in self.stand.effects(key))


@each_delivered
async def test_a_dispatch_arrives_once(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach)
    outcome = await attempt.deliver()
    assert outcome.stage in REACHED
    attempt.has_effects(1)


@each_delivered
async def test_the_same_dispatch_again_has_no_second_effect(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach)
    await attempt.deliver()
    assert (await attempt.deliver()).stage in REACHED
    attempt.has_effects(2)


@each_delivered
async def test_a_partner_that_is_down_is_tried_again(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach)
    attempt.stand.mode("down")
    with pytest.raises(RetryLater) as later:
        await attempt.deliver()
    _says_nothing_of_anybody(later.value.reason, attempt.dispatch)
    attempt.stand.mode("ok")
    await attempt.settle()
    attempt.has_effects(1)


@each_delivered
async def test_a_refusal_is_final(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach)
    attempt.stand.mode("reject")
    with pytest.raises(Undeliverable) as refused:
        await attempt.deliver()
    _says_nothing_of_anybody(refused.value.reason, attempt.dispatch)
    attempt.stand.mode("ok")
    await attempt.deliver()
    attempt.has_effects(1)


@each_delivered
async def test_a_lost_reply_is_asked_after_and_not_sent_blindly(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach)
    attempt.stand.mode("accept-then-drop-the-reply")
    with pytest.raises(RetryLater) as later:
        await attempt.deliver()
    assert later.value.maybe_received
    attempt.stand.mode("ok")
    await attempt.settle()
    attempt.has_effects(1)


@each_delivered
async def test_what_was_never_sent_is_not_known(duty: Duty, stands: Stands, reach: Reach) -> None:
    tracked = await Try(duty, stands(duty.endpoint.adapter), reach).track()
    assert tracked == Tracking(known=False)


@each_withdrawn
async def test_a_withdrawal_arrives_too(duty: Duty, stands: Stands, reach: Reach) -> None:
    attempt = Try(duty, stands(duty.endpoint.adapter), reach, Action.WITHDRAW)
    assert (await attempt.deliver()).stage in REACHED
    attempt.has_effects(1)


@each_adapter
async def test_check_says_reachable_and_sends_nothing_about_anybody(
    adapter: Adapter, stands: Stands, reach: Reach
) -> None:
    stand = stands(adapter.name)
    before = stand.get("/received")
    for endpoint in outside(adapter, stand.url):
        health = await adapter.check(endpoint, reach)
        assert health.reachable, f"{endpoint.id}: {health.detail}"
    assert stand.get("/received") == before
    assert isinstance(reach.http, Recording)
    assert {request.body for request in reach.http.requests} == {b""}


@pytest.mark.parametrize("adapter", ADAPTERS, ids=NAMES)
async def test_check_says_unreachable_where_nobody_listens(adapter: Adapter, reach: Reach) -> None:
    for endpoint in outside(adapter, f"http://127.0.0.1:{free_ports(1)[0]}"):
        health = await adapter.check(endpoint, reach)
        assert not health.reachable
        assert not [secret for secret in reach.secrets.values() if secret in health.detail]


def outside(adapter: Adapter, url: str) -> list[Endpoint]:
    """Return the endpoints of an adapter that lie outside the hub, all led to one address."""
    found = endpoints(adapter.name, {adapter.name: url, "mesh": url})
    return [one for one in found if one.channel not in OWN_CHANNELS]


def _says_nothing_of_anybody(reason: str, dispatch: Dispatch) -> None:
    person = dispatch.content.person
    assert reason
    assert not [value for value in (person.surname, person.forenames) if value and value in reason]
