"""Many requests at once: the answers and the ledger that they would have had one after the other."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from hub.ledger import tables
from hub.ledger.intake import Incoming
from tests.unit.api.conftest import SAMPLES, Desk

PATH, XML = "/intake/police/reports", "application/xml"
REPORT = (SAMPLES / "away-1-report.xml").read_text()


def report(number: int, version: int = 1, surname: str = "Ashdown") -> bytes:
    text = REPORT.replace("MP-26-004127", f"MP-26-{number}").replace("NFK-P-310552", f"NFK-P-{number}")
    text = text.replace("ROT-204417", f"ROT-{number}").replace(">Ashdown<", f">{surname}<")
    return text.replace("<reportVersion>1<", f"<reportVersion>{version}<").encode()


# Good ones, repeats, other bytes under the same id, an update of the same child, unreadable and unusable ones.
STREAM = [
    *(report(number) for number in range(6)),
    report(0),
    report(1, surname="Other"),
    report(2, version=2),
    b"no report",
    report(7).replace(b"MP-26-7", b""),
    b"no report",
    report(2, version=1),
    *(report(number) for number in range(10, 16)),
]


async def send(desk: Desk, bodies: Sequence[bytes], *, at_once: bool) -> list[httpx.Response]:
    calls = [desk.post(PATH, "norfolk-police", body, XML) for body in bodies]
    return list(await asyncio.gather(*calls)) if at_once else [await call for call in calls]


async def kept(desk: Desk) -> list[list[str]]:
    wanted = (tables.message, tables.event, tables.subject_key, tables.task, tables.episode_reference)
    async with desk.ledger.read() as tx:
        rows = [(table, await tx.execute(select(table))) for table in wanted]
        return [
            sorted(repr({k: v for k, v in row._mapping.items() if k != "number"}) for row in found) for _, found in rows
        ]


async def test_at_once_is_as_one_after_the_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering, arrived, groups = desk.app.state.services.gathered, list[bytes](), list[int]()
    put, work = gathering.put, gathering._work

    async def noted(item: Incoming) -> Any:
        arrived.append(item.document.body)
        return await put(item)

    async def counted(group: list[Incoming]) -> Any:
        groups.append(len(group))
        return await work(group)

    monkeypatch.setattr(gathering, "put", noted)
    monkeypatch.setattr(gathering, "_work", counted)
    together = await send(desk, STREAM, at_once=True)
    kept_together = await kept(desk)
    assert max(groups) > 1
    async with desk.ledger.begin() as tx:
        for table in reversed(tables.metadata.sorted_tables):
            if not table.name.startswith("partner"):
                await tx.execute(table.delete())
    # Requests at once have no order but the one in which they arrived; the same bytes have the same answer anyway.
    order = list(arrived)
    alone = dict(zip(order, await send(desk, order, at_once=False), strict=True))
    for body, answer in zip(STREAM, together, strict=True):
        assert (answer.status_code, answer.json()) == (alone[body].status_code, alone[body].json())
    assert kept_together == await kept(desk)
    assert {one.status_code for one in together} == {202, 400, 409, 422}


async def test_202_comes_after_the_commit_that_it_promises(desk: Desk) -> None:
    async def one(number: int) -> int:
        answer = await desk.post(PATH, "norfolk-police", report(number), XML)
        async with desk.ledger.read() as tx:
            mine = select(func.count()).where(tables.event.c.body.contains(f"MP-26-{number}"))
            assert (await tx.execute(mine)).scalar_one() == 1
        return answer.status_code

    assert set(await asyncio.gather(*(one(number) for number in range(100, 130)))) == {202}
