"""`GET /episodes`: all of them for the operator, for a partner only those that it has a part in."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.adapter import PartnerKind
from hub.api import timeline
from hub.api.describing import READING_ERRORS
from hub.api.problems import not_found
from hub.api.refusals import Refusal
from hub.api.security import Lent, Operator, Sender
from hub.api.views import EpisodeList, EpisodeSummary, OwnEpisode, Timeline
from hub.ledger import episodes as store

router = APIRouter(tags=["episodes"])


@router.get("/episodes", responses=READING_ERRORS)
async def episodes(_: Operator, lent: Lent, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> EpisodeList:
    """List the episodes that changed last; operators only."""
    async with lent.ledger.read() as tx:
        rows = await store.recent(tx, limit)
    return EpisodeList(episodes=[EpisodeSummary.model_validate(row, from_attributes=True) for row in rows])


@router.get("/episodes/{episode}", responses=READING_ERRORS)
async def episode(episode: str, partner: Sender, lent: Lent) -> Timeline | OwnEpisode:
    """Return an episode by its id or reference: to an operator its whole course, to a partner its own part."""
    async with lent.ledger.read() as tx:
        found = await timeline.find(tx, episode)
        if found is None:
            raise not_found("episode")
        if partner.kind is PartnerKind.OPERATOR:
            return await timeline.for_operator(tx, found)
        own = await timeline.for_partner(tx, found, partner, lent.directory)
    if own is not None:
        return own
    raise Refusal(not_found("episode"), "not_theirs", episode=found.id)
