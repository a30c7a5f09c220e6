"""What a partner fetches and what it answers: nothing lost, nothing counted twice, nothing about others' dispatches."""

import json
from typing import Any

import pytest

from hub.ledger import collecting, outbox, tables
from hub.ledger.collecting import Ready
from tests.unit.api.conftest import ASKED, EPISODE, NOTICE, START, UNSENT, Desk, tell

JSON = "application/json"


def note(dispatch_id: object, stage: str, **more: Any) -> bytes:
    one = {"dispatch_id": str(dispatch_id), "stage": stage, "at": START.isoformat(), **more}
    return json.dumps({"receipts": [one]}).encode()


async def stages(desk: Desk, dispatch_id: object) -> list[str]:
    shown = (await desk.get(f"/episodes/{EPISODE}")).json()["dispatches"]
    return [receipt["stage"] for one in shown if one["id"] == str(dispatch_id) for receipt in one["receipts"]]


async def test_inbox_hands_out_what_was_rendered_and_notes_it_as_opened(desk: Desk) -> None:
    await tell(desk)
    page = (await desk.get("/inbox", "lambeth-council")).json()
    assert [(item["dispatch_id"], item["body"]) for item in page["items"]] == [(str(NOTICE.id), '{"notice": 1}')]
    assert await stages(desk, NOTICE.id) == ["opened"]
    assert desk.woken
    again = (await desk.get("/inbox", "lambeth-council")).json()
    assert again == page
    assert (await desk.get(f"/inbox?after={page['next']}", "lambeth-council")).json()["items"] == []
    assert (await desk.get("/inbox", "rotherham-council")).json()["items"] == []


async def test_reading_twice_states_opened_once(desk: Desk) -> None:
    await tell(desk)
    for _ in range(2):
        await desk.get("/inbox", "lambeth-council")
    async with desk.ledger.read() as tx:
        records = await outbox.unpublished(tx, 10)
    assert [record.headers["ce_type"] for record in records] == [b"missing.receipt.recorded.v2"]
    assert records[0].key == str(EPISODE).encode()


async def test_what_became_visible_late_is_handed_out_whatever_the_cursor_says(desk: Desk) -> None:
    await tell(desk)
    page = (await desk.get("/inbox?after=1000", "lambeth-council")).json()
    assert [item["dispatch_id"] for item in page["items"]] == [str(NOTICE.id)]
    assert page["next"] == 1000


async def test_inbox_pages(desk: Desk) -> None:
    await tell(desk)
    async with desk.ledger.begin() as tx:
        await collecting.place(tx, [Ready("lambeth-council", ASKED.id, b"\xff", "application/pdf", START)])
    first = (await desk.get("/inbox?limit=1", "lambeth-council")).json()
    second = (await desk.get(f"/inbox?limit=1&after={first['next']}", "lambeth-council")).json()
    ids = [item["dispatch_id"] for page in (first, second) for item in page["items"]]
    assert ids == [str(NOTICE.id), str(ASKED.id)]
    assert (second["items"][0]["body"], second["items"][0]["encoding"]) == ("/w==", "base64")


async def test_receipt_is_taken_once(desk: Desk) -> None:
    await tell(desk)
    body = note(NOTICE.id, "accepted", by="duty social worker")
    first = await desk.post("/receipts", "lambeth-council", body, JSON)
    second = await desk.post("/receipts", "lambeth-council", body, JSON)
    assert (first.status_code, first.json()) == (202, {"taken": 1, "new": 1})
    assert (second.status_code, second.json()) == (202, {"taken": 1, "new": 0})
    assert await stages(desk, NOTICE.id) == ["accepted"]


@pytest.mark.parametrize(
    ("body", "type", "status", "field"),
    [
        (note(NOTICE.id, "accepted"), JSON, 422, "receipts.0.by"),
        (note(NOTICE.id, "eaten", by="x"), JSON, 422, "receipts.0.stage"),
        (note("CANARY", "opened"), JSON, 422, "receipts.0.dispatch_id"),
        (note(NOTICE.id, "opened", at="2026-11-21T10:00:00"), JSON, 422, "receipts.0.at"),
        (note(NOTICE.id, "opened", at="CANARY"), JSON, 422, "receipts.0.at"),
        (b'{"receipts": []}', JSON, 422, "receipts"),
        (b'{"receipts": "CANARY"}', JSON, 422, "receipts"),
        (b"[]", JSON, 422, "body"),
        (b'{"CANARY', JSON, 422, "body"),
        (b"\xff\xfe", JSON, 422, "body"),
        (note(NOTICE.id, "opened"), "text/plain", 415, "Content-Type"),
        (note(ASKED.id, "opened"), JSON, 404, "receipts.0.dispatch_id"),
        (note(UNSENT.id, "opened"), JSON, 404, "receipts.0.dispatch_id"),
        (note(EPISODE, "opened"), JSON, 404, "receipts.0.dispatch_id"),
        (b" " * 1_000_001, JSON, 413, None),
    ],
)
async def test_bad_receipts(desk: Desk, body: bytes, type: str, status: int, field: str | None) -> None:
    await tell(desk)
    answer = await desk.post("/receipts", "lambeth-council", body, type)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert all(one["detail"] and one["remedy"] for one in problem["errors"])
    assert field is None or field in [one["field"] for one in problem["errors"]]
    assert "CANARY" not in answer.text
    good = await desk.post("/receipts", "lambeth-council", note(NOTICE.id, "opened"), JSON)
    assert good.status_code == 202


async def test_one_foreign_receipt_takes_none_and_is_audited(desk: Desk) -> None:
    await tell(desk)
    at = START.isoformat()
    both = [{"dispatch_id": str(one.id), "stage": "opened", "at": at} for one in (NOTICE, ASKED)]
    answer = await desk.post("/receipts", "lambeth-council", json.dumps({"receipts": both}).encode(), JSON)
    assert answer.status_code == 404
    assert await stages(desk, NOTICE.id) == []
    async with desk.ledger.read() as tx:
        rows = [row.ids for row in await tx.execute(tables.audit.select()) if row.kind == "access_refused"]
    assert [(row["partner"], row["dispatches"], row["count"]) for row in rows] == [
        ("lambeth-council", str(ASKED.id), "1")
    ]
