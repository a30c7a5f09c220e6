"""A MESH client on the hub's HTTP port: one method per operation of the NHS MESH API that the hub uses.

Nothing is tried again here and nothing is remembered: every request carries an access token of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from adapters.health.model import MESH_JSON, access_token
from contracts.adapter import Endpoint, HttpResponse, Reach, TlsIdentity
from contracts.errors import Undeliverable

_CLIENT = {
    "mex-clientversion": "missing-children-hub==1",
    "mex-osarchitecture": "any",
    "mex-osname": "any",
    "mex-osversion": "any",
}


@dataclass(frozen=True)
class Mesh:
    """One mailbox of ours at one MESH server; `base_url` ends in /messageexchange."""

    reach: Reach
    base_url: str
    mailbox: str
    identity: TlsIdentity | None = None

    async def handshake(self) -> HttpResponse:
        """Validate the mailbox; MESH wants this once a day."""
        return await self._request("POST", self._url(), _CLIENT)

    async def send(self, recipient: str, workflow: str, local_id: str, content_type: str, body: bytes) -> HttpResponse:
        """Put one message into the recipient's mailbox; 202 carries the message id. `local_id` tracks it."""
        headers = {
            "mex-from": self.mailbox,
            "mex-to": recipient,
            "mex-workflowid": workflow,
            "mex-localid": local_id,
            "content-type": content_type,
        }
        return await self._request("POST", self._url("outbox"), headers, body)

    async def track_local(self, local_id: str) -> HttpResponse:
        """Ask by our local id: 200 known, 404 not known, 300 known more than once."""
        return await self._request("GET", self._url("outbox", "tracking", local_id))

    async def track_message(self, message_id: str) -> HttpResponse:
        """Ask by the message id that MESH gave."""
        return await self._request("GET", f"{self._url('outbox', 'tracking')}?messageID={quote(message_id, safe='')}")

    async def inbox(self, page: str | None = None) -> HttpResponse:
        """List message ids in the inbox; `page` is the `links.next` of the page before."""
        url = self._url("inbox")
        if page is not None:
            # Only the query of a link is followed, so that an answer cannot send the token somewhere else.
            url = f"{url}?{urlsplit(page).query}"
        return await self._request("GET", url)

    async def download(self, message_id: str, chunk: int = 1) -> HttpResponse:
        """Fetch a message, or one more of its chunks; 206 says that another chunk follows."""
        parts = ("inbox", message_id) if chunk == 1 else ("inbox", message_id, str(chunk))
        return await self._request("GET", self._url(*parts))

    async def acknowledge(self, message_id: str) -> HttpResponse:
        """Say that a message is stored; it then leaves the inbox."""
        return await self._request("PUT", self._url("inbox", message_id, "status", "acknowledged"))

    def _url(self, *parts: str) -> str:
        return "/".join((self.base_url, *(quote(part, safe="") for part in (self.mailbox, *parts))))

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> HttpResponse:
        password, shared_key = (_needed(self.reach.secrets, name, "credential") for name in ("password", "shared_key"))
        token = access_token(self.mailbox, password, shared_key, str(self.reach.new_id()), 0, self.reach.now())
        sent = {"authorization": token, "accept": MESH_JSON, **(headers or {})}
        return await self.reach.http.request(method, url, headers=sent, body=body, identity=self.identity)


def mesh_of(endpoint: Endpoint, reach: Reach) -> Mesh:
    """Return the client for an endpoint: `options.base_url` and `options.from_mailbox`, our own mailbox.

    An endpoint without `from_mailbox` is our own mailbox itself: its address. Raises Undeliverable naming what
    is missing.
    """
    options = endpoint.options
    return Mesh(
        reach=reach,
        base_url=_needed(options, "base_url", "option").rstrip("/"),
        mailbox=options.get("from_mailbox", endpoint.address).upper(),
        identity=endpoint.tls_identity,
    )


def _needed(values: Mapping[str, str], name: str, kind: str) -> str:
    if not values.get(name):
        raise Undeliverable(f"the directory's MESH endpoint has no {kind} {name}: add it and try again")
    return values[name]
