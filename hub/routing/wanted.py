"""What every recipient ought to hold, given an episode's whole history. Pure.

The answer depends on the facts alone, not on the order in which they came nor on what was sent before (promise G4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from contracts.codes import Duty, RiskLevel, Role
from contracts.dispatch import (
    FOUND_THREAD,
    Content,
    Ground,
    Guidance,
    Information,
    Kind,
    Question,
    Recipient,
    Reminder,
)
from contracts.events import Sighted, TracingInformationReceived
from hub.episode.episode import Episode, Subject
from hub.episode.fold import Step
from hub.routing.deadlines import due_at
from hub.routing.deciding import Bar, bar_on, decision_on
from hub.routing.disclosure import Disclosure, Known, Projection, Row, everything, guided, known, project
from hub.routing.firing import Firing, firings, subjects_by_id
from hub.routing.geography import Geography
from hub.routing.recipients import Named, Unnamed, recipients
from hub.routing.rules import Procedure, Rule, Tell
from hub.routing.todays_codes import in_todays_codes

Key = tuple[UUID, str, str]


@dataclass(frozen=True)
class Wanted:
    """What one recipient ought to hold about one subject on one thread."""

    subject: Subject
    recipient: Recipient
    kind: Kind
    thread: str
    grounds: tuple[Ground, ...]
    due_at: datetime
    projection: Projection

    @property
    def key(self) -> Key:
        """What one dispatch is told from another by."""
        return (self.subject.id, self.recipient.key, self.thread)

    @property
    def high_risk(self) -> bool:
        """Say whether police or another assessor graded the risk as high."""
        return self.subject.risk.level is RiskLevel.HIGH


@dataclass(frozen=True)
class Blocked:
    """A recipient that a `never` rule blocks, and how far it is from being lifted."""

    subject_id: UUID
    recipient: Recipient
    firing: Firing
    bar: Bar


@dataclass(frozen=True)
class Assessment:
    """Everything that follows from the facts: who is to be told, who cannot be named, who is blocked, and why."""

    episode: Episode
    wanted: tuple[Wanted, ...]
    unnamed: tuple[Unnamed, ...]
    blocked: tuple[Blocked, ...]
    standing: tuple[Firing, ...]


def assess(
    steps: Sequence[Step], procedures: Sequence[Procedure], disclosure: Disclosure, geography: Geography
) -> Assessment:
    """Apply every procedure to an episode's history."""
    reported = steps[-1].episode
    steps = in_todays_codes(steps, geography)
    episode = steps[-1].episode
    subjects = subjects_by_id(episode)
    # An expectant mother may turn out not to be one; then nobody is unborn, and what was told of it is withdrawn.
    standing = tuple(firing for firing in firings(steps, procedures) if firing.subject_id in subjects)
    named: list[tuple[Subject, str, Named]] = []
    unnamed: list[Unnamed] = []
    for firing in standing:
        subject = subjects[firing.subject_id]
        told, missing = _told(firing, episode, subject, geography)
        named += [(subject, thread, one) for thread, one in told]
        unnamed += missing
    blocked = _blocked(standing, named, subjects, episode)
    barred = {(block.subject_id, block.recipient.key) for block in blocked}
    allowed = [entry for entry in named if (entry[0].id, entry[2].recipient.key) not in barred]
    as_reported = subjects_by_id(reported)
    allowed = [(as_reported[subject.id], thread, one) for subject, thread, one in allowed]
    return Assessment(reported, _together(allowed, reported, disclosure), tuple(unnamed), blocked, standing)


def _told(
    firing: Firing, episode: Episode, subject: Subject, geography: Geography
) -> tuple[list[tuple[str, Named]], list[Unnamed]]:
    rule = firing.rule
    if rule.duty is Duty.NEVER:
        return [], []
    if rule.every is not None:
        return _reminded(firing, episode, subject, geography)
    if rule.duty is Duty.MUST:
        named, unnamed = recipients(rule.tell, firing, episode, subject, geography, None)
        return [(_thread(one, firing, subject), one) for one in named if not _answered(one, subject)], unnamed
    asked = tuple(Tell(role=tell.role, at=tell.at, kind=Kind.DECISION_REQUEST) for tell in rule.ask)
    named, unnamed = recipients(asked, firing, episode, subject, geography, None)
    told = [(_thread(one, firing, subject), one) for one in named]
    decision = decision_on(rule, subject, episode)
    if decision is not None and decision.data.answer:
        released, missing = recipients(rule.tell, firing, episode, subject, geography, decision)
        told += [(_thread(one, firing, subject), one) for one in released]
        unnamed += missing
    return told, unnamed


def _answered(one: Named, subject: Subject) -> bool:
    return one.kind is Kind.CARE_CONTEXT_REQUEST and bool(subject.context_from)


def _thread(named: Named, firing: Firing, subject: Subject) -> str:
    if firing.rule.per_event:
        return f"{named.kind.value}:{firing.event.id}"
    if named.kind in (Kind.TASK, Kind.DECISION_REQUEST):
        return f"{FOUND_THREAD if subject.status.ended else ''}{named.kind.value}:{firing.rule.id}"
    return named.kind.value


def _reminded(
    firing: Firing, episode: Episode, subject: Subject, geography: Geography
) -> tuple[list[tuple[str, Named]], list[Unnamed]]:
    told: list[tuple[str, Named]] = []
    for tick in episode.ticks:
        if tick.data.rule == firing.rule.id and tick.data.subject_id == subject.id:
            again = replace(firing, occasion=tick.data.tick, at=tick.data.due_at)
            named, _ = recipients(firing.rule.tell, again, episode, subject, geography, None)
            # The day keeps the first week of a second going missing apart from that of the first one.
            day = tick.data.due_at.astimezone(UTC).date()
            thread = f"{Kind.REMINDER.value}:{firing.rule.id}:{tick.data.tick}:{day}"
            told += [(thread, one) for one in named]
    return told, []


def _blocked(
    standing: Sequence[Firing],
    named: Sequence[tuple[Subject, str, Named]],
    subjects: dict[UUID, Subject],
    episode: Episode,
) -> tuple[Blocked, ...]:
    bars: list[tuple[UUID, Role, Firing, Bar]] = []
    for firing in standing:
        if firing.rule.duty is Duty.NEVER:
            bar = bar_on(firing.rule, subjects[firing.subject_id], episode)
            bars += [(firing.subject_id, tell.role, firing, bar) for tell in firing.rule.tell if not bar.lifted]
    barred: dict[tuple[UUID, str], Blocked] = {}
    for subject, _, one in named:
        for subject_id, role, firing, bar in bars:
            if subject.id == subject_id and one.recipient.role is role:
                barred[(subject.id, one.recipient.key)] = Blocked(subject.id, one.recipient, firing, bar)
    return tuple(barred.values())


def _together(
    named: Iterable[tuple[Subject, str, Named]], episode: Episode, disclosure: Disclosure
) -> tuple[Wanted, ...]:
    """Join duties that fall together for a recipient, subject and thread: all clauses and actions, first deadline."""
    joined: dict[Key, Wanted] = {}
    facts: dict[UUID, Known] = {}
    for subject, thread, one in named:
        row = disclosure.row(one.recipient.role, one.kind)
        if row is None:
            continue
        if subject.id not in facts:
            facts[subject.id] = known(everything(episode, subject))
        wanted = _wanted(subject, facts[subject.id], thread, one, episode, row)
        before = joined.get(wanted.key)
        if before is None:
            joined[wanted.key] = wanted
        elif all(ground.rule != wanted.grounds[0].rule for ground in before.grounds):
            joined[wanted.key] = replace(
                before,
                grounds=(*before.grounds, *wanted.grounds),
                due_at=min(before.due_at, wanted.due_at),
                projection=_with_action_of(before.projection, wanted.projection),
            )
    return tuple(joined.values())


def _with_action_of(one: Projection, other: Projection) -> Projection:
    """Return the first, which says as well what the second asks the recipient to do."""
    guidance, more = one.content.guidance, other.content.guidance.action
    if not more or more in (guidance.action or ""):
        return one
    both = guidance.model_copy(update={"action": f"{guidance.action} {more}" if guidance.action else more})
    fields = one.fields if guidance.action else other.fields
    return replace(one, content=one.content.model_copy(update={"guidance": both}), fields=fields)


def _wanted(subject: Subject, facts: Known, thread: str, one: Named, episode: Episode, row: Row) -> Wanted:
    firing, rule = one.firing, one.firing.rule
    due = due_at(rule.by, firing.at, episode, subject)
    ground = Ground(
        rule=rule.id,
        clause=rule.clause,
        procedure=firing.procedure.procedure,
        procedure_version=firing.procedure.version,
        seat=rule.seat,
        duty=rule.duty,
        occasion=firing.occasion,
        due_at=due,
        purpose=row.purpose,
        lawful_basis=row.lawful_basis,
    )
    full = guided(facts, _guidance(facts.content, rule))
    projection = project(full, row, sensitive=bool(subject.facts.care.record_sensitive))
    extra = _extras(firing, episode, subject, one.kind, due)
    if extra:
        projection = replace(projection, content=projection.content.model_copy(update=extra))
    return Wanted(subject, one.recipient, one.kind, thread, (ground,), due, projection)


def _guidance(full: Content, rule: Rule) -> Guidance:
    return Guidance(
        action=rule.action, phone=full.care.case_team_phone, out_of_hours_phone=full.care.out_of_hours_phone
    )


def _extras(firing: Firing, episode: Episode, subject: Subject, kind: Kind, due: datetime) -> dict[str, object]:
    rule, data = firing.rule, firing.event.data
    if kind is Kind.DECISION_REQUEST:
        return {"question": Question(decision=rule.id, text=rule.question or "", due_at=due)}
    if rule.every is not None:
        tick = next(
            tick.data
            for tick in episode.ticks
            if (tick.data.rule, tick.data.subject_id, tick.data.due_at) == (rule.id, subject.id, firing.at)
        )
        return {"reminder": Reminder(text=rule.every.text, tick=tick.tick, missed=tick.missed, due_at=tick.due_at)}
    if isinstance(data, TracingInformationReceived) and kind is Kind.INFORMATION:
        return {"information": Information(agency=data.agency, what=data.information, at=firing.event.occurred_at)}
    if isinstance(data, Sighted) and kind is Kind.INFORMATION:
        seen = data.last_seen
        return {"information": Information(agency=data.reported_by, what=data.what, at=seen.at, place=seen.place)}
    return {}
