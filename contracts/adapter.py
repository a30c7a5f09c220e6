"""The port that every adapter fills: bytes in to events, dispatches out to bytes, and the little I/O between.

An adapter never touches Kafka or the ledger, never keeps state and never retries: the hub owns routes, authentication,
offsets, retries and dead letters once, and hands in the clock, new ids, the HTTP client and the credentials.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import UUID

import orjson

from contracts.codes import GssCode, OpenCode, Role
from contracts.dispatch import Dispatch
from contracts.envelope import Event
from contracts.errors import Problem
from contracts.person import Facts
from contracts.receipt import Stage

LONGEST_WAIT = timedelta(days=1)


class PartnerKind(OpenCode):
    """What kind of agency a partner is."""

    POLICE = "police"
    HEALTH = "health"
    AUTHORITY = "authority"
    HOME_OFFICE = "home_office"
    DWP = "dwp"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


class Partner(Facts):
    """An authenticated sender. `code` is what it acts for: police force or authority GSS code, or ODS code."""

    name: str
    kind: PartnerKind
    code: str | None = None
    roles: tuple[Role, ...] = ()

    @property
    def source(self) -> str:
        """The CloudEvents source of everything that this partner sends."""
        return f"/partners/{self.name}"


@dataclass(frozen=True)
class Document:
    """One message as it arrived: raw bytes, where it arrived, and from whom.

    `route` is one of the adapter's `intakes`; `headers` are lower-case; `message_id` is the sender's own id for it if
    the transport gave one; `received_at` is UTC.
    """

    partner: Partner
    route: str
    body: bytes
    content_type: str
    received_at: datetime
    message_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a document turned out to say.

    `events` have no episode id yet: their `references` and subjects say which episode is meant. `warnings` name every
    doubtful field (promise G9). `message_id` is the id inside the document, if it has one.
    """

    events: tuple[Event, ...]
    warnings: tuple[Problem, ...] = ()
    message_id: str | None = None


class Channel(StrEnum):
    """How an endpoint is reached. The hub itself serves `inbox` and `topic`; the rest are the adapter's."""

    INBOX = "inbox"
    TOPIC = "topic"
    WEBHOOK = "webhook"
    HTTPS = "https"
    MESH = "mesh"


class Endpoint(Facts):
    """Where a role is reached, from the directory.

    `address` is a URL, a MESH mailbox, a partner name (inbox) or a topic. `options` are plain settings of the channel;
    `credentials` are secrets by name, resolved by the hub from its environment and never logged. `telephone` is what a
    person rings when nobody there sees what was sent.
    """

    id: str
    adapter: str
    channel: Channel
    address: str
    partner: str | None = None
    options: dict[str, str] = {}
    credential: str | None = None
    telephone: str | None = None

    @property
    def tls_identity(self) -> "TlsIdentity | None":
        """The client certificate that the options name (`tls_certificate`, `tls_key`, `tls_authority`), or None."""
        named = {name: self.options.get(f"tls_{name}") for name in ("certificate", "key", "authority")}
        paths = {name: Path(path) for name, path in named.items() if path}
        return TlsIdentity(**paths) if paths else None


@dataclass(frozen=True)
class Wire:
    """A dispatch as the partner will read it."""

    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class TlsIdentity(Facts):
    """Client certificate, its key and the certificate authority to trust, as paths of PEM files; None = none."""

    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def reference(self) -> str | None:
        """The partner's own `reference` in a JSON answer, at most 200 signs of it; None when there is none."""
        try:
            said = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        reference = said.get("reference") if isinstance(said, dict) else None
        return reference[:200] if isinstance(reference, str) else None

    def retry_after(self, now: datetime) -> datetime | None:
        """Return the moment before which the partner wants no further attempt, at most a day ahead; None: no wish."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return now + min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return min(moment.astimezone(UTC), now + LONGEST_WAIT)


class Http(Protocol):
    """The one way out over HTTP, handed to adapters.

    Raises RetryLater: `maybe_received` is false when the connection never came about, true when the answer was lost.
    """

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        identity: TlsIdentity | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        """Send one request and return the answer, whatever its status."""
        ...


@dataclass(frozen=True)
class Reach:
    """What the hub lends an adapter for one call: HTTP, the clock (UTC), new ids, and the endpoint's secrets."""

    http: Http
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """A delivery that the partner's side confirmed.

    `reference` is the partner's own id for it (a MESH message id). `stage` says how far it got: an answer of acceptance
    in the same call may say more than `transported`. `answers` are documents that came back in the same call (a DWP
    match, say) and go through intake like any other.
    """

    reference: str | None = None
    stage: Stage = Stage.TRANSPORTED
    answers: tuple["Answer", ...] = ()


@dataclass(frozen=True)
class Answer:
    """A document that a partner gave the hub when asked, by poll or in an answer: enters by `route`.

    `acknowledgement` is what `acknowledge` needs to tell the partner that it is stored. `sender` is the address of
    whoever sent it through a shared channel; None when the channel itself speaks (a MESH report).
    """

    route: str
    body: bytes
    content_type: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    acknowledgement: str | None = None
    sender: str | None = None


@dataclass(frozen=True)
class Tracking:
    """What the partner's side knows about an earlier attempt. `known` false: it never arrived, send again."""

    known: bool
    reference: str | None = None
    stage: Stage = Stage.TRANSPORTED


@dataclass(frozen=True)
class Health:
    """Whether a partner can be reached: for `hub check`; `detail` is readable and carries no secret."""

    reachable: bool
    detail: str


@dataclass(frozen=True)
class Route:
    """One way in: `POST /intake/<adapter>/<path>` and the same name on the partner's topic."""

    path: str
    partner_kinds: tuple[PartnerKind, ...]
    content_types: tuple[str, ...]
    description: str


class Adapter(Protocol):
    """One agency's translator, both ways.

    `read` and `render` are pure. `deliver` raises RetryLater or Undeliverable. `track` answers None where the channel
    cannot be asked (then a doubtful attempt becomes `unknown`, settled by a person, promise G3).
    """

    @property
    def name(self) -> str:
        """The adapter's name: its folder, its part of the intake URL."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """The ways in."""
        ...

    def read(self, document: Document) -> Reading:
        """Translate a document. Raises InvalidMessage. Event ids are derived, so that a repeat gives the same ids."""
        ...

    def render(self, dispatch: Dispatch, endpoint: Endpoint) -> Wire:
        """Translate a dispatch for an endpoint. Raises Undeliverable when it cannot be said in this format."""
        ...

    async def deliver(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Outcome:
        """Send a dispatch once."""
        ...

    async def track(self, dispatch: Dispatch, endpoint: Endpoint, reach: Reach) -> Tracking | None:
        """Ask the partner's side what became of an earlier attempt."""
        ...

    async def receipts(self, dispatch: Dispatch, reference: str, endpoint: Endpoint, reach: Reach) -> Stage | None:
        """Ask how far a transported dispatch has got since; None where the channel cannot tell."""
        ...

    async def poll(self, endpoint: Endpoint, reach: Reach) -> Sequence[Answer]:
        """Fetch what waits at an endpoint that the hub must ask (a MESH mailbox)."""
        ...

    async def acknowledge(self, answer: Answer, endpoint: Endpoint, reach: Reach) -> None:
        """Tell the partner that an answer is stored; called only after the ledger has it."""
        ...

    async def check(self, endpoint: Endpoint, reach: Reach) -> Health:
        """Say whether the endpoint can be reached, without sending anything about anybody."""
        ...


def authority_of(partner: Partner) -> GssCode | None:
    """Return the authority that a partner acts for, or None for another kind of partner."""
    return partner.code if partner.kind is PartnerKind.AUTHORITY else None


@runtime_checkable
class Polled(Protocol):
    """An adapter with endpoints that must be asked at a pace of the partner's own."""

    def poll_interval(self, endpoint: Endpoint) -> float:
        """Return the seconds between two polls. Raises ValueError when the endpoint's settings ask too often."""
        ...


@runtime_checkable
class Warmed(Protocol):
    """An adapter whose first translation is slow unless it is readied before."""

    def warm(self) -> None:
        """Load what the first translation needs."""
        ...
