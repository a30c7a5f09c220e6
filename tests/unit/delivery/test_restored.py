"""After a restore a dispatch is in doubt from its birth: a receipt settles it, else the partner is asked (G3)."""

import pytest

from contracts.receipt import Receipt, Stage
from hub.ledger import collecting, receipts, restoring
from tests.unit.delivery.outside import COUNCIL, DUTY, GP, NOW, TEAM, World, dispatch_to

RAISE = dispatch_to(GP)


async def has_receipt(world: World, receipt: Receipt) -> None:
    async with world.ledger.begin() as tx:
        await receipts.record_all(tx, [receipt])


async def lying_ready(world: World) -> int:
    async with world.ledger.read() as tx:
        return len(await collecting.list_ready(tx, COUNCIL))


async def test_what_was_unsent_in_the_backup_is_asked_about_and_not_sent_again(world: World) -> None:
    await world.add(RAISE)
    world.partner.received.append(("gp", RAISE.id))
    async with world.ledger.begin() as tx:
        assert await restoring.note_restored(tx, NOW) == 1
    assert (await world.row(RAISE)).may_have_left
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])
    assert await world.state(RAISE) == "sent"


async def test_what_waited_for_a_route_is_asked_about_once_it_has_one(world: World) -> None:
    await world.add(RAISE, state="waiting")
    world.partner.received.append(("gp", RAISE.id))
    async with world.ledger.begin() as tx:
        await restoring.note_restored(tx, NOW)
    await world.drain()
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])


@pytest.mark.parametrize("stage", ["transported", "opened", "accepted", "acted_on", "rejected"])
async def test_a_receipt_proves_that_it_arrived_and_nobody_is_asked(world: World, stage: str) -> None:
    await world.add(RAISE, state="doubtful")
    world.partner.can_be_asked = False
    await has_receipt(world, Receipt(dispatch_id=RAISE.id, stage=Stage(stage), at=NOW, reference="theirs"))
    await world.drain()
    row = await world.row(RAISE)
    assert (row.state, row.reference, world.partner.asked, world.partner.received) == ("sent", "theirs", [], [])


async def test_that_it_was_given_up_proves_nothing(world: World) -> None:
    await world.add(RAISE, state="doubtful")
    await has_receipt(world, Receipt(dispatch_id=RAISE.id, stage=Stage.UNDELIVERABLE, at=NOW))
    await world.drain()
    assert (world.partner.asked, world.partner.sent_to("gp")) == ([RAISE.id], [RAISE.id])


@pytest.mark.parametrize(("stage", "laid"), [("transported", 1), ("opened", 0)])
async def test_an_inbox_is_filled_again_unless_it_was_collected(world: World, stage: str, laid: int) -> None:
    made = dispatch_to(TEAM)
    await world.add(made, state="doubtful")
    await has_receipt(world, Receipt(dispatch_id=made.id, stage=Stage(stage), at=NOW))
    await world.drain()
    assert (await world.state(made), await lying_ready(world)) == ("sent", laid)


async def test_a_record_that_stands_on_a_partners_topic_is_not_written_again(world: World) -> None:
    made = dispatch_to(DUTY)
    await world.add(made, state="doubtful")
    await has_receipt(world, Receipt(dispatch_id=made.id, stage=Stage.TRANSPORTED, at=NOW))
    await world.drain()
    async with world.ledger.read() as tx:
        rows = (await tx.exec_driver_sql("SELECT topic FROM outbox WHERE topic LIKE 'missing.to.%'")).all()
    assert (await world.state(made), rows) == ("sent", [])
