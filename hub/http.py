"""The one module that imports aiohttp: the way out over HTTP, handed to adapters as `contracts.adapter.Http`.

It says plainly whether the bytes may have arrived, for only then is it safe to send them again (promise G3).
"""

import asyncio
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from contracts.adapter import HttpResponse, TlsIdentity
from contracts.errors import RetryLater, Undeliverable

MAX_ANSWER_BYTES = 50 * 1024 * 1024
KEPT_SECONDS = 5.0
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NO_IDENTITY = TlsIdentity()


class HttpClient:
    """A pooled client per TLS identity; no redirects, no cookies, no proxy from the environment, no body in any error.

    A GET, HEAD or PUT that meets a kept connection which the other side was just closing is sent once more; a POST
    never is. Use it as an async context manager, or call `close`.
    """

    def __init__(self, *, max_answer: int = MAX_ANSWER_BYTES, connections: int = 800) -> None:
        """Take the largest answer that is read, in bytes, and the most connections at once per identity."""
        self._max_answer = max_answer
        self._connections = connections
        self._clients: dict[TlsIdentity, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> "HttpClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every pool."""
        clients, self._clients = list(self._clients.values()), {}
        await asyncio.gather(*(client.close() for client in clients))

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        identity: TlsIdentity | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        """Send one request and return the answer, whatever its status.

        `timeout` is the seconds for the whole exchange. Raises RetryLater (`maybe_received` false only when no byte of
        the request can have arrived) and Undeliverable when the address cannot be used, or is not HTTPS and leads away
        from this machine.
        """
        _require_tls(url)
        client = self._client(identity or _NO_IDENTITY)
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(client, method, url, headers, body, timeout)
        except _NEVER_CONNECTED as error:
            raise RetryLater(f"no connection: {type(error).__name__}", maybe_received=False) from None
        except (ValueError, aiohttp.NonHttpUrlClientError) as error:
            raise Undeliverable(f"the endpoint's address or headers are unusable: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise RetryLater(f"the answer was lost: {type(error).__name__}", maybe_received=True) from None

    async def _exchange(
        self,
        client: aiohttp.ClientSession,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes,
        timeout: float,
    ) -> HttpResponse:
        # Waiting for the pool, connecting and the TLS handshake together stay under the whole, so that running out of
        # time before the first byte left is told apart from running out of time after it.
        waits = aiohttp.ClientTimeout(total=None, connect=timeout / 4)
        asked = client.request(method, url, headers=headers, data=body or None, allow_redirects=False, timeout=waits)
        async with asked as answer:
            content = bytearray()
            async for piece in answer.content.iter_any():
                content += piece
                if len(content) > self._max_answer:
                    raise RetryLater("the answer is larger than the hub reads", maybe_received=True)
            return HttpResponse(answer.status, {k.lower(): v for k, v in answer.headers.items()}, bytes(content))

    def _client(self, identity: TlsIdentity) -> aiohttp.ClientSession:
        client = self._clients.get(identity)
        if client is None:
            connector = aiohttp.TCPConnector(
                ssl=_context(identity), limit=self._connections, keepalive_timeout=KEPT_SECONDS
            )
            client = self._clients[identity] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers={"User-Agent": "missing-children-hub"},
                skip_auto_headers=("Content-Type",),
            )
        return client


def _require_tls(url: str) -> None:
    """Let plain HTTP pass only to this machine, or to a container beside it (a name without a domain)."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_near(parts.hostname or "")):
        raise Undeliverable("the address is not HTTPS: correct the directory, then replay")


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host != "" and "." not in host


def _context(identity: TlsIdentity) -> ssl.SSLContext:
    """Return the TLS settings of an identity. Raises RetryLater when its files cannot be read."""
    try:
        context = ssl.create_default_context(cafile=identity.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if identity.certificate is not None:
            context.load_cert_chain(identity.certificate, identity.key)
    except (OSError, ssl.SSLError) as error:
        reason = f"the TLS identity's files cannot be read ({type(error).__name__}): check the endpoint's tls_* options"
        raise RetryLater(reason, maybe_received=False) from None
    return context
