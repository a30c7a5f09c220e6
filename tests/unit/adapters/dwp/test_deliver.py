"""DWP over real sockets: the contract's headers, tokens, every mode of failing, and what each answer means."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import yaml
from jsonschema import Draft4Validator

from adapters.dwp import ADAPTER
from adapters.dwp.simulator.contract import SPEC
from adapters.simulation import MODES
from contracts.adapter import Endpoint, Http, HttpResponse, Outcome, Reach
from contracts.dispatch import Action, Dispatch, Kind
from contracts.errors import RetryLater, Undeliverable
from contracts.events import TracingInformationReceived
from contracts.person import Identifiers, Person
from contracts.receipt import Stage
from tests.conformance.recording import Request
from tests.unit.adapters.dwp.conftest import SECRETS, new_id, running
from tests.unit.adapters.dwp.making import NOW, citizen_api, dispatch, document, endpoint, mother

CONTRACT = yaml.safe_load((SPEC / "openapi.yml").read_text())
SUBMISSIONS = (Kind.NOTICE, Kind.BENEFIT_REQUEST)


def named(surname: str, nino: str = "NP112233C") -> Dispatch:
    person = Person(surname=surname, forenames="Maren", date_of_birth=mother().person.date_of_birth)
    return dispatch(Kind.TRACE_REQUEST, mother(person=person, identifiers=Identifiers(national_insurance_number=nino)))


def finding(outcome: Outcome) -> bool | None:
    (answer,) = outcome.answers
    (event,) = ADAPTER.read(document(answer.body, answer.message_id, answer.route)).events
    assert isinstance(event.data, TracingInformationReceived)
    return event.data.matched


@pytest.mark.parametrize(
    ("sent", "matched"),
    [
        (named("Ashgrove"), True),
        (named("Unmatched"), False),
        (named("Ambiguous"), None),
        (named("Ashgrove", "NP113123C"), None),
    ],
    ids=["found", "not found", "ambiguous", "ambiguous by the mock's own fragment"],
)
async def test_a_trace_brings_back_its_answer(sent: Dispatch, matched: bool | None) -> None:
    async with running() as peer:
        outcome = await ADAPTER.deliver(sent, citizen_api(peer.url), peer.reach)
    assert finding(outcome) is matched
    assert outcome.stage is Stage.TRANSPORTED
    assert list(peer.simulation.received) == [str(sent.id)]


async def test_every_request_has_every_header_that_the_contract_requires() -> None:
    async with running() as peer:
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
        asked = peer.http.requests
    assert [path_of(request, peer.url) for request in asked] == list(CONTRACT["paths"])[1:]
    for request in asked:
        assert faults(request, operation(request, peer.url)) == []


@pytest.mark.parametrize(
    "name", ["policy-id", "correlation-id", "context", "instigating-user-id", "authorization", "access-level"]
)
async def test_the_simulator_refuses_a_request_without_a_required_header(name: str) -> None:
    async with running() as peer:
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
        request = next(item for item in reversed(peer.http.requests) if name in item.headers)
        headers = {key: value for key, value in request.headers.items() if key != name}
        answer = await peer.http.request(request.method, request.url, headers=headers, body=request.body)
    assert answer.status == 400
    assert name.lower() in answer.body.decode().lower()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"dateOfBirth": "14/02/1998"}, "/data/attributes/dateOfBirth"),
        ({"ninoFragment": "2233C"}, "/data/attributes/ninoFragment"),
        ({"ninoFragment": 2233}, "/data/attributes/ninoFragment"),
        ({"contactDetails": "one"}, "/data/attributes/contactDetails"),
        ({"lastName": "A" * 36}, "/data/attributes/lastName"),
    ],
)
async def test_the_simulator_refuses_a_body_that_breaks_the_contract(change: dict[str, Any], pointer: str) -> None:
    async with running() as peer:
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
        request = peer.http.requests[1]
        body = orjson.loads(request.body)
        body["data"]["attributes"] |= change
        answer = await peer.http.request("POST", request.url, headers=request.headers, body=orjson.dumps(body))
    assert answer.status == 400
    assert [error["source"]["pointer"] for error in orjson.loads(answer.body)["errors"]] == [pointer]


async def test_a_guid_is_good_for_one_call() -> None:
    async with running() as peer:
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
        details = peer.http.requests[-1]
        again = await peer.http.request("GET", details.url, headers=details.headers)
    assert again.status == 404


async def test_a_refused_token_is_renewed_once() -> None:
    async with running(token_uses="1") as peer:
        outcome = await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
    assert finding(outcome) is True
    assert [path_of(request, peer.url).rsplit("/", 1)[1] for request in peer.http.requests] == [
        "token",
        "match",
        "{guid}",
        "token",
        "{guid}",
    ]


async def test_a_token_that_is_never_taken_ends_after_one_renewal() -> None:
    async with running(token_uses="0") as peer:
        with pytest.raises(Undeliverable, match="refused the hub's credentials"):
            await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
    assert len(peer.http.requests) == 4


async def test_one_trace_renews_its_token_once_and_no_more() -> None:
    token, refused = HttpResponse(200, {}, b'{"access_token": "t"}'), HttpResponse(401, {}, b"")
    match = HttpResponse(200, {}, (SPEC / "foundResponse.json").read_bytes())
    http = Scripted([token, refused, token, match, refused])
    assert finding(await ADAPTER.deliver(named("Ashgrove"), citizen_api(), reach(http))) is True
    assert (len(http.requests), http.answers) == (5, [])


async def test_wrong_client_credentials_are_a_persons_task() -> None:
    async with running(client_secret="another") as peer:
        with pytest.raises(Undeliverable, match="token service refused the hub's credentials") as refused:
            await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
    assert SECRETS["client_secret"] not in refused.value.reason


@pytest.mark.parametrize("kind", [Kind.TRACE_REQUEST, *SUBMISSIONS])
@pytest.mark.parametrize("mode", MODES)
async def test_every_mode_of_failing(kind: Kind, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.simulation.SLOW_SECONDS", 0.01)
    sent = dispatch(kind)
    async with running() as peer:
        where = citizen_api(peer.url) if kind is Kind.TRACE_REQUEST else endpoint(peer.url)
        peer.simulation.mode = mode
        if mode in ("ok", "slow", "duplicate"):
            outcome = await ADAPTER.deliver(sent, where, peer.reach)
            assert bool(outcome.answers) is (kind is Kind.TRACE_REQUEST)
        elif mode == "reject":
            with pytest.raises(Undeliverable):
                await ADAPTER.deliver(sent, where, peer.reach)
        else:
            with pytest.raises(RetryLater) as later:
                await ADAPTER.deliver(sent, where, peer.reach)
            assert later.value.maybe_received is (mode == "accept-then-drop-the-reply")
            assert later.value.not_before == (NOW + timedelta(seconds=1) if mode == "down" else None)


@pytest.mark.parametrize("kind", SUBMISSIONS)
async def test_after_a_lost_answer_the_question_settles_it_and_a_repeat_has_one_effect(kind: Kind) -> None:
    sent, other = dispatch(kind), dispatch(kind, revision=2)
    async with running() as peer:
        where = endpoint(peer.url)
        peer.simulation.mode = "accept-then-drop-the-reply"
        with pytest.raises(RetryLater):
            await ADAPTER.deliver(sent, where, peer.reach)
        peer.simulation.mode = "ok"
        known, unknown = [await ADAPTER.track(item, where, peer.reach) for item in (sent, other)]
        assert known is not None
        assert unknown is not None
        assert (known.known, known.reference, unknown.known) == (True, f"DWP-{str(sent.id)[:8].upper()}", False)
        again = await ADAPTER.deliver(sent, where, peer.reach)
    assert again.reference == known.reference
    assert [(item["id"], item["times"]) for item in peer.simulation.received.values()] == [(str(sent.id), 2)]


async def test_a_trace_without_an_answer_is_safe_to_send_again() -> None:
    tracking = await ADAPTER.track(named("Ashgrove"), citizen_api(), reach(Scripted([])))
    assert tracking is not None
    assert not tracking.known


async def test_withdrawing_a_trace_calls_nobody() -> None:
    http = Scripted([])
    outcome = await ADAPTER.deliver(dispatch(Kind.TRACE_REQUEST, action=Action.WITHDRAW), citizen_api(), reach(http))
    assert (outcome.answers, http.requests) == ((), [])


async def test_a_wrong_bearer_token_is_a_persons_task() -> None:
    async with running(token="another") as peer:
        with pytest.raises(Undeliverable, match="credentials"):
            await ADAPTER.deliver(dispatch(Kind.NOTICE), endpoint(peer.url), peer.reach)
    assert peer.simulation.received == {}


@pytest.mark.parametrize(
    ("status", "headers", "maybe_received", "wait"),
    [
        (429, {"retry-after": "30"}, False, timedelta(seconds=30)),
        (429, {}, False, None),
        (503, {"retry-after": "Fri, 20 Nov 2026 09:31:00 GMT"}, False, timedelta(minutes=1)),
        (503, {"retry-after": "soon"}, False, None),
        (408, {}, False, None),
        (500, {}, True, None),
        (502, {}, True, None),
        (504, {"retry-after": "9" * 30}, True, timedelta(days=1)),
    ],
)
async def test_answers_that_ask_for_another_try(
    status: int, headers: dict[str, str], maybe_received: bool, wait: timedelta | None
) -> None:
    http = Scripted([HttpResponse(status, headers, b"")])
    with pytest.raises(RetryLater) as later:
        await ADAPTER.deliver(dispatch(Kind.NOTICE), endpoint(), reach(http))
    assert later.value.maybe_received is maybe_received
    assert later.value.not_before == (NOW + wait if wait else None)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
async def test_answers_that_need_a_person(status: int) -> None:
    with pytest.raises(Undeliverable, match=str(status)):
        await ADAPTER.deliver(dispatch(Kind.NOTICE), endpoint(), reach(Scripted([HttpResponse(status, {}, b"Maren")])))


@pytest.mark.parametrize(
    ("status", "body", "reference", "stage"),
    [
        (200, b"", None, Stage.TRANSPORTED),
        (202, b'{"reference": "R1", "stage": "accepted"}', "R1", Stage.ACCEPTED),
        (201, b'{"reference": 7, "stage": "undeliverable"}', None, Stage.TRANSPORTED),
        (409, b'{"title": "known already"}', None, Stage.TRANSPORTED),
        (204, b"not json", None, Stage.TRANSPORTED),
    ],
)
async def test_answers_of_success(status: int, body: bytes, reference: str | None, stage: Stage) -> None:
    http = Scripted([HttpResponse(status, {}, body)])
    outcome = await ADAPTER.deliver(
        dispatch(Kind.BENEFIT_REQUEST), endpoint("https://cb.example/", path="/v1"), reach(http)
    )
    assert (outcome.reference, outcome.stage) == (reference, stage)
    (request,) = http.requests
    assert request.url == "https://cb.example/v1"
    assert request.headers["idempotency-key"] == str(dispatch(Kind.BENEFIT_REQUEST).id)
    assert request.headers["authorization"] == "Bearer a-token"


@pytest.mark.parametrize("status", [200, 404, 422])
async def test_a_gateways_page_is_never_taken_for_an_answer(status: int) -> None:
    http = Scripted([HttpResponse(200, {}, b'{"access_token": "t"}'), HttpResponse(status, {}, b"<html>")])
    with pytest.raises(Undeliverable):
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(), reach(http))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"access_token": ""}', b'{"access_token": 7}', b'{"access_token": "a\\nb"}']
)
async def test_an_unusable_token_is_asked_for_again_later(body: bytes) -> None:
    with pytest.raises(RetryLater):
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(), reach(Scripted([HttpResponse(200, {}, body)])))


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_details_that_are_not_granted_leave_the_match(status: int) -> None:
    refusals = [HttpResponse(status, {}, b"")] * 3
    token, match = HttpResponse(200, {}, b'{"access_token": "t"}'), (SPEC / "foundResponse.json").read_bytes()
    script = [token, HttpResponse(200, {}, match), refusals[0], token, refusals[1]]
    outcome = await ADAPTER.deliver(named("Ashgrove"), citizen_api(), reach(Scripted(script)))
    assert finding(outcome) is True


@pytest.mark.parametrize("name", ["policy_id", "context", "instigating_user_id"])
async def test_a_missing_setting_is_named(name: str) -> None:
    where = citizen_api()
    lacking = where.model_copy(update={"options": {key: value for key, value in where.options.items() if key != name}})
    with pytest.raises(Undeliverable, match=name):
        await ADAPTER.deliver(named("Ashgrove"), lacking, reach(Scripted([])))


@pytest.mark.parametrize(
    ("kind", "where", "lacking"),
    [(Kind.NOTICE, endpoint(), "token"), (Kind.TRACE_REQUEST, citizen_api(), "client_id")],
)
async def test_a_missing_secret_is_named(kind: Kind, where: Endpoint, lacking: str) -> None:
    with pytest.raises(Undeliverable, match=f"no secret called {lacking}"):
        await ADAPTER.deliver(dispatch(kind), where, replace(reach(Scripted([])), secrets={}))


async def test_no_url_carries_anything_about_anybody() -> None:
    async with running() as peer:
        await ADAPTER.deliver(named("Ashgrove"), citizen_api(peer.url), peer.reach)
        for kind in SUBMISSIONS:
            await ADAPTER.deliver(dispatch(kind), endpoint(peer.url), peer.reach)
    for request in peer.http.requests:
        for fact in ("Ashgrove", "Maren", "2233", "1998", "S60"):
            # The port and the token are drawn at random and may hold any four signs.
            assert fact not in request.url.removeprefix(peer.url)
            stated = [value for name, value in request.headers.items() if name.lower() != "authorization"]
            assert fact not in "".join(stated)


async def test_check_says_whether_both_services_are_up() -> None:
    async with running() as peer:
        for where in (citizen_api(peer.url), endpoint(peer.url)):
            assert (await ADAPTER.check(where, peer.reach)).reachable
        peer.simulation.mode = "down"
        assert not (await ADAPTER.check(citizen_api(peer.url), peer.reach)).reachable
        assert peer.simulation.received == {}
    assert not (await ADAPTER.check(endpoint(peer.url), reach(Scripted([])))).reachable


async def test_the_rest_of_the_port_does_nothing() -> None:
    assert await ADAPTER.poll(endpoint(), reach(Scripted([]))) == ()
    assert await ADAPTER.receipts(named("Ashgrove"), "r", citizen_api(), reach(Scripted([]))) is None


class Scripted:
    """A way out that gives prepared answers; when they are used up, nobody can be reached."""

    def __init__(self, answers: list[HttpResponse]) -> None:
        self.answers, self.requests = list(answers), list[Request]()

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", **_: Any
    ) -> HttpResponse:
        self.requests.append(Request(method, url, {k.lower(): v for k, v in (headers or {}).items()}, body))
        if not self.answers:
            raise RetryLater("no connection", maybe_received=False)
        return self.answers.pop(0)


def reach(http: Http) -> Reach:
    return Reach(http, lambda: NOW, new_id, SECRETS)


def path_of(request: Request, base: str) -> str:
    """The contract's path that a request belongs to."""
    path = request.url.removeprefix(base)
    paths: list[str] = list(CONTRACT["paths"])
    return next(item for item in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", item), path))


def operation(request: Request, base: str) -> dict[str, Any]:
    found = CONTRACT["paths"][path_of(request, base)][request.method.lower()]
    assert isinstance(found, dict)
    return found


def faults(request: Request, rules: Mapping[str, Any]) -> list[str]:
    """Everything in a request that breaks an operation, judged by jsonschema and not by the simulator's own walk."""
    found = []
    for parameter in rules["parameters"]:
        if parameter["in"] != "header":
            continue
        value: Any = request.headers.get(parameter["name"].lower())
        if parameter["schema"]["type"] == "integer" and value is not None:
            value = int(value)
        found += [f"{parameter['name']}: {e.message}" for e in Draft4Validator(parameter["schema"]).iter_errors(value)]
    if "requestBody" in rules:
        schema = rules["requestBody"]["content"]["application/json"]["schema"] | {"components": CONTRACT["components"]}
        found += [error.message for error in Draft4Validator(schema).iter_errors(orjson.loads(request.body))]
    return found


def test_the_judge_sees_a_planted_fault() -> None:
    rules = CONTRACT["paths"]["/capi/v2/citizens/{guid}"]["get"]
    good = {"authorization": "t", "instigating-user-id": "duty.team@example.org", "access-level": "1"} | {
        "correlation-id": str(uuid4()),
        "context": "missing-children-hub",
    }
    assert faults(Request("GET", "", good, b""), rules) == []
    for name, bad in (
        ("access-level", "2"),
        ("context", "hub"),
        ("correlation-id", "7"),
        ("instigating-user-id", "-a-"),
    ):
        assert len(faults(Request("GET", "", good | {name: bad}, b""), rules)) == 1
