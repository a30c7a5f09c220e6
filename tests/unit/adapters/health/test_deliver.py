"""Sending, tracking, receipts and the mailbox check, against a MESH as strict as its contract about access tokens."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import repeat
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.health import ADAPTER
from adapters.health.model import FHIR_JSON, WORKFLOW, access_token
from contracts.adapter import Endpoint, Reach, Tracking
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage
from tests.unit.adapters.health.support import (
    BASE_URL,
    NOW,
    StrictMesh,
    answering,
    dispatch_of,
    endpoint_for,
    mesh_endpoint,
    reach_of,
)

DISPATCH = dispatch_of("alert-1-raise")
ENDPOINT = endpoint_for(DISPATCH)
ACCEPTED = answering(202, {"message_id": "20261122090000000000_ABC123"})


async def test_a_dispatch_goes_out_under_its_own_id() -> None:
    mesh = StrictMesh(ACCEPTED)
    outcome = await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh))
    assert (outcome.reference, outcome.stage) == ("20261122090000000000_ABC123", Stage.TRANSPORTED)
    [(method, url, headers, body)] = mesh.seen
    assert (method, url) == ("POST", f"{BASE_URL}/HUB001/outbox")
    assert body == ADAPTER.render(DISPATCH, ENDPOINT).body
    assert {name: value for name, value in headers.items() if name != "authorization"} == {
        "accept": "application/vnd.mesh.v2+json",
        "content-type": FHIR_JSON,
        "mex-from": "HUB001",
        "mex-to": "YROTH019",
        "mex-workflowid": WORKFLOW,
        "mex-localid": str(DISPATCH.id),
    }


async def test_no_header_or_address_carries_anything_about_anybody() -> None:
    mesh = StrictMesh(ACCEPTED)
    await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh))
    [(_, url, headers, _)] = mesh.seen
    for fact in ("Quill", "Tamsin", "9990000018", "2011"):
        assert fact not in url + str(headers)


async def test_every_request_has_a_token_of_its_own() -> None:
    mesh = StrictMesh(ACCEPTED)
    for _ in range(3):
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh))
    assert len(mesh.used) == 3


async def test_a_token_used_twice_is_refused() -> None:
    # The strict server does refuse: the same nonce again gives the same token.
    same: Callable[[], UUID] = repeat(uuid4()).__next__
    mesh = StrictMesh(ACCEPTED)
    await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh, new_id=same))
    with pytest.raises(Undeliverable, match="access token"):
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh, new_id=same))


@pytest.mark.parametrize(("off", "allowed"), [(0, True), (119, True), (-119, True), (121, False), (-121, False)])
async def test_the_clock_may_be_two_hours_off(off: int, allowed: bool) -> None:
    mesh = StrictMesh(ACCEPTED)
    sending = ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh, now=NOW + timedelta(minutes=off)))
    if allowed:
        assert (await sending).reference
    else:
        with pytest.raises(Undeliverable, match="clock"):
            await sending


def test_the_token_is_in_universal_time_whatever_the_clock_s_zone() -> None:
    summer = datetime(2026, 7, 1, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    tokens = {access_token("A", "p", "k", "n", 0, moment) for moment in (summer, summer.astimezone(UTC))}
    assert len(tokens) == 1
    # mesh-api.yaml, Example implementation, worked by hand with another tool.
    assert next(iter(tokens)).startswith("NHSMESH A:n:0:202607010930:")


@pytest.mark.parametrize(
    ("status", "body", "maybe_received"),
    [
        (429, None, False),
        (500, None, True),
        (502, b"<html>", True),
        (503, None, True),
        (504, None, True),
        (408, None, True),
    ],
)
async def test_a_mesh_that_cannot_now_is_asked_later(status: int, body: object, maybe_received: bool) -> None:
    mesh = StrictMesh(answering(status, body, {"retry-after": "30"}))
    with pytest.raises(RetryLater) as later:
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh))
    assert later.value.maybe_received is maybe_received
    assert later.value.not_before == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Sun, 22 Nov 2026 09:05:00 GMT", NOW + timedelta(minutes=5)),
        ("soon", None),
        ("", None),
        ("99999999999999", NOW + timedelta(days=1)),
    ],
)
async def test_retry_after_is_read_in_both_forms(stated: str, expected: datetime | None) -> None:
    mesh = StrictMesh(answering(503, None, {"retry-after": stated}))
    with pytest.raises(RetryLater) as later:
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(mesh))
    assert later.value.not_before == expected


@pytest.mark.parametrize("body", [b"", b"[]", b'{"message_id": 7}'])
async def test_accepted_without_a_message_id_may_have_arrived(body: bytes) -> None:
    with pytest.raises(RetryLater) as later:
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(StrictMesh(answering(202, body))))
    assert later.value.maybe_received is True


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (417, {"detail": [{"event": "SEND", "code": "12", "msg": "x"}]}, "recipient mailbox is not registered"),
        (417, {"errorCode": "17", "errorDescription": "x"}, "workflow is not registered"),
        (417, b"", "recipient or the workflow"),
        (403, b"", "access token"),
        (400, {"detail": [{"loc": ["header", "mex-to"]}]}, "400"),
        (413, b"", "413"),
    ],
)
async def test_what_mesh_refuses_for_good_needs_a_person(status: int, body: object, reason: str) -> None:
    with pytest.raises(Undeliverable, match=reason):
        await ADAPTER.deliver(DISPATCH, ENDPOINT, reach_of(StrictMesh(answering(status, body))))


class NoAnswer(StrictMesh):
    """A port that raises as the hub's does."""

    async def request(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise RetryLater("the answer was lost: ReadTimeout", maybe_received=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda reach: ADAPTER.deliver(DISPATCH, ENDPOINT, reach),
        lambda reach: ADAPTER.track(DISPATCH, ENDPOINT, reach),
        lambda reach: ADAPTER.poll(ENDPOINT, reach),
    ],
)
async def test_the_port_s_own_doubt_passes_through(call: Callable[[Reach], Awaitable[object]]) -> None:
    with pytest.raises(RetryLater) as later:
        await call(reach_of(NoAnswer(ACCEPTED)))
    assert later.value.maybe_received is True


@pytest.mark.parametrize(
    ("status", "body", "tracking"),
    [
        (404, None, Tracking(known=False)),
        (300, None, Tracking(known=True)),
        (200, {"messageId": "M1", "status": "Accepted"}, Tracking(known=True, reference="M1")),
        (200, {"messageId": "M1", "status": "Acknowledged"}, Tracking(known=True, reference="M1", stage=Stage.OPENED)),
        (200, {"message_id": "M1", "status": "error"}, Tracking(known=True, reference="M1", stage=Stage.UNDELIVERABLE)),
    ],
)
async def test_tracking_by_local_id(status: int, body: object, tracking: Tracking) -> None:
    mesh = StrictMesh(answering(status, body))
    assert await ADAPTER.track(DISPATCH, ENDPOINT, reach_of(mesh)) == tracking
    assert mesh.seen[0][:2] == ("GET", f"{BASE_URL}/HUB001/outbox/tracking/{DISPATCH.id}")


async def test_tracking_that_fails_settles_nothing() -> None:
    with pytest.raises(RetryLater):
        await ADAPTER.track(DISPATCH, ENDPOINT, reach_of(StrictMesh(answering(500))))
    with pytest.raises(Undeliverable):
        await ADAPTER.track(DISPATCH, ENDPOINT, reach_of(StrictMesh(answering(403))))


@pytest.mark.parametrize(
    ("status", "body", "stage"),
    [
        (200, {"status": "accepted"}, Stage.TRANSPORTED),
        (200, {"status": "acknowledged"}, Stage.OPENED),
        (200, {"status": "undelivered"}, Stage.UNDELIVERABLE),
        (404, None, None),
    ],
)
async def test_receipts_never_say_more_than_collected(status: int, body: object, stage: Stage | None) -> None:
    mesh = StrictMesh(answering(status, body))
    assert await ADAPTER.receipts(DISPATCH, "M/1", ENDPOINT, reach_of(mesh)) is stage
    assert mesh.seen[0][1] == f"{BASE_URL}/HUB001/outbox/tracking?messageID=M%2F1"


@pytest.mark.parametrize(("status", "reachable"), [(200, True), (403, False), (500, False)])
async def test_the_check_validates_our_mailbox(status: int, reachable: bool) -> None:
    mesh = StrictMesh(answering(status))
    health = await ADAPTER.check(ENDPOINT, reach_of(mesh))
    assert health.reachable is reachable
    assert mesh.seen[0][:2] == ("POST", f"{BASE_URL}/HUB001")
    assert {"mex-clientversion", "mex-osname", "mex-osversion", "mex-osarchitecture"} <= set(mesh.seen[0][2])
    assert "password" not in health.detail.replace("its password", "")


async def test_a_check_of_an_unfinished_endpoint_says_what_is_missing() -> None:
    bare = mesh_endpoint().model_copy(update={"options": {}})
    health = await ADAPTER.check(bare, reach_of(StrictMesh(answering(200))))
    assert not health.reachable
    assert "base_url" in health.detail
    without_secrets = Reach(http=StrictMesh(ACCEPTED), now=lambda: NOW, new_id=uuid4)
    with pytest.raises(Undeliverable, match="password"):
        await ADAPTER.deliver(DISPATCH, ENDPOINT, without_secrets)


async def test_tls_paths_become_the_identity_and_the_workflow_is_the_endpoint_s() -> None:
    options = {"tls_certificate": "/c.pem", "tls_key": "/k.pem", "tls_authority": "/ca.pem", "workflow": "OTHER"}
    mesh = StrictMesh(ACCEPTED)
    endpoint: Endpoint = endpoint_for(DISPATCH, **options)
    await ADAPTER.deliver(DISPATCH, endpoint, reach_of(mesh))
    assert mesh.identities[0] is not None
    assert mesh.identities[0].certificate == Path("/c.pem")
    assert mesh.seen[0][2]["mex-workflowid"] == "OTHER"
