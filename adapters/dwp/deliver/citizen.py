"""The Citizen API (openapi.yml): a token, a match, the details; no token outlives the trace that it was made for."""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from adapters.dwp.deliver.answers import failure, option, secret
from adapters.dwp.model import TraceResult
from adapters.dwp.translate import citizen_guid, json_object, trace_answer, trace_result
from contracts.adapter import Endpoint, HttpResponse, Outcome, Reach, Wire
from contracts.dispatch import Dispatch
from contracts.errors import RetryLater

HEALTH_PATH = "/api/v1/healthcheck"
TOKEN_PATH = "/citizen-information/oauth2/token"  # noqa: S105 - a path
CITIZENS_PATH = "/capi/v2/citizens"
_WHAT = "the Citizen API"
_JSON = {"content-type": "application/json"}


def is_citizen_api(endpoint: Endpoint) -> bool:
    """Say whether an endpoint is the Citizen API: only that one has a policy id."""
    return "policy_id" in endpoint.options


async def trace(dispatch: Dispatch, wire: Wire, endpoint: Endpoint, reach: Reach) -> Outcome:
    """Ask for a match and, if there is one, for the citizen's details; the answer goes through intake.

    Raises RetryLater (asking again is harmless: nothing is stored there) or Undeliverable.
    """
    call = _Call(dispatch, endpoint, reach)
    policy = {"policy-id": option(endpoint, "policy_id")}
    match = await call.send("POST", call.citizens + "/match", policy | _JSON, wire.body)
    result = trace_result(match)
    if result is None:
        raise failure(_WHAT, match, reach, only_reads=True)
    details = None
    guid = citizen_guid(match)
    if result is TraceResult.MATCHED and guid:
        level = {"access-level": endpoint.options.get("access_level", "1")}
        # The GUID changes with every call, so a lost answer means starting again at the match.
        details = await call.send("GET", f"{call.citizens}/{quote(guid, safe='')}", level)
        error = failure(_WHAT, details, reach, only_reads=True)
        # Details that DWP does not grant to this hub (401, 404) leave the match as it stands.
        if isinstance(error, RetryLater):
            raise error
    return Outcome(answers=(trace_answer(dispatch, result, match, details),))


class _Call:
    """One trace's calls: the headers that all of them carry, and one token, renewed at most once."""

    def __init__(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> None:
        self._endpoint, self._reach = endpoint, reach
        self._base = endpoint.address.rstrip("/")
        self._token: str | None = None
        self._renewed = False
        self.citizens = self._base + endpoint.options.get("citizens_path", CITIZENS_PATH)
        self._headers = {
            "correlation-id": str(dispatch.id),
            "context": option(endpoint, "context"),
            "instigating-user-id": option(endpoint, "instigating_user_id"),
        }

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpResponse:
        """Send with the token; a refused token is replaced by a fresh one once."""
        answer = await self._with_token(method, url, headers, body)
        if answer.status == 401 and not self._renewed:
            self._renewed, self._token = True, None
            answer = await self._with_token(method, url, headers, body)
        return answer

    async def _with_token(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        self._token = self._token or await self._fresh_token()
        return await self._request(
            method, url, {**self._headers, **headers, "Authorization": f"Bearer {self._token}"}, body
        )

    async def _fresh_token(self) -> str:
        url = self._base + self._endpoint.options.get("token_path", TOKEN_PATH)
        credentials = {name: secret(self._reach, name) for name in ("client_id", "client_secret")}
        answer = await self._request("POST", url, _JSON, orjson.dumps(credentials))
        if answer.status != 200:
            raise failure("DWP's token service", answer, self._reach, only_reads=True)
        token = json_object(answer.body).get("access_token")
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
            raise RetryLater("DWP's token service answered without a token", maybe_received=False)
        return token

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        return await self._reach.http.request(
            method, url, headers=headers, body=body, identity=self._endpoint.tls_identity
        )
