"""Care context before the report, after it, or never: who is told depends on what is known, never on when it came."""

import json
from dataclasses import dataclass
from itertools import count, islice
from typing import Any
from uuid import uuid4

import pytest

from contracts.codes import is_nhs_number
from hub.app import now
from hub.demo import reading
from tests.journeys.stage import CARE_CONTEXT, FACTS, REPORTS, XML, Json, Stage, sample, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALERTS = ("service_0_19@YROTH019/alert", "gp_practice@YROTHGP1/alert")
TOLD_ANYHOW = {
    *("case_team@E08000018", "independent_reviewing_officer@E08000018", "duty_team@E10000020"),
    *("pupil_tracking_officer@E08000018", "senior_management@E08000018", "placement@E08000018"),
    "uk_missing_persons_unit@national",
}
TOLD_WITH_CONTEXT = {*TOLD_ANYHOW, "service_0_19@YROTH019", "gp_practice@YROTHGP1"}
SAMPLE_NHS_NUMBER = "999 323 7418"


@dataclass(frozen=True)
class Child:
    """One invented child of the away story, with numbers of its own."""

    tag: str
    nhs_number: str

    def report(self) -> str:
        """What police know."""
        own = {"MP-26-004127": f"R-{self.tag}", "NFK-P-310552": f"P-{self.tag}", "ROT-204417": f"C-{self.tag}"}
        return sample("police", "away-1-report.xml", own)

    def context(self, *, shared: bool) -> Json:
        """What Rotherham knows, in its own name: neither episode nor request is quoted."""
        own = {"ROT-204417": f"C-{self.tag}", "ROT-OUT-70112": f"M-{self.tag}", SAMPLE_NHS_NUMBER: self.nhs_number}
        message: Json = json.loads(sample("authorities", "away-2-care-context.json", own))
        return message | ({"missingRiskAssessmentShared": True} if shared else {})


def child(number: int) -> Child:
    """The nth child: its NHS number is of the range for tests, with a valid check digit."""
    nhs_number = next(islice(filter(is_nhs_number, map(str, count(9991000000))), number, None))
    return Child(f"{number}-{uuid4().hex[:6]}", nhs_number)


async def report(stage: Stage, who: Child) -> str:
    return str((await stage.accepted(REPORTS, "norfolk-police", who.report(), XML))["episode"])


async def send_context(stage: Stage, message: Json) -> Json:
    return await stage.accepted(CARE_CONTEXT, "rotherham-council", message)


def told(course: Json) -> set[tuple[str, str]]:
    """Who holds something live: recipient and thread."""
    return {(one["recipient"], one["thread"]) for one in reading.live(course)}


def but_parents(course: Json) -> set[tuple[str, str]]:
    """The same without what is asked about parents, of whom only the context says whether telling them is safe."""
    return {one for one in told(course) if not any(rule in one[1] for rule in ("rotherham.P13", "baseline.parents"))}


def open_tasks(course: Json) -> list[str]:
    # Every child of this stage has the sample's name and date of birth.
    kinds = [one["kind"] for one in course["tasks"] if one["settled_at"] is None]
    return [kind for kind in kinds if kind != "possible_match"]


async def before_the_report(stage: Stage, who: Child) -> Json:
    answer = await send_context(stage, who.context(shared=True))
    assert (answer["episode"], answer["warnings"]) == (None, [])
    episode = await report(stage, who)
    await stage.told(episode, *ALERTS)
    return await stage.quiet(episode)


async def after_the_report(stage: Stage, who: Child) -> Json:
    episode = await report(stage, who)
    early = await stage.told(episode, "case_team/notice", "case_team/care_context_request")
    assert {who for who, _ in told(early)} <= TOLD_ANYHOW
    assert (await send_context(stage, who.context(shared=False)))["episode"] == episode
    await stage.told(episode, *ALERTS)
    return await stage.quiet(episode)


async def never(stage: Stage, who: Child) -> Json:
    episode = await report(stage, who)
    await stage.told(episode, "case_team/care_context_request")
    return await stage.quiet(episode)


async def test_before_after_and_never(stage: Stage) -> None:
    before = await before_the_report(stage, child(1))
    after = await after_the_report(stage, child(2))
    without = await never(stage, child(3))
    assert told(before) == told(after)
    assert {who for who, _ in told(before)} == TOLD_WITH_CONTEXT
    assert but_parents(without) == {one for one in but_parents(before) if one[0] in TOLD_ANYHOW}
    assert {who for who, _ in told(without)} == TOLD_ANYHOW
    assert [open_tasks(course) for course in (before, after, without)] == [[], [], ["unmatched"]]
    assert all(
        one["state"] in ("sent", "cancelled") for course in (before, after, without) for one in course["dispatches"]
    )
    asked = [
        sum(one["kind"] == "care_context_request" and one["action"] == "raise" for one in course["dispatches"])
        for course in (before, after, without)
    ]
    assert asked == [0, 1, 1]


async def test_context_that_was_not_shared_beforehand_is_not_kept(stage: Stage) -> None:
    who = child(4)
    answer = await send_context(stage, who.context(shared=False))
    assert (answer["episode"], [one["field"] for one in answer["warnings"]]) == (None, ["subjects"])
    course = await never(stage, who)
    assert ({who for who, _ in told(course)}, open_tasks(course)) == (TOLD_ANYHOW, ["unmatched"])


async def test_context_that_comes_at_last_settles_the_task(stage: Stage) -> None:
    who = child(5)
    course = await never(stage, who)
    assert open_tasks(course) == ["unmatched"]
    await send_context(stage, who.context(shared=False))
    await stage.told(course["id"], *ALERTS)
    assert open_tasks(await stage.quiet(course["id"])) == []


async def test_context_after_the_end_raises_nothing(stage: Stage) -> None:
    who = child(6)
    course = await never(stage, who)
    await end(stage, who)
    await stage.quiet(course["id"])
    await send_context(stage, who.context(shared=False))
    ended = await stage.quiet(course["id"])
    assert (ended["status"], reading.live(ended), open_tasks(ended)) == ("found", [], [])
    assert not [one for one in ended["dispatches"] if one["kind"] == "alert"]


async def end(stage: Stage, who: Child) -> None:
    found = {"fact": "found", "at": now().isoformat(), "by": "authority", "authority": "E08000018"}
    message = {
        "profile": "authority-message",
        "version": 1,
        "messageId": f"END-{who.tag}",
        "issuedAt": now().isoformat(),
        "caseId": f"C-{who.tag}",
        "facts": [found],
    }
    await stage.accepted(FACTS, "rotherham-council", message)


def sibling(request: Json, nhs_number: str) -> Json:
    """What Rotherham answers to the request about one sibling, quoting what it was asked."""
    record: dict[str, Any] = {
        "kind": "child",
        "nhsNumber": nhs_number,
        "dateOfBirth": request["subject"]["dateOfBirth"],
        "gpPractice": "YROTHGP1",
        "service0To19": "YROTH019",
    }
    quoted = {name: request[name] for name in ("episodeReference", "subjectReference")}
    return {
        **quoted,
        "profile": "authority-message",
        "version": 1,
        "messageId": f"SIB-{request['messageId']}",
        "issuedAt": now().isoformat(),
        "inAnswerTo": request["messageId"],
        "subjects": [record],
    }


async def test_one_sibling_found_leaves_the_other_as_she_is(stage: Stage) -> None:
    answer = await stage.accepted(REPORTS, "south-yorkshire-police", sample("police", "siblings-1-report.xml"), XML)
    episode = str(answer["episode"])
    await stage.told(episode, "case_team/care_context_request")
    requests = {one["subject"]["forenames"]: one for one in await asked_about(stage, episode, 2)}
    for number, request in enumerate(requests.values()):
        await send_context(stage, sibling(request, child(7 + number).nhs_number))
    subjects = {name: request["subjectReference"] for name, request in requests.items()}
    everybody = await until_alerted(stage, episode, set(subjects.values()))
    await stage.accepted(REPORTS, "south-yorkshire-police", sample("police", "siblings-2-found-one.xml"), XML)
    course = await until_withdrawn(stage, episode, subjects["Elowen"])
    assert {one["subject_id"] for one in reading.live(course)} == {subjects["Jory"]}
    assert of(course, subjects["Jory"]) == of(everybody, subjects["Jory"])
    assert course["status"] == "missing"


async def asked_about(stage: Stage, episode: str, number: int) -> list[Json]:
    async def ask() -> list[Json] | None:
        got = [one["message"] for one in await stage.received("authorities")]
        asked = [m for m in got if (m["messageType"], m["episodeReference"]) == ("careContextRequest", episode)]
        return asked if len(asked) == number else None

    return await until(ask, f"{number} requests for care context") or []


def of(course: Json, subject: str) -> set[tuple[str, str, str, str]]:
    """All that was ever sent about one subject."""
    rows = [one for one in course["dispatches"] if one["subject_id"] == subject]
    return {(one["id"], one["recipient"], one["action"], one["state"]) for one in rows}


async def until_alerted(stage: Stage, episode: str, subjects: set[str]) -> Json:
    async def ask() -> Json | None:
        course = await stage.quiet(episode)
        alerts = {(one["recipient"], one["subject_id"]) for one in reading.live(course) if one["kind"] == "alert"}
        return course if len(alerts) == 2 * len(subjects) else None

    course = await until(ask, "alerts about everybody")
    assert course is not None
    return course


async def until_withdrawn(stage: Stage, episode: str, subject: str) -> Json:
    async def ask() -> Json | None:
        course = await stage.quiet(episode)
        return course if subject not in {one["subject_id"] for one in reading.live(course)} else None

    course = await until(ask, "one sibling's alerts are withdrawn")
    assert course is not None
    return course
