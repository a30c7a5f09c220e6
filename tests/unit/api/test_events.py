"""Canonical events over HTTP: one or a batch, in the sender's own name, and decisions only from who was asked."""

import json
from typing import Any

import pytest

from contracts.events import ReceiptRecorded
from hub.ledger import audit, events, tables
from tests.unit.api.conftest import ASKED, EPISODE, NOTICE, RULE, START, Desk, tell

ONE, BATCH, JSON = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
COUNCIL = "rotherham-council"


def event(number: int = 1, partner: str = COUNCIL, **changes: Any) -> dict[str, Any]:
    subject = {"person": {"surname": "Example"}, "identifiers": {"case_id": f"R-{number}"}}
    return {
        "specversion": "1.0",
        "id": f"11111111-1111-5111-8111-{number:012}",
        "source": f"/partners/{partner}",
        "type": "missing.person.reported.v1",
        "time": "2026-11-21T18:00:00Z",
        "references": [{"kind": "authority_case", "issuer": "E08000018", "value": f"R-{number}"}],
        "data": {"subjects": [subject]},
        **changes,
    }


def decision(partner: str, **changes: Any) -> dict[str, Any]:
    data = {"decision": RULE, "answer": True, "decided_by": "A. Manager", "decided_by_role": "case_team", **changes}
    reference = {"kind": "dispatch", "issuer": "hub", "value": str(ASKED.id)}
    return event(9, partner, type="missing.decision.recorded.v1", references=[reference], data=data)


def receipt(partner: str, *dispatch_ids: object) -> dict[str, Any]:
    stated = [{"dispatch_id": str(one), "stage": "accepted", "at": START.isoformat()} for one in dispatch_ids]
    reference = {"kind": "dispatch", "issuer": "hub", "value": str(dispatch_ids[0])}
    data = {"receipts": stated}
    return event(8, partner, type="missing.receipt.recorded.v2", references=[reference], data=data)


async def send(desk: Desk, body: Any, type: str = ONE, partner: str = COUNCIL, **more: str) -> tuple[int, Any]:
    answer = await desk.post(
        "/events", partner, body if isinstance(body, bytes) else json.dumps(body).encode(), type, **more
    )
    assert "CANARY" not in answer.text
    return answer.status_code, answer.json()


async def stored(desk: Desk) -> int:
    async with desk.ledger.read() as tx:
        return len((await tx.execute(tables.event.select())).all())


@pytest.mark.parametrize(
    ("body", "type", "count"),
    [
        (event(), ONE, 1),
        (event(), JSON, 1),
        ([event()], JSON, 1),
        ([event(1), event(2)], BATCH, 2),
        ([event(1), event(1)], BATCH, 1),
    ],
)
async def test_one_or_a_batch(desk: Desk, body: Any, type: str, count: int) -> None:
    status, answer = await send(desk, body, type)
    assert (status, len(answer["events"]), await stored(desk)) == (202, count, count)


async def test_a_repeat_gets_the_same_receipt_and_other_bytes_a_conflict(desk: Desk) -> None:
    first, again = await send(desk, event()), await send(desk, event())
    assert first == again
    status, _ = await send(desk, event(time="2026-11-21T18:00:01Z"))
    assert (status, await stored(desk)) == (409, 1)


async def test_the_sender_sees_what_it_reported_and_others_do_not(desk: Desk) -> None:
    _, answer = await send(desk, event())
    path = f"/episodes/{answer['episode']}"
    mine = (await desk.get(path, COUNCIL)).json()
    assert [one["type"] for one in mine["events"]] == ["missing.person.reported.v1"]
    assert (await desk.get(path, "lambeth-council")).status_code == 404
    assert (await desk.get(path)).json()["status"] == "accepted"


@pytest.mark.parametrize(
    ("body", "type", "status", "field"),
    [
        (b"CANARY", ONE, 400, "body"),
        (b"CANARY", BATCH, 400, "body"),
        (b"[CANARY", BATCH, 400, "body"),
        ([], BATCH, 400, "body"),
        ([event()] * 11, BATCH, 400, "body"),
        (["CANARY"], BATCH, 400, "0.body"),
        ([event(1), event(2, source="/partners/CANARY")], BATCH, 422, "1.source"),
        ([event(1), {"specversion": "1.0"}], BATCH, 400, "1.id"),
        (event(source="/partners/lambeth-council"), ONE, 422, "source"),
        (event(id="CANARY"), ONE, 422, "id"),
        (event(data={"subjects": "CANARY"}), ONE, 422, "data.subjects"),
        (event(data={"subjects": [{"identifiers": {"nhs_number": "CANARY"}}]}), ONE, 422, "data.subjects"),
        (event(), "text/plain", 415, "Content-Type"),
    ],
)
async def test_bad_events(desk: Desk, body: Any, type: str, status: int, field: str | None) -> None:
    answered, problem = await send(desk, body, type)
    assert answered == status, problem
    assert field is None or field in [one["field"] for one in problem["errors"]]
    assert await stored(desk) == 0
    assert (await send(desk, event(7)))[0] == 202


async def test_an_unknown_type_is_held_and_holds_back_nothing(desk: Desk) -> None:
    newer = event(2, type="missing.person.teleported.v1", data={"name": "CANARY"})
    status, alone = await send(desk, newer)
    assert (status, alone["fate"], "task" in alone) == (202, "held", True)
    status, mixed = await send(desk, [event(1), {**newer, "id": event(3)["id"]}], BATCH)
    assert (status, len(mixed["events"])) == (202, 1)
    assert [warning["field"] for warning in mixed["warnings"]] == ["1.type"]
    async with desk.ledger.read() as tx:
        kinds = [task.kind for task in await tx.execute(tables.task.select())]
    assert kinds.count("message_held") == 2


@pytest.mark.parametrize(
    ("body", "partner", "status"),
    [
        (decision(COUNCIL), COUNCIL, 202),
        (decision(COUNCIL, subject_id=str(ASKED.subject_id)), COUNCIL, 202),
        (decision(COUNCIL, subject_id=str(EPISODE)), COUNCIL, 403),
        (decision(COUNCIL, decision="another.rule"), COUNCIL, 403),
        (decision("lambeth-council"), "lambeth-council", 403),
        (decision("norfolk-police"), "norfolk-police", 403),
        (decision("operator"), "operator", 403),
        ({**decision(COUNCIL), "references": [], "subject": str(EPISODE)}, COUNCIL, 202),
        ({**decision("lambeth-council"), "references": [], "subject": str(EPISODE)}, "lambeth-council", 403),
        ({**decision(COUNCIL), "references": []}, COUNCIL, 403),
        (receipt("lambeth-council", NOTICE.id), "lambeth-council", 202),
        (receipt(COUNCIL, NOTICE.id), COUNCIL, 403),
        (receipt("lambeth-council", ASKED.id), "lambeth-council", 403),
        (receipt("lambeth-council", NOTICE.id, ASKED.id), "lambeth-council", 403),
        (receipt("lambeth-council", NOTICE.id) | {"data": {"receipts": []}}, "lambeth-council", 422),
    ],
)
async def test_decisions_and_receipts_only_from_who_was_asked_or_told(
    desk: Desk, body: dict[str, Any], partner: str, status: int
) -> None:
    await tell(desk)
    before = await stored(desk)
    answered, _ = await send(desk, body, ONE, partner)
    assert (answered, await stored(desk) - before) == (status, int(status == 202))
    async with desk.ledger.read() as tx:
        refused = [row for row in await tx.execute(tables.audit.select()) if row.kind == "statement_refused"]
        assert await audit.verify(tx)
    assert len(refused) == int(status == 403)


async def test_a_receipt_in_its_older_form_is_taken_as_todays(desk: Desk) -> None:
    await tell(desk)
    today = receipt("lambeth-council", NOTICE.id)
    older = today | {"type": "missing.receipt.recorded.v1", "data": {"receipt": today["data"]["receipts"][0]}}
    status, _ = await send(desk, older, ONE, "lambeth-council")
    assert status == 202
    async with desk.ledger.read() as tx:
        told = (await events.of_episodes(tx, [EPISODE]))[EPISODE]
    (data,) = [one.data for one in told if isinstance(one.data, ReceiptRecorded)]
    assert [one.dispatch_id for one in data.receipts] == [NOTICE.id]


async def test_a_doubtful_field_is_kept_aside_and_refuses_nobody(desk: Desk) -> None:
    body = event()
    body["data"]["subjects"][0]["identifiers"] |= {"nhs_number": "CANARY-1"}
    body["data"]["subjects"][0]["person"] |= {"date_of_birth": "CANARY-2"}
    status, answer = await send(desk, body)
    fields = [warning["field"] for warning in answer["warnings"]]
    assert status == 202
    assert sorted(fields) == ["data.subjects.0.identifiers.nhs_number", "data.subjects.0.person.date_of_birth"]
    async with desk.ledger.read() as tx:
        stored = (await tx.execute(tables.event.select())).one()
        keys = [row.kind for row in await tx.execute(tables.subject_key.select())]
    doubtful = json.loads(stored.body)["data"]["subjects"][0]["doubtful"]
    assert [(one["field"], one["value"]) for one in doubtful] == [
        ("person.date_of_birth", "CANARY-2"),
        ("identifiers.nhs_number", "CANARY-1"),
    ]
    assert "nhs_number" not in keys
