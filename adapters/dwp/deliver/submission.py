"""Submissions: the national notification and the Child Benefit request, over HTTPS with a bearer token (assumed)."""

from adapters.dwp.deliver.answers import failure, secret
from adapters.dwp.translate import json_object
from contracts.adapter import Endpoint, HttpResponse, Outcome, Reach, Tracking, Wire
from contracts.dispatch import Dispatch, Kind
from contracts.receipt import Stage

HEALTH_PATH = "/health"
_LATER = (Stage.OPENED, Stage.ACCEPTED, Stage.ACTED_ON, Stage.REJECTED)
_PATH_OF = {Kind.NOTICE: "/notifications", Kind.BENEFIT_REQUEST: "/child-benefit"}


async def submit(dispatch: Dispatch, wire: Wire, endpoint: Endpoint, reach: Reach) -> Outcome:
    """POST once, under the dispatch's id as Idempotency-Key. Raises RetryLater or Undeliverable.

    409 means that this very id is there already: its effect exists once, so it has arrived.
    """
    headers = _authorization(reach) | {"content-type": wire.content_type, "Idempotency-Key": str(dispatch.id)}
    answer = await reach.http.request(
        "POST", _url(dispatch, endpoint), headers=headers, body=wire.body, identity=endpoint.tls_identity
    )
    if 200 <= answer.status < 300 or answer.status == 409:
        return Outcome(reference=answer.reference, stage=_stage(answer))
    raise failure(_what(dispatch), answer, reach)


async def track(dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking:
    """GET the submission by the dispatch's id; 404 says that it never arrived. Raises RetryLater or Undeliverable."""
    answer = await reach.http.request(
        "GET",
        f"{_url(dispatch, endpoint)}/{dispatch.id}",
        headers=_authorization(reach),
        identity=endpoint.tls_identity,
    )
    if answer.status == 200:
        return Tracking(known=True, reference=answer.reference, stage=_stage(answer))
    if answer.status == 404:
        return Tracking(known=False)
    raise failure(_what(dispatch), answer, reach, only_reads=True)


def _url(dispatch: Dispatch, endpoint: Endpoint) -> str:
    return endpoint.address.rstrip("/") + endpoint.options.get("path", _PATH_OF.get(dispatch.kind, ""))


def _authorization(reach: Reach) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret(reach, 'token')}"}


def _what(dispatch: Dispatch) -> str:
    return "the Child Benefit office" if dispatch.kind is Kind.BENEFIT_REQUEST else "DWP's notification service"


def _stage(answer: HttpResponse) -> Stage:
    """Return the stage that the answer names; nothing, and any word that the hub does not know, is `transported`."""
    stage = str(json_object(answer.body).get("stage"))
    return Stage(stage) if stage in _LATER else Stage.TRANSPORTED
