"""What has served its purpose is forgotten, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts.envelope import event_of
from contracts.events import CareContextKnown
from hub.ledger import inbox, outbox, subjects
from hub.ledger.engine import Ledger
from hub.ledger.outbox import OutRecord
from hub.ledger.purging import KEPT_AFTER_PUBLISHING, purge

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SUBJECT = UUID(int=7)


def context(number: int) -> CareContextKnown:
    return CareContextKnown(authority="E08000018", missing_risk_assessment_shared=bool(number))


async def test_expired_context_goes_and_the_rest_stays(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        for number, expires in enumerate((NOW - timedelta(days=1), NOW + timedelta(days=1))):
            event = event_of(context(number), id=uuid4(), source="/x", occurred_at=NOW, recorded_at=NOW)
            await subjects.keep_ahead(tx, [(SUBJECT, event, None)], expires)
    assert await purge(ledger, NOW) == 1
    async with ledger.begin() as tx:
        assert len(await subjects.take_ahead(tx, [SUBJECT], NOW)) == 1


async def test_a_record_is_forgotten_only_when_closed_and_long_published(ledger: Ledger) -> None:
    old, id = NOW - KEPT_AFTER_PUBLISHING - timedelta(hours=1), uuid4()
    async with ledger.begin() as tx:
        await outbox.add(tx, [OutRecord(None, "missing.episode.v1", b"k", {}, b"{}", id, old)])
        (row,) = await outbox.unpublished(tx, 10)
        await outbox.mark_published(tx, [(row.id or 0, 0, 0)], old, "cluster")
    assert await purge(ledger, NOW) == 0
    async with ledger.begin() as tx:
        await inbox.claim(tx, "router", [id], NOW)
        await outbox.close_handled(tx, [id])
    assert await purge(ledger, NOW) == 1


async def test_a_partners_record_is_kept_as_long_as_its_topic_keeps_it(ledger: Ledger) -> None:
    async with ledger.begin() as tx:
        await outbox.add(tx, [OutRecord(None, "missing.to.a.v1", b"k", {}, b"{}", uuid4(), NOW)])
        (row,) = await outbox.unpublished(tx, 10)
        await outbox.mark_published(tx, [(row.id or 0, 0, 0)], NOW, "cluster")
    assert await purge(ledger, NOW + KEPT_AFTER_PUBLISHING) == 0
    assert await purge(ledger, NOW + KEPT_AFTER_PUBLISHING + timedelta(seconds=1)) == 1
