"""Sending documents through intake as the API does, and looking at what became of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.adapter import Document, Partner
from contracts.envelope import Event
from contracts.person import SubjectFacts
from hub.episode.episode import Episode
from hub.episode.fold import fold
from hub.ledger import events, intake, outbox, subjects, tasks
from hub.ledger.engine import Ledger
from hub.ledger.intake import Accepted
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
            said = reading(*events, message_id=message_id)
            accepted = await intake.accept(tx, paper, "police", said, now=self.now)
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


def episode_of(accepted: Accepted) -> UUID:
    """The one episode that a document belongs to."""
    (episode_id,) = accepted.episode_ids
    return episode_id
