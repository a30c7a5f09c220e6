"""The notification service and the Child Benefit office of the simulator: takes each message id once."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.simulation import Simulation

PROFILES = {"/notifications": "dwp-missing-notification", "/child-benefit": "child-benefit-request"}


class Submissions:
    """Routes that take submissions and say what became of them. Setting `token`: the one bearer token that is taken."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def routes(self) -> list[Route]:
        """Return a POST and a GET for each of the two offices."""
        taking = [Route(path, self._simulation.guarded(self._take), methods=["POST"]) for path in PROFILES]
        asking = [Route(f"{path}/{{id}}", self._simulation.guarded(self._tell), methods=["GET"]) for path in PROFILES]
        return taking + asking

    async def _take(self, request: Request) -> Response:
        if not self._allowed(request):
            return _problem(401, "A bearer token is needed.")
        key = request.headers.get("idempotency-key")
        body = _object(await request.body())
        if not key or body.get("messageId") != key:
            return _problem(422, "Idempotency-Key and messageId must be the same UUID.")
        if body.get("profile") != PROFILES[request.url.path]:
            return _problem(422, f"The profile {PROFILES[request.url.path]} is needed here.")
        new = self._simulation.keep(key, {"kind": body["profile"], "action": body.get("action"), "body": body})
        return JSONResponse({"reference": _reference(key), "stage": "transported"}, status_code=202 if new else 200)

    async def _tell(self, request: Request) -> Response:
        if not self._allowed(request):
            return _problem(401, "A bearer token is needed.")
        key = request.path_params["id"]
        if key not in self._simulation.received:
            return _problem(404, "No such message came in.")
        return JSONResponse({"reference": _reference(key), "stage": "transported"})

    def _allowed(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token != "" and self._simulation.settings.get("token", token) == token


def _reference(key: str) -> str:
    return f"DWP-{key[:8].upper()}"


def _problem(status: int, title: str) -> Response:
    return JSONResponse({"title": title}, status_code=status)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
