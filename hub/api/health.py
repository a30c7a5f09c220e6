"""Health and metrics. Health is the one way in without a token, and says nothing of any child or partner."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.stdlib import get_logger

from hub.api.describing import errors
from hub.api.security import Counts, Lent, Operator
from hub.api.status import Check, Readiness, measure, readiness, show

router = APIRouter(tags=["health"])
_NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"model": Readiness, "description": "Not ready; the checks say why."}
}
_log = get_logger("hub.api")


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "live"}


@router.get("/health/ready", responses=_NOT_READY)
async def ready(lent: Lent, response: Response) -> Readiness:
    """Say whether the hub keeps up: outbox age, lag, the router's last work, and this process's own probes."""
    try:
        judged = await readiness(lent, await measure(lent))
    except (DBAPIError, PoolTimeout, OSError) as error:
        _log.error("ledger_unavailable", exc_info=error)
        judged = Readiness(ready=False, checks={"ledger": Check(ready=False, detail="not readable")})
    response.status_code = 200 if judged.ready else 503
    response.headers["Cache-Control"] = "no-store"
    return judged


@router.get("/metrics", response_class=Response, responses=errors(401, 403, 429, 503))
async def metrics(_: Operator, lent: Lent, counts: Counts) -> Response:
    """Return the metrics in Prometheus' text format; operators only. docs/metrics.md lists them."""
    measured = await measure(lent)
    show(measured, (await readiness(lent, measured)).ready, counts)
    return Response(counts.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
