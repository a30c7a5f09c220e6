"""Every refused access goes into the audit: which partner, which address of the API, why. Ids only, never a value.

A refusal costs a write that others wait for, so whoever is refused very often is counted instead: the next entry says
how many were left out. A flood costs one entry a second for a partner, ten a minute for everybody without a token.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.stdlib import get_logger

from contracts.adapter import Partner
from hub.api.bucket import Buckets, Rate
from hub.api.problems import ApiProblem, response, unavailable
from hub.api.services import Services
from hub.ledger import audit
from hub.ledger.engine import LedgerBusy
from hub.ledger.finding import NeverSent

REFUSING = (401, 403, 404, 429)
KIND = "access_refused"
KNOWN, UNKNOWN = Rate(1.0, 60), Rate(1 / 6, 10)
_log = get_logger("hub.api")


class Refusal(ApiProblem):
    """An answer with more for the audit than for the asker: why, and ids.

    What is somebody else's is answered by `same`, the very answer to what is not there.
    """

    def __init__(self, same: ApiProblem, reason: str, **ids: Any) -> None:
        Exception.__init__(self, same.document.title)
        self.document, self.headers = same.document, same.headers
        self.reason, self.ids = reason, ids


class Refusals:
    """Writes refusals into the audit, or counts them; one application's."""

    def __init__(self) -> None:
        self._known, self._unknown = Buckets(KNOWN), Buckets(UNKNOWN)
        self._left_out: Counter[str] = Counter()

    async def note(self, services: Services, partner: Partner | None, ids: Mapping[str, Any]) -> None:
        """Write one refusal down. Raises what the ledger raises; then it is counted as left out."""
        now = services.now()
        key = partner.name if partner else f"nobody, {ids['reason']}"
        if (self._known if partner else self._unknown).take(key, now.timestamp()):
            self._left_out[key] += 1
            return
        left_out = self._left_out.pop(key, 0)
        entry = {"partner": partner.name if partner else "", **ids, "left_out": left_out}
        try:
            async with services.ledger.begin() as tx:
                await audit.append(tx, KIND, entry, now)
        except BaseException:
            self._left_out[key] += left_out + 1
            raise


def install(app: FastAPI) -> None:
    """Audit every refusal of the application, whichever route made it."""
    app.state.refusals = Refusals()

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiProblem)  # noqa: S101 - what it is registered for
        if _is_refusal(error):
            try:
                await app.state.refusals.note(app.state.services, _partner(request), _ids(request, error))
            except (LedgerBusy, DBAPIError, PoolTimeout, OSError) as failure:
                _log.error("ledger_unavailable", exc_info=failure)
                return response(unavailable(app.state.services.limits.retry_seconds))
        return response(error)

    app.add_exception_handler(ApiProblem, refused)


def _partner(request: Request) -> Partner | None:
    found: Partner | None = getattr(request.state, "partner", None)
    return found


def _is_refusal(error: ApiProblem) -> bool:
    return error.document.status in REFUSING or isinstance(error.__cause__ or error.__context__, NeverSent)


def _ids(request: Request, error: ApiProblem) -> dict[str, Any]:
    route = getattr(request.scope.get("route"), "path", "")
    ids: dict[str, Any] = {"route": f"{request.method} {route}"}
    if isinstance(error, Refusal):
        return ids | {"reason": error.reason, **error.ids}
    if isinstance(error.__cause__ or error.__context__, NeverSent):
        return ids | {"reason": "never_sent"}
    return ids | {"reason": error.document.type.rpartition(":")[2].replace("-", "_")}
