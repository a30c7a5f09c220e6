"""The hub's own way out, remembering what it was asked to send; and a listener that stands where the hub would."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from contracts.adapter import Http, HttpResponse, TlsIdentity


@dataclass(frozen=True)
class Request:
    """One request: method, address or path, lower-case headers, body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Recording:
    """An HTTP port that passes everything on and remembers it."""

    http: Http
    requests: list[Request] = field(default_factory=list)

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
        """Remember and pass on."""
        self.requests.append(Request(method, url, {k.lower(): v for k, v in (headers or {}).items()}, body))
        return await self.http.request(method, url, headers=headers, body=body, identity=identity, timeout=timeout)


@contextmanager
def listening() -> Iterator[tuple[str, list[Request]]]:
    """Answer 202 to everything on a free port of loopback; gives the address and what came."""
    came: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            came.append(Request("POST", self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(202)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        server.server_close()
