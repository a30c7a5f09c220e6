"""Putting an episode together for whoever asks: the operator's timeline, or one partner's own view."""

from uuid import UUID

from contracts.adapter import Partner
from contracts.envelope import Event
from contracts.events import ClockFell, DecisionRecorded
from contracts.receipt import Receipt
from hub.api import queries
from hub.api.views import (
    AttemptView,
    ClockView,
    DecisionView,
    DispatchView,
    EpisodeSummary,
    OwnDispatch,
    OwnEpisode,
    Position,
    Timeline,
    TimelineEvent,
    WithheldView,
)
from hub.episode.reference import episode_reference
from hub.ledger import disclosures, dispatches, episodes, events, outbox, receipts
from hub.ledger.dispatches import DispatchRow
from hub.ledger.engine import Tx
from hub.routing.directory import Directory
from hub.standing import addressed_to


async def find(tx: Tx, name: str) -> EpisodeSummary | None:
    """Return an episode by its id or its reference; one that was accepted but not routed yet has status `accepted`."""
    try:
        id = UUID(name)
    except ValueError:
        row = await episodes.by_reference(tx, name)
    else:
        row = (await episodes.get(tx, [id])).get(id)
        if row is None and (await events.of_episodes(tx, [id]))[id]:
            return EpisodeSummary(id=id, reference=episode_reference(id), status="accepted", version=0)
    return EpisodeSummary.model_validate(row, from_attributes=True) if row else None


async def for_operator(tx: Tx, episode: EpisodeSummary) -> Timeline:
    """Return everything that happened in an episode, without what it says about anybody."""
    happened = await _events(tx, episode.id)
    rows = (await dispatches.of_episodes(tx, [episode.id]))[episode.id]
    ids = [row.dispatch.id for row in rows]
    tries, came = await queries.attempts(tx, ids), await receipts.of_dispatches(tx, ids)
    withheld = await disclosures.disclosures(tx, episode.id, disclosures.WITHHELD)
    return Timeline(
        **dict(episode),
        events=await _positioned(tx, happened),
        dispatches=[_dispatch(row, tries.get(row.dispatch.id, []), came[row.dispatch.id]) for row in rows],
        withheld=[WithheldView.model_validate(row, from_attributes=True) for row in withheld],
        decisions=_decisions(happened),
        tasks=await queries.tasks_of(tx, episode.id),
    )


async def for_partner(tx: Tx, episode: EpisodeSummary, partner: Partner, directory: Directory) -> OwnEpisode | None:
    """Return what a partner reported and was told; None when it has no part in the episode."""
    rows = (await dispatches.of_episodes(tx, [episode.id]))[episode.id]
    own = [row for row in rows if addressed_to(row, partner, directory)]
    if not own and not await events.has_stated(tx, episode.id, partner.source):
        return None
    came = await receipts.of_dispatches(tx, [row.dispatch.id for row in own])
    reported = [event for event in await _events(tx, episode.id) if event.source == partner.source]
    return OwnEpisode(
        id=episode.id,
        reference=episode.reference,
        events=await _positioned(tx, reported),
        dispatches=[_own(row, came[row.dispatch.id]) for row in own],
    )


async def _events(tx: Tx, episode_id: UUID) -> list[Event]:
    return sorted((await events.of_episodes(tx, [episode_id]))[episode_id], key=lambda event: event.order)


async def _positioned(tx: Tx, happened: list[Event]) -> list[TimelineEvent]:
    places = await outbox.positions(tx, [event.id for event in happened])
    return [event_view(event, _position(places.get(event.id))) for event in happened]


def event_view(event: Event, position: Position | None = None) -> TimelineEvent:
    """Return an event without what it says about anybody."""
    return TimelineEvent(
        id=event.id,
        type=event.type.value,
        source=event.source,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        position=position,
        clock=_clock(event.data) if isinstance(event.data, ClockFell) else None,
    )


def _clock(fell: ClockFell) -> ClockView:
    step = fell.step.value if fell.step else None
    return ClockView(rule=fell.rule, due_at=fell.due_at, dispatch_id=fell.dispatch_id, step=step)


def _position(place: tuple[str, int, int] | None) -> Position | None:
    return Position(topic=place[0], partition=place[1], offset=place[2]) if place else None


def _dispatch(row: DispatchRow, tries: list[AttemptView], came: list[Receipt]) -> DispatchView:
    dispatch = row.dispatch
    return DispatchView(
        id=dispatch.id,
        subject_id=dispatch.subject_id,
        role=dispatch.recipient.role,
        authority=dispatch.recipient.authority,
        organisation=dispatch.recipient.organisation,
        recipient=dispatch.recipient.key,
        kind=dispatch.kind,
        action=dispatch.action,
        thread=dispatch.thread,
        revision=dispatch.revision,
        state=row.state,
        due_at=dispatch.due_at,
        created_at=dispatch.created_at,
        grounds=list(dispatch.grounds),
        endpoint_id=row.endpoint_id,
        reference=row.reference,
        reason=row.reason,
        withdrawal_reason=dispatch.reason,
        attempts=tries,
        receipts=came,
    )


def _own(row: DispatchRow, came: list[Receipt]) -> OwnDispatch:
    dispatch = row.dispatch
    return OwnDispatch(
        id=dispatch.id,
        role=dispatch.recipient.role,
        kind=dispatch.kind,
        action=dispatch.action,
        revision=dispatch.revision,
        due_at=dispatch.due_at,
        content=dispatch.content,
        withdrawal_reason=dispatch.reason,
        receipts=came,
    )


def _decisions(happened: list[Event]) -> list[DecisionView]:
    return [
        DecisionView(
            decision=event.data.decision,
            answer=event.data.answer,
            decided_by_role=event.data.decided_by_role,
            subject_id=event.data.subject_id,
            occurred_at=event.occurred_at,
        )
        for event in happened
        if isinstance(event.data, DecisionRecorded)
    ]
