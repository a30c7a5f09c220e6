"""`/identity`: a person compares two records and decides; one answer for two who decide at once."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from contracts.events import EpisodeUpdated
from hub.ledger import audit, pairs, tables
from hub.ledger.engine import Ledger
from tests.unit.api.conftest import Desk
from tests.unit.channel import parts
from tests.unit.channel.describing import Room, fact, named, report
from tests.unit.identity.people import who

PAIR = pairs.new_pair(named(1)[1], named(2)[1]).id
NOBODY = "00000000-0000-5000-8000-000000000000"


async def two_reports(ledger: Ledger) -> Room:
    room = Room(ledger, parts.book())
    await room.route(report(1, who(post="S60 1AA")), report(2))
    return room


async def decide(desk: Desk, decision: str, by: str = "A. Manager", **more: Any) -> httpx.Response:
    body = json.dumps({"decision": decision, "by": by} | more).encode()
    return await desk.post(f"/identity/{PAIR}/decision", "operator", body, "application/json")


async def test_what_waits_is_listed_with_its_reasons_and_without_anybody(desk: Desk) -> None:
    await two_reports(desk.ledger)
    answer = await desk.get("/identity")
    (pair,) = answer.json()["pairs"]
    assert (pair["id"], pair["state"]) == (str(PAIR), "proposed")
    assert {"points": 4, "text": "The dates of birth are the same."} in pair["reasons"]
    assert "Marlowe" not in answer.text + (await desk.get("/tasks")).text


async def test_whoever_decides_sees_both_and_that_is_in_the_audit(desk: Desk) -> None:
    await two_reports(desk.ledger)
    shown = (await desk.get(f"/identity/{PAIR}")).json()
    assert {one["subject"] for one in shown["subjects"]} == {str(named(1)[1]), str(named(2)[1])}
    assert {one["person"]["surname"] for one in shown["subjects"]} == {"Marlowe"}
    assert {one["residence"]["home_postcode"] for one in shown["subjects"]} == {"S60 1AA", None}
    async with desk.ledger.read() as tx:
        rows = (await tx.execute(tables.audit.select())).all()
        assert await audit.verify(tx)
    assert [row.ids for row in rows if row.kind == "identity_viewed"] == [{"pair": str(PAIR), "partner": "operator"}]


async def test_a_decision_counts_once_and_names_who_made_it(desk: Desk) -> None:
    await two_reports(desk.ledger)
    first = await decide(desk, "accept")
    again = await decide(desk, "accept", by="B. Clerk")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["decided_by"]) == ("accepted", "A. Manager")
    assert (await desk.get("/identity")).json()["pairs"] == []
    assert [one for one in (await desk.get("/tasks")).json()["tasks"] if one["kind"] == "possible_match"] == []
    async with desk.ledger.read() as tx:
        kinds = [row.kind for row in await tx.execute(tables.audit.select())]
    assert kinds.count("identity_accepted") == 1
    assert len(desk.woken) == 1


async def test_who_decides_otherwise_hears_who_was_first(desk: Desk) -> None:
    await two_reports(desk.ledger)
    await decide(desk, "reject")
    answer = await decide(desk, "accept", by="B. Clerk")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":pair-decided")
    assert "rejected by A. Manager" in answer.json()["detail"]
    revised = await decide(
        desk, "accept", by="B. Clerk", revises=(await desk.get(f"/identity/{PAIR}")).json()["version"]
    )
    assert (revised.status_code, revised.json()["state"]) == (200, "accepted")
    assert (await decide(desk, "unlink")).json()["state"] == "unlinked"


async def test_two_who_decide_at_once_get_one_answer(desk: Desk) -> None:
    await two_reports(desk.ledger)
    answers = await asyncio.gather(*(decide(desk, wish, by=wish) for wish in ("accept", "reject") * 5))
    taken = {answer.json()["decided_by"] for answer in answers if answer.status_code == 200}
    assert len(taken) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 5
    async with desk.ledger.read() as tx:
        kinds = [row.kind for row in await tx.execute(tables.audit.select()) if row.kind.startswith("identity_")]
    assert kinds == [f"identity_{'accepted' if taken == {'accept'} else 'rejected'}"]


async def test_a_protected_identity_is_linked_by_nobody(desk: Desk) -> None:
    room = await two_reports(desk.ledger)
    told = who(protected=True).model_copy(update={"subject_id": named(2)[1]})
    await room.route(fact(2, EpisodeUpdated(subjects=(told,)), minutes=5))
    version = (await desk.get(f"/identity/{PAIR}")).json()["version"]
    answer = await decide(desk, "accept", revises=version)
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (409, "pair-forbidden")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"decision": "perhaps", "by": "A"}, "decision"),
        ({"decision": "accept"}, "by"),
        ({"decision": "accept", "by": ""}, "by"),
        ({"decision": "accept", "by": "A", "revises": "x"}, "revises"),
    ],
)
async def test_what_is_wrong_is_named(desk: Desk, body: dict[str, Any], field: str) -> None:
    answer = await desk.post(f"/identity/{PAIR}/decision", "operator", json.dumps(body).encode(), "application/json")
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


async def test_a_pair_that_nobody_asked_about_is_not_there(desk: Desk) -> None:
    assert (await desk.get(f"/identity/{NOBODY}")).status_code == 404
    assert (await decide(desk, "accept")).status_code == 404
    body = b'{"decision": "accept", "by": "A"}'
    refused = await desk.post(f"/identity/{PAIR}/decision", "norfolk-police", body, "application/json")
    assert refused.status_code == 403
