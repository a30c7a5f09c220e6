"""The way out over HTTP against real sockets: what may have arrived is told apart from what cannot have."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.adapter import TlsIdentity
from contracts.errors import RetryLater, Undeliverable
from hub.http import HttpClient

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "child-name-in-body"
ANSWER = b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nSet-Cookie: track=1\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    """Serve one way of talking on a free port; yields the URL."""
    running = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = running.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/path"
    finally:
        running.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    return head + await reader.readexactly(length)


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.close()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()
    writer.close()


async def trickles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def half_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"hello?\r\n\r\n")
    await writer.drain()
    writer.close()


async def far_too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)
    await writer.drain()
    writer.close()


async def answers_before_it_has_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
    await writer.drain()
    await reader.read()
    writer.close()


async def swells(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    small = gzip.compress(b"x" * 1_000_000)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(small) + small)
    await writer.drain()
    writer.close()


async def redirects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    "talk",
    [resets, says_nothing, trickles, half_a_body, not_http, far_too_much, swells],
    ids=lambda talk: talk.__name__,
)
async def test_lost_answer_may_have_been_received(talk: Talk) -> None:
    async with server(talk) as url, HttpClient(max_answer=1000) as http:
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", url, body=SECRET.encode(), timeout=0.5)
    assert caught.value.maybe_received is True
    assert SECRET not in caught.value.reason
    assert url not in caught.value.reason


async def test_refused_connection_was_never_received() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        async with HttpClient() as http:
            with pytest.raises(RetryLater) as caught:
                await http.request("POST", f"http://127.0.0.1:{held.getsockname()[1]}/", body=b"x")
    assert caught.value.maybe_received is False


async def test_handshake_that_never_ends_was_never_received() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with server(silent) as url, HttpClient() as http:
        with pytest.raises(RetryLater) as caught:
            await http.request("GET", url.replace("http:", "https:"), timeout=1.0)
    assert caught.value.maybe_received is False


@pytest.mark.parametrize("url", ["mailbox", "ftp://example.org/", "http://exa mple:port/", ""])
async def test_unusable_address_is_for_a_person(url: str) -> None:
    async with HttpClient() as http:
        with pytest.raises(Undeliverable):
            await http.request("GET", url)


async def test_unreadable_identity_is_told_without_a_connection() -> None:
    async with HttpClient() as http:
        with pytest.raises(RetryLater) as caught:
            await http.request("GET", "https://example.org/", identity=TlsIdentity(certificate=Path("absent.pem")))
    assert caught.value.maybe_received is False
    assert "tls_" in caught.value.reason


async def test_answer_comes_back_whole_and_nothing_is_remembered() -> None:
    heads: list[bytes] = []

    async def keeps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await read_request(reader))
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with server(keeps) as url, HttpClient() as http:
        first = await http.request("POST", url, headers={"X-Ours": "1"}, body=b"abc")
        await http.request("GET", url)
    assert (first.status, first.headers["x-id"], first.body) == (201, "7", b"ok")
    assert heads[0].endswith(b"abc")
    assert b"x-ours: 1" in heads[0].lower()
    assert b"cookie" not in heads[1].lower()


async def test_full_pool_sends_nothing() -> None:
    begun = asyncio.Event()

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        writer.close()

    async with server(hangs) as url, HttpClient(connections=1) as http:
        first = asyncio.create_task(http.request("POST", url, body=b"x", timeout=30))
        await begun.wait()
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", url, body=b"x", timeout=0.4)
        first.cancel()
    assert caught.value.maybe_received is False


async def test_post_is_never_repeated_by_itself() -> None:
    came: list[bytes] = []

    async def closes_after_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await read_request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        came.append(await read_request(reader))
        writer.close()

    async with server(closes_after_one) as url, HttpClient() as http:
        await http.request("POST", url, body=b"first")
        with pytest.raises(RetryLater) as caught:
            await http.request("POST", url, body=b"second")
    assert caught.value.maybe_received is True
    assert len(came) == 2


async def test_answer_that_comes_early_counts() -> None:
    async with server(answers_before_it_has_read) as url, HttpClient() as http:
        answer = await http.request("POST", url, body=b"x" * 5_000_000)
    assert (answer.status, answer.body) == (413, b"no")


async def test_header_that_would_become_two_is_for_a_person() -> None:
    async with server(answers) as url, HttpClient() as http:
        with pytest.raises(Undeliverable):
            await http.request("GET", url, headers={"mex-from": "A\r\nmex-to: B"})


async def test_redirect_is_an_answer_not_an_order() -> None:
    async with server(redirects) as url, HttpClient() as http:
        assert (await http.request("POST", url, body=b"x")).status == 307


async def test_one_pool_per_identity() -> None:
    async with server(answers) as url, HttpClient() as http:
        await http.request("GET", url)
        await http.request("GET", url, identity=TlsIdentity())
        assert len(http._clients) == 1


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("http://partner.example/hook", False),
        ("http://10.1.2.3/hook", False),
        ("ftp://127.0.0.1/x", False),
        ("inbox", False),
        ("http://127.0.0.1:9/x", True),
        ("http://mesh-sandbox:9/x", True),
        ("https://127.0.0.1:9/x", True),
    ],
)
async def test_nothing_leaves_this_machine_without_tls(url: str, passes: bool) -> None:
    async with HttpClient() as http:
        with pytest.raises(RetryLater if passes else Undeliverable) as raised:
            await http.request("GET", url, timeout=2.0)
    assert passes or "HTTPS" in str(raised.value)
