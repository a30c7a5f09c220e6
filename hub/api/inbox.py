"""`GET /inbox`: what the hub has for a partner that fetches it itself, already in the partner's own form."""

import base64
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from contracts.adapter import Partner
from contracts.receipt import Receipt, Stage
from hub.api import queries
from hub.api.describing import READING_ERRORS
from hub.api.security import Lent, Sender
from hub.api.services import Services
from hub.api.views import Inbox, InboxItem
from hub.ledger import collecting, dispatches, receipts
from hub.ledger.collecting import Waiting

router = APIRouter(tags=["inbox"])


@router.get("/inbox", responses=READING_ERRORS)
async def inbox(
    partner: Sender,
    lent: Lent,
    after: Annotated[int, Query(ge=0, le=2**62, description="The `next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Inbox:
    """Return a page of the inbox, oldest first. Being handed out counts as `opened`, never as `accepted`.

    Ask again with `after` = `next`. What was never handed out comes whatever `after` says, so nothing is lost.
    """
    async with lent.ledger.read() as tx:
        ready = await queries.lying_ready(tx, partner.name, after, limit)
    fresh = [item.dispatch_id for item in ready if item.collected_at is None]
    if fresh:
        await _opened(fresh, partner, lent)
    return Inbox(items=[_item(item) for item in ready], next=max([after, *(item.position for item in ready)]))


async def _opened(fresh: list[UUID], partner: Partner, services: Services) -> None:
    now = services.now()
    async with services.ledger.begin() as tx:
        first = await collecting.collected(tx, partner.name, fresh, now)
        opened = [Receipt(dispatch_id=id, stage=Stage.OPENED, at=now) for id in fresh if id in first]
        await receipts.state(tx, opened, await dispatches.episodes_of(tx, first), partner.source, now)
    services.wake()


def _item(item: Waiting) -> InboxItem:
    text, encoding = _text(item.body)
    return InboxItem(
        position=item.position,
        dispatch_id=item.dispatch_id,
        content_type=item.content_type,
        headers=item.headers,
        body=text,
        encoding=encoding,
        at=item.at,
    )


def _text(body: bytes) -> tuple[str, str]:
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
