"""The NHS's own MESH sandbox between the hub's client and an independent one."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn

from adapters.health import ADAPTER
from adapters.health.model import FHIR_JSON, MESH_REPORT, WORKFLOW, WORKFLOW_REPLY
from adapters.health.simulator.server import services
from contracts.adapter import Answer, Document, Endpoint, Reach
from contracts.dispatch import Dispatch
from contracts.errors import RetryLater, Undeliverable
from contracts.events import DecisionRecorded, ReceiptRecorded
from contracts.receipt import Stage
from hub.http import HttpClient
from tests.live.servers.mesh import MeshSandbox
from tests.unit.adapters.health.support import NURSE, SAMPLES, dispatch_of, mesh_endpoint

pytestmark = pytest.mark.live
STORY = ("alert-1-raise", "alert-2-update", "alert-3-withdraw-found")


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest.fixture
def reach(http: HttpClient, empty_mesh: MeshSandbox) -> Reach:
    secrets = {"password": empty_mesh.mailboxes["HUB001"], "shared_key": empty_mesh.shared_key}
    return Reach(http=http, now=lambda: datetime.now(UTC), new_id=uuid4, secrets=secrets)


@pytest.fixture
def endpoint(empty_mesh: MeshSandbox) -> Endpoint:
    return mesh_endpoint(base_url=f"{empty_mesh.url}/messageexchange")


def fresh(name: str) -> Dispatch:
    """Return a sample under an id of its own: the sandbox's tracking outlives a reset mailbox."""
    return dispatch_of(name).model_copy(update={"id": uuid4()})


async def test_raise_update_and_withdraw_are_read_byte_for_byte(
    empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach
) -> None:
    sent = {}
    for dispatch in map(fresh, STORY):
        outcome = await ADAPTER.deliver(dispatch, endpoint, reach)
        sent[outcome.reference] = (str(dispatch.id), ADAPTER.render(dispatch, endpoint).body)
    with empty_mesh.client("YROTH019") as receiver:
        got = {message.id(): (message.local_id, message.read()) for message in receiver.iterate_all_messages()}
        assert got == sent
        assert {message.workflow_id for message in receiver.iterate_all_messages()} == {WORKFLOW}


async def test_collecting_is_opened_and_never_more(empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach) -> None:
    dispatch = fresh("alert-1-raise")
    outcome = await ADAPTER.deliver(dispatch, endpoint, reach)
    assert outcome.reference is not None
    assert await ADAPTER.receipts(dispatch, outcome.reference, endpoint, reach) is Stage.TRANSPORTED
    with empty_mesh.client("YROTH019") as receiver:
        receiver.acknowledge_message(outcome.reference)
    assert await ADAPTER.receipts(dispatch, outcome.reference, endpoint, reach) is Stage.OPENED
    assert await ADAPTER.receipts(dispatch, "", endpoint, reach) is Stage.OPENED


async def test_tracking_tells_unknown_known_and_twice(endpoint: Endpoint, reach: Reach) -> None:
    dispatch = fresh("alert-1-raise")
    before = await ADAPTER.track(dispatch, endpoint, reach)
    outcome = await ADAPTER.deliver(dispatch, endpoint, reach)
    once = await ADAPTER.track(dispatch, endpoint, reach)
    await ADAPTER.deliver(dispatch, endpoint, reach)
    twice = await ADAPTER.track(dispatch, endpoint, reach)
    assert before is not None
    assert once is not None
    assert twice is not None
    assert (before.known, once.known, twice.known) == (False, True, True)
    assert once.reference == outcome.reference


async def test_after_a_lost_reply_tracking_says_known_and_nothing_is_sent_twice(
    empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach
) -> None:
    dispatch = fresh("alert-1-raise")
    with simulator(empty_mesh) as url:
        failing = mesh_endpoint(base_url=f"{url}/messageexchange")
        await post(f"{url}/mode", {"mode": "accept-then-drop-the-reply"})
        with pytest.raises(RetryLater) as lost:
            await ADAPTER.deliver(dispatch, failing, reach)
        assert lost.value.maybe_received is True
        await post(f"{url}/mode", {"mode": "down"})
        with pytest.raises(RetryLater):
            await ADAPTER.track(dispatch, failing, reach)
    tracking = await ADAPTER.track(dispatch, endpoint, reach)
    assert tracking is not None
    assert tracking.known
    with empty_mesh.client("YROTH019") as receiver:
        assert [message.local_id for message in receiver.iterate_all_messages()] == [str(dispatch.id)]


async def test_a_mesh_that_is_not_there_received_nothing(reach: Reach) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nowhere = mesh_endpoint(base_url=f"http://127.0.0.1:{port}/messageexchange")
    with pytest.raises(RetryLater) as later:
        await ADAPTER.deliver(fresh("alert-1-raise"), nowhere, reach)
    assert later.value.maybe_received is False


async def test_wrong_recipient_and_wrong_password_need_a_person(endpoint: Endpoint, reach: Reach) -> None:
    stranger = endpoint.model_copy(update={"address": "NOBODY99"})
    with pytest.raises(Undeliverable, match="recipient"):
        await ADAPTER.deliver(fresh("alert-1-raise"), stranger, reach)
    wrong = Reach(reach.http, reach.now, reach.new_id, {**reach.secrets, "password": "not it"})
    with pytest.raises(Undeliverable, match="access token"):
        await ADAPTER.deliver(fresh("alert-1-raise"), endpoint, wrong)
    assert (await ADAPTER.check(endpoint, reach)).reachable
    assert not (await ADAPTER.check(endpoint, wrong)).reachable


async def test_what_an_independent_client_sends_is_read_and_leaves_when_stored(
    empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach
) -> None:
    sent = (SAMPLES / "acknowledgement-accepted.message.json").read_bytes()
    with empty_mesh.client("YROTH019") as sender:
        message_id = sender.send_message("HUB001", sent, workflow_id=WORKFLOW_REPLY, content_type=FHIR_JSON)
    [answer] = await ADAPTER.poll(endpoint, reach)
    assert (answer.body, answer.content_type, answer.message_id) == (sent, FHIR_JSON, message_id)
    assert answer.headers["mex-from"] == "YROTH019"
    assert len(await ADAPTER.poll(endpoint, reach)) == 1
    await ADAPTER.acknowledge(answer, endpoint, reach)
    assert await ADAPTER.poll(endpoint, reach) == []


async def test_a_message_in_chunks_is_put_together(empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach) -> None:
    sent = json.dumps({"filler": [str(uuid4()) for _ in range(500)]}).encode()
    with empty_mesh.client("YROTH019") as sender:
        sender._max_chunk_size = 5000
        sender.send_message("HUB001", sent, workflow_id=WORKFLOW_REPLY, content_type=FHIR_JSON)
    [answer] = await ADAPTER.poll(endpoint, reach)
    assert answer.body == sent


async def test_an_error_report_makes_the_dispatch_undeliverable(
    empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach
) -> None:
    dispatch_id = uuid4()
    report = {
        "mailbox_id": "HUB001",
        "code": "14",
        "description": "Message not collected",
        "workflow_id": WORKFLOW,
        "subject": "",
        "local_id": str(dispatch_id),
        "file_name": "",
        "linked_message_id": "LINKED1",
    }
    await post(f"{empty_mesh.url}/messageexchange/admin/report", report)
    [answer] = await ADAPTER.poll(endpoint, reach)
    assert answer.content_type == MESH_REPORT
    data = ADAPTER.read(document(answer.body, answer.content_type, answer.message_id)).events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert (data.receipts[0].dispatch_id, data.receipts[0].stage) == (dispatch_id, Stage.UNDELIVERABLE)
    assert data.receipts[0].reference == "LINKED1"


async def test_the_simulated_services_collect_record_and_answer(
    empty_mesh: MeshSandbox, endpoint: Endpoint, reach: Reach
) -> None:
    alert, asked = fresh("alert-1-raise"), fresh("decision-request-1-raise")
    with simulator(empty_mesh, interval="0.05", areas="E09000022") as url:
        await ADAPTER.deliver(alert, endpoint, reach)
        await ADAPTER.deliver(asked, endpoint.model_copy(update={"address": "YROTHNUR"}), reach)
        answers = await waiting(endpoint, reach, 2)
        received, records = [(await get(f"{url}/{what}"))[what] for what in ("received", "records")]
    data = [
        event.data
        for answer in answers
        for event in ADAPTER.read(document(answer.body, answer.content_type, answer.message_id)).events
    ]
    receipts = [it for each in data if isinstance(each, ReceiptRecorded) for it in each.receipts]
    stages = {it.dispatch_id: it.stage for it in receipts}
    assert stages == {alert.id: Stage.ACCEPTED, asked.id: Stage.ACTED_ON}
    assert [each.areas for each in data if isinstance(each, DecisionRecorded)] == [("E09000022",)]
    assert {item["local_id"] for item in received} == {str(alert.id), str(asked.id)}
    assert [(record["mailbox"], record["flag_status"]) for record in records] == [("YROTH019", "active")]


def test_a_sample_is_sent_through_mesh(empty_mesh: MeshSandbox) -> None:
    with simulator(empty_mesh) as url:
        wanted = {"sample": "seen.message.json", "as": "YROTHGP1", "replace": {"E. Receptionist": "G. Receptionist"}}
        assert httpx.post(f"{url}/send", json=wanted).json()["status"] == 202
    with empty_mesh.client("HUB001") as hub:
        [message] = list(hub.iterate_all_messages())
        assert b"G. Receptionist" in message.read()


async def waiting(endpoint: Endpoint, reach: Reach, number: int) -> list[Answer]:
    """Poll until so many messages wait; a wait in vain ends."""
    for _ in range(600):
        answers = list(await ADAPTER.poll(endpoint, reach))
        if len(answers) >= number:
            return answers
        await asyncio.sleep(0.05)
    pytest.fail(f"{number} messages never came")


async def post(url: str, body: object) -> None:
    async with httpx.AsyncClient() as client:
        (await client.post(url, json=body)).raise_for_status()


async def get(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        found: dict[str, Any] = (await client.get(url)).json()
        return found


def document(body: bytes, content_type: str, message_id: str) -> Document:
    return Document(NURSE, "mesh", body, content_type, datetime.now(UTC), message_id)


@contextmanager
def simulator(sandbox: MeshSandbox, **settings: str) -> Iterator[str]:
    """Run the simulator of the health services on a free port."""
    known = {"mesh": f"{sandbox.url}/messageexchange", "shared_key": sandbox.shared_key, "interval": "600", **settings}
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(services("http://127.0.0.1:1", {}, known), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    try:
        # The port is open before the server answers: the request waits in its backlog.
        httpx.get(f"{url}/health", timeout=30).raise_for_status()
        yield url
    finally:
        server.should_exit = True
        thread.join(30)
