"""A stand-in for the Home Office: `python -m adapters.homeoffice.simulator --port P --hub URL --token-file FILE`.

Setting: `token` (the bearer token that the hub must bring; without it any will do). Notifications are kept by their
Idempotency-Key. `POST /send {"sample": "restricted-7-found.json"}` plays the find by Home Office staff.
"""

import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulation import Handler, Sending, Simulation, arguments, run

SAMPLES = Path(__file__).parent / "samples"
INTAKE = "/intake/homeoffice/notifications"


def home_office(hub: str, tokens: dict[str, str], settings: Mapping[str, str]) -> Starlette:
    """Return the web application that stands for the Home Office."""
    simulation = Simulation(
        name="home-office",
        samples=SAMPLES,
        hub=hub,
        tokens=tokens,
        settings=dict(settings),
        sending=lambda _, partner: Sending(INTAKE, "application/json", partner or "home-office"),
    )
    return simulation.app(_routes(simulation))


def _routes(simulation: Simulation) -> list[Route]:
    async def take(request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        try:
            message = json.loads(await request.body())
        except ValueError:
            message = None
        if not key or not isinstance(message, dict):
            return JSONResponse({"title": "An Idempotency-Key and a JSON object are needed."}, status_code=400)
        is_new = simulation.keep(key, {"message": message})
        return JSONResponse({"reference": f"HO-{key}"}, status_code=201 if is_new else 409)

    async def tell(request: Request) -> Response:
        if simulation.mode == "down":
            return Response(status_code=503)
        key = request.path_params["id"]
        if key not in simulation.received:
            return JSONResponse({"title": "No such notification."}, status_code=404)
        return JSONResponse({"reference": f"HO-{key}"})

    async def reachable(_: Request) -> Response:
        return Response(status_code=204)

    return [
        Route("/notifications", _authorised(simulation, simulation.guarded(take)), methods=["POST"]),
        Route("/notifications", _authorised(simulation, reachable), methods=["HEAD"]),
        Route("/notifications/{id}", _authorised(simulation, tell)),
    ]


def _authorised(simulation: Simulation, handler: Handler) -> Handler:
    async def judge(request: Request) -> Response:
        scheme, _, offered = request.headers.get("authorization", "").partition(" ")
        expected = simulation.settings.get("token", offered)
        if scheme != "Bearer" or not offered or not hmac.compare_digest(expected.encode(), offered.encode()):
            return JSONResponse({"title": "A bearer token is needed."}, status_code=401)
        return await handler(request)

    return judge


if __name__ == "__main__":
    chosen = arguments()
    run(home_office(chosen.hub, chosen.tokens, chosen.settings), chosen.port)
