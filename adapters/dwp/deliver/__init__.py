"""DWP's adapter: the Citizen API for traces, submissions over HTTPS for the notification and for Child Benefit."""

from collections.abc import Sequence

from adapters.dwp.deliver import citizen, submission
from adapters.dwp.translate import ROUTE, read, render
from contracts.adapter import (
    Answer,
    Document,
    Endpoint,
    Health,
    Outcome,
    PartnerKind,
    Reach,
    Reading,
    Route,
    Tracking,
    Wire,
)
from contracts.dispatch import Action, Dispatch, Kind
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Stage


class DwpAdapter:
    """The port of contracts.adapter for the Department for Work and Pensions and HMRC's Child Benefit office."""

    name = "dwp"
    routes = (Route(ROUTE, (PartnerKind.DWP,), ("application/json",), "What the Citizen API found for a trace (v1)."),)

    def read(self, document: Document) -> Reading:
        """Translate the answer of a trace. Raises InvalidMessage."""
        return read(document)

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Write a dispatch as DWP reads it. Raises Undeliverable."""
        return render(dispatch, endpoint)

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """Send once. A trace brings its answer back. Raises RetryLater or Undeliverable."""
        if dispatch.kind is not Kind.TRACE_REQUEST:
            return await submission.submit(dispatch, render(dispatch, endpoint), endpoint, reach)
        if dispatch.action is Action.WITHDRAW:
            # The Citizen API only looks up and keeps nothing, so there is nothing to take back.
            return Outcome(reference="nothing-held")
        return await citizen.trace(dispatch, render(dispatch, endpoint), endpoint, reach)

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask after an earlier attempt. A trace leaves nothing behind, so an unanswered one is safe to send again."""
        if dispatch.kind is Kind.TRACE_REQUEST:
            return Tracking(known=False)
        return await submission.track(dispatch, endpoint, reach)

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Ask how far a submission has got since; a trace has no later stage."""
        if dispatch.kind is Kind.TRACE_REQUEST:
            return None
        return (await submission.track(dispatch, endpoint, reach)).stage

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Fetch nothing: DWP's answers come back in the call that asked."""
        return ()

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Do nothing: DWP waits for no acknowledgement."""

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Ask the endpoint's own health page; for the Citizen API the one that its contract names."""
        path = citizen.HEALTH_PATH if citizen.is_citizen_api(endpoint) else submission.HEALTH_PATH
        try:
            answer = await reach.http.request(
                "GET", endpoint.address.rstrip("/") + path, identity=endpoint.tls_identity
            )
        except (RetryLater, Undeliverable) as error:
            return Health(False, error.reason)
        return Health(answer.status == 200, f"answered {answer.status} on {path}")
