"""Health services: alerts, notices and decision requests as FHIR R4 UK Core messages over MESH, and their answers.

Everything heavier than a name is imported when it is first used, so that the simulator in this package starts quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.adapter import Answer, Document, Endpoint, Health, Outcome, Reach, Reading, Route, Tracking, Wire
    from contracts.dispatch import Dispatch
    from contracts.receipt import Stage


class HealthAdapter:
    """The health services' translator: fills `contracts.adapter.Adapter`."""

    name = "health"

    @property
    def routes(self) -> Sequence[Route]:
        """The one way in: what came out of the hub's own MESH mailbox."""
        from adapters.health.translate import ROUTES

        return ROUTES

    def read(self, document: Document) -> Reading:
        """Translate a reply, a decision, a possible sighting or a MESH report. Raises InvalidMessage."""
        from adapters.health.translate import read

        return read(document)

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Translate a dispatch into a validated FHIR message. Raises Undeliverable."""
        from adapters.health.translate import render

        return render(dispatch, endpoint)

    def warm(self) -> None:
        """Load the FHIR models now (about half a second) instead of on the first alert."""
        from adapters.health.translate import warm

        warm()

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """Send a dispatch over MESH once. Raises RetryLater or Undeliverable."""
        from adapters.health.deliver import deliver

        return await deliver(dispatch, endpoint, reach)

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask MESH by local id whether an earlier attempt arrived."""
        from adapters.health.deliver import track

        return await track(dispatch, endpoint, reach)

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Ask MESH whether a message was collected; collected is `opened`, never more."""
        from adapters.health.deliver import receipts

        return await receipts(dispatch, reference, endpoint, reach)

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Fetch what waits in the hub's own mailbox."""
        from adapters.health.poll import poll

        return await poll(endpoint, reach)

    def poll_interval(self, endpoint: Endpoint) -> float:
        """Return the seconds between two polls of the endpoint's mailbox. Raises ValueError when set too low."""
        from adapters.health.poll import poll_interval

        return poll_interval(endpoint)

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Tell MESH that a message is stored; it then leaves the mailbox."""
        from adapters.health.poll import acknowledge

        await acknowledge(answer, endpoint, reach)

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Validate the hub's mailbox (the MESH handshake); nothing about anybody is sent."""
        from adapters.health.deliver import check

        return await check(endpoint, reach)


ADAPTER = HealthAdapter()
