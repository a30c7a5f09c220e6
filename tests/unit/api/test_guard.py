"""How often: a partner over its rate is told when to come again, and nobody else's flood costs anybody a report."""

import json
from datetime import timedelta

import httpx
import pytest

from hub.api.guard import Guard
from hub.api.refusals import KIND
from hub.api.services import Limits
from hub.ledger import audit, tables
from hub.ledger.engine import LedgerBusy
from tests.unit.api.conftest import Desk
from tests.unit.api.test_events import ONE, event

FEW = Limits(rate_per_second=2.0, rate_burst=3, failures_per_minute=4)


@pytest.fixture
def few(desk: Desk) -> Desk:
    desk.app.state.guard = Guard(FEW)
    return desk


async def entries(desk: Desk) -> list[dict[str, str]]:
    async with desk.ledger.read() as tx:
        assert await audit.verify(tx)
        return [row.ids for row in await tx.execute(tables.audit.select()) if row.kind == KIND]


async def failing(desk: Desk, address: str = "198.51.100.7", token: str = "wrong") -> httpx.Response:
    transport = httpx.ASGITransport(desk.app, client=(address, 1234), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.example") as client:
        return await client.get("/inbox", headers={"Authorization": f"Bearer {token}"})


async def test_one_too_many_is_told_when_to_come_again_and_is_served_then(few: Desk) -> None:
    assert [(await few.get("/inbox", "lambeth-council")).status_code for _ in range(3)] == [200] * 3
    refused = await few.get("/inbox", "lambeth-council")
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert (refused.json()["status"], refused.headers["retry-after"]) == (429, "1")
    few.clock.now += timedelta(seconds=int(refused.headers["retry-after"]))
    assert (await few.get("/inbox", "lambeth-council")).status_code == 200


async def test_a_refused_report_is_not_taken_in_and_the_same_is_taken_afterwards(few: Desk) -> None:
    for number in range(3):
        body = json.dumps(event(number)).encode()
        assert (await few.post("/events", "rotherham-council", body, ONE)).status_code == 202
    body = json.dumps(event(9)).encode()
    assert (await few.post("/events", "rotherham-council", body, ONE)).status_code == 429
    few.clock.now += timedelta(seconds=1)
    assert (await few.post("/events", "rotherham-council", body, ONE)).status_code == 202


async def test_no_partner_uses_up_anothers_and_no_asking_uses_up_what_is_for_stating(few: Desk) -> None:
    for _ in range(10):
        last = await few.get("/inbox", "rotherham-council")
    assert last.status_code == 429
    assert (await few.get("/inbox", "lambeth-council")).status_code == 200
    body = json.dumps(event()).encode()
    assert (await few.post("/events", "rotherham-council", body, ONE)).status_code == 202


async def test_an_address_that_fails_too_often_is_slowed_and_a_valid_token_from_there_still_works(few: Desk) -> None:
    answers = [await failing(few) for _ in range(6)]
    assert [one.status_code for one in answers] == [401] * 4 + [429] * 2
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert int(answers[-1].headers["retry-after"]) == 15
    assert (await failing(few, token=few.tokens["lambeth-council"])).status_code == 200
    assert (await failing(few, "198.51.100.8")).status_code == 401
    few.clock.now += timedelta(seconds=15)
    assert (await failing(few)).status_code == 401


async def test_addresses_of_one_ipv6_network_are_one(few: Desk) -> None:
    assert [(await failing(few, f"2001:db8::{n}")).status_code for n in range(5)] == [401] * 4 + [429]
    assert (await failing(few, "2001:db8:0:1::1")).status_code == 401


async def test_a_flood_without_tokens_costs_a_few_entries_and_is_counted_in_full(desk: Desk) -> None:
    for _ in range(200):
        await failing(desk)
    assert 0 < len(await entries(desk)) <= 20
    desk.clock.now += timedelta(minutes=2)
    for token in ("wrong", ""):
        await failing(desk, token=token)
    desk.clock.now += timedelta(minutes=2)
    desk.app.state.guard = Guard(FEW)
    for _ in range(5):
        await failing(desk)  # once more, so that every reason writes what it had left out
    found = await entries(desk)
    assert sum(1 + int(one["left_out"]) for one in found) == 207
    assert {one["reason"] for one in found} == {"token_wrong", "token_missing", "too_many_failures"}


async def test_a_partners_flood_of_refusals_is_bounded_too_and_counted_in_full(desk: Desk) -> None:
    for _ in range(150):
        assert (await desk.get("/tasks", "norfolk-police")).status_code == 403
    assert len(await entries(desk)) == 60
    desk.clock.now += timedelta(minutes=1)
    await desk.get("/tasks", "norfolk-police")
    found = await entries(desk)
    assert sum(1 + int(one["left_out"]) for one in found) == 151
    assert found[-1] == {
        "partner": "norfolk-police",
        "route": "GET /tasks",
        "reason": "forbidden",
        "left_out": "90",
    }


async def test_a_refusal_that_cannot_be_written_down_is_no_answer_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise LedgerBusy("held")

    with monkeypatch.context() as held:
        held.setattr(audit, "append", busy)
        assert (await desk.get("/tasks", "norfolk-police")).status_code == 503
    assert (await desk.get("/tasks", "norfolk-police")).status_code == 403
    assert [one["left_out"] for one in await entries(desk)] == ["1"]
