"""The stand-in answers as authorities would: care context, decisions and receipts, and its inbox."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.authorities import ADAPTER
from adapters.authorities.simulator.server import authorities
from contracts.codes import Role
from contracts.dispatch import Action, Content, Dispatch, Kind, Question, Recipient
from contracts.events import CareContextKnown, DecisionRecorded
from contracts.person import Identifiers, KnownLink, Person, Whereabouts
from hub.http import HttpClient
from tests.unit.adapters.authorities.support import (
    EPISODE,
    KEY,
    RECEIVED_AT,
    SUBJECT,
    dispatch,
    document,
    endpoint,
    reach,
    serving,
)

TOKENS = {"rotherham-council": "r-token", "lambeth-council": "l-token"}


class Hub:
    """Takes what the authorities send, and serves one inbox item."""

    def __init__(self, item: Dispatch | None = None) -> None:
        self.taken: asyncio.Queue[tuple[str, str, dict[str, Any]]] = asyncio.Queue()
        self.item = item

    def app(self) -> Starlette:
        posts = ["/intake/authorities/care-context", "/intake/authorities/facts", "/receipts"]
        return Starlette(
            routes=[*(Route(path, self.take, methods=["POST"]) for path in posts), Route("/inbox", self.inbox)]
        )

    async def take(self, request: Request) -> Response:
        self.taken.put_nowait((request.url.path, request.headers["authorization"], await request.json()))
        return JSONResponse({}, status_code=202)

    async def inbox(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer l-token"
        items = []
        if self.item is not None:
            body = ADAPTER.render(self.item, endpoint("lambeth-council")).body.decode()
            items = [{"position": 1, "dispatch_id": str(self.item.id), "body": body}]
        return JSONResponse({"items": items, "next": 1})

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        return await asyncio.wait_for(self.taken.get(), 20)


async def _asked(hub: Hub, made: Dispatch, **settings: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Deliver a dispatch twice to the stand-in; returns what the hub got for it: receipts, then the answer."""
    async with serving(hub.app()) as address:
        app = authorities(address, TOKENS, {"signing_key": KEY, **settings}, now=lambda: RECEIVED_AT)
        async with serving(app) as base, HttpClient() as http:
            to = endpoint(f"{base}/rotherham-council/hook")
            await ADAPTER.deliver(made, to, reach(http))
            await ADAPTER.deliver(made, to, reach(http))
            first = [await hub.next()]
            later = dispatch(action=Action.WITHDRAW)
            await ADAPTER.deliver(later, to, reach(http))
            while (got := await hub.next())[2].get("receipts", [{}])[0].get("dispatch_id") != str(later.id):
                first.append(got)
    return first


def _request(**content: Any) -> Dispatch:
    return dispatch(Kind.CARE_CONTEXT_REQUEST, content=Content(**content))


PEOPLE = [
    ({"identifiers": Identifiers(case_id="ROT-204417")}, "ROT-204417"),
    ({"identifiers": Identifiers(case_id="ROT-198830")}, "ROT-198830"),
    ({"person": Person(surname="DANESH")}, "ROT-211906"),
]


@pytest.mark.parametrize(("content", "case"), PEOPLE)
async def test_care_context_is_answered_for_the_person_asked_about(content: dict[str, Any], case: str) -> None:
    made = _request(**content)
    receipts, (path, token, reply) = await _asked(Hub(), made)

    stages = [(one["stage"], one.get("by")) for one in receipts[2]["receipts"]]
    assert stages == [("opened", None), ("accepted", "caseTeam on duty")]
    assert (path, token) == ("/intake/authorities/care-context", "Bearer r-token")
    reading = ADAPTER.read(document("care-context", reply))
    assert reading.warnings == ()
    (event,) = reading.events
    assert [one.value for one in event.references] == [str(EPISODE), case, str(made.id)]
    assert isinstance(event.data, CareContextKnown)
    assert event.data.subjects[0].subject_id == SUBJECT


async def test_a_story_can_be_set() -> None:
    _, (_, _, reply) = await _asked(Hub(), _request(), story="unborn")

    assert reply["caseId"] == "ROT-198830"


async def test_somebody_unknown_is_not_invented() -> None:
    assert len(await _asked(Hub(), _request(person=Person(surname="Nobody")))) == 1


@pytest.mark.parametrize(("setting", "answer"), [("yes", True), ("no", False)])
async def test_a_decision_is_made_for_the_areas_asked_about(setting: str, answer: bool) -> None:
    question = Question(decision="rotherham.P16.circulate-to-areas", text="Circulate?", due_at=RECEIVED_AT)
    whereabouts = Whereabouts(areas=(KnownLink(authority="E09000022"),))
    made = dispatch(Kind.DECISION_REQUEST, content=Content(question=question, whereabouts=whereabouts))

    _, (path, _, reply) = await _asked(Hub(), made, decisions=setting)

    assert path == "/intake/authorities/facts"
    reading = ADAPTER.read(document("facts", reply))
    assert reading.warnings == ()
    data = reading.events[0].data
    assert isinstance(data, DecisionRecorded)
    assert (data.decision, data.answer, data.areas) == (question.decision, answer, ("E09000022",))
    assert (data.decided_by_role, data.subject_id) == (Role.CASE_TEAM, SUBJECT)


async def test_people_can_be_left_to_decide() -> None:
    question = Question(decision="x", text="?", due_at=RECEIVED_AT)
    made = dispatch(Kind.DECISION_REQUEST, content=Content(question=question))

    assert len(await _asked(Hub(), made, decisions="none")) == 1


async def test_the_inbox_is_read_once_and_acknowledged() -> None:
    hub = Hub(dispatch(recipient=Recipient(role=Role.DUTY_TEAM, authority="E09000022")))
    async with serving(hub.app()) as address:
        settings = {"inbox_seconds": "0.01"}
        async with serving(authorities(address, TOKENS, settings, now=lambda: RECEIVED_AT)) as base:
            path, token, body = await hub.next()
            async with httpx.AsyncClient() as client:
                kept = (await client.get(f"{base}/received")).json()["received"]

    assert (path, token) == ("/receipts", "Bearer l-token")
    assert hub.item is not None
    assert [one["dispatch_id"] for one in body["receipts"]] == [str(hub.item.id)] * 2
    assert [(one["partner"], one["via"]) for one in kept] == [("lambeth-council", "inbox")]
    assert hub.taken.empty()


async def test_samples_are_sent_quoting_the_episode_that_was_asked_about() -> None:
    hub = Hub()
    async with serving(hub.app()) as address:
        app = authorities(address, TOKENS, {"signing_key": KEY}, now=lambda: RECEIVED_AT)
        async with serving(app) as base, HttpClient() as http, httpx.AsyncClient() as client:
            wanted = {"sample": "away-4-whereabouts.json", "replace": {"ROT-OUT-70118": "ROT-OUT-9"}}
            assert (await client.post(f"{base}/send", json=wanted)).json()["status"] == 202
            before = await hub.next()
            asked = _request(identifiers=Identifiers(case_id="ROT-204417"))
            await ADAPTER.deliver(asked, endpoint(f"{base}/rotherham-council/hook"), reach(http))
            await hub.next()
            await hub.next()
            await client.post(f"{base}/send", json=wanted)
            after = await hub.next()

    assert before[0] == "/intake/authorities/facts"
    assert (before[2]["messageId"], "episodeReference" in before[2]) == ("ROT-OUT-9", False)
    assert after[2]["episodeReference"] == str(EPISODE)


async def test_a_decision_from_a_sample_quotes_the_request_that_it_answers() -> None:
    hub = Hub()
    question = Question(decision="rotherham.P16.circulate-to-areas", text="Circulate?", due_at=RECEIVED_AT)
    asked = _request(identifiers=Identifiers(case_id="ROT-204417"))
    to_decide = dispatch(Kind.DECISION_REQUEST, content=Content(question=question))
    async with serving(hub.app()) as address:
        settings = {"signing_key": KEY, "decisions": "none"}
        app = authorities(address, TOKENS, settings, now=lambda: RECEIVED_AT)
        async with serving(app) as base, HttpClient() as http, httpx.AsyncClient() as client:
            for made in (asked, to_decide):
                await ADAPTER.deliver(made, endpoint(f"{base}/rotherham-council/hook"), reach(http))
            for _ in range(3):
                await hub.next()
            wanted = {"sample": "away-6-decision-case-team.json", "today": True}
            await client.post(f"{base}/send", json=wanted)
            _, _, body = await hub.next()

    assert (body["episodeReference"], body["inAnswerTo"]) == (str(EPISODE), str(to_decide.id))
    assert body["issuedAt"] != "2026-11-21T09:40:00Z"
