"""What every partner's simulator shares: a store of what it got, modes of failing, and sending samples to the hub.

A simulator stands for the partner, in a process and on a port of its own. Partners use it to try their own side.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MODES = ("ok", "slow", "down", "accept-then-drop-the-reply", "reject", "duplicate")
SLOW_SECONDS = 3.0
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_ISSUED = re.compile(rf"issuedAt\W{{1,4}}({_MOMENT.pattern})")
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Sending:
    """How a sample leaves for the hub: the intake path, the content type, and the partner who sends it."""

    path: str
    content_type: str
    partner: str


@dataclass
class Simulation:
    """One simulator's state and its common routes.

    `received` holds each effect once, by message id, with a count of how often it came. `sendings` says for a sample's
    file name how it is sent. `background` runs beside the server (polling a mailbox, say).
    """

    name: str
    samples: Path
    hub: str
    tokens: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    mode: str = "ok"
    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    sending: Callable[[str, str | None], Sending] = lambda sample, partner: Sending("", "", partner or "")
    background: Sequence[Callable[[], Awaitable[None]]] = ()
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=30, trust_env=False))

    def keep(self, message_id: str, what: dict[str, Any]) -> bool:
        """Keep one effect; a repeat only raises its count. Returns whether it was new."""
        known = self.received.get(message_id)
        if known is not None:
            known["times"] += 1
            return False
        self.received[message_id] = {"id": message_id, "times": 1, **what}
        return True

    def guarded(self, handler: Handler) -> Handler:
        """Wrap a route in the mode of failing that is set."""

        async def run(request: Request) -> Response:
            if self.mode == "down":
                return Response(status_code=503, headers={"Retry-After": "1"})
            if self.mode == "reject":
                return JSONResponse({"title": "The partner refuses this message."}, status_code=422)
            if self.mode == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            response = await handler(request)
            if self.mode == "accept-then-drop-the-reply":
                return _Dropped()
            return response

        return run

    async def send(
        self, sample: str, partner: str | None = None, replace: dict[str, str] | None = None, *, today: bool = False
    ) -> tuple[int, Any]:
        """Send a sample file to the hub as a partner would; returns the hub's status and JSON body."""
        text = self.text_of(sample, replace or {}, today=today)
        return await self.post(self.sending(sample, partner), text.encode())

    def text_of(self, sample: str, replace: Mapping[str, str], *, today: bool = False) -> str:
        """Return a sample file's text with `replace` applied.

        With `today` every moment in it moves by as much as takes its `issuedAt` to now, so that a story plays today.
        """
        text = (self.samples / Path(sample).name).read_text(encoding="utf-8")
        for old, new in replace.items():
            text = text.replace(old, new)
        return redated(text, _now()) if today else text

    async def post(self, sending: Sending, body: bytes) -> tuple[int, Any]:
        """POST bytes to the hub with the partner's token, twice in mode `duplicate`."""
        headers = {"Authorization": f"Bearer {self.tokens[sending.partner]}", "Content-Type": sending.content_type}
        for _ in range(2 if self.mode == "duplicate" else 1):
            answer = await self.client.post(f"{self.hub}{sending.path}", content=body, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def app(self, routes: Sequence[Route] = ()) -> Starlette:
        """Return the web application: the partner's own routes and the common ones."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> Any:
            tasks = [asyncio.ensure_future(work()) for work in self.background]
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.aclose()

        return Starlette(routes=[*routes, *self._common()], lifespan=lifespan)

    def _common(self) -> list[Route]:
        async def received(_: Request) -> Response:
            return JSONResponse({"partner": self.name, "received": list(self.received.values())})

        async def mode(request: Request) -> Response:
            if request.method == "POST":
                wanted = (await request.json()).get("mode")
                if wanted not in MODES:
                    return JSONResponse({"title": "Unknown mode.", "modes": MODES}, status_code=422)
                self.mode = wanted
            return JSONResponse({"mode": self.mode, "modes": MODES})

        async def send(request: Request) -> Response:
            wanted = await request.json()
            today = bool(wanted.get("today", False))
            status, body = await self.send(wanted["sample"], wanted.get("as"), wanted.get("replace"), today=today)
            return JSONResponse({"status": status, "body": body})

        async def health(_: Request) -> Response:
            return JSONResponse({"partner": self.name, "status": "up"})

        return [
            Route("/received", received),
            Route("/mode", mode, methods=["GET", "POST"]),
            Route("/send", send, methods=["POST"]),
            Route("/health", health, methods=["GET", "HEAD"]),
        ]


class _Dropped(Response):
    """An answer whose connection breaks before its body: the partner has it, the sender never learns."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Promise a body and break off."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})
        raise ConnectionResetError("reply dropped on purpose")


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a stand-in has a clock of its own


def redated(text: str, now: datetime) -> str:
    """Move every moment of a document by as much as takes its `issuedAt` to now; without one the text stays."""
    issued = _ISSUED.search(text)
    if issued is None:
        return text
    shift = now.replace(microsecond=0) - datetime.fromisoformat(issued[1])

    def moved(match: re.Match[str]) -> str:
        return (datetime.fromisoformat(match[0]) + shift).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    return _MOMENT.sub(moved, text)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read a simulator's command line: --port (0 = any free), --hub URL, --token-file FILE, --set name=value.

    The file is JSON: partner names and their tokens, or `{"tokens": {...}, "settings": {...}}` for settings that must
    not stand in the list of processes.
    """
    parser = argparse.ArgumentParser(description="A stand-in for a partner of the hub.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hub", default="http://127.0.0.1:8000")
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    chosen = parser.parse_args(argv)
    private = json.loads(chosen.token_file.read_text(encoding="utf-8")) if chosen.token_file else {}
    chosen.tokens = private.get("tokens", private)
    chosen.settings = {**private.get("settings", {}), **dict(pair.split("=", 1) for pair in chosen.set)}
    return chosen


def run(app: Starlette, port: int) -> None:
    """Serve on loopback until stopped."""
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, lifespan="on")
