"""Documents that the hub was given when it asked: fetched from a mailbox, or come back in a delivery.

They go through intake like whatever a partner sends by itself, and under the same limits: a receipt or a decision
counts only from the endpoint to which the hub had sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.adapter import Answer, Document, Endpoint, Partner, PartnerKind, Reading
from contracts.envelope import Event
from contracts.errors import Fate, InvalidMessage, Problem
from hub.ledger import intake, positions
from hub.ledger.engine import Ledger
from hub.ledger.intake import Incoming
from hub.routing.directory import Directory
from hub.standing import check_of

_KIND = {"police": PartnerKind.POLICE, "health": PartnerKind.HEALTH, "dwp": PartnerKind.DWP}


@dataclass(frozen=True)
class Answers:
    """Takes answers in. `read` is the adapters' reading by name; `wake` says that there is work."""

    ledger: Ledger
    directory: Directory
    read: Callable[[str, Document], Reading]
    now: Callable[[], datetime]
    wake: Callable[[], None]

    async def take(self, answer: Answer, endpoint: Endpoint) -> None:
        """Store an answer with what it says; a bad one is kept as bad input. Then the partner may be told so."""
        document = self._document(answer, endpoint)
        check = None
        reading: Reading | InvalidMessage
        try:
            reading = self.read(endpoint.adapter, document)
            if answer.sender is not None:
                check = check_of(reading, document.partner, self.directory, _not_theirs)
        except InvalidMessage as error:
            reading = error
        async with self.ledger.begin() as tx:
            await positions.require_all_read(tx)
            await intake.accept(tx, Incoming(document, endpoint.adapter, reading, check), now=self.now())
        self.wake()

    def _document(self, answer: Answer, endpoint: Endpoint) -> Document:
        return Document(
            partner=self._partner(answer, endpoint),
            route=answer.route,
            body=answer.body,
            content_type=answer.content_type,
            received_at=self.now(),
            message_id=answer.message_id,
            headers=answer.headers,
        )

    def _partner(self, answer: Answer, endpoint: Endpoint) -> Partner:
        known = self._sender(answer, endpoint)
        kind = _KIND.get(endpoint.adapter, PartnerKind.UNKNOWN)
        if known is None or known.partner is None:
            return Partner(name=f"unknown-{endpoint.adapter}", kind=kind)
        return Partner(name=known.partner, kind=kind, code=known.address, roles=self.directory.roles_of(known))

    def _sender(self, answer: Answer, endpoint: Endpoint) -> Endpoint | None:
        if answer.sender is None:
            return endpoint
        of_adapter = (one for one in self.directory.endpoints.values() if one.adapter == endpoint.adapter)
        return next((one for one in of_adapter if one.partner and one.address == answer.sender), None)


def _not_theirs(_: Event) -> InvalidMessage:
    problem = Problem("sender", "was not asked or told this", "answer from the mailbox that was written to")
    return InvalidMessage(Fate.UNUSABLE, "The answer is not the sender's to give.", [problem])
