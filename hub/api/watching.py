"""Counting and timing every answer by its path template: never by the path itself, which names episodes and tasks."""

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.metrics import Metrics

UNKNOWN = "unknown"


class Watch:
    """Middleware around the application; also gives each request a clean logging context."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        began, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._count(scope, status, perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        template = getattr(scope.get("route"), "path", UNKNOWN)
        method = scope["method"] if template != UNKNOWN else UNKNOWN
        self._metrics.count("hub_http_responses_total", method=method, path_template=template, status=str(status))
        self._metrics.observe("hub_http_seconds", seconds, method=method, path_template=template)
