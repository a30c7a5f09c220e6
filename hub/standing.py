"""Whose is what: a partner has a part in an episode that it reported or was told about, and in nothing else."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from contracts.adapter import Partner, Reading
from contracts.codes import SubjectKind
from contracts.dispatch import FOUND_THREAD, Kind, first_thread
from contracts.envelope import Event
from contracts.events import DecisionRecorded, ReceiptRecorded
from hub.ledger import dispatches, events, subjects
from hub.ledger.dispatches import SENT, UNKNOWN, DispatchRow
from hub.ledger.engine import Tx
from hub.ledger.finding import NeverSent
from hub.ledger.incoming import Check
from hub.ledger.said import HUB_KINDS
from hub.routing.directory import Directory


def addressed_to(told: DispatchRow, partner: Partner, directory: Directory) -> bool:
    """Say whether a dispatch left, or may have left, for an endpoint of this partner.

    The endpoint that it was bound to counts; only where that one is gone from the directory does the role count.
    """
    if not told.may_have_left and told.state not in (SENT, UNKNOWN):
        return False
    bound = directory.endpoints.get(told.endpoint_id or "")
    possible = (bound,) if bound else directory.ways(told.dispatch.recipient, told.dispatch.created_at)
    return any(endpoint.partner == partner.name for endpoint in possible)


def check_of(
    reading: Reading, partner: Partner, directory: Directory, refusal: Callable[[Event], Exception]
) -> Check | None:
    """Return what intake must ask before it takes a partner's events; None when anybody may state them.

    The check raises the `refusal` of the first event that is not the partner's to state, and what `may_state` raises.
    """
    limited = [event for event in reading.events if _is_limited(event)]
    if not limited:
        return None

    async def check(tx: Tx) -> None:
        for event in limited:
            if not await may_state(tx, event, partner, directory):
                raise refusal(event)

    return check


def _is_limited(event: Event) -> bool:
    quotes_an_id_of_ours = any(reference.kind in HUB_KINDS for reference in event.references)
    return quotes_an_id_of_ours or isinstance(event.data, ReceiptRecorded | DecisionRecorded)


async def may_state(tx: Tx, event: Event, partner: Partner, directory: Directory) -> bool:
    """Say whether a partner may state this event: a decision only who was asked, a receipt only who was told.

    Raises InvalidMessage (unusable) when anything else quotes an id of the hub that this partner was never given: the
    same that intake says of an id that is nobody's.
    """
    if isinstance(event.data, ReceiptRecorded):
        told = await dispatches.get(tx, {receipt.dispatch_id for receipt in event.data.receipts})
        meant = [told.get(receipt.dispatch_id) for receipt in event.data.receipts]
        return all(one is not None and addressed_to(one, partner, directory) for one in meant)
    if isinstance(event.data, DecisionRecorded):
        rows = await dispatches.of_episodes(tx, await _episodes_meant(tx, event))
        asked = [row for made in rows.values() for row in made if _asks(row, event.data)]
        return any(addressed_to(row, partner, directory) for row in asked)
    await _check_quoted(tx, event, partner, directory)
    return True


async def _check_quoted(tx: Tx, event: Event, partner: Partner, directory: Directory) -> None:
    for kind in HUB_KINDS:
        quoted = _own_ids(event, kind)
        if quoted and not await _all_given(tx, kind, quoted, partner, directory):
            raise NeverSent(kind)


async def _all_given(tx: Tx, kind: str, ids: set[UUID], partner: Partner, directory: Directory) -> bool:
    """Say whether each of these dispatches went to a partner, or whether it has a part in each of these episodes."""
    if kind == "dispatch":
        told = await dispatches.get(tx, ids)
        return all(id in told and addressed_to(told[id], partner, directory) for id in ids)
    held = await dispatches.of_episodes(tx, ids)
    return all(
        [
            any(addressed_to(row, partner, directory) for row in held[id])
            or await events.has_stated(tx, id, partner.source)
            for id in ids
        ]
    )


async def _episodes_meant(tx: Tx, event: Event) -> set[UUID]:
    """Return the episodes that an event's references name: the hub's own ids, or a sender's reference."""
    meant = {event.episode_id} if event.episode_id else set()
    meant |= _own_ids(event, "episode")
    quoted = await dispatches.get(tx, _own_ids(event, "dispatch"))
    meant |= {row.dispatch.episode_id for row in quoted.values()}
    named = await subjects.episode_by_references(tx, event.references)
    return meant | ({named} if named else set())


def _own_ids(event: Event, kind: str) -> set[UUID]:
    """Return the hub's own ids of one kind among an event's references; what is no id is passed over."""
    found = set()
    for reference in event.references:
        if reference.kind == kind:
            with suppress(ValueError):
                found.add(UUID(reference.value))
    return found


def _asks(told: DispatchRow, data: DecisionRecorded) -> bool:
    dispatch = told.dispatch
    # An unborn child stands on its mother's record, so an answer may name either of them.
    unborn = dispatch.subject_kind is SubjectKind.UNBORN_CHILD
    about = unborn or data.subject_id in (None, dispatch.subject_id)
    thread = first_thread(dispatch.thread).removeprefix(FOUND_THREAD)
    return dispatch.kind is Kind.DECISION_REQUEST and thread == f"{dispatch.kind.value}:{data.decision}" and about
