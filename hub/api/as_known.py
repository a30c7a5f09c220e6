"""`GET /episodes/{id}/as-known`: what the hub knew at a moment, and what each agency had been told by then."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from contracts.receipt import Receipt
from hub.api import queries, timeline
from hub.api.describing import READING_ERRORS
from hub.api.problems import not_found
from hub.api.security import Lent, Operator
from hub.api.views import AsKnown, AttemptView, HoldingView, KnownView
from hub.ledger import dispatches, events, receipts
from hub.ledger.dispatches import DispatchRow
from hub.routing.known_at import Course, Holding, KnownAt, known_at

router = APIRouter(tags=["episodes"])
_MAY_HAVE_ARRIVED = ("doubtful", "unknown")


@router.get("/episodes/{episode}/as-known", responses=READING_ERRORS)
async def as_known(
    episode: str,
    _: Operator,
    lent: Lent,
    at: Annotated[AwareDatetime, Query(description="The moment, with its time zone: 2026-07-01T09:00:00Z.")],
) -> AsKnown:
    """Say what was known and told at a moment, by names of fields, without what they hold; operators only."""
    async with lent.ledger.read() as tx:
        found = await timeline.find(tx, episode)
        if found is None:
            raise not_found("episode")
        happened = (await events.of_episodes(tx, [found.id]))[found.id]
        rows = (await dispatches.of_episodes(tx, [found.id]))[found.id]
        ids = [row.dispatch.id for row in rows]
        tries, came = await queries.attempts(tx, ids), await receipts.of_dispatches(tx, ids)
    courses = [_course(row, tries.get(row.dispatch.id, []), came[row.dispatch.id]) for row in rows]
    answer = known_at(found.id, happened, courses, at)
    if answer is None:
        return AsKnown(id=found.id, reference=found.reference, at=at, status="not known yet")
    return _view(found.id, found.reference, at, answer)


def _course(row: DispatchRow, tries: Sequence[AttemptView], came: Sequence[Receipt]) -> Course:
    sent = [one.at for one in tries if one.outcome == "sent"]
    tried = [one.at for one in tries if one.outcome in _MAY_HAVE_ARRIVED]
    return Course(row.dispatch, min(sent, default=None), min(tried, default=None), tuple(came))


def _view(id: object, reference: str, at: AwareDatetime, answer: KnownAt) -> AsKnown:
    return AsKnown.model_validate(
        {
            "id": id,
            "reference": reference,
            "at": at,
            "status": answer.status,
            "events": [timeline.event_view(event) for event in answer.events],
            "subjects": [KnownView.model_validate(one, from_attributes=True) for one in answer.subjects],
            "told": [_holding(one) for one in answer.holdings],
        }
    )


def _holding(one: Holding) -> HoldingView:
    dispatch = one.dispatch
    return HoldingView(
        recipient=dispatch.recipient.key,
        subject_id=dispatch.subject_id,
        kind=dispatch.kind,
        thread=dispatch.thread,
        revision=dispatch.revision,
        standing=one.standing,
        since=one.since,
        clauses=list(dict.fromkeys(ground.clause for ground in dispatch.grounds)),
        receipts=list(one.stages),
    )
