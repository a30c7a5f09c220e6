"""Which rules fired for whom, and for the how-manieth time, over an episode's whole history. Pure (promise G2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.codes import GssCode
from contracts.envelope import Event
from hub.episode.episode import Episode, Subject
from hub.episode.fold import SILENT, Step
from hub.routing.conditions import Facts
from hub.routing.rules import Procedure, Rule
from hub.routing.seats import seats_of


@dataclass(frozen=True)
class Firing:
    """A rule that fired for a subject: the nth time, when, and by which event."""

    procedure: Procedure
    rule: Rule
    subject_id: UUID
    occasion: int
    at: datetime
    event: Event


def firings(steps: Iterable[Step], procedures: Sequence[Procedure]) -> tuple[Firing, ...]:
    """Return every firing that still stands after the last step.

    A rule about a state fires when its condition becomes true and stands until the subject is found or missing again,
    or its `until` comes true: duties go on when police lower a risk (READINGS). A rule about events fires once for each
    event.
    """
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
            for procedure, rule in applicable(procedures, subject):
                key = (rule.id, subject.id)
                if rule.until is not None and rule.until.holds(facts):
                    standing.pop(key, None)
                    continue
                if key in standing or not rule.when.holds(facts):
                    continue
                counts[key] = counts.get(key, 0) + 1
                at = step.event.occurred_at
                firing = Firing(procedure, rule, subject.id, counts[key], at, step.event)
                if rule.per_event:
                    by_event.append(firing)
                else:
                    standing[key] = firing
    return (*standing.values(), *by_event)


def applicable(procedures: Sequence[Procedure], subject: Subject) -> Iterable[tuple[Procedure, Rule]]:
    """Yield the baseline's rules, and those that an authority's own procedure lays on the seat where it sits."""
    seats = seats_of(subject)
    for procedure in procedures:
        for rule in procedure.rules:
            if procedure.authority is None or procedure.authority in seats[rule.seat]:
                yield procedure, rule


def bound_authorities(firing: Firing, subject: Subject) -> tuple[GssCode, ...]:
    """Return the authorities that the rule binds: its procedure's own, else whoever sits at its seat."""
    if firing.procedure.authority is not None:
        return (firing.procedure.authority,)
    return seats_of(subject)[firing.rule.seat]


def subjects_by_id(episode: Episode) -> dict[UUID, Subject]:
    """Return every subject, the unborn included, by id."""
    return {subject.id: subject for subject in episode.everyone}
