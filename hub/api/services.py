"""What the composition root hands to the API: it never makes a clock, an id or an adapter itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from contracts.adapter import Document, Reading, Route
from hub.api.backlog import Backlog
from hub.api.gathering import Gathering
from hub.api.storing import gathered
from hub.ledger.engine import Ledger
from hub.ledger.intake import Failed, Incoming, Outcome
from hub.routing.directory import Directory

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Reader:
    """One adapter's way in: its routes and its pure `read`."""

    routes: Sequence[Route]
    read: Callable[[Document], Reading]


@dataclass(frozen=True)
class Limits:
    """How much one request may bring, how often one may ask, and from when on the hub calls itself not ready.

    Seconds and records; `retry_seconds` is what a sender is told to wait after a 503, `intake_seconds` how old a record
    that was not passed on may be before senders are told, `failures_per_minute` counts requests without a valid token
    from one address.
    """

    body_bytes: int = 10 * MEGABYTE
    batch_events: int = 500
    retry_seconds: int = 5
    intake_seconds: float = 30.0
    rate_per_second: float = 200.0
    rate_burst: int = 400
    failures_per_minute: int = 60
    outbox_seconds: float = 60.0
    idle_seconds: float = 120.0
    lag_records: int = 10_000


@dataclass(frozen=True)
class Probe:
    """One more thing that readiness depends on; `detail` is readable and names no child."""

    ready: bool
    detail: str


@dataclass(frozen=True)
class Services:
    """Everything the API needs.

    `readers` by adapter name. `directory` says whose endpoint a dispatch went to. `wake` tells relay and deliverers
    that there is work. `now` is UTC. `probes` add to readiness by name. `backlog` remembers its last look.
    """

    ledger: Ledger
    readers: Mapping[str, Reader]
    directory: Directory
    now: Callable[[], datetime]
    wake: Callable[[], None] = lambda: None
    limits: Limits = Limits()
    probes: Mapping[str, Callable[[], Awaitable[Probe]]] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=Backlog)

    @cached_property
    def gathered(self) -> Gathering[Incoming, Outcome | Failed]:
        """Where messages are put to be stored: whatever waits goes into one transaction."""
        return gathered(self.ledger, self.now)
