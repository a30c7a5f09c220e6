"""Who might be the same child as a subject that was just described: proposals for a person, never a link."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from contracts.envelope import Event
from contracts.events import CareContextKnown, Report
from hub.episode.episode import Subject
from hub.identity.likeness import Likeness, Verdict, likeness
from hub.identity.profile import drawers_of, profile_of
from hub.ledger import filing, pairs, tasks
from hub.ledger.engine import Tx
from hub.ledger.episodes import EpisodeRow
from hub.ledger.faults import not_the_data
from hub.ledger.filing import KEPT_AFTER_THE_END
from hub.ledger.pairs import Pair, PairState
from hub.routing.plan import Plan

Routing = tuple[EpisodeRow, Sequence[Event], Plan]
SETTLED_BY = "routing"
# So many questions about one subject wait at once; what is decided makes room for the next.
AT_MOST = 3

log = structlog.get_logger(__name__)


async def propose(tx: Tx, routed: Sequence[Routing], now: datetime) -> None:
    """Do `look` for these; whatever goes wrong there, nobody is told later for it."""
    try:
        async with tx.begin_nested():
            await look(tx, routed, now)
    except Exception as error:
        if not_the_data(error):
            raise
        if len(routed) == 1:
            log.warning("not_compared", exc_info=error)
            return
        for one in routed:
            await propose(tx, [one], now)


async def look(tx: Tx, routed: Sequence[Routing], now: datetime) -> None:
    """File the subjects that these new events describe, look for others like them, and ask a person about each.

    A pair that a person has decided about is left alone for good. A proposal that the facts no longer support lapses.
    """
    described = {one.id: one for row, fresh, plan in routed for one in _described(fresh, plan)}
    await _keep_filed(tx, routed, described)
    drawers = {id: drawers_of(profile_of(one.facts)) for id, one in described.items()}
    await filing.file(tx, drawers, {id: _forget_at(one) for id, one in described.items()})
    open_now = {id: places for id, places in drawers.items() if not described[id].status.ended}
    near = await filing.search(tx, open_now, now)
    waiting = await pairs.of_subjects(tx, list(described), PairState.PROPOSED)
    wanted = {(id, other) for id, others in near.items() for other in others}
    wanted |= {(pair.one, pair.other) for pair in waiting}
    if wanted:
        await _compare(tx, wanted, described, now)


def _described(fresh: Sequence[Event], plan: Plan) -> Iterable[Subject]:
    """Return the subjects of whom a new event says who they are."""
    told = [event.data.subjects for event in fresh if isinstance(event.data, Report | CareContextKnown)]
    ids = {facts.subject_id for some in told for facts in some}
    return [subject for subject in plan.episode.subjects if subject.id in ids]


async def _keep_filed(tx: Tx, routed: Sequence[Routing], described: Mapping[UUID, Subject]) -> None:
    """Let the others be forgotten some day when they are found, and keep them again when they are missing again."""
    for row, _, plan in routed:
        over_before = _ended_in(row)
        for subject in plan.episode.subjects:
            if subject.id not in described and subject.status.ended is not (subject.id in over_before):
                await filing.keep_until(tx, [subject.id], _forget_at(subject))


def _ended_in(row: EpisodeRow) -> set[UUID]:
    states = row.state.get("subjects", ())
    return {UUID(one["id"]) for one in states if one.get("status") in ("found", "cancelled")}


def _forget_at(subject: Subject) -> datetime | None:
    since = subject.status_since
    return since + KEPT_AFTER_THE_END if since is not None and subject.status.ended else None


async def _compare(
    tx: Tx, wanted: Iterable[tuple[UUID, UUID]], described: Mapping[UUID, Subject], now: datetime
) -> None:
    asked = {pair.id: pair for pair in (pairs.new_pair(*two) for two in wanted)}
    asked |= await pairs.get(tx, list(asked), for_update=True)
    undecided = [pair for pair in asked.values() if not pair.state.decided]
    known = await filing.known(tx, {id for pair in undecided for id in (pair.one, pair.other)})
    lapsed: list[Pair] = []
    likely: list[Pair] = []
    for pair in undecided:
        if pair.one not in known or pair.other not in known or known[pair.one][0] == known[pair.other][0]:
            continue
        found = likeness(profile_of(known[pair.one][1].facts), profile_of(known[pair.other][1].facts))
        stands = pair.version > 0 and pair.state is PairState.PROPOSED
        if stands and _no_longer(pair, found):
            lapsed.append(pair.now(PairState.LAPSED))
        elif not stands and found.verdict is not Verdict.NOTHING:
            reasons = [{"points": reason.points, "text": reason.text} for reason in found.reasons]
            likely.append(pair.now(PairState.PROPOSED, reasons=reasons, proposed_at=now))
    standing = Counter(
        id
        for pair in undecided
        if pair.state is PairState.PROPOSED and pair.version > 0
        for id in (pair.one, pair.other)
    )
    changed = [*lapsed, *_likeliest(likely, standing, described)]
    await pairs.put(tx, changed)
    await _tell(tx, changed, asked, known, described, now)


def _no_longer(pair: Pair, found: Likeness) -> bool:
    # Identifiers that came together were one sender's word for it: likeness alone does not take that back.
    unlike = found.verdict is Verdict.NOTHING and vars(pairs.TOGETHER) not in pair.reasons
    return unlike or found.forbidden


def _likeliest(likely: Sequence[Pair], standing: Counter[UUID], described: Collection[UUID]) -> list[Pair]:
    """Return the best proposals: a sender that reports one child fifty times opens no thousand questions."""
    chosen = []
    for pair in sorted(likely, key=lambda one: (-sum(reason["points"] for reason in one.reasons), str(one.id))):
        new = [id for id in (pair.one, pair.other) if id in described]
        if all(standing[id] < AT_MOST for id in new):
            standing.update(new)
            chosen.append(pair)
    return chosen


async def _tell(
    tx: Tx,
    changed: Sequence[Pair],
    before: Mapping[UUID, Pair],
    known: Mapping[UUID, tuple[UUID, Subject]],
    described: Mapping[UUID, Subject],
    now: datetime,
) -> None:
    proposed = [pair for pair in changed if pair.state is PairState.PROPOSED]
    newer = {pair.id: pair.other if pair.other in described else pair.one for pair in proposed}
    await tasks.open_all(tx, [pairs.task_of(pair, known[newer[pair.id]][0], now) for pair in proposed])
    lapsed = [pairs.task_id(before[pair.id]) for pair in changed if pair.state is PairState.LAPSED]
    await tasks.settle_all(tx, lapsed, SETTLED_BY, now)
