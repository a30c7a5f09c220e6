"""Documents that the hub was given when it asked: fetched from a mailbox, or come back in a delivery.

They go through intake like whatever a partner sends by itself, and under the same limits: a receipt or a decision
counts only from the endpoint to which the hub had sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.adapter import Answer, Document, Endpoint, Partner, PartnerKind, Reading
from contracts.codes import Role
from contracts.envelope import Event
from contracts.errors import Fate, InvalidMessage, Problem
from hub.ledger import intake, positions, tasks
from hub.ledger.engine import Ledger, Tx
from hub.routing.directory import Directory
from hub.standing import may_state

_KIND = {"police": PartnerKind.POLICE, "health": PartnerKind.HEALTH, "dwp": PartnerKind.DWP}


@dataclass(frozen=True)
class Answers:
    """Takes answers in. `read` is the adapters' reading by name; `wake` says that there is work."""

    ledger: Ledger
    directory: Directory
    read: Callable[[str, Document], Reading]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    wake: Callable[[], None]

    async def take(self, answer: Answer, endpoint: Endpoint) -> None:
        """Store an answer with what it says; a bad one is kept as bad input. Then the partner may be told so."""
        document = self._document(answer, endpoint)
        try:
            reading = self.read(endpoint.adapter, document)
            async with self.ledger.begin() as tx:
                await positions.require_all_read(tx)
                await self._check(tx, reading, answer, document)
                await intake.accept(tx, document, endpoint.adapter, reading, now=self.now(), new_id=self.new_id)
        except InvalidMessage as error:
            async with self.ledger.begin() as tx:
                await intake.keep_bad(tx, document, endpoint.adapter, error, now=self.now(), new_id=self.new_id)
        except intake.Conflict as conflict:
            async with self.ledger.begin() as tx:
                await tasks.open(tx, conflict.task, self.now())
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
        return Partner(name=known.partner, kind=kind, code=known.address, roles=self._roles(known))

    def _sender(self, answer: Answer, endpoint: Endpoint) -> Endpoint | None:
        if answer.sender is None:
            return endpoint
        of_adapter = (one for one in self.directory.endpoints.values() if one.adapter == endpoint.adapter)
        return next((one for one in of_adapter if one.partner and one.address == answer.sender), None)

    def _roles(self, endpoint: Endpoint) -> tuple[Role, ...]:
        keys = [key for key, name in self.directory.entries.items() if name == endpoint.id]
        return tuple(dict.fromkeys(Role(key.partition("@")[0]) for key in keys))

    async def _check(self, tx: Tx, reading: Reading, answer: Answer, document: Document) -> None:
        if answer.sender is None:
            return
        if not all([await self._theirs(tx, event, document) for event in reading.events]):
            problem = Problem("sender", "was not asked or told this", "answer from the mailbox that was written to")
            raise InvalidMessage(Fate.UNUSABLE, "The answer is not the sender's to give.", [problem])

    async def _theirs(self, tx: Tx, event: Event, document: Document) -> bool:
        return await may_state(tx, event, document.partner, self.directory)
