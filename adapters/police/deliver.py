"""The way to a police force and back: POST a notification, ask what became of it, and the adapter as one object."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.police.translate import read_report, render_notification
from contracts.adapter import (
    Answer,
    Document,
    Endpoint,
    Health,
    HttpResponse,
    Outcome,
    PartnerKind,
    Reach,
    Reading,
    Route,
    Tracking,
    Wire,
)
from contracts.dispatch import Dispatch
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage

LONGEST_WAIT = timedelta(hours=24)
# The partner said that it did not take the message; after any other 5xx it may have.
NOT_TAKEN = (429, 503)


class PoliceAdapter:
    """Police forces: reports in by HTTPS or topic, notifications out by HTTPS. Fills contracts.adapter.Adapter."""

    name = "police"
    routes: Sequence[Route] = (
        Route(
            path="reports",
            partner_kinds=(PartnerKind.POLICE,),
            content_types=("application/xml", "text/xml", "application/json"),
            description="A report of missing persons: profile police-missing-report v1, XML or JSON.",
        ),
    )

    def read(self, document: Document) -> Reading:
        """Translate a report. Raises InvalidMessage."""
        return read_report(document)

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Translate a dispatch. Raises Undeliverable for what police do not receive."""
        return render_notification(dispatch, endpoint)

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """POST a dispatch once; a force that has it already answers 409, which is as good as 2xx."""
        wire = render_notification(dispatch, endpoint)
        headers = {**_authorised(reach), **wire.headers, "Content-Type": wire.content_type}
        answer = await reach.http.request(
            "POST", _url(endpoint, "messages"), headers=headers, body=wire.body, identity=endpoint.tls_identity
        )
        if answer.status == 409 or 200 <= answer.status < 300:
            return Outcome(reference=answer.reference)
        raise _failure(answer, reach.now())

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask whether the force has a message: 200 it has, 404 it never arrived."""
        answer = await reach.http.request(
            "GET", _url(endpoint, f"messages/{dispatch.id}"), headers=_authorised(reach), identity=endpoint.tls_identity
        )
        if answer.status == 404:
            return Tracking(known=False)
        if 200 <= answer.status < 300:
            return Tracking(known=True, reference=answer.reference)
        raise _failure(answer, reach.now())

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Police systems do not say later what became of a message."""
        return None

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Nothing waits at a force: it sends its reports itself."""
        return ()

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Nothing is polled, so nothing is acknowledged."""

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Ask the force's own health address."""
        try:
            answer = await reach.http.request(
                "GET", _url(endpoint, "health"), identity=endpoint.tls_identity, timeout=5.0
            )
        except (RetryLater, Undeliverable) as error:
            return Health(reachable=False, detail=error.reason)
        return Health(reachable=200 <= answer.status < 300, detail=f"answered {answer.status}")


def _url(endpoint: Endpoint, path: str) -> str:
    return f"{endpoint.address.rstrip('/')}/{path}"


def _authorised(reach: Reach) -> dict[str, str]:
    token = reach.secrets.get("token")
    if not token:
        raise RetryLater("the endpoint has no token: set its credential", maybe_received=False)
    return {"Authorization": f"Bearer {token}"}


def _failure(answer: HttpResponse, now: datetime) -> RetryLater | Undeliverable:
    """Say what a refusal means; the partner's words are left out, for they may quote the message."""
    if answer.status in (408, 429) or answer.status >= 500:
        taken = answer.status not in NOT_TAKEN
        return RetryLater(f"police answered {answer.status}", maybe_received=taken, not_before=answer.retry_after(now))
    return Undeliverable(f"police answered {answer.status} and will not take it; ask the force why")
