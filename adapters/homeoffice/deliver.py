"""The Home Office's adapter: reads its notifications, and delivers ours over HTTPS with a bearer token."""

from collections.abc import Sequence
from datetime import datetime

from adapters.homeoffice.translate.inward import read_notification
from adapters.homeoffice.translate.outward import render_notification
from contracts.adapter import (
    Adapter,
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
from contracts.errors import Fate, InvalidMessage, Problem, RetryLater, Undeliverable
from contracts.receipt import Stage

TOKEN = "token"  # noqa: S105 - the name of the secret
NOTIFICATIONS = "notifications"
_TRY_AGAIN = frozenset({408, 425, 429})
_NO_TOKEN = "no token for this endpoint: add the credential that the directory names, then replay"  # noqa: S105


class HomeOfficeAdapter:
    """Translates and delivers for the Home Office; see contracts.adapter.Adapter for each method's promise."""

    name = "homeoffice"
    routes: Sequence[Route] = (
        Route(
            NOTIFICATIONS,
            (PartnerKind.HOME_OFFICE,),
            ("application/json",),
            "A child subject to restriction: missing, weekly contact, sighted, found.",
        ),
    )

    def read(self, document: Document) -> Reading:
        """Translate a notification. Raises InvalidMessage."""
        if document.route != NOTIFICATIONS:
            raise InvalidMessage(Fate.REFUSED, "There is no such way in.", [Problem("route", "is unknown")])
        return read_notification(document)

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Write a dispatch as JSON. Raises Undeliverable."""
        return render_notification(dispatch)

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """POST a dispatch to `{address}/notifications`; 409 means that it was already there."""
        wire = self.render(dispatch, endpoint)
        headers = {"content-type": wire.content_type, "idempotency-key": str(dispatch.id)}
        answer = await _call("POST", "", endpoint, reach, headers, wire.body)
        if answer.status // 100 == 2 or answer.status == 409:
            return Outcome(reference=answer.reference)
        if answer.status in _TRY_AGAIN or answer.status >= 500:
            raise _later(answer, reach.now(), maybe_received=answer.status >= 500)
        raise Undeliverable(f"{_said(answer)}: ask the Home Office, correct the directory or the token, then replay")

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask `{address}/notifications/{dispatch id}`: 200 it is there, 404 it is not."""
        answer = await _call("GET", f"/{dispatch.id}", endpoint, reach)
        if answer.status == 404:
            return Tracking(known=False)
        if answer.status // 100 == 2:
            return Tracking(known=True, reference=answer.reference)
        raise _later(answer, reach.now(), maybe_received=True)

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Return None: the assumed profile has no later stages."""
        return None

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Return nothing: the Home Office sends by itself."""
        return ()

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Do nothing: there is nothing to collect."""

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Ask `{address}/notifications` with HEAD whether the token is taken."""
        try:
            answer = await _call("HEAD", "", endpoint, reach)
        except (RetryLater, Undeliverable) as error:
            return Health(False, error.reason)
        return Health(answer.status // 100 == 2, f"HEAD answered {answer.status}")


async def _call(
    method: str, path: str, endpoint: Endpoint, reach: Reach, headers: dict[str, str] | None = None, body: bytes = b""
) -> HttpResponse:
    token = reach.secrets.get(TOKEN)
    if not token:
        raise Undeliverable(_NO_TOKEN)
    url = f"{endpoint.address.rstrip('/')}/{NOTIFICATIONS}{path}"
    authorised = {"authorization": f"Bearer {token}", **(headers or {})}
    return await reach.http.request(method, url, headers=authorised, body=body, identity=endpoint.tls_identity)


def _said(answer: HttpResponse) -> str:
    return f"the Home Office answered {answer.status}"


def _later(answer: HttpResponse, now: datetime, *, maybe_received: bool) -> RetryLater:
    return RetryLater(_said(answer), maybe_received=maybe_received, not_before=answer.retry_after(now))


ADAPTER: Adapter = HomeOfficeAdapter()
