"""`hub replay`: send again what a recipient may have lost; who acknowledged is skipped, and nothing is sent unasked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import USAGE, console, fail, run, settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.ledger.engine import Tx

ACKNOWLEDGED = ("accepted", "acted_on")
REPLAYABLE = ("sent", "unknown", "failed")


@dataclass(frozen=True)
class Candidate:
    """The latest word to one recipient about one subject on one thread, not acknowledged yet."""

    dispatch_id: "UUID"
    recipient: str
    thread: str
    action: str
    state: str


def replay(
    recipient: Annotated[
        str, typer.Argument(help="A recipient as `hub trace` shows it, such as gp_practice@A81001.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Every recipient.")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send again; without it only the list is shown.")] = False,
) -> None:
    """Show what would be sent again (dry run), or send it with --send. Ids stay: a receiver that has it drops it."""
    if bool(recipient) == all_:
        fail("Name one recipient, or say --all.", "hub trace EPISODE shows recipients.", code=USAGE)
    found = run(_work(recipient, send))
    from hub.cli.showing import show_rows

    shown = [{**vars(one), "dispatch_id": str(one.dispatch_id)} for one in found]
    show_rows("sent again" if send else "would be sent again", shown, console())
    if found and not send:
        typer.echo("Nothing was sent. Repeat with --send to send it.")


async def _work(recipient: str, send: bool) -> list[Candidate]:
    from hub.app import now as clock
    from hub.ledger.engine import open_ledger

    ledger = await open_ledger(settings().database_url.get_secret_value())
    try:
        async with ledger.begin() as tx:
            found = await candidates(tx, recipient or None)
            if send:
                await send_again(tx, [one.dispatch_id for one in found], clock())
        return found
    finally:
        await ledger.close()


async def candidates(tx: "Tx", recipient: str | None) -> list[Candidate]:
    """Return what may be sent again: the last revision of each thread that left or failed, without acknowledgement."""
    from sqlalchemy import select

    from hub.ledger import tables

    table, receipt, later = tables.dispatch, tables.receipt, tables.dispatch.alias("later")
    acknowledged = select(receipt.c.dispatch_id).where(
        receipt.c.dispatch_id == table.c.id, receipt.c.stage.in_(ACKNOWLEDGED)
    )
    same = [later.c[name] == table.c[name] for name in ("episode_id", "subject_id", "lane", "thread")]
    superseded = select(later.c.id).where(*same, later.c.revision > table.c.revision, later.c.state != "cancelled")
    query = (
        select(table.c.id, table.c.lane, table.c.thread, table.c.action, table.c.state)
        .where(table.c.state.in_(REPLAYABLE), ~acknowledged.exists(), ~superseded.exists())
        .order_by(table.c.position)
    )
    if recipient:
        query = query.where(table.c.lane == recipient)
    return [Candidate(*row) for row in await tx.execute(query)]


async def send_again(tx: "Tx", dispatch_ids: "Sequence[UUID]", now: "datetime") -> None:
    """Make dispatches due again under their own ids. A person decided it, so nobody is asked whether it arrived."""
    from hub.ledger import audit, tables

    table, ready = tables.dispatch, tables.delivered
    due = {"state": "pending", "next_attempt_at": now, "doubtful": False, "claimed_by": None, "claimed_at": None}
    await tx.execute(table.update().where(table.c.id.in_(dispatch_ids)).values(due))
    await tx.execute(ready.update().where(ready.c.dispatch_id.in_(dispatch_ids)).values(collected_at=None))
    await audit.append_all(tx, [("replayed", {"dispatch_id": id}) for id in dispatch_ids], now)
