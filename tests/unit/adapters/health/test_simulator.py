"""The simulator: quick to start, and as strict a receiver as a health service should be."""

import json
import subprocess
import sys
from typing import Any

import pytest

from adapters.health import ADAPTER
from adapters.health.simulator import replies
from adapters.health.simulator.mailbox import Mailbox
from adapters.health.simulator.server import Services
from contracts.events import DecisionRecorded, ReceiptRecorded
from contracts.receipt import Stage
from tests.unit.adapters.health.support import ROOT, SAMPLES, bundle_of, dispatch_of, document

AT = "2026-11-20T19:05:00+00:00"


def test_it_starts_without_the_canonical_model() -> None:
    heavy = "{'pydantic', 'fhir', 'contracts'}"
    code = f"import sys, adapters.health.simulator.server; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Postbox(Mailbox):
    """A mailbox that is handed its messages and keeps what is sent."""

    def __init__(self, name: str, bodies: dict[str, bytes]) -> None:
        super().__init__(None, "", name, "", "")
        self.bodies, self.acknowledged, self.sent = bodies, list[str](), list[dict[str, Any]]()

    async def waiting(self) -> list[str]:
        return [name for name in self.bodies if name not in self.acknowledged]

    async def fetch(self, message_id: str) -> tuple[dict[str, str], bytes]:
        return {"mex-localid": message_id.partition("/")[0]}, self.bodies[message_id]

    async def acknowledge(self, message_id: str) -> None:
        self.acknowledged.append(message_id)

    async def send(self, recipient: str, body: bytes, local_id: str) -> tuple[int, Any]:
        assert recipient == "HUB001"
        self.sent.append(json.loads(body))
        return 202, {"message_id": "X"}


def body(name: str) -> bytes:
    return json.dumps(bundle_of(name)).encode()


def simulation(**settings: str) -> Services:
    return Services(name="health", samples=SAMPLES, hub="", tokens={}, settings=settings)


async def collected(names: list[str], mode: str = "ok", **settings: str) -> tuple[Services, Postbox]:
    sim, box = simulation(**settings), Postbox("YROTH019", {f"{name}/{n}": body(name) for n, name in enumerate(names)})
    sim.mode = mode
    await sim.collect(box)
    return sim, box


@pytest.mark.parametrize(
    ("order", "status", "sequence"),
    [
        (["alert-1-raise"], "active", 1),
        (["alert-1-raise", "alert-2-update", "alert-3-withdraw-found"], "inactive", 3),
        (["alert-3-withdraw-found", "alert-1-raise"], "inactive", 3),
        (["alert-2-update", "alert-1-raise", "alert-2-update"], "active", 2),
    ],
)
async def test_the_highest_sequence_wins_whatever_comes_first(order: list[str], status: str, sequence: int) -> None:
    sim, _ = await collected(order)
    [record] = sim.records.values()
    assert (record["flag_status"], record["sequence"]) == (status, sequence)


async def test_a_repeat_is_one_effect_and_is_counted() -> None:
    sim, box = await collected(["alert-1-raise", "alert-1-raise"])
    [kept] = sim.received.values()
    assert kept["times"] == 2
    assert kept["flag_status"] == "active"
    assert len({sent["identifier"]["value"] for sent in box.sent}) == 1


@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        ("ok", [Stage.ACCEPTED]),
        ("reject", [Stage.REJECTED]),
        ("duplicate", [Stage.ACCEPTED, Stage.ACCEPTED]),
        ("accept-then-drop-the-reply", []),
    ],
)
async def test_the_hub_understands_every_reply(mode: str, stages: list[Stage]) -> None:
    _, box = await collected(["alert-1-raise"], mode)
    data = [event.data for sent in box.sent for event in ADAPTER.read(document(sent)).events]
    receipts = [it for each in data if isinstance(each, ReceiptRecorded) for it in each.receipts]
    assert [receipt.stage for receipt in receipts] == stages
    assert {receipt.dispatch_id for receipt in receipts} <= {dispatch_of("alert-1-raise").id}
    assert all(receipt.by for receipt in receipts)
    assert box.acknowledged


@pytest.mark.parametrize(
    ("answer", "areas", "expected"), [("yes", "E09000022", ("E09000022",)), ("no", "E09000022", ())]
)
async def test_a_question_is_answered_once(answer: str, areas: str, expected: tuple[str, ...]) -> None:
    _, box = await collected(["decision-request-1-raise"] * 2, answer=answer, areas=areas)
    first, second = (ADAPTER.read(document(sent)).events[0].data for sent in box.sent)
    assert isinstance(first, DecisionRecorded)
    assert (first.answer, first.areas) == (answer == "yes", expected)
    assert first.subject_id == dispatch_of("decision-request-1-raise").subject_id
    assert isinstance(second, ReceiptRecorded)


async def test_a_question_may_stay_unanswered_and_a_withdrawn_one_does() -> None:
    for names, settings in (
        (["decision-request-1-raise"], {"answer": "none"}),
        (["decision-request-2-withdraw-answered"], {}),
    ):
        _, box = await collected(names, **settings)
        [reply] = box.sent
        assert isinstance(ADAPTER.read(document(reply)).events[0].data, ReceiptRecorded)


async def test_what_it_cannot_read_is_kept_and_not_answered() -> None:
    sim, box = simulation(), Postbox("YROTH019", {"x": b"\xff\x00"})
    await sim.collect(box)
    assert sim.received["x"]["event"] == "unreadable"
    assert box.sent == []


def test_replies_carry_our_identifiers_and_no_name() -> None:
    reply = replies.acknowledgement(bundle_of("alert-1-raise"), "YROTH019", "HUB001", "A. Duty", AT, accepted=True)
    assert "Quill" not in json.dumps(reply)
    assert "9990000018" not in json.dumps(reply)
