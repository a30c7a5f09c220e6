"""Bad input, row by row: its status, what is kept, whether a person is asked, and never a value in the answer."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.api import unread
from hub.ledger import messages, tables
from tests.unit.api.conftest import Desk

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "adapters/police/samples"
REPORT = (SAMPLES / "away-1-report.xml").read_text()
AS_JSON: dict[str, Any] = json.loads((SAMPLES / "away-1-report.json").read_text())
XML, JSON = "application/xml", "application/json"
PATH = "/intake/police/reports"
ENTITY = '<!DOCTYPE a [<!ENTITY x "CANARY">]>'


def element(name: str, value: str) -> bytes:
    """The report with another value in the first element of that name."""
    start = REPORT.index(f"<{name}>") + len(name) + 2
    return (REPORT[:start] + value + REPORT[REPORT.index(f"</{name}>") :]).encode()


def without_person() -> bytes:
    nameless = {"personReference": "NFK-P-1", "address": AS_JSON["person"][0]["address"]}
    return json.dumps({**AS_JSON, "person": [nameless]}).encode()


def without_reference() -> bytes:
    header = {name: value for name, value in AS_JSON["header"].items() if name != "reportReference"}
    return json.dumps({**AS_JSON, "header": header}).encode()


@dataclass(frozen=True)
class Row:
    """One bad message: what is answered, what is kept of it, and whether a task is opened."""

    name: str
    body: bytes
    status: int
    kept: str | None
    raw: bool = False
    task: bool = False
    warned: bool = False
    type: str = XML


ROWS = (
    Row("empty", b"", 400, "refused"),
    Row("not XML", b"CANARY, not XML", 400, "refused"),
    Row("half of it", REPORT[: len(REPORT) // 2].encode(), 400, "refused"),
    Row("DOCTYPE", REPORT.replace("?>", f"?>{ENTITY}", 1).encode(), 400, "refused"),
    Row("entity", REPORT.replace("?>", f"?>{ENTITY}", 1).replace("COMPACT", "&x;").encode(), 400, "refused"),
    Row("deeply nested", b"<a>" * 50_000 + b"</a>" * 50_000, 400, "refused"),
    Row("deeply nested JSON", b"[" * 200_000, 400, "refused", type=JSON),
    Row("wrong charset", element("sourceSystem", "Jordän").decode().encode("latin-1"), 400, "refused"),
    Row("not JSON", b'{"CANARY": ', 400, "refused", type=JSON),
    Row("another document", b"<CANARY/>", 422, "unusable", raw=True, task=True),
    Row("newer schema version", element("schemaVersion", "99"), 202, "held", raw=True, task=True, warned=True),
    Row("no reference", without_reference(), 422, "unusable", raw=True, task=True, type=JSON),
    Row("neither name nor description", without_person(), 422, "unusable", raw=True, task=True, type=JSON),
    Row("unknown authority", element("homeLA", "E08999999"), 202, "accepted", raw=True, warned=True),
    Row("impossible date", element("dob", "2012-02-31"), 202, "accepted", raw=True, warned=True),
    Row("no time zone", element("missingSince", "2026-11-21T17:10:00"), 202, "accepted", raw=True, warned=True),
    Row("unknown risk word", element("riskLevel", "CANARY"), 202, "accepted", raw=True, warned=True),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_bad_message(desk: Desk, row: Row) -> None:
    answer = await desk.post(PATH, "norfolk-police", row.body, row.type)
    assert answer.status_code == row.status, answer.text
    body = answer.json()
    assert bool(body.get("warnings")) == row.warned, body
    assert ("task" in body) == row.task
    assert "CANARY" not in answer.text
    if row.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == row.status
        assert body["errors"]
        assert all(one["field"] and one["detail"] for one in body["errors"])
    async with desk.ledger.read() as tx:
        stored = (await tx.execute(tables.message.select())).all()
        tasks = [one for one in await tx.execute(tables.task.select()) if one.kind.startswith("message_")]
    assert [one.fate for one in stored] == ([row.kept] if row.kept else [])
    assert [one.body is not None for one in stored] == ([row.raw] if row.kept else [])
    assert bool(tasks) == row.task
    good = (SAMPLES / "unborn-1-report.xml").read_bytes()
    assert (await desk.post(PATH, "norfolk-police", good, XML)).status_code == 202


DIGEST = hashlib.sha256(REPORT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("path", "partner", "type", "status", "kept"),
    [
        (PATH, "rotherham-council", XML, 403, True),
        (PATH, "operator", XML, 403, True),
        (PATH, "norfolk-police", "text/csv", 415, True),
        (PATH, "norfolk-police", "", 415, True),
        ("/events", "norfolk-police", XML, 415, True),
        ("/intake/police/letters", "norfolk-police", XML, 404, False),
        ("/intake/astrology/reports", "norfolk-police", XML, 404, False),
        ("/intake/police/../tasks", "norfolk-police", XML, 404, False),
    ],
)
async def test_of_what_is_refused_unread_size_and_digest_are_kept(
    desk: Desk, path: str, partner: str, type: str, status: int, kept: bool
) -> None:
    answer = await desk.post(path, partner, REPORT.encode(), type)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    again = await desk.post(path, partner, REPORT.encode(), type)
    assert again.json() == answer.json()
    async with desk.ledger.read() as tx:
        stored = (await tx.execute(tables.message.select())).all()
    expected = [(partner, "refused", len(REPORT.encode()), DIGEST, None)] if kept else []
    assert [(one.partner, one.fate, one.size, one.digest, one.body) for one in stored] == expected
    assert [str(one.id) for one in stored] == ([answer.json()["receipt"]] if kept else [])
    assert (await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)).status_code == 202


@pytest.mark.parametrize("message_id", ["x" * 201, "caf\xe9", "tab\there"])
async def test_message_id_that_cannot_be_one(desk: Desk, message_id: str) -> None:
    headers = desk.headers("norfolk-police") | {"Content-Type": XML}
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent.append((b"Message-Id", message_id.encode("latin-1")))
    answer = await desk.client.post(PATH, content=REPORT.encode(), headers=sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Message-Id")


async def test_too_large_is_refused_and_read_on_only_so_far(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "DRAINED_BYTES", 3_000_000)
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 100_000

    headers = desk.headers("norfolk-police") | {"Content-Type": XML}
    answer = await desk.client.post(PATH, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert sent < 40
    announced = await desk.client.post(PATH, content=b"abc", headers={**headers, "Content-Length": "50000000"})
    assert announced.status_code == 413
    async with desk.ledger.read() as tx:
        kept = [(one.fate, one.size, one.digest, one.body) for one in await tx.execute(tables.message.select())]
    assert kept == [
        ("refused", sent * 100_000, hashlib.sha256(b"x" * sent * 100_000).hexdigest(), None),
        ("refused", 50_000_000, hashlib.sha256(b"abc").hexdigest(), None),
    ]


async def test_who_asks_before_sending_is_not_made_to_send(desk: Desk) -> None:
    async def never() -> Any:
        raise AssertionError("nothing of the body is wanted")
        yield b""

    headers = desk.headers("norfolk-police") | {"Content-Type": "text/csv", "Expect": "100-continue"}
    answer = await desk.client.post(PATH, content=never(), headers={**headers, "Content-Length": "50000000"})
    assert answer.status_code == 415


async def test_compressed_is_not_read(desk: Desk) -> None:
    answer = await desk.post(PATH, "norfolk-police", b"\x1f\x8b", XML, Content_Encoding="gzip")
    assert answer.status_code == 415


async def test_the_same_again_gets_the_same_answer_and_other_bytes_a_conflict(desk: Desk) -> None:
    first = await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)
    again = await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)
    other = await desk.post(PATH, "norfolk-police", element("surname", "CANARY"), XML)
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert first.json() == again.json()
    assert first.json()["reference"].startswith("MC-")
    assert "CANARY" not in other.text
    async with desk.ledger.read() as tx:
        stored = (await tx.execute(tables.message.select())).all()
        events = (await tx.execute(tables.event.select())).all()
        kinds = [task.kind for task in await tx.execute(tables.task.select())]
    assert (len(stored), len(events)) == (1, 1)
    assert "message_conflict" in kinds


async def test_accepted_is_durable_and_whole(desk: Desk) -> None:
    answer = (await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)).json()
    async with desk.ledger.read() as tx:
        kept = await messages.find(tx, "norfolk-police", (await tx.execute(tables.message.select())).one().message_id)
        published = (await tx.execute(tables.outbox.select())).all()
    assert kept is not None
    assert kept.body == REPORT.encode()
    assert str(kept.id) == answer["receipt"]
    assert [str(row.event_id) for row in published] == answer["events"]
    assert desk.woken


async def test_a_reader_that_breaks_keeps_the_message_and_asks_a_person(desk: Desk, monkeypatch: Any) -> None:
    def broken(_: object) -> Any:
        raise KeyError("CANARY")

    reader = desk.app.state.services.readers["police"]
    object.__setattr__(reader, "read", broken)
    answer = await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)
    assert (answer.status_code, answer.json()["fate"]) == (202, "held")
    assert "CANARY" not in answer.text
    async with desk.ledger.read() as tx:
        stored = (await tx.execute(tables.message.select())).one()
        assert stored.body == REPORT.encode()
        assert [task.kind for task in await tx.execute(tables.task.select())] == ["message_held"]


async def test_unwritable_ledger_is_503_and_nothing_is_claimed(desk: Desk) -> None:
    async with desk.ledger.begin() as tx:
        trigger = "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        await tx.exec_driver_sql(trigger)
    answer = await desk.post(PATH, "norfolk-police", REPORT.encode(), XML)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    async with desk.ledger.read() as tx:
        assert (await tx.execute(tables.message.select())).all() == []
