"""All simulators are used alike: what came, modes of failing, health, and sending a sample as the partner would."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters.simulation import MODES
from contracts.adapter import Adapter, Answer, Document, Endpoint, Reach
from hub.demo.cast import PARTNERS, STAND_INS
from tests.conformance.conftest import Stands
from tests.conformance.found import ADAPTERS, ROOT, endpoints, speaks_mesh
from tests.conformance.recording import Request, listening
from tests.conformance.samples import Incoming, incoming, partner
from tests.conformance.simulators import stand
from tests.live.servers.mesh import MeshSandbox

# What would make eight simulators on two cores slow to start.
HEAVY = ("fastapi", "fhir", "sqlalchemy", "aiokafka", "faststream", "lxml", "hub")
each_adapter = pytest.mark.parametrize(
    "adapter",
    [pytest.param(one, id=one.name, marks=[pytest.mark.live] if speaks_mesh(one.name) else []) for one in ADAPTERS],
)


@each_adapter
def test_the_common_routes_are_there(adapter: Adapter, stands: Stands) -> None:
    running = stands(adapter.name)
    assert running.get("/health")["status"] == "up"
    assert set(running.get("/received")) == {"partner", "received"}
    assert running.get("/mode") == {"mode": "ok", "modes": list(MODES)}


@each_adapter
def test_every_mode_can_be_set_and_no_other(adapter: Adapter, stands: Stands) -> None:
    running = stands(adapter.name)
    for mode in MODES:
        running.mode(mode)
        assert running.get("/mode")["mode"] == mode
        assert running.get("/health")["status"] == "up"
    answer = httpx.post(f"{running.url}/mode", json={"mode": "sulk"}, trust_env=False)
    assert answer.status_code == 422
    running.mode("ok")


@pytest.mark.parametrize("adapter", [one for one in ADAPTERS if not speaks_mesh(one.name)], ids=lambda one: one.name)
def test_samples_go_to_a_way_in_that_reads_them_and_twice_in_mode_duplicate(adapter: Adapter, tmp_path: Path) -> None:
    tokens = {one.name: f"token-of-{one.name}" for one in PARTNERS}
    samples = [one for one in incoming() if one.adapter is adapter and one.document.parent.name == "samples"]
    with listening() as (hub, came), stand(adapter.name, tmp_path, tokens, hub=hub) as running:
        running.mode("duplicate")
        for sample in samples:
            sender = partner(str(sample.events[0]["source"]), adapter.routes[0]).name
            assert running.send(sample.document.name, sender)["status"] == 202
            first, again = came[-2:]
            assert first == again
            assert first.headers["authorization"] == f"Bearer {tokens[sender]}"
            assert ids(adapter, first, sample) == [event["id"] for event in sample.events]
    assert len(came) == 2 * len(samples)


@pytest.mark.live
@pytest.mark.parametrize("adapter", [one for one in ADAPTERS if speaks_mesh(one.name)], ids=lambda one: one.name)
async def test_samples_come_through_the_mailbox_twice_in_mode_duplicate(
    adapter: Adapter, stands: Stands, reach: Reach, mesh_sandbox: MeshSandbox
) -> None:
    running = stands(adapter.name)
    mailbox = next(one for one in endpoints(adapter.name, {"mesh": mesh_sandbox.url}) if one.partner is None)
    await _emptied(adapter, mailbox, reach)
    sample = next(one for one in incoming() if one.adapter is adapter and "seen" in one.name)
    running.mode("duplicate")
    sender = partner(str(sample.events[0]["source"]), adapter.routes[0])
    assert running.send(sample.document.name, str(sender.code))["status"] == 202
    answers = await adapter.poll(mailbox, reach)
    readings = [adapter.read(_document(answer, sample)) for answer in answers]
    assert [[str(event.id) for event in reading.events] for reading in readings] == 2 * [
        [event["id"] for event in sample.events]
    ]
    await _emptied(adapter, mailbox, reach)


async def _emptied(adapter: Adapter, mailbox: Endpoint, reach: Reach) -> None:
    for answer in await adapter.poll(mailbox, reach):
        await adapter.acknowledge(answer, mailbox, reach)
    assert not await adapter.poll(mailbox, reach)


def _document(answer: Answer, sample: Incoming) -> Document:
    return Document(
        partner=partner(str(sample.events[0]["source"]), sample.adapter.routes[0]),
        route=answer.route,
        body=answer.body,
        content_type=answer.content_type,
        received_at=sample.documents()[0].received_at,
        message_id=answer.message_id,
        headers=answer.headers,
    )


def ids(adapter: Adapter, request: Request, sample: Incoming) -> list[str]:
    """Return the ids of the events that a request to the hub means."""
    name, _, route = request.url.removeprefix("/intake/").partition("/")
    assert name == adapter.name
    way = next(one for one in adapter.routes if one.path == route)
    content_type = request.headers["content-type"]
    assert content_type.split(";")[0] in way.content_types
    sender = partner(str(sample.events[0]["source"]), way)
    read = adapter.read(Document(sender, route, request.body, content_type, sample.documents()[0].received_at))
    return [str(event.id) for event in read.events]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=[one.name for one in ADAPTERS])
def test_a_simulator_starts_without_heavy_libraries(adapter: Adapter) -> None:
    check = f"import sys, adapters.{adapter.name}.simulator; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_demo_starts_a_simulator_for_every_adapter() -> None:
    assert {one.adapter for one in STAND_INS} == {adapter.name for adapter in ADAPTERS}
