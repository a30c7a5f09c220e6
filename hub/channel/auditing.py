"""Every disclosure is recorded, and so is everything withheld (promise G5): ids, names of fields, grounds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contracts.envelope import derived_id
from hub.ledger import audit, disclosures, tables
from hub.ledger.disclosures import Disclosure
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks
from hub.routing.plan import Plan, Withheld


async def record(tx: Tx, plans: Sequence[Plan], now: datetime) -> None:
    """Record what these plans disclose and withhold, and seal each dispatch made or cancelled into the audit."""
    disclosed = [row for plan in plans for one in plan.dispatches for row in disclosures.of_dispatch(one, now)]
    withheld = {row.id: row for plan in plans for one in plan.withheld for row in (_withheld(one, now),)}
    new = await _new(tx, withheld)
    await disclosures.record_disclosures(tx, [*disclosed, *new])
    await audit.append_all(tx, [*_entries(plans), *(_sealed(row) for row in new)], now)


async def _new(tx: Tx, rows: dict[UUID, Disclosure]) -> list[Disclosure]:
    # A block stands as long as its rule does and is planned again with every event: it is recorded once.
    table = tables.disclosure
    known: set[UUID] = set()
    for ids in chunks(rows):
        known |= set((await tx.execute(select(table.c.id).where(table.c.id.in_(ids)))).scalars())
    return [row for id, row in rows.items() if id not in known]


def _withheld(one: Withheld, now: datetime) -> Disclosure:
    return Disclosure(
        id=derived_id("withheld", one.episode_id, one.subject_id, one.recipient.key, one.what, one.reason, one.rule),
        outcome=disclosures.WITHHELD,
        episode_id=one.episode_id,
        subject_id=one.subject_id,
        recipient=one.recipient.key,
        rule=one.rule or "",
        clause=one.reason if one.rule else "",
        purpose="",
        lawful_basis="",
        fields=(one.what,),
        reason=one.reason,
        at=now,
    )


def _entries(plans: Sequence[Plan]) -> list[audit.Entry]:
    made: list[audit.Entry] = [
        (f"dispatch_{it.action.value}", {"dispatch": it.id, "episode": it.episode_id, "recipient": it.recipient.key})
        for plan in plans
        for it in plan.dispatches
    ]
    return made + [("dispatch_cancelled", {"dispatch": id}) for plan in plans for id in plan.cancelled]


def _sealed(row: Disclosure) -> audit.Entry:
    return ("withheld", {"disclosure": row.id, "episode": row.episode_id, "recipient": row.recipient})
