"""Fetching what waits in the hub's own MESH mailbox."""

import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from urllib.parse import urlsplit

import orjson

from adapters.health.mesh import Mesh, mesh_of
from adapters.health.model import ACCESS_REFUSED, FHIR_JSON, MESH_REPORT, MOST_BYTES, ROUTE
from contracts.adapter import Answer, Endpoint, HttpResponse, Reach
from contracts.errors import RetryLater, Undeliverable

LEAST_SECONDS = 300.0
MOST_MESSAGES = 500
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def poll_interval(endpoint: Endpoint) -> float:
    """Return the seconds between two polls: 300, or `options.poll_seconds`.

    Raises ValueError below 300 s, unless the server is on loopback (mesh-api.yaml, Check an inbox: at most every five
    minutes, at least once a day).
    """
    wanted = float(endpoint.options.get("poll_seconds", LEAST_SECONDS))
    host = urlsplit(endpoint.options.get("base_url", "")).hostname or ""
    if not 0 < wanted <= 86_400 or (wanted < LEAST_SECONDS and host not in _LOOPBACK):
        raise ValueError(f"poll_seconds of endpoint {endpoint.id} must lie between 300 and 86400: MESH allows no more")
    return wanted


async def poll(endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
    """Return what waits, oldest first; nothing leaves the mailbox before `acknowledge`.

    At most 500 messages and about 50 MB at once. Raises RetryLater or Undeliverable when nothing could be fetched; what
    was fetched before a failure is returned, for it is sound.
    """
    mesh = mesh_of(endpoint, reach)
    answers: list[Answer] = []
    try:
        async for message_id in _waiting(mesh):
            answer = await _fetch(mesh, message_id)
            if answer is not None:
                answers.append(answer)
            if sum(len(each.body) for each in answers) > 10 * MOST_BYTES:
                break
    except (RetryLater, Undeliverable):
        if not answers:
            raise
    return answers


async def acknowledge(answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
    """Tell MESH that a message is stored. One that has expired meanwhile needs no acknowledgement."""
    response = await mesh_of(endpoint, reach).acknowledge(answer.acknowledgement or answer.message_id)
    if response.status not in (200, 404, 410):
        raise _unfetched(response)


async def _waiting(mesh: Mesh) -> AsyncIterator[str]:
    page: str | None = None
    given = 0
    while given < MOST_MESSAGES:
        response = await mesh.inbox(page)
        if response.status != 200:
            raise _unfetched(response)
        found, page = _page(response)
        for message_id in found:
            yield message_id
        given += len(found)
        if not page or not found:
            return


def _page(response: HttpResponse) -> tuple[list[str], str | None]:
    try:
        body = orjson.loads(response.body)
        return [str(message_id) for message_id in body["messages"]], (body.get("links") or {}).get("next")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise RetryLater("MESH answered with an unreadable inbox", maybe_received=False) from error


async def _fetch(mesh: Mesh, message_id: str) -> Answer | None:
    response = await mesh.download(message_id)
    if response.status in (404, 410):
        return None
    if response.status not in (200, 206):
        raise _unfetched(response)
    headers = {name.lower(): value for name, value in response.headers.items()}
    report = headers.get("mex-messagetype", "").upper() == "REPORT"
    return Answer(
        route=ROUTE,
        body=_report(headers) if report else await _whole(mesh, message_id, response),
        content_type=MESH_REPORT if report else _content_type(headers),
        message_id=message_id,
        headers={name: value for name, value in headers.items() if name.startswith("mex-")},
        acknowledgement=message_id,
        sender=None if report else headers.get("mex-from", ""),
    )


def _report(headers: dict[str, str]) -> bytes:
    # A report has no body: its headers are the message, so they become what is stored and read.
    return orjson.dumps({name: value for name, value in sorted(headers.items()) if name.startswith("mex-")})


def _content_type(headers: dict[str, str]) -> str:
    stated = headers.get("mex-content-type") or headers.get("content-type", "")
    return FHIR_JSON if stated in ("", "application/octet-stream") else stated


async def _whole(mesh: Mesh, message_id: str, first: HttpResponse) -> bytes:
    body, last, chunk = _plain(first.body), first, 1
    while last.status == 206 and len(body) <= MOST_BYTES:
        chunk += 1
        last = await mesh.download(message_id, chunk)
        if last.status not in (200, 206):
            raise _unfetched(last)
        body += _plain(last.body)
    # Too long is for intake to refuse and to keep by digest; the bytes beyond the limit are of no use to it.
    return body[: MOST_BYTES + 1]


def _plain(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return gzip.GzipFile(fileobj=BytesIO(body)).read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return body


def _unfetched(response: HttpResponse) -> RetryLater | Undeliverable:
    if response.status == 429 or response.status >= 500:
        return RetryLater(f"MESH answers {response.status}", maybe_received=False)
    if response.status == 403:
        return Undeliverable(ACCESS_REFUSED)
    return Undeliverable(f"MESH answers {response.status}")
