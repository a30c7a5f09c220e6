"""A doubtful raise whose end came meanwhile: it is not sent again once it is known not to have arrived (promise G6)."""

from contracts.dispatch import Action, Dispatch
from hub.delivery.port import Delivery
from hub.ledger import dispatches
from hub.ledger.dispatches import CANCELLED, DispatchRow
from hub.ledger.engine import Tx


async def ended_since(dispatch: Dispatch, delivery: Delivery) -> bool:
    """Say whether a withdrawal of the same thread waits behind this raise or update."""
    async with delivery.ledger.read() as tx:
        later = await _later_withdrawals(tx, dispatch)
    return dispatch.action is not Action.WITHDRAW and bool(later)


async def close_unheard(tx: Tx, dispatch: Dispatch) -> None:
    """Close the withdrawals behind a raise that never arrived, unless an earlier revision may have arrived."""
    thread = await _thread(tx, dispatch)
    if any(row.may_have_left for row in thread if row.dispatch.action is not Action.WITHDRAW):
        return
    later = [row.dispatch.id for row in await _later_withdrawals(tx, dispatch)]
    await dispatches.cancel(tx, later, "what it withdraws never arrived")


async def _later_withdrawals(tx: Tx, dispatch: Dispatch) -> list[DispatchRow]:
    return [
        row
        for row in await _thread(tx, dispatch)
        if row.dispatch.action is Action.WITHDRAW and row.dispatch.revision > dispatch.revision
    ]


async def _thread(tx: Tx, dispatch: Dispatch) -> list[DispatchRow]:
    rows = (await dispatches.of_episodes(tx, [dispatch.episode_id]))[dispatch.episode_id]
    return [row for row in rows if row.state != CANCELLED and _key(row.dispatch) == _key(dispatch)]


def _key(dispatch: Dispatch) -> tuple[object, ...]:
    return (dispatch.subject_id, dispatch.recipient.key, dispatch.thread)
