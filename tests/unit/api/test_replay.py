"""`hub replay`: what left or failed and was not acknowledged, under its own id; nothing else is touched."""

from contracts.receipt import Receipt, Stage
from hub.cli.replay import candidates, send_again
from hub.ledger import audit, collecting, dispatches, lanes, receipts
from tests.unit.api.conftest import ASKED, NOTICE, START, UNSENT, Desk, tell

LAMBETH = "duty_team@E09000022"


async def test_only_what_left_and_was_not_acknowledged(desk: Desk) -> None:
    await tell(desk)
    async with desk.ledger.read() as tx:
        assert {one.dispatch_id for one in await candidates(tx, None)} == {ASKED.id, NOTICE.id}
        assert [one.dispatch_id for one in await candidates(tx, LAMBETH)] == [NOTICE.id]
        assert await candidates(tx, "nobody@national") == []


async def test_opened_is_no_acknowledgement_but_accepted_is(desk: Desk) -> None:
    await tell(desk)
    for stage, left in ((Stage.OPENED, 1), (Stage.ACCEPTED, 0)):
        async with desk.ledger.begin() as tx:
            await receipts.record(tx, Receipt(dispatch_id=NOTICE.id, stage=stage, at=START))
        async with desk.ledger.read() as tx:
            assert len(await candidates(tx, LAMBETH)) == left


async def test_sending_again_makes_it_due_under_its_own_id(desk: Desk) -> None:
    await tell(desk)
    async with desk.ledger.begin() as tx:
        await collecting.collected(tx, "lambeth-council", [NOTICE.id], START)
        await send_again(tx, [NOTICE.id], START)
    async with desk.ledger.begin() as tx:
        states = {id: row.state for id, row in (await dispatches.get(tx, [ASKED.id, NOTICE.id, UNSENT.id])).items()}
        assert states == {ASKED.id: "sent", NOTICE.id: "pending", UNSENT.id: "pending"}
        ready = await collecting.list_ready(tx, "lambeth-council", uncollected_only=True)
        assert [item.dispatch_id for item in ready] == [NOTICE.id]
        assert await audit.verify(tx)
        claimed = {one.dispatch.id for one in await lanes.claim(tx, "worker", START)}
    assert NOTICE.id in claimed
