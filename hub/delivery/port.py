"""What the composition root lends to delivery."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.adapter import Adapter, Endpoint, Http, Reach, Wire
from contracts.dispatch import Dispatch
from hub.delivery.backoff import Patience
from hub.ledger.engine import Ledger
from hub.ledger.outbox import OutRecord
from hub.routing.directory import Directory


@dataclass(frozen=True)
class Delivery:
    """Everything that delivery needs.

    `secrets_of` resolves an endpoint's credential; `topic_record` makes the record for a partner's own topic; `jitter`
    gives numbers in 0..1; `wake` tells relay and router that there is work.
    """

    ledger: Ledger
    adapters: Mapping[str, Adapter]
    directory: Directory
    http: Http
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    jitter: Callable[[], float]
    secrets_of: Callable[[Endpoint], Mapping[str, str]]
    topic_record: Callable[[Dispatch, Wire, str], OutRecord]
    wake: Callable[[], None] = lambda: None
    patience: Patience = field(default_factory=Patience)

    def reach(self, endpoint: Endpoint) -> Reach:
        """Return what an adapter may use for one call to an endpoint."""
        return Reach(http=self.http, now=self.now, new_id=self.new_id, secrets=self.secrets_of(endpoint))
