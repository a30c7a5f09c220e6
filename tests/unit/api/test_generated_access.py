"""A thousand generated requests of one partner for what is another's: nothing comes out, not even that it is there.

Each request is made twice: for what is another partner's, and for what is nobody's. The two answers must be the same.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import httpx
from fastapi.routing import APIRoute

from hub.api.refusals import KIND
from hub.ledger import audit, tables
from tests.unit.api.conftest import RULE, START, Desk
from tests.unit.api.neighbours import AREAS, HOUSES, KINDS, House, house, move_in

SEED, REQUESTS = 20261124, 1000
JSON, EVENT = "application/json", "application/cloudevents+json"


@dataclass(frozen=True)
class Asked:
    """One request as it will be sent."""

    path: str
    body: Any = None
    type: str = JSON


Make = Callable[[Random, str, House], Asked]


def _event(chance: Random, asker: str, type: str, data: dict[str, Any], reference: tuple[str, object]) -> Asked:
    kind, value = reference
    stated = {
        "specversion": "1.0",
        "id": f"11111111-1111-5111-8111-{chance.randrange(10**12):012}",
        "source": f"/partners/{asker}",
        "type": type,
        "time": START.isoformat(),
        "references": [{"kind": kind, "issuer": "hub", "value": str(value)}],
        "data": data,
    }
    if chance.random() < 0.2:
        return Asked("/events", [stated], JSON)
    return Asked("/events", stated, EVENT)


def _quoted(chance: Random, it: House) -> tuple[str, object]:
    return chance.choice([("episode", it.episode), ("dispatch", it.asked.id), ("dispatch", it.notice.id)])


def decide(chance: Random, asker: str, it: House) -> Asked:
    data = {"decision": RULE, "answer": chance.random() < 0.5, "decided_by": "A", "decided_by_role": "case_team"}
    return _event(chance, asker, "missing.decision.recorded.v1", data, _quoted(chance, it))


def receive(chance: Random, asker: str, it: House) -> Asked:
    stage = chance.choice(["transported", "opened", "accepted", "rejected"])
    receipt = {"dispatch_id": str(it.notice.id), "stage": stage, "at": START.isoformat(), "by": "A"}
    return _event(chance, asker, "missing.receipt.recorded.v2", {"receipts": [receipt]}, ("dispatch", it.notice.id))


def state(chance: Random, asker: str, it: House) -> Asked:
    said: list[tuple[str, dict[str, Any]]] = [
        ("missing.contact.recorded.v1", {"contact": "weekly", "by": "A"}),
        ("missing.person.sighted.v1", {"what": "seen"}),
        ("missing.whereabouts.believed.v1", {"believed_left_area": True}),
    ]
    return _event(chance, asker, *chance.choice(said), _quoted(chance, it))


def any_event(chance: Random, asker: str, it: House) -> Asked:
    return chance.choice([decide, receive, state])(chance, asker, it)


def hand_in(chance: Random, asker: str, it: House) -> Asked:
    """A document in a partner's own format that quotes what is another's, or one by a way in not its own."""
    trace = {"profile": "dwp-trace-answer", "version": 1, "result": "none", "holds": []}
    trace |= {"dispatch": str(it.asked.id), "episode": str(it.episode), "subject": str(it.subject)}
    kind = chance.choice(["decision", "whereabouts"])
    decision = {"fact": "decision", "decision": RULE, "answer": True, "decidedBy": "A", "role": "caseTeam"}
    message = {
        "profile": "authority-message",
        "version": 1,
        "messageId": f"A-{chance.randrange(10**9)}",
        "issuedAt": START.isoformat(),
        "authority": AREAS[list(KINDS).index(asker)],
        "inAnswerTo": str(it.asked.id),
        "facts": [decision if kind == "decision" else {"fact": "whereaboutsBelieved", "believedLeftArea": True}],
    }
    ways = [
        ("/intake/dwp/trace-results", trace),
        ("/intake/authorities/facts", message),
        ("/intake/nobody/nothing", {}),
    ]
    return Asked(*chance.choice(ways))


def receipts(chance: Random, asker: str, it: House) -> Asked:
    ids = chance.choice([[it.asked.id], [it.notice.id], [it.notice.id, it.asked.id]])
    notes = [{"dispatch_id": str(id), "stage": "opened", "at": START.isoformat()} for id in ids]
    return Asked("/receipts", {"receipts": notes})


def one_episode(chance: Random, asker: str, it: House) -> Asked:
    return Asked(f"/episodes/{chance.choice([it.episode, it.asked.id, it.subject, it.asked.episode_reference])}")


def known_then(chance: Random, asker: str, it: House) -> Asked:
    return Asked(
        f"{one_episode(chance, asker, it).path}/as-known?at={chance.choice([2025, 2026, 2027])}-12-01T00:00:00Z"
    )


ROUTES: dict[tuple[str, str], Make] = {
    ("POST", "/intake/{adapter}/{route:path}"): hand_in,
    ("POST", "/events"): any_event,
    ("POST", "/receipts"): receipts,
    ("GET", "/episodes"): lambda chance, *_: Asked(f"/episodes?limit={chance.randint(1, 500)}"),
    ("GET", "/episodes/{episode}"): one_episode,
    ("GET", "/episodes/{episode}/as-known"): known_then,
    ("GET", "/inbox"): lambda chance, *_: Asked(f"/inbox?after={chance.randint(0, 20)}&limit={chance.randint(1, 9)}"),
    ("GET", "/tasks"): lambda *_: Asked("/tasks"),
    ("POST", "/tasks/{task}/settle"): lambda _, __, it: Asked(f"/tasks/{it.task}/settle", {"by": "A"}),
    ("GET", "/identity"): lambda *_: Asked("/identity"),
    ("GET", "/identity/{pair}"): lambda _, __, it: Asked(f"/identity/{it.task}"),
    ("POST", "/identity/{pair}/decision"): lambda _, __, it: Asked(
        f"/identity/{it.task}/decision", {"decision": "accept", "by": "A"}
    ),
    ("GET", "/metrics"): lambda *_: Asked("/metrics"),
    ("GET", "/openapi.json"): lambda *_: Asked("/openapi.json"),
    ("GET", "/health/live"): lambda *_: Asked("/health/live"),
    ("GET", "/health/ready"): lambda *_: Asked("/health/ready"),
}
# What everybody may have; of the inbox it is the asker's own.
OPEN = {"/inbox", "/openapi.json", "/health/live", "/health/ready"}


def test_every_route_of_the_api_is_among_those_tried(desk: Desk) -> None:
    assert set(_routes(desk.app.routes)) == ROUTES.keys()


def _routes(found: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes)
        else:
            assert isinstance(route, APIRoute), f"{route} is a way in of a kind that is not looked at here"
            yield from ((method, route.path) for method in route.methods or ())


async def test_nothing_of_anothers_comes_out_and_each_refusal_is_audited(desk: Desk) -> None:
    await move_in(desk)
    chance, refused, statuses = Random(SEED), [], Counter[int]()
    for number in range(REQUESTS):
        asker, other = chance.sample(HOUSES, 2)
        (method, template), make = chance.choice(list(ROUTES.items()))
        nobodys = house(other.partner, other.area, name=f"nobody {number}")
        token = chance.choice(["own"] * 19 + ["none"])
        answers = []
        for it in (other, nobodys):
            # The same throw of the dice for both: the two requests differ in whose it is and in nothing else.
            wanted = make(Random(f"{SEED} {number}"), asker.partner, it)
            desk.clock.now += timedelta(seconds=5)
            answer = await _send(desk, method, wanted, asker.partner if token == "own" else None)
            statuses[answer.status_code] += 1
            assert not _of_others(answer, asker), (method, template, answer.status_code)
            answers.append((answer.status_code, _compared(answer)))
            if template not in OPEN or answer.status_code == 401:
                assert answer.status_code in (401, 403, 404, 422), (method, template, wanted, answer.text)
                refused.append((asker.partner if token == "own" else "", f"{method} {template}"))
        assert template in OPEN or answers[0] == answers[1], (method, template)
    assert {200, 401, 403, 404, 422} <= statuses.keys()
    await _audited(desk, refused)


async def _send(desk: Desk, method: str, wanted: Asked, partner: str | None) -> httpx.Response:
    headers = desk.headers(partner, Content_Type=wanted.type)
    body = None if wanted.body is None else json.dumps(wanted.body).encode()
    return await desk.client.request(method, wanted.path, headers=headers, content=body)


def _of_others(answer: httpx.Response, asker: House) -> list[str]:
    shown = answer.text + str(answer.headers)
    return [mark for it in HOUSES if it is not asker for mark in it.marks if mark in shown]


def _compared(answer: httpx.Response) -> Any:
    """Return an answer without the hub's ids of the message that was sent, which differ as the messages do."""
    if answer.headers.get("content-type") != "application/problem+json":
        return answer.text
    return {name: value for name, value in answer.json().items() if name not in ("receipt", "task")}


async def _audited(desk: Desk, refused: list[tuple[str, str]]) -> None:
    async with desk.ledger.read() as tx:
        rows = [row.ids for row in await tx.execute(tables.audit.select()) if row.kind == KIND]
        assert await audit.verify(tx)
    known = [(row["partner"], row["route"]) for row in rows if row["partner"]]
    assert known == [one for one in refused if one[0]]
    assert not [row for row in rows if "CANARY" in str(row)]
    assert {row["left_out"] for row in rows} == {"0"}
    # Without a token a few a minute are written, the rest is counted; here nobody came that often.
    assert len(rows) == len(refused)


async def test_each_partner_gets_its_own(desk: Desk) -> None:
    """The other side of it: what is refused above is there, and given to whom it belongs."""
    await move_in(desk)
    for it in HOUSES:
        own = await desk.get(f"/episodes/{it.episode}", it.partner)
        inbox = await desk.get("/inbox", it.partner)
        assert (own.status_code, own.text.count(it.canary) >= 2, inbox.text.count(it.canary)) == (200, True, 2)
        body = any_event_of(it)
        answer = await desk.post("/events", it.partner, json.dumps(body.body).encode(), EVENT)
        assert (answer.status_code, answer.json()["episode"]) == (202, str(it.episode))
        assert not [
            mark for other in HOUSES if other is not it for mark in other.marks if mark in own.text + inbox.text
        ]


def any_event_of(it: House) -> Asked:
    data = {"contact": "weekly", "by": "A"}
    return _event(Random(2), it.partner, "missing.contact.recorded.v1", data, ("episode", it.episode))
