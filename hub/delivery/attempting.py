"""One attempt at one dispatch: resolve the endpoint now, ask first when in doubt, send, say what became of it."""

import asyncio
from dataclasses import dataclass, replace

from contracts.adapter import Adapter, Answer, Channel, Endpoint, Outcome, Wire
from contracts.errors import RetryLater, Undeliverable
from contracts.receipt import Receipt, Stage
from hub.delivery.addressing import endpoint_of
from hub.delivery.backoff import exhausted, next_attempt
from hub.delivery.port import Delivery
from hub.delivery.superseding import ended_since
from hub.ledger import receipts
from hub.ledger.attempts import AttemptResult
from hub.ledger.lanes import Claimed

# An attempt must be over before its claim goes stale, however many calls an adapter makes in it.
LONGEST_SECONDS = 60.0
_ARRIVED = frozenset({Stage.TRANSPORTED, Stage.OPENED, Stage.ACCEPTED, Stage.ACTED_ON, Stage.REJECTED})


@dataclass(frozen=True)
class Attempt:
    """What one attempt came to, for one transaction to record.

    `stage` is the receipt that it earned, if any; `answers` are documents that came back in the same call; `rendered`
    is what the hub itself lays ready for an inbox or a partner's topic. `refused` is set when the recipient's side
    could not be reached or wanted nothing now: the next dispatch would fare no better.
    """

    result: AttemptResult
    endpoint: Endpoint | None = None
    stage: Stage | None = None
    answers: tuple[Answer, ...] = ()
    rendered: Wire | None = None
    refused: RetryLater | None = None


async def attempt(claimed: Claimed, delivery: Delivery) -> Attempt:
    """Try once. Never raises: an adapter's own fault counts as a doubtful attempt."""
    endpoint = await endpoint_of(claimed, delivery)
    if endpoint is None:
        return _failed(claimed, delivery, "the directory no longer has a route to this recipient", None)
    adapter = delivery.adapters.get(endpoint.adapter)
    if adapter is None:
        return _failed(claimed, delivery, f"no adapter is called {endpoint.adapter}: mend the directory", endpoint)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await _ask_and_send(claimed, adapter, endpoint, delivery)
    except RetryLater as error:
        return replace(try_later(claimed, delivery, endpoint, error), refused=error)
    except TimeoutError:
        slow = RetryLater(f"no answer within {LONGEST_SECONDS:.0f} seconds", maybe_received=True)
        return replace(try_later(claimed, delivery, endpoint, slow), refused=slow)
    except Undeliverable as error:
        return _failed(claimed, delivery, error.reason, endpoint)
    except Exception as error:  # noqa: BLE001 - a fault of one adapter must not stop the lane; it may have sent
        fault = RetryLater(f"fault in the adapter: {type(error).__name__}", maybe_received=True)
        return try_later(claimed, delivery, endpoint, fault)


async def _ask_and_send(claimed: Claimed, adapter: Adapter, endpoint: Endpoint, delivery: Delivery) -> Attempt:
    if claimed.ended and not claimed.may_have_left:
        return _closed(delivery, endpoint)
    settled = await _ask_first(claimed, adapter, endpoint, delivery)
    if settled is not None:
        return settled
    if claimed.doubtful and _can_be_asked(claimed, endpoint):
        # The partner's side says that no earlier attempt arrived: from here on it is as if none had been made.
        claimed = replace(claimed, doubtful=False, may_have_left=False)
        if await ended_since(claimed.dispatch, delivery):
            return _closed(delivery, endpoint)
    return await _send(claimed, adapter, endpoint, delivery)


def _can_be_asked(claimed: Claimed, endpoint: Endpoint) -> bool:
    outside = endpoint.channel not in (Channel.INBOX, Channel.TOPIC)
    return outside and claimed.endpoint_id in (None, endpoint.id)


async def _ask_first(claimed: Claimed, adapter: Adapter, endpoint: Endpoint, delivery: Delivery) -> Attempt | None:
    if not claimed.doubtful:
        return None
    proof = await _receipt(claimed, endpoint, delivery)
    if proof is not None:
        return _sent(delivery, endpoint, Outcome(reference=proof.reference), None)
    if not _can_be_asked(claimed, endpoint):
        return None
    tracking = await adapter.track(claimed.dispatch, endpoint, delivery.reach(endpoint))
    if tracking is None:
        return _unknown(delivery, endpoint)
    if tracking.known:
        return _sent(delivery, endpoint, Outcome(reference=tracking.reference, stage=tracking.stage), None)
    return None


async def _receipt(claimed: Claimed, endpoint: Endpoint, delivery: Delivery) -> Receipt | None:
    """Return a receipt that proves that an earlier attempt arrived: then nobody need be asked.

    An inbox is the ledger's own: that something was laid ready there is no proof that it still lies there.
    """
    proofs = _ARRIVED - {Stage.TRANSPORTED} if endpoint.channel is Channel.INBOX else _ARRIVED
    async with delivery.ledger.read() as tx:
        known = (await receipts.of_dispatches(tx, [claimed.dispatch.id]))[claimed.dispatch.id]
    return next((one for one in known if one.stage in proofs), None)


async def _send(claimed: Claimed, adapter: Adapter, endpoint: Endpoint, delivery: Delivery) -> Attempt:
    dispatch = claimed.dispatch
    if endpoint.channel in (Channel.INBOX, Channel.TOPIC):
        wire = adapter.render(dispatch, endpoint)
        return _sent(delivery, endpoint, Outcome(reference=endpoint.address), wire)
    return _sent(delivery, endpoint, await adapter.deliver(dispatch, endpoint, delivery.reach(endpoint)), None)


def _sent(delivery: Delivery, endpoint: Endpoint, outcome: Outcome, wire: Wire | None) -> Attempt:
    now = delivery.now()
    asks = endpoint.channel is Channel.MESH
    result = AttemptResult(
        at=now,
        outcome="sent",
        reference=outcome.reference,
        next_attempt_at=now if asks else None,
        endpoint_id=endpoint.id,
        may_have_left=True,
    )
    return Attempt(result, endpoint, outcome.stage, outcome.answers, wire)


def _unknown(delivery: Delivery, endpoint: Endpoint) -> Attempt:
    reason = "it may have arrived and this channel cannot be asked; find out by telephone"
    return Attempt(
        AttemptResult(at=delivery.now(), outcome="unknown", reason=reason, endpoint_id=endpoint.id), endpoint
    )


def _closed(delivery: Delivery, endpoint: Endpoint) -> Attempt:
    reason = "it never arrived, and it has been withdrawn since"
    result = AttemptResult(
        at=delivery.now(), outcome="cancelled", reason=reason, endpoint_id=endpoint.id, may_have_left=False
    )
    return Attempt(result, endpoint)


def try_later(claimed: Claimed, delivery: Delivery, endpoint: Endpoint, error: RetryLater) -> Attempt:
    """Return an attempt that will be made again, or is given up, because of an error."""
    now = delivery.now()
    may_have_left = claimed.may_have_left or error.maybe_received
    doubtful = claimed.doubtful or error.maybe_received
    if exhausted(claimed.attempt_number, delivery.patience):
        reason = f"given up after {claimed.attempt_number} attempts: {error.reason}"
        result = AttemptResult(
            at=now, outcome="failed", reason=reason, endpoint_id=endpoint.id, may_have_left=may_have_left
        )
        return Attempt(result, endpoint, Stage.UNDELIVERABLE)
    again = next_attempt(now, claimed.attempt_number, delivery.patience, delivery.jitter())
    result = AttemptResult(
        at=now,
        outcome="doubtful" if doubtful else "retry",
        reason=error.reason,
        next_attempt_at=max(again, error.not_before) if error.not_before else again,
        endpoint_id=endpoint.id,
        may_have_left=may_have_left,
    )
    return Attempt(result, endpoint)


def _failed(claimed: Claimed, delivery: Delivery, reason: str, endpoint: Endpoint | None) -> Attempt:
    result = AttemptResult(
        at=delivery.now(),
        outcome="failed",
        reason=reason,
        endpoint_id=endpoint.id if endpoint else None,
        may_have_left=claimed.may_have_left,
    )
    return Attempt(result, endpoint, Stage.UNDELIVERABLE)
