"""Sending documents through intake as the API does, and looking at what became of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.adapter import Document, Partner, Reading
from contracts.envelope import Event
from contracts.errors import InvalidMessage
from contracts.person import SubjectFacts
from hub.episode.episode import Episode
from hub.episode.fold import fold
from hub.ledger import events, intake, outbox, subjects, tasks
from hub.ledger.engine import Ledger, Tx
from hub.ledger.intake import Accepted, Incoming, Kept, Outcome
from tests.unit.ledger.making import COUNCIL, HOME_OFFICE, NOW, OTHER_POLICE, POLICE, document, reading

PARTNERS = {partner.source: partner for partner in (POLICE, OTHER_POLICE, COUNCIL, HOME_OFFICE)}


@dataclass
class Desk:
    """Intake with the router's one effect on it: subjects whose end is known are closed."""

    ledger: Ledger
    now: datetime = NOW

    async def send(self, *events: Event, document: Document | None = None, message_id: str | None = None) -> Accepted:
        """Take in one document that says these events, then route."""
        async with self.ledger.begin() as tx:
            paper = document or self.paper(PARTNERS[events[0].source])
            accepted = await accepted_of(tx, paper, reading(*events, message_id=message_id), self.now)
        await self.route(accepted.episode_ids)
        return accepted

    def paper(self, partner: Partner) -> Document:
        return document(partner)

    async def route(self, episode_ids: tuple[UUID, ...]) -> None:
        for episode in [await self.episode(id) for id in episode_ids]:
            async with self.ledger.begin() as tx:
                open_now = {(episode.id, subject.id): not subject.status.ended for subject in episode.subjects}
                await subjects.join_all(tx, open_now)

    async def episode(self, episode_id: UUID) -> Episode:
        async with self.ledger.read() as tx:
            return fold((await events.of_episodes(tx, [episode_id]))[episode_id], episode_id)

    async def subject(self, episode_id: UUID) -> SubjectFacts:
        """The only subject of an episode."""
        (subject,) = (await self.episode(episode_id)).subjects
        return subject.facts.model_copy(update={"subject_id": subject.id})

    async def to_publish(self) -> list[UUID | None]:
        async with self.ledger.read() as tx:
            return [row.event_id for row in await outbox.unpublished(tx, 1000)]

    async def tasks(self) -> list[str]:
        async with self.ledger.read() as tx:
            return sorted(task.kind for task in await tasks.list_open(tx))


class Unaccepted(Exception):
    """What became of a document instead; all of it is rolled back."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


async def accepted_of(tx: Tx, document: Document, said: Reading, now: datetime = NOW) -> Accepted:
    """Take in a document with which nothing is wrong. Raises the InvalidMessage of a bad one, else Unaccepted."""
    outcome = await intake.accept(tx, Incoming(document, "police", said), now=now)
    if isinstance(outcome, Kept):
        raise outcome.error
    if not isinstance(outcome, Accepted):
        raise Unaccepted(outcome)
    return outcome


async def kept_of(tx: Tx, document: Document, error: InvalidMessage, now: datetime = NOW) -> Kept:
    """Take in a document that its reader could not use."""
    outcome = await intake.accept(tx, Incoming(document, "police", error), now=now)
    assert isinstance(outcome, Kept)
    return outcome


def episode_of(accepted: Accepted) -> UUID:
    """The one episode that a document belongs to."""
    (episode_id,) = accepted.episode_ids
    return episode_id
