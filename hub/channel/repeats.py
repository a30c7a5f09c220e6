"""Telling episodes of other goings missing of their subjects, where a rule counts them: two statements a batch."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from hub.channel.keeping import SET_ASIDE, Routed
from hub.episode.episode import Episode
from hub.ledger import events, outbox, subjects
from hub.ledger.engine import Tx
from hub.ledger.episodes import EpisodeRow
from hub.routing.book import Book
from hub.routing.repeats import news

Beside = Mapping[UUID, Collection[UUID]]
"""From an episode to the other episodes of its subjects."""


async def beside(tx: Tx, book: Book, episode_ids: Collection[UUID]) -> Beside:
    """Return the episodes to be locked together with those of a batch; none as long as no rule counts."""
    return await subjects.episodes_beside(tx, episode_ids) if book.days_counted else {}


async def tell_each_other(
    tx: Tx, book: Book, routed: Sequence[Routed], rows: Mapping[UUID, EpisodeRow], others: Beside, now: datetime
) -> None:
    """State what the episodes of a batch, just routed, and those beside them have to know of each other.

    All of them are locked: whichever of two is routed later sees the other as it is.
    """
    if not others:
        return
    known = {id: Episode.model_validate(_plain(row)) for id, row in rows.items() if row.state.get("id")}
    known |= {one.row.id: one.plan.episode for one in routed if one.plan is not None}
    pairs = {(one, other) for one, some in others.items() for other in some if one in known and other in known}
    pairs |= {(other, one) for one, other in pairs}
    said = [event for of, to in sorted(pairs) for event in news(known[of], known[to], book.days_counted, now)]
    new = await events.append(tx, said, None)
    await outbox.add(tx, [outbox.record_of(event, now) for event in new])


def _plain(row: EpisodeRow) -> dict[str, object]:
    return {name: value for name, value in row.state.items() if name != SET_ASIDE}
