"""Which rules fired for whom, and for the how-manieth time, over an episode's whole history. Pure (promise G2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.codes import GssCode
from contracts.envelope import Event
from hub.episode.episode import Episode, Subject
from hub.episode.fold import SILENT, Step
from hub.routing.conditions import Facts
from hub.routing.replacing import NOBODY, Replacing, binds_anybody, replacing, without_whom
from hub.routing.rules import Procedure, Rule
from hub.routing.seats import seats_of


@dataclass(frozen=True)
class Firing:
    """A rule that fired for a subject: the nth time, when, and by which event.

    It does not bind the authorities of `without`, whose own rule stands in its place.
    """

    procedure: Procedure
    rule: Rule
    subject_id: UUID
    occasion: int
    at: datetime
    event: Event
    without: frozenset[GssCode] = frozenset()


def firings(steps: Iterable[Step], procedures: Sequence[Procedure]) -> tuple[Firing, ...]:
    """Return every firing that still stands after the last step.

    A rule about a state fires when its condition becomes true and stands until the subject is found or missing again,
    or its `until` comes true: duties go on when police lower a risk (READINGS). A rule about events fires once for each
    event.
    """
    replaced = replacing(procedures)
    standing: dict[tuple[str, UUID], Firing] = {}
    by_event: list[Firing] = []
    counts: dict[tuple[str, UUID], int] = {}
    phases: dict[UUID, bool] = {}
    for step in steps:
        if step.event.type in SILENT:
            continue
        for subject in step.episode.everyone:
            if phases.get(subject.id, subject.status.ended) != subject.status.ended:
                standing = {key: firing for key, firing in standing.items() if key[1] != subject.id}
            phases[subject.id] = subject.status.ended
            facts = Facts(step.episode, subject, step.event)
            if replaced:
                standing = _still_binding(standing, subject, replaced)
            for procedure, rule, without in applicable(procedures, subject, replaced):
                key = (rule.id, subject.id)
                if rule.until is not None and rule.until.holds(facts):
                    standing.pop(key, None)
                    continue
                if key in standing or not rule.when.holds(facts):
                    continue
                counts[key] = counts.get(key, 0) + 1
                at = step.event.occurred_at
                firing = Firing(procedure, rule, subject.id, counts[key], at, step.event, without)
                if rule.per_event:
                    by_event.append(firing)
                else:
                    standing[key] = firing
    return (*standing.values(), *by_event)


def applicable(
    procedures: Sequence[Procedure], subject: Subject, replaced: Replacing
) -> Iterable[tuple[Procedure, Rule, frozenset[GssCode]]]:
    """Yield the baseline's rules, and those that an authority's own procedure lays on the seat where it sits.

    With each comes who has a rule of its own in its place; one that would bind nobody else is left out.
    """
    seats = seats_of(subject)
    for procedure in procedures:
        for rule in procedure.rules:
            if procedure.authority is None:
                without = without_whom(rule, seats, replaced)
                if binds_anybody(rule, seats, without):
                    yield procedure, rule, without
            elif procedure.authority in seats[rule.seat]:
                yield procedure, rule, NOBODY


def _still_binding(
    standing: dict[tuple[str, UUID], Firing], subject: Subject, replaced: Replacing
) -> dict[tuple[str, UUID], Firing]:
    """Take away what no longer stands for a subject because those at the seat now have rules of their own."""
    seats = seats_of(subject)
    kept: dict[tuple[str, UUID], Firing] = {}
    for key, firing in standing.items():
        if firing.subject_id != subject.id or firing.rule.id not in replaced:
            kept[key] = firing
            continue
        without = without_whom(firing.rule, seats, replaced)
        if binds_anybody(firing.rule, seats, without):
            kept[key] = replace(firing, without=without)
    return kept


def bound_authorities(firing: Firing, subject: Subject) -> tuple[GssCode, ...]:
    """Return the authorities that the rule binds: its procedure's own, else whoever sits at its seat without one."""
    if firing.procedure.authority is not None:
        return (firing.procedure.authority,)
    seated = seats_of(subject)[firing.rule.seat]
    return tuple(one for one in seated if one not in firing.without) if firing.without else seated


def subjects_by_id(episode: Episode) -> dict[UUID, Subject]:
    """Return every subject, the unborn included, by id."""
    return {subject.id: subject for subject in episode.everyone}
