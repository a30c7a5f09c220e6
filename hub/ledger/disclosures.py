"""Who was told what and on which ground, and what was withheld and why (promise G5). Names of fields, never values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contracts.dispatch import Action, Dispatch
from contracts.envelope import derived_id
from contracts.person import Facts
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import insert_new
from hub.routing.plan import Withheld

DISCLOSED, WITHHELD = "disclosed", "withheld"


@dataclass(frozen=True)
class Disclosure:
    """One ground on which a recipient was told, or not told: `outcome` is disclosed or withheld.

    `fields` are names as in the disclosure table (`person.surname`); `recipient` is a recipient's key.
    """

    id: UUID
    outcome: str
    episode_id: UUID
    recipient: str
    at: datetime
    rule: str = ""
    clause: str = ""
    purpose: str = ""
    lawful_basis: str = ""
    subject_id: UUID | None = None
    dispatch_id: UUID | None = None
    fields: tuple[str, ...] = ()
    reason: str | None = None


async def record_disclosures(tx: Tx, rows: Sequence[Disclosure]) -> None:
    """Record rows in one statement; the same one again changes nothing."""
    await insert_new(tx, tables.disclosure, [{**vars(row), "fields": list(row.fields)} for row in rows])


async def disclosures(tx: Tx, episode_id: UUID, outcome: str | None = None) -> list[Disclosure]:
    """Return what was disclosed and withheld in an episode, oldest first."""
    table = tables.disclosure
    wanted = select(table).where(table.c.episode_id == episode_id).order_by(table.c.at, table.c.id)
    if outcome is not None:
        wanted = wanted.where(table.c.outcome == outcome)
    return [Disclosure(**{**row._asdict(), "fields": tuple(row.fields)}) for row in await tx.execute(wanted)]


def of_dispatch(dispatch: Dispatch, at: datetime) -> list[Disclosure]:
    """Return one row per ground of a dispatch; a withdrawal discloses nothing."""
    if dispatch.action is Action.WITHDRAW:
        return []
    fields = tuple(sorted(_fields(dispatch)))
    return [
        Disclosure(
            id=derived_id("disclosed", dispatch.id, ground.rule, ground.occasion),
            outcome=DISCLOSED,
            episode_id=dispatch.episode_id,
            subject_id=dispatch.subject_id,
            dispatch_id=dispatch.id,
            recipient=dispatch.recipient.key,
            rule=ground.rule,
            clause=ground.clause,
            purpose=ground.purpose,
            lawful_basis=ground.lawful_basis,
            fields=fields,
            at=at,
        )
        for ground in dispatch.grounds
    ]


def of_withheld(withheld: Withheld, at: datetime) -> Disclosure:
    """Return the row of what was kept back from a recipient; the same again has the same id."""
    parts: tuple[object, ...] = (withheld.episode_id, withheld.subject_id, withheld.recipient.key, withheld.reason)
    parts += (withheld.rule,) if withheld.occasion == 1 else (withheld.rule, withheld.occasion)
    return Disclosure(
        id=derived_id(
            "withheld", *(parts if withheld.dispatch_id is None else (withheld.dispatch_id, withheld.reason))
        ),
        outcome=WITHHELD,
        episode_id=withheld.episode_id,
        subject_id=withheld.subject_id,
        dispatch_id=withheld.dispatch_id,
        recipient=withheld.recipient.key,
        rule=withheld.rule or "",
        # A recipient that a rule blocks is kept back under that rule's clause.
        clause=withheld.reason if withheld.rule else "",
        fields=withheld.fields,
        reason=withheld.reason,
        at=at,
    )


def _fields(dispatch: Dispatch) -> Iterable[str]:
    for group, part in dispatch.content:
        if part is not None:
            model: type[Facts] = type(part)
            values, defaults = vars(part), _defaults(model)
            # What was never set is not looked at: most of a projection's groups are empty.
            for name in part.model_fields_set:
                if values[name] != defaults[name]:
                    yield f"{group}.{name}"


@cache
def _defaults(model: type[Facts]) -> dict[str, Any]:
    return {name: field.default for name, field in model.model_fields.items()}
