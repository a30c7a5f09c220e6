"""At which endpoint a dispatch goes out: by the hour for what is new, where the first one went for what follows it."""

from contracts.adapter import Channel, Endpoint
from contracts.dispatch import Action
from hub.delivery.port import Delivery
from hub.ledger import dispatches
from hub.ledger.lanes import Claimed
from hub.routing.directory import Directory, recipient_of


async def endpoint_of(claimed: Claimed, delivery: Delivery) -> Endpoint | None:
    """Return where to send now; None when the directory has no route any more.

    A recipient with several ways (in hours, out of hours) keeps to the one where this dispatch may lie already. What
    follows a raise goes where the raise went: whoever was told by day hears by night that the child is found.
    """
    dispatch, now = claimed.dispatch, delivery.now()
    ways = {one.id: one for one in delivery.directory.ways(dispatch.recipient, now)}
    if len(ways) > 1:
        bound = claimed.endpoint_id if claimed.may_have_left or claimed.doubtful else None
        if bound is None and dispatch.action is not Action.RAISE:
            async with delivery.ledger.read() as tx:
                bound = await dispatches.endpoint_before(tx, dispatch)
        if bound in ways:
            return ways[bound]
    return delivery.directory.resolve(dispatch.recipient, now)


def is_served(lane: str, delivery: Delivery) -> bool:
    """Say whether the hub itself serves a recipient at every hour, so that nothing leaves over the network."""
    directory: Directory = delivery.directory
    ways = directory.ways(recipient_of(lane), delivery.now())
    return bool(ways) and all(one.channel in (Channel.INBOX, Channel.TOPIC) for one in ways)
