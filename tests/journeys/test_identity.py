"""Two police reports of one child, spelled in two ways: a person links them, and unlinks them again."""

import asyncio
from uuid import UUID, uuid4

import pytest

from hub.demo import reading
from hub.ledger import subjects
from tests.journeys.stage import REPORTS, XML, Json, Stage, sample, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
FOUND = "away-9-found.xml"


def words(tag: str) -> dict[str, str]:
    return {
        "MP-26-004127": f"R-{tag}",
        "NFK-P-310552": f"P-{tag}",
        "ROT-204417": f"C-{tag}",
        "2026/0451873K": f"2026/{tag}",
    }


async def report(stage: Stage, tag: str, **spelled: str) -> str:
    text = sample("police", "away-1-report.xml", words(tag) | spelled)
    return str((await stage.accepted(REPORTS, "norfolk-police", text, XML))["episode"])


async def two_reports(stage: Stage, surname: str) -> tuple[str, str, str]:
    """Report one child twice under numbers that have nothing to do with each other; returns episodes and pair."""
    tag = uuid4().hex[:6]
    without_case = {f"<socialCareReference>C-{tag}b</socialCareReference>": ""}
    one = await report(stage, f"{tag}a", Ashdown=surname)
    two = await report(stage, f"{tag}b", Ashdown=f"{surname}e", **without_case)
    for episode in (one, two):
        await stage.told(episode, "case_team/notice")
        await stage.quiet(episode)

    async def asked() -> list[str]:
        tasks = [one for one in await stage.tasks() if one["kind"] == "possible_match"]
        members = {str(one["subject_id"]) for id in (one, two) for one in (await stage.episode(id))["dispatches"]}
        return [
            task["detail"]["pair"] for task in tasks if {task["detail"]["subject"], task["detail"]["other"]} <= members
        ]

    (pair,) = await until(asked, "a person is asked whether they are one child")
    return one, two, pair


async def decide(stage: Stage, pair: str, decision: str) -> None:
    answer = await stage.post(f"/identity/{pair}/decision", "operator", {"decision": decision, "by": "A. Manager"})
    assert answer.status_code == 200, answer.text


def live(course: Json) -> set[str]:
    return {one["recipient"] for one in reading.live(course)}


async def settled(stage: Stage, *episodes: str) -> list[Json]:
    return [await stage.quiet(episode) for episode in episodes]


async def told_once(stage: Stage, *episodes: str) -> set[str]:
    """Wait until one of the episodes alone has anything standing; returns who holds it."""

    async def alone() -> list[set[str]]:
        standing = [one for one in [live(course) for course in await settled(stage, *episodes)] if one]
        return standing if len(standing) == 1 else []

    (holders,) = await until(alone, "one of them tells for both")
    return holders


async def test_linked_one_alert_stands_and_found_stands_everybody_down(stage: Stage) -> None:
    one, two, pair = await two_reports(stage, "Quarrington")
    shown = await stage.get(f"/identity/{pair}")
    assert {one["person"]["surname"] for one in shown.json()["subjects"]} == {"Quarrington", "Quarringtone"}
    before = [live(course) for course in await settled(stage, one, two)]
    assert all(before)
    await decide(stage, pair, "accept")
    assert await told_once(stage, one, two) >= before[0] | before[1]
    ended = sample("police", FOUND, words(await _tag(stage, two)))
    await stage.accepted(REPORTS, "norfolk-police", ended, XML)

    async def nobody() -> bool:
        return not any(live(course) for course in await settled(stage, one, two))

    await until(nobody, "everybody is stood down")
    listed = {row["id"]: row["status"] for row in (await stage.get("/episodes")).json()["episodes"]}
    assert {listed[one], listed[two]} == {"found"}


async def test_unlinked_each_is_told_for_itself_and_the_rest_is_recalled(stage: Stage) -> None:
    one, two, pair = await two_reports(stage, "Fennimore")
    before = [live(course) for course in await settled(stage, one, two)]
    await decide(stage, pair, "accept")
    await told_once(stage, one, two)
    await asyncio.gather(*(decide(stage, pair, "unlink") for _ in range(3)))

    async def parted() -> bool:
        return [live(course) for course in await settled(stage, one, two)] == before

    await until(parted, "each is told as it was before")
    assert "Fennimore" not in stage.logs.getvalue()


async def _tag(stage: Stage, episode: str) -> str:
    """The tag of the numbers that an episode was reported under."""
    async with stage.hub.ledger.read() as tx:
        references = (await subjects.references_of(tx, [UUID(episode)]))[UUID(episode)]
    return next(one.value for one in references if one.kind == "police_report").removeprefix("R-")
