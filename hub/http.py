"""The one module that imports httpx: the way out over HTTP, handed to adapters as `contracts.adapter.Http`.

It says plainly whether the bytes may have arrived, for only then is it safe to send them again (promise G3).
"""

import asyncio
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from contracts.adapter import HttpResponse, TlsIdentity
from contracts.errors import RetryLater, Undeliverable

MAX_ANSWER_BYTES = 50 * 1024 * 1024
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NO_IDENTITY = TlsIdentity()


class HttpClient:
    """A pooled client per TLS identity; no redirects, no cookies, no proxy from the environment, no body in any error.

    Use it as an async context manager, or call `close`.
    """

    def __init__(self, *, max_answer: int = MAX_ANSWER_BYTES, connections: int = 800) -> None:
        """Take the largest answer that is read, in bytes, and the most connections kept per identity."""
        self._max_answer = max_answer
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections // 8)
        self._clients: dict[TlsIdentity, httpx.AsyncClient] = {}

    async def __aenter__(self) -> "HttpClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every pool."""
        clients, self._clients = list(self._clients.values()), {}
        await asyncio.gather(*(client.aclose() for client in clients))

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
                return await self._exchange(client, method, url, dict(headers or {}), body, timeout)
        except _NEVER_CONNECTED as error:
            raise RetryLater(f"no connection: {type(error).__name__}", maybe_received=False) from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise Undeliverable(f"the endpoint's address or headers are unusable: {type(error).__name__}") from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise RetryLater(f"the answer was lost: {type(error).__name__}", maybe_received=True) from None

    async def _exchange(
        self, client: httpx.AsyncClient, method: str, url: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> HttpResponse:
        # Waiting for the pool, connecting and the TLS handshake together stay under the whole, so that running out of
        # time before the first byte left is told apart from running out of time after it.
        waits = httpx.Timeout(timeout, connect=timeout / 4, pool=timeout / 4)
        async with client.stream(method, url, headers=headers, content=body, timeout=waits) as answer:
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > self._max_answer:
                    raise RetryLater("the answer is larger than the hub reads", maybe_received=True)
            return HttpResponse(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, bytes(content))

    def _client(self, identity: TlsIdentity) -> httpx.AsyncClient:
        client = self._clients.get(identity)
        if client is None:
            client = self._clients[identity] = httpx.AsyncClient(
                verify=_context(identity),
                limits=self._limits,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                trust_env=False,
                headers={"User-Agent": "missing-children-hub"},
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
