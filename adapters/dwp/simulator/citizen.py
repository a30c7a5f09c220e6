"""The Citizen API's side of the simulator: answers from the published mock files, behind the contract's checks."""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.dwp.simulator.contract import SPEC, Operation, load_contract
from adapters.simulation import Handler, Simulation

MATCH_PATH = "/capi/v2/citizens/match"
TOKEN_PATH = "/citizen-information/oauth2/token"  # noqa: S105 - a path
# Surnames that decide the answer, beside the fragment that the published mock calls ambiguous; everybody else is found.
NOT_FOUND, AMBIGUOUS, AMBIGUOUS_FRAGMENT = "unmatched", "ambiguous", "3123"


class CitizenApi:
    """Routes for every operation of openapi.yml, with the tokens given out and the GUIDs that are good now.

    Settings: `client_id`, `client_secret` (any are taken when unset), `token_uses` (calls that a token is good for).
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._contract = load_contract()
        self._tokens: dict[str, int] = {}
        self._guids: set[str] = set()
        self._mocks = {path.stem: json.loads(path.read_text()) for path in SPEC.glob("*Response.json")}

    def routes(self) -> list[Route]:
        """Return one route per operation of the contract, the fixed paths before those with a placeholder."""
        operations = sorted(self._contract.operations, key=lambda operation: "{" in operation.path)
        return [
            Route(operation.path, self._simulation.guarded(self._handler(operation)), methods=[operation.method])
            for operation in operations
        ]

    def _handler(self, operation: Operation) -> Handler:
        answers = {
            MATCH_PATH: self._match,
            TOKEN_PATH: self._token,
            "/capi/v2/citizens/{guid}": self._details,
            "/api/v1/healthcheck": self._health,
        }
        answer = answers[operation.path]
        needs_token = any(header["name"] == "Authorization" for header in operation.headers)

        async def handle(request: Request) -> Response:
            body = _json(await request.body())
            faults = self._contract.faults(operation, request.headers, body)
            if faults:
                return JSONResponse({"errors": [fault.to_json() for fault in faults]}, status_code=400)
            if needs_token and not self._spend(request.headers["authorization"]):
                return JSONResponse({"errors": [{"status": "401", "title": "Unauthorized"}]}, status_code=401)
            return answer(request, body)

        return handle

    def _spend(self, authorization: str) -> bool:
        token = authorization.removeprefix("Bearer ")
        if self._tokens.get(token, 0) < 1:
            return False
        self._tokens[token] -= 1
        return True

    def _token(self, _: Request, body: Any) -> Response:
        for name in ("client_id", "client_secret"):
            wanted = self._simulation.settings.get(name)
            if not body.get(name) or wanted not in (None, body[name]):
                return JSONResponse({"errors": {}, "success": "false"}, status_code=401)
        token = "ey" + secrets.token_hex(350)
        self._tokens[token] = int(self._simulation.settings.get("token_uses", "1000"))
        return JSONResponse({**self._mocks["tokenResponse"], "access_token": token})

    def _match(self, request: Request, body: Any) -> Response:
        attributes = body.get("data", {}).get("attributes", {})
        surname = attributes.get("lastName", "").lower()
        if surname.startswith(NOT_FOUND):
            status, answer = 404, self._mocks["notFoundResponse"]
        elif surname.startswith(AMBIGUOUS) or attributes.get("ninoFragment") == AMBIGUOUS_FRAGMENT:
            status, answer = 422, self._mocks["ambiguousResponse"]
        else:
            found = self._mocks["foundResponse"]
            status, answer = 200, {**found, "data": {**found["data"], "id": self._new_guid()}}
        kept = {"kind": "trace", "policy": request.headers["policy-id"], "status": status, "body": body}
        self._simulation.keep(request.headers["correlation-id"], kept)
        return JSONResponse(answer, status_code=status)

    def _details(self, request: Request, _: Any) -> Response:
        guid = request.path_params["guid"]
        if guid not in self._guids:
            return JSONResponse(self._mocks["notFoundResponse"], status_code=404)
        self._guids.remove(guid)
        found = self._mocks["foundDetailsResponse"]
        attributes = {**found["data"]["attributes"], "guid": self._new_guid()}
        return JSONResponse({**found, "data": {**found["data"], "id": guid, "attributes": attributes}})

    def _health(self, _: Request, __: Any) -> Response:
        return JSONResponse({"id": 100})

    def _new_guid(self) -> str:
        guid = secrets.token_hex(32)
        self._guids.add(guid)
        return guid


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
