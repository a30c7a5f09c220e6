"""A stand-in for police forces: takes notifications, sends samples; `python -m adapters.police.simulator --help`."""

import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulation import Sending, Simulation, arguments, run

SAMPLES = Path(__file__).parent / "samples"
FORCE_OF_STORY = {"away": "norfolk-police"}
OTHER_STORIES = "south-yorkshire-police"
Handler = Callable[[Request], Awaitable[Response]]


def sending_of(sample: str, partner: str | None) -> Sending:
    """Say how a sample leaves: by its ending, from the force named, else from the force of its story."""
    content_type = "application/json" if sample.endswith(".json") else "application/xml"
    force = partner or FORCE_OF_STORY.get(sample.split("-", maxsplit=1)[0], OTHER_STORIES)
    return Sending(path="/intake/police/reports", content_type=content_type, partner=force)


def routes_of(simulation: Simulation) -> list[Route]:
    """Return the force's own routes: POST /messages and GET /messages/{id}, both with its bearer token."""

    async def take(request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not key or not isinstance(body, dict):
            return JSONResponse({"title": "An Idempotency-Key and a JSON object are needed."}, status_code=400)
        is_new = simulation.keep(key, {"content_type": request.headers.get("content-type"), "body": body})
        return JSONResponse({"reference": _reference(key)}, status_code=201 if is_new else 409)

    async def tell(request: Request) -> Response:
        if simulation.mode == "down":
            return Response(status_code=503, headers={"Retry-After": "1"})
        key = request.path_params["id"]
        known = key in simulation.received
        return JSONResponse({"reference": _reference(key)} if known else {"title": "Not known."}, 200 if known else 404)

    return [
        Route("/messages", _for_the_hub(simulation, simulation.guarded(take)), methods=["POST"]),
        Route("/messages/{id}", _for_the_hub(simulation, tell), methods=["GET"]),
    ]


def _reference(key: str) -> str:
    return f"POL-{key[:8].upper()}"


def _for_the_hub(simulation: Simulation, handler: Handler) -> Handler:
    """Wrap a route in the token check; without `--set token=...` any bearer token will do."""

    async def checked(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        wanted = simulation.settings.get("token") or token
        if scheme != "Bearer" or not token or not hmac.compare_digest(token.encode(), wanted.encode()):
            return JSONResponse({"title": "A valid bearer token is needed."}, status_code=401)
        return await handler(request)

    return checked


def simulate(hub: str, tokens: dict[str, str], settings: dict[str, str] | None = None) -> Simulation:
    """Return the simulation; `tokens` are the forces' own at the hub, `settings["token"]` is the hub's at the force."""
    return Simulation(
        name="police", samples=SAMPLES, hub=hub, tokens=tokens, settings=dict(settings or {}), sending=sending_of
    )


def main() -> None:
    """Run from the command line."""
    chosen = arguments()
    simulation = simulate(chosen.hub, chosen.tokens, chosen.settings)
    run(simulation.app(routes_of(simulation)), chosen.port)


if __name__ == "__main__":
    main()
