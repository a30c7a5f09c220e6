"""Fetching from the hub's own mailbox."""

import gzip
import json
from collections.abc import Mapping

import pytest

from adapters.health import ADAPTER
from adapters.health.model import FHIR_JSON, MESH_REPORT, MOST_BYTES
from contracts.adapter import Answer, HttpResponse
from contracts.errors import RetryLater, Undeliverable
from tests.unit.adapters.health.support import BASE_URL, StrictMesh, answering, mesh_endpoint, reach_of

ENDPOINT = mesh_endpoint()
Pages = Mapping[str, HttpResponse]


def serving(pages: Pages) -> StrictMesh:
    """Return a MESH that has these answers by the path behind the mailbox."""
    return StrictMesh(
        lambda _, url, __, ___: pages.get(url.removeprefix(f"{BASE_URL}/HUB001"), HttpResponse(404, {}, b""))
    )


def listing(*ids: str, following: str | None = None) -> HttpResponse:
    links = {"self": "/x"} | ({"next": following} if following else {})
    return HttpResponse(200, {}, json.dumps({"messages": ids, "links": links}).encode())


def message(body: bytes, status: int = 200, **headers: str) -> HttpResponse:
    known = {"mex-messagetype": "DATA", "mex-from": "YROTH019"}
    return HttpResponse(status, known | {name.replace("_", "-"): value for name, value in headers.items()}, body)


async def test_what_waits_comes_with_its_headers_and_its_way_to_be_acknowledged() -> None:
    mesh = serving({"/inbox": listing("M1"), "/inbox/M1": message(b"{}", content_type=FHIR_JSON, date="today")})
    assert await ADAPTER.poll(ENDPOINT, reach_of(mesh)) == [
        Answer(
            route="mesh",
            body=b"{}",
            content_type=FHIR_JSON,
            message_id="M1",
            headers={"mex-messagetype": "DATA", "mex-from": "YROTH019"},
            acknowledgement="M1",
            sender="YROTH019",
        )
    ]
    assert all(method == "GET" for method, *_ in mesh.seen)


async def test_every_page_is_read_and_only_the_query_of_a_link_is_followed() -> None:
    pages = {
        "/inbox": listing("M1", following="https://elsewhere.example/inbox?continue_from=abc"),
        "/inbox?continue_from=abc": listing("M2"),
        "/inbox/M1": message(b"1"),
        "/inbox/M2": message(b"2"),
    }
    mesh = serving(pages)
    assert [answer.body for answer in await ADAPTER.poll(ENDPOINT, reach_of(mesh))] == [b"1", b"2"]
    assert all(url.startswith(BASE_URL) for _, url, *_ in mesh.seen)


async def test_an_inbox_without_end_stops_at_five_hundred() -> None:
    pages = {f"/inbox/M{number}": message(b"x") for number in range(100)}
    ids = [f"M{number}" for number in range(100)]
    mesh = serving({"/inbox": listing(*ids, following="?p"), "/inbox?p": listing(*ids, following="?p"), **pages})
    assert len(await ADAPTER.poll(ENDPOINT, reach_of(mesh))) == 500


async def test_chunks_are_put_together() -> None:
    pages = {
        "/inbox": listing("M1"),
        "/inbox/M1": message(b"one ", 206),
        "/inbox/M1/2": message(b"two ", 206),
        "/inbox/M1/3": message(b"three"),
    }
    [answer] = await ADAPTER.poll(ENDPOINT, reach_of(serving(pages)))
    assert answer.body == b"one two three"


async def test_a_message_longer_than_intake_takes_is_cut_just_behind_the_limit() -> None:
    pages = {"/inbox": listing("M1"), "/inbox/M1": message(b"x" * (MOST_BYTES + 9), 206)}
    [answer] = await ADAPTER.poll(ENDPOINT, reach_of(serving(pages)))
    assert len(answer.body) == MOST_BYTES + 1


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (gzip.compress(b"plain"), b"plain"),
        (b"\x1f\x8bnot really", b"\x1f\x8bnot really"),
        (gzip.compress(b"x" * 50_000_000), b"x" * (MOST_BYTES + 1)),
    ],
    ids=["compressed", "looks compressed", "fifty megabytes"],
)
async def test_a_compressed_message_is_opened_within_the_limit(sent: bytes, read: bytes) -> None:
    [answer] = await ADAPTER.poll(ENDPOINT, reach_of(serving({"/inbox": listing("M1"), "/inbox/M1": message(sent)})))
    assert answer.body == read


async def test_a_report_s_headers_become_its_body() -> None:
    report = message(b"", mex_messagetype="REPORT", mex_localid="x", mex_statuscode="14", server="y")
    [answer] = await ADAPTER.poll(ENDPOINT, reach_of(serving({"/inbox": listing("M1"), "/inbox/M1": report})))
    assert answer.content_type == MESH_REPORT
    assert json.loads(answer.body)["mex-statuscode"] == "14"
    assert "server" not in json.loads(answer.body)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_message_that_expired_meanwhile_is_passed_over(status: int) -> None:
    pages = {"/inbox": listing("M1", "M2"), "/inbox/M1": HttpResponse(status, {}, b""), "/inbox/M2": message(b"2")}
    assert [answer.message_id for answer in await ADAPTER.poll(ENDPOINT, reach_of(serving(pages)))] == ["M2"]


async def test_what_was_fetched_before_a_failure_is_kept() -> None:
    pages = {"/inbox": listing("M1", "M2"), "/inbox/M1": message(b"1"), "/inbox/M2": HttpResponse(503, {}, b"")}
    assert [answer.message_id for answer in await ADAPTER.poll(ENDPOINT, reach_of(serving(pages)))] == ["M1"]
    with pytest.raises(RetryLater):
        await ADAPTER.poll(ENDPOINT, reach_of(serving({**pages, "/inbox": listing("M2")})))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"messages": 7}', b"{}"])
async def test_an_unreadable_inbox_is_asked_again_later(body: bytes) -> None:
    with pytest.raises(RetryLater):
        await ADAPTER.poll(ENDPOINT, reach_of(StrictMesh(answering(200, body))))


async def test_acknowledging_tells_mesh_and_forgives_an_expired_message() -> None:
    answer = Answer("mesh", b"", FHIR_JSON, "M1", acknowledgement="M1")
    for status in (200, 404, 410):
        mesh = StrictMesh(answering(status))
        await ADAPTER.acknowledge(answer, ENDPOINT, reach_of(mesh))
        assert mesh.seen[0][:2] == ("PUT", f"{BASE_URL}/HUB001/inbox/M1/status/acknowledged")
    with pytest.raises(RetryLater):
        await ADAPTER.acknowledge(answer, ENDPOINT, reach_of(StrictMesh(answering(503))))
    with pytest.raises(Undeliverable):
        await ADAPTER.acknowledge(answer, ENDPOINT, reach_of(StrictMesh(answering(403))))


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, 300.0),
        ({"poll_seconds": "600"}, 600.0),
        ({"poll_seconds": "0.5", "base_url": "http://127.0.0.1:8700/messageexchange"}, 0.5),
        ({"poll_seconds": "1", "base_url": "http://[::1]:8700/messageexchange"}, 1.0),
    ],
)
def test_the_interval_is_five_minutes_unless_on_loopback(options: dict[str, str], seconds: float) -> None:
    assert ADAPTER.poll_interval(mesh_endpoint(**options)) == seconds


@pytest.mark.parametrize(
    "options",
    [
        {"poll_seconds": "299"},
        {"poll_seconds": "0"},
        {"poll_seconds": "nan"},
        {"poll_seconds": "inf"},
        {"poll_seconds": "often"},
        {"poll_seconds": "90000"},
        {"poll_seconds": "1", "base_url": "http://127.0.0.1.example/messageexchange"},
    ],
)
def test_a_shorter_interval_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"poll_seconds|convert"):
        ADAPTER.poll_interval(mesh_endpoint(**options))
