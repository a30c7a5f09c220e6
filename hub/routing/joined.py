"""What the hub does about episodes that may hang together by links between their subjects. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.envelope import Event
from hub.episode.joining import Joined, Link, Own, join
from hub.routing.book import Book
from hub.routing.plan import Issued, Plan, plan
from hub.routing.reconcile import reconcile
from hub.routing.wanted import Assessment


def plan_all(
    events: Sequence[Event], links: Sequence[Link], issued: Mapping[UUID, Sequence[Issued]], book: Book, now: datetime
) -> dict[UUID, Plan]:
    """Route the episodes of these events; those that are one child's going missing, as one.

    The first of them tells everybody, by all that is known. What the others had raised is withdrawn, after the first
    has raised its own: nobody holds two alerts for one child, and nobody none.
    """
    histories: dict[UUID, list[Event]] = defaultdict(list)
    for event in events:
        if event.episode_id is not None:
            histories[event.episode_id].append(event)
    if not links:
        return {id: plan(history, issued.get(id, ()), book, now) for id, history in histories.items()}
    plans: dict[UUID, Plan] = {}
    for joined in join(histories, links):
        told = plan(joined.events, issued.get(joined.id, ()), book, now)
        plans[joined.id] = replace(told, members=_members(joined, joined.parts[0]))
        for part in joined.parts[1:]:
            plans[part.id] = _silent(told, joined, part, issued.get(part.id, ()), book, now)
    return plans


def _members(joined: Joined, part: Own) -> dict[UUID, UUID]:
    return {subject: joined.names[subject] for subject in part.subjects}


def _silent(told: Plan, joined: Joined, part: Own, issued: Sequence[Issued], book: Book, now: datetime) -> Plan:
    """Return the plan of an episode that another one tells: nothing is wanted of it, and it ends with the other."""
    subjects = []
    for subject in part.subjects:
        same = told.episode.subject(joined.names[subject])
        if same is not None:
            subjects.append(same.model_copy(update={"id": subject}))
    episode = told.episode.model_copy(update={"id": part.id, "subjects": tuple(subjects)})
    changes = reconcile(episode, (), issued, book.stand_down, now)
    return Plan(
        episode=episode,
        assessment=Assessment(episode, (), (), (), ()),
        dispatches=tuple(changes.dispatches),
        waiting=frozenset(),
        cancelled=tuple(changes.cancelled),
        withheld=(),
        clocks=(),
        events=(),
        tasks=(),
    )
