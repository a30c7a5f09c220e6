"""While nobody can be told, nobody gets a 202: the message is kept, the sender is told to telephone, its repeat counts
once.
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.api import backlog as backlog_module
from hub.ledger import outbox, positions, tables
from hub.ledger.outbox import EPISODE_TOPIC, OutRecord
from hub.ledger.positions import Span
from tests.unit.api.conftest import EPISODE, START, Desk
from tests.unit.api.test_events import ONE, event

ROOT = Path(__file__).resolve().parents[3]
REPORT = (ROOT / "adapters/police/samples/away-1-report.xml").read_bytes()
PATH, XML = "/intake/police/reports", "application/xml"
WAITING = OutRecord(None, EPISODE_TOPIC, None, {}, b"{}", EPISODE, START)


@pytest.fixture(autouse=True)
def looks_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "LOOK_SECONDS", 0.0)


async def put(desk: Desk) -> int:
    """Put a record that is never published into the outbox; returns its row."""
    async with desk.ledger.begin() as tx:
        await outbox.add(tx, [WAITING])
        (row,) = [one for one in await outbox.unpublished(tx, 10) if one.value == b"{}"]
    assert row.id is not None
    return row.id


async def publish_all(desk: Desk) -> None:
    async with desk.ledger.begin() as tx:
        rows = [(row.id, 0, n) for n, row in enumerate(await outbox.unpublished(tx, 10)) if row.id is not None]
        await outbox.mark_published(tx, rows, desk.clock.now, "cluster")


async def kept(desk: Desk) -> list[str]:
    async with desk.ledger.read() as tx:
        return [str(row.id) for row in await tx.execute(tables.message.select())]


async def test_a_message_that_cannot_be_passed_on_is_kept_and_its_sender_told_to_telephone(desk: Desk) -> None:
    await put(desk)
    desk.clock.now = START + timedelta(seconds=30)
    assert (await desk.post(PATH, "norfolk-police", REPORT, XML)).status_code == 202
    desk.clock.now = START + timedelta(seconds=31)
    refused = await desk.post(PATH, "norfolk-police", REPORT.replace(b"004127", b"004128"), XML)
    body = refused.json()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.headers["content-type"] == "application/problem+json"
    assert body["type"].endswith(":not-passed-on")
    assert "telephone" in body["detail"]
    assert body["receipt"] in await kept(desk)

    await publish_all(desk)
    again = await desk.post(PATH, "norfolk-police", REPORT.replace(b"004127", b"004128"), XML)
    assert (again.status_code, again.json()["receipt"]) == (202, body["receipt"])
    assert len(await kept(desk)) == 2


async def test_canonical_events_are_answered_alike(desk: Desk) -> None:
    await put(desk)
    desk.clock.now = START + timedelta(seconds=31)
    answer = await desk.post("/events", "rotherham-council", json.dumps(event()).encode(), ONE)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, "not-passed-on")


async def test_a_record_that_kafka_never_takes_stops_nobody(desk: Desk) -> None:
    row = await put(desk)
    async with desk.ledger.begin() as tx:
        await outbox.set_aside(tx, [row])
    desk.clock.now = START + timedelta(days=1)
    assert (await desk.post(PATH, "norfolk-police", REPORT, XML)).status_code == 202
    assert (await desk.client.get("/health/ready")).json()["checks"]["outbox"]["ready"] is True


async def test_the_outbox_is_looked_at_once_a_second_however_many_messages_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog_module, "LOOK_SECONDS", 600.0)
    looks: list[int] = []
    look = outbox.oldest_unpublished

    async def counted(tx: object) -> object:
        looks.append(1)
        return await look(tx)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "oldest_unpublished", counted)
    for number in range(5):
        report = REPORT.replace(b"004127", f"00500{number}".encode())
        assert (await desk.post(PATH, "norfolk-police", report, XML)).status_code == 202
    assert len(looks) == 1


@pytest.mark.parametrize("path", [PATH, "/events", "/receipts"])
async def test_while_a_restored_ledger_reads_again_nothing_is_taken_in(desk: Desk, path: str) -> None:
    async with desk.ledger.begin() as tx:
        await positions.advance(tx, "hub-router", {(EPISODE_TOPIC, 0): Span(0, 5)}, {})
        assert await positions.compare(tx, "hub-router", {(EPISODE_TOPIC, 0): Span(0, 9)})
    body, type = (REPORT, XML) if path == PATH else (json.dumps(event()).encode(), "application/json")
    answer = await desk.post(path, "norfolk-police" if path == PATH else "rotherham-council", body, type)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, "reading-again")
    assert await kept(desk) == []
    async with desk.ledger.begin() as tx:
        await positions.advance(tx, "hub-router", {(EPISODE_TOPIC, 0): Span(5, 9)}, {})
    assert (await desk.post(PATH, "norfolk-police", REPORT, XML)).status_code == 202


async def test_how_long_to_wait_is_a_setting(desk: Desk) -> None:
    services = desk.app.state.services
    desk.app.state.services = replace(services, limits=replace(services.limits, retry_seconds=17))
    await put(desk)
    desk.clock.now = START + timedelta(seconds=31)
    answer = await desk.post(PATH, "norfolk-police", REPORT, XML)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "17")
