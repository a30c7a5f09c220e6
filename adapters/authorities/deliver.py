"""The authorities' adapter: reads their messages, writes theirs, and delivers to a signed webhook.

The hub itself serves an authority's inbox and its topic: for those two only `render` is used.
"""

from collections.abc import Sequence

from adapters.authorities.translate.care_context import read_care_context
from adapters.authorities.translate.facts import read_facts
from adapters.authorities.translate.opened import open_message
from adapters.authorities.translate.outward import render_message
from adapters.authorities.translate.signature import signed_headers
from contracts.adapter import (
    Adapter,
    Answer,
    Channel,
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
from contracts.errors import Fate, InvalidMessage, Problem, RetryLater, Undeliverable
from contracts.receipt import Stage

SIGNING_KEY = "signing_key"
_TRY_AGAIN = frozenset({408, 425, 429})
JSON = ("application/json",)
_READERS = {"care-context": read_care_context, "facts": read_facts}


class AuthoritiesAdapter:
    """Translates and delivers for local authorities; see contracts.adapter.Adapter for each method's promise."""

    name = "authorities"
    routes: Sequence[Route] = (
        Route("care-context", (PartnerKind.AUTHORITY,), JSON, "What an authority holds about its child."),
        Route("facts", (PartnerKind.AUTHORITY,), JSON, "Decisions, whereabouts, found, and later facts"),
    )

    def read(self, document: Document) -> Reading:
        """Translate a care context or a list of facts. Raises InvalidMessage."""
        reader = _READERS.get(document.route)
        if reader is None:
            raise InvalidMessage(Fate.REFUSED, "There is no such way in.", [Problem("route", "is unknown")])
        return reader(open_message(document))

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Write a dispatch as JSON; the same on every channel. Raises Undeliverable."""
        return render_message(dispatch)

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """POST a dispatch, signed, to the authority's webhook; 409 means that it already had it."""
        wire = self.render(dispatch, endpoint)
        answer = await _call("POST", endpoint.address, dispatch, endpoint, reach, wire)
        if answer.status // 100 == 2 or answer.status == 409:
            return Outcome(reference=answer.reference)
        if answer.status in _TRY_AGAIN:
            raise RetryLater(_said(answer), maybe_received=False, not_before=answer.retry_after(reach.now()))
        if answer.status >= 500:
            raise RetryLater(_said(answer), maybe_received=True, not_before=answer.retry_after(reach.now()))
        raise Undeliverable(
            f"{_said(answer)}: ask the authority, correct the directory or the signing key, then replay"
        )

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask the webhook for a message by its id: 200 it is there, 404 it is not; None for the hub's own channels."""
        if endpoint.channel is not Channel.WEBHOOK:
            return None
        answer = await _call("GET", f"{endpoint.address.rstrip('/')}/{dispatch.id}", dispatch, endpoint, reach)
        if answer.status == 404:
            return Tracking(known=False)
        if answer.status // 100 == 2:
            return Tracking(known=True, reference=answer.reference)
        raise RetryLater(_said(answer), maybe_received=True, not_before=answer.retry_after(reach.now()))

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Return None: authorities send their receipts themselves."""
        return None

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Return nothing: authorities send by themselves."""
        return ()

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Do nothing: there is nothing to collect."""

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Ask a webhook with HEAD whether it is there; the hub's own channels always are."""
        if endpoint.channel is not Channel.WEBHOOK:
            return Health(True, f"{endpoint.channel.value}: served by the hub")
        if not reach.secrets.get(SIGNING_KEY):
            return Health(False, "no signing key: add the credential that the directory names")
        try:
            answer = await reach.http.request("HEAD", endpoint.address, identity=endpoint.tls_identity)
        except RetryLater as error:
            return Health(False, f"not reachable: {error.reason}")
        except Undeliverable as error:
            return Health(False, error.reason)
        return Health(answer.status // 100 == 2, f"HEAD answered {answer.status}")


async def _call(
    method: str, url: str, dispatch: Dispatch, endpoint: Endpoint, reach: Reach, wire: Wire | None = None
) -> HttpResponse:
    """Send one signed request; the signature covers the body, which a query does not have."""
    if endpoint.channel is not Channel.WEBHOOK:
        raise Undeliverable(f"the hub itself serves {endpoint.channel.value}; nothing is to be sent")
    key = reach.secrets.get(SIGNING_KEY)
    if not key:
        raise Undeliverable(
            "no signing key for this endpoint: add the credential that the directory names, then replay"
        )
    body = wire.body if wire else b""
    headers = signed_headers(key, str(dispatch.id), reach.now(), body)
    if wire:
        headers |= {"content-type": wire.content_type, **wire.headers}
    return await reach.http.request(method, url, headers=headers, body=body, identity=endpoint.tls_identity)


def _said(answer: HttpResponse) -> str:
    return f"the authority's webhook answered {answer.status}"


ADAPTER: Adapter = AuthoritiesAdapter()
