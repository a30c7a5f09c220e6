"""A way to MESH that can be held at a named point: before a message reaches MESH, or after, before the hub hears so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_HEADERS = ("authorization", "accept", "content-type")


class _Quiet(uvicorn.Server):
    """A server inside the tests, which leaves their signals alone."""

    @contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


@dataclass
class Held:
    """Passes everything on to MESH; while `point` is set, messages that are sent stop there.

    `reached` holds the local ids of the messages that stand at the point.
    """

    mesh: str
    point: str | None = None
    reached: list[str] = field(default_factory=list)
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=30, trust_env=False))
    _go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, point: str) -> None:
        """Stop messages `before` or `after` MESH takes them."""
        self.point, self.reached = point, []
        self._go_on.clear()

    def release(self) -> None:
        """Let everything pass again. Whoever sent what was held is gone: its connections are broken."""
        self.point = None
        self._go_on.set()

    async def pass_on(self, request: Request) -> Response:
        """Pass one request on."""
        sent = request.method == "POST" and request.url.path.endswith("/outbox")
        if sent and await self._stood_at("before", request):
            return Response(status_code=503)  # whoever sent it is gone, and MESH never saw it
        kept = {name: text for name, text in request.headers.items() if name in _HEADERS or name.startswith("mex-")}
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{self.mesh}{request.url.path}{query}"
        try:
            answer = await self.client.request(request.method, url, headers=kept, content=await request.body())
        except httpx.TransportError:
            return Response(status_code=502)
        if sent:
            await self._stood_at("after", request)
        back = {
            name: text for name, text in answer.headers.items() if name.startswith("mex-") or name == "content-type"
        }
        return Response(answer.content, answer.status_code, back)

    async def _stood_at(self, point: str, request: Request) -> bool:
        if self.point != point:
            return False
        self.reached.append(request.headers["mex-localid"])
        await self._go_on.wait()
        return True


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve an application on a free port of this machine while the block runs; gives its address."""
    server = _Quiet(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server offers no event for it
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def mesh_in_hand(mesh: str) -> AsyncIterator[tuple[str, Held]]:
    """Serve the way to MESH on a free port; gives its address and the hand on it."""
    held = Held(mesh)
    app = Starlette(routes=[Route("/{path:path}", held.pass_on, methods=["GET", "POST", "PUT", "HEAD"])])
    try:
        async with serving(app) as url:
            try:
                yield url, held
            finally:
                held.release()
    finally:
        await held.client.aclose()
