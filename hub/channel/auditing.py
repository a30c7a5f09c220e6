"""Every disclosure is recorded, and so is everything withheld (promise G5): ids, names of fields, grounds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from hub.ledger import audit, disclosures, tables
from hub.ledger.disclosures import Disclosure
from hub.ledger.engine import Tx
from hub.ledger.sql import chunks
from hub.routing.plan import Plan


async def record(tx: Tx, plans: Sequence[Plan], now: datetime) -> None:
    """Record what these plans disclose and withhold, and seal each dispatch made or cancelled into the audit."""
    disclosed = [row for plan in plans for one in plan.dispatches for row in disclosures.of_dispatch(one, now)]
    withheld = {row.id: row for plan in plans for one in plan.withheld for row in (disclosures.of_withheld(one, now),)}
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


def _entries(plans: Sequence[Plan]) -> list[audit.Entry]:
    made: list[audit.Entry] = [
        (f"dispatch_{it.action.value}", {"dispatch": it.id, "episode": it.episode_id, "recipient": it.recipient.key})
        for plan in plans
        for it in plan.dispatches
    ]
    return made + [("dispatch_cancelled", {"dispatch": id}) for plan in plans for id in plan.cancelled]


def _sealed(row: Disclosure) -> audit.Entry:
    return ("withheld", {"disclosure": row.id, "episode": row.episode_id, "recipient": row.recipient})
