"""`GET /episodes/{id}/as-known` and `hub explain --episode`: an operator's look at a moment that is past."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.unit.api.conftest import EPISODE, START, Desk, tell


def path(at: str) -> str:
    return f"/episodes/{EPISODE}/as-known?at={quote(at)}"


async def test_each_recipient_stands_with_what_it_had_then(desk: Desk) -> None:
    await tell(desk)
    answer = (await desk.get(path(START.isoformat()))).json()
    assert (answer["status"], len(answer["events"])) == ("missing", 1)
    assert answer["subjects"][0]["fields"] == ["person.surname"]
    assert sorted((one["recipient"], one["kind"], one["standing"]) for one in answer["told"]) == [
        ("case_team@E08000018", "decision_request", "told"),
        ("case_team@E08000018", "notice", "not told yet"),
        ("duty_team@E09000022", "notice", "told"),
    ]


async def test_nothing_that_it_says_about_anybody_is_in_it(desk: Desk) -> None:
    await tell(desk)
    text = (await desk.get(path(START.isoformat()))).text
    assert "CANARY" not in text
    assert "Example" not in text


async def test_before_the_report_the_hub_knew_nothing(desk: Desk) -> None:
    await tell(desk)
    answer = (await desk.get(path((START - timedelta(seconds=1)).isoformat()))).json()
    assert (answer["status"], answer["events"], answer["told"]) == ("not known yet", [], [])


@pytest.mark.parametrize("at", ["yesterday", "2026-11-21T19:00:00"])
async def test_a_moment_without_a_time_zone_is_refused(desk: Desk, at: str) -> None:
    await tell(desk)
    refused = await desk.get(path(at))
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


async def test_only_operators_may_ask(desk: Desk) -> None:
    await tell(desk)
    refused = await desk.get(path(START.isoformat()), "lambeth-council")
    assert refused.status_code == 403
