"""Who is asking: a bearer token becomes a partner before anything else of the request is read."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.adapter import Partner, PartnerKind
from hub.api.guard import Guard
from hub.api.metrics import Metrics
from hub.api.problems import ApiProblem
from hub.api.refusals import Refusal
from hub.api.services import Services
from hub.ledger import partners

_bearer = HTTPBearer(auto_error=False, description="The token that `hub partner add` printed once.")
LONGEST_TOKEN = 200


# Coroutines, though they wait for nothing: the framework would run a plain function in a thread of its own.
async def services_of(request: Request) -> Services:
    """Return what the composition root handed in."""
    found: Services = request.app.state.services
    return found


async def metrics_of(request: Request) -> Metrics:
    """Return the application's metrics."""
    found: Metrics = request.app.state.metrics
    return found


Lent = Annotated[Services, Depends(services_of)]
Counts = Annotated[Metrics, Depends(metrics_of)]


async def authenticated(
    request: Request,
    lent: Lent,
    counts: Counts,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Partner:
    """Return the partner whose token was sent.

    Raises ApiProblem: 401 when it is missing, wrong, expired or revoked, 429 when its partner asks too often.
    """
    token, now = given.credentials if given else "", lent.now()
    if not token or len(token) > LONGEST_TOKEN:
        raise _unauthenticated(request, counts, "missing", now.timestamp())
    async with lent.ledger.ask() as tx:
        partner = await partners.by_token_hash(tx, partners.hash_token(token), now)
    if partner is None:
        raise _unauthenticated(request, counts, "wrong", now.timestamp())
    structlog.contextvars.bind_contextvars(partner=partner.name, partner_kind=partner.kind.value)
    request.state.partner = partner
    if problem := _guard_of(request).too_many(partner, request.method, now.timestamp()):
        counts.count("hub_refused_access_total", reason="rate")
        raise problem
    return partner


Sender = Annotated[Partner, Depends(authenticated)]


def forbidden(counts: Metrics, detail: str) -> ApiProblem:
    """Return the answer to a partner that may not do this."""
    counts.count("hub_refused_access_total", reason="forbidden")
    return ApiProblem(403, "forbidden", "Your partner may not do this.", detail)


def only(*kinds: PartnerKind) -> Callable[..., Coroutine[Any, Any, Partner]]:
    """Return a dependency that lets only partners of these kinds through."""

    async def check(partner: Sender, counts: Counts) -> Partner:
        if partner.kind not in kinds:
            raise forbidden(counts, f"This address is for {' and '.join(kind.value for kind in kinds)} partners.")
        return partner

    return check


Operator = Annotated[Partner, Depends(only(PartnerKind.OPERATOR))]


def _unauthenticated(request: Request, counts: Metrics, reason: str, now: float) -> ApiProblem:
    # After the look-up and never instead of it: a valid token works however many others fail behind the same address.
    address = request.client.host if request.client else ""
    if problem := _guard_of(request).too_many_failures(address, now):
        counts.count("hub_refused_access_total", reason="failures")
        return problem
    counts.count("hub_refused_access_total", reason=reason)
    problem = ApiProblem(
        401,
        "unauthenticated",
        "A valid bearer token is needed.",
        "It is missing, unknown, expired or revoked. Ask the operator for a new one (`hub partner rotate`).",
        headers={"WWW-Authenticate": 'Bearer realm="missing-children-hub"'},
    )
    return Refusal(problem, f"token_{reason}")


def _guard_of(request: Request) -> Guard:
    found: Guard = request.app.state.guard
    return found
