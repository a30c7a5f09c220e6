"""The API put together."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from hub.api import as_known, episodes, events, health, identity, inbox, intake, problems, receipts, refusals, tasks
from hub.api.describing import described, errors
from hub.api.guard import Guard
from hub.api.metrics import Metrics
from hub.api.pair_views import IdentityDecision
from hub.api.problems import ProblemDocument
from hub.api.security import Sender
from hub.api.services import Services
from hub.api.views import ReceiptNotes, Settlement
from hub.api.watching import Watch

TITLE = "Missing Children Hub"
VERSION = "1"
DESCRIPTION = (
    "Partner systems report missing children here and fetch what they must know. Every error is a problem document "
    "(RFC 9457) that names each wrong field and what to send instead, and never repeats a value."
)


def create_api(services: Services) -> FastAPI:
    """Return the whole API for partner systems."""
    return _application(services, (intake, events, episodes, as_known, inbox, receipts, tasks, identity, health))


def create_health(services: Services) -> FastAPI:
    """Return health and metrics only, for a process that serves the router or the deliverers."""
    return _application(services, (health,))


def _application(services: Services, rooms: Sequence[Any]) -> FastAPI:
    app = FastAPI(title=TITLE, version=VERSION, description=DESCRIPTION, openapi_url=None, redirect_slashes=False)
    app.state.services, app.state.metrics, app.state.guard = services, Metrics(), Guard(services.limits)
    for room in rooms:
        router: APIRouter = room.router
        app.include_router(router)
    problems.install(app)
    refusals.install(app)
    app.add_middleware(Watch, metrics=app.state.metrics)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Serve the description to partners; without `openapi_url` the framework would serve it to anybody."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(generate(), ProblemDocument, ReceiptNotes, Settlement, IdentityDecision)
        return app.openapi_schema

    async def description(_: Sender) -> dict[str, Any]:
        """Return this description."""
        return app.openapi()

    app.openapi = openapi  # type: ignore[method-assign]
    app.get("/openapi.json", tags=["description"], responses=errors(401, 429))(description)
