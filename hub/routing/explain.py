"""`hub explain`: for any history of events, who is told and who is not, by when, under which clause. Pure."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from contracts.codes import Duty, GssCode, Role, Seat
from contracts.dispatch import Action, Kind
from contracts.envelope import Event
from contracts.person import Facts
from hub.episode.episode import Episode, Subject
from hub.episode.fold import ordered, walk
from hub.routing.book import Book
from hub.routing.deciding import bar_on, decision_on
from hub.routing.firing import Firing, firings, subjects_by_id
from hub.routing.plan import Plan, plan
from hub.routing.reconcile import CANCELLED, Issued
from hub.routing.replacing import replacing
from hub.routing.rules import Rule
from hub.routing.seats import seats_of
from hub.routing.wanted import Blocked, Wanted


class Line(Facts):
    """What every line of an explanation says."""

    role: Role
    seat: Seat | None = None
    authority: str | None = None
    by: AwareDatetime | None = None
    clause: str
    rule: str
    fields: tuple[str, ...] = ()
    subject: str
    reason: str | None = None


class Told(Line):
    """Somebody was told: what kind of dispatch, and whether it has been withdrawn since."""

    kind: Kind
    withdrawn: bool = False


class Explanation(Facts):
    """The whole answer. `procedures` names what was applied; `baseline_only` the authorities without a procedure."""

    episode: str
    status: str
    procedures: tuple[str, ...]
    baseline_only: tuple[GssCode, ...] = ()
    told: tuple[Told, ...] = ()
    withheld: tuple[Line, ...] = ()
    decisions: tuple[Line, ...] = ()
    clocks: tuple[Line, ...] = ()
    blocked: tuple[Line, ...] = ()
    replaced: tuple[Line, ...] = ()
    unrouted: tuple[Line, ...] = ()


def explain(events: Sequence[Event], book: Book, at: datetime | None = None) -> Explanation:
    """Explain one episode's events, or those that had happened by `at`. Raises ValueError when there are none."""
    history = [event for event in ordered(events) if at is None or event.occurred_at <= at]
    if not history:
        raise ValueError("no event had happened by then")
    issued: list[Issued] = []
    wishes: dict[tuple[object, str, str], Wanted] = {}
    for number, event in enumerate(history, start=1):
        step = plan(history[:number], issued, book, event.occurred_at)
        wishes |= {one.key: one for one in step.assessment.wanted}
        issued += [Issued(one, "waiting" if one.id in step.waiting else "sent", True) for one in step.dispatches]
    final = plan(history, issued, book, at or history[-1].occurred_at)
    return _explanation(final, issued, wishes, book, _replaced(history, final, book))


def _explanation(
    final: Plan,
    issued: Sequence[Issued],
    wishes: dict[tuple[object, str, str], Wanted],
    book: Book,
    replaced: tuple[Line, ...],
) -> Explanation:
    episode = final.episode
    seats = (code for subject in episode.subjects for some in seats_of(subject).values() for code in some)
    seated = {book.geography.seated(code) for code in seats}
    assessment = final.assessment
    return Explanation(
        episode=episode.reference,
        status=episode.status.value,
        procedures=tuple(
            f"{one.procedure} {one.version}" for one in book.procedures if _applies(one.authority, seated)
        ),
        baseline_only=tuple(sorted(seated - book.authorities_with_procedure)),
        told=tuple(line for one in issued for line in _told(one, issued, wishes)),
        withheld=tuple(_withheld(wish) for wish in wishes.values() if wish.projection.withheld),
        decisions=tuple(
            _decision(firing, final) for firing in assessment.standing if firing.rule.duty is not Duty.MUST
        ),
        clocks=tuple(
            _line(one.rule, final, authority=one.authority, by=one.due_at, subject=str(one.subject_id))
            for one in final.clocks
        ),
        blocked=tuple(_blocked(one) for one in assessment.blocked),
        replaced=replaced,
        unrouted=(
            *(_from_firing(one.firing, one.role, None, one.reason) for one in assessment.unnamed),
            *(_unrouted(one) for one in issued if one.state == "waiting"),
        ),
    )


def _replaced(history: Sequence[Event], final: Plan, book: Book) -> tuple[Line, ...]:
    """Say which rules of the baseline would stand if an authority had no rule of its own in their place."""
    own = replacing(book.procedures)
    if not own:
        return ()
    baseline = tuple(one for one in book.procedures if one.authority is None)
    subjects = subjects_by_id(final.episode)
    return tuple(
        _from_firing(firing, firing.rule.tell[0].role, authority, f"replaced by {own[firing.rule.id][authority].id}")
        for firing in firings(walk(history, final.episode.id), baseline)
        if firing.rule.id in own and firing.subject_id in subjects
        for authority in seats_of(subjects[firing.subject_id])[firing.rule.seat]
        if authority in own[firing.rule.id]
    )


def _applies(authority: GssCode | None, seated: set[GssCode]) -> bool:
    return authority is None or authority in seated


def _told(one: Issued, issued: Sequence[Issued], wishes: dict[tuple[object, str, str], Wanted]) -> list[Told]:
    dispatch = one.dispatch
    if dispatch.action is not Action.RAISE or one.state == CANCELLED:
        return []
    later = [other.dispatch for other in issued if other.key == one.key and other.dispatch.revision > dispatch.revision]
    return [
        Told(
            role=dispatch.recipient.role,
            seat=ground.seat,
            authority=dispatch.recipient.organisation or dispatch.recipient.authority,
            by=ground.due_at,
            clause=ground.clause,
            rule=ground.rule,
            fields=wishes[one.key].projection.fields,
            subject=str(dispatch.subject_id),
            kind=dispatch.kind,
            withdrawn=any(other.action is Action.WITHDRAW for other in later),
        )
        for ground in dispatch.grounds
    ]


def _withheld(wish: Wanted) -> Line:
    ground = wish.grounds[0]
    return Line(
        role=wish.recipient.role,
        seat=ground.seat,
        authority=wish.recipient.organisation or wish.recipient.authority,
        clause=ground.clause,
        rule=ground.rule,
        fields=tuple(path for fields in wish.projection.withheld.values() for path in fields),
        subject=str(wish.subject.id),
        reason="; ".join(sorted(wish.projection.withheld)),
    )


def _decision(firing: Firing, final: Plan) -> Line:
    subject = subjects_by_id(final.episode)[firing.subject_id]
    rule = firing.rule
    return _line(
        rule.id,
        final,
        by=next((one.due_at for one in final.clocks if (one.rule, one.subject_id) == (rule.id, subject.id)), None),
        subject=str(firing.subject_id),
        reason=_answer(rule, subject, final.episode),
    )


def _answer(rule: Rule, subject: Subject, episode: Episode) -> str:
    if rule.duty is Duty.NEVER:
        return bar_on(rule, subject, episode).in_words
    decision = decision_on(rule, subject, episode)
    return "not answered yet" if decision is None else f"answered {'yes' if decision.data.answer else 'no'}"


def _line(rule_id: str, final: Plan, **values: object) -> Line:
    rule = next(firing.rule for firing in final.assessment.standing if firing.rule.id == rule_id)
    asked = (*rule.ask, *rule.tell)
    return Line.model_validate(
        {"role": asked[0].role, "seat": rule.seat, "clause": rule.clause, "rule": rule.id, **values}
    )


def _from_firing(firing: Firing, role: Role, authority: str | None, reason: str | None = None) -> Line:
    return Line(
        role=role,
        seat=firing.rule.seat,
        authority=authority,
        clause=firing.rule.clause,
        rule=firing.rule.id,
        subject=str(firing.subject_id),
        reason=reason,
    )


def _blocked(one: Blocked) -> Line:
    return _from_firing(one.firing, one.recipient.role, one.recipient.authority, one.bar.in_words)


def _unrouted(one: Issued) -> Line:
    ground = one.dispatch.grounds[0]
    return Line(
        role=one.dispatch.recipient.role,
        seat=ground.seat,
        authority=one.dispatch.recipient.organisation or one.dispatch.recipient.authority,
        by=one.dispatch.due_at,
        clause=ground.clause,
        rule=ground.rule,
        subject=str(one.dispatch.subject_id),
        reason="the directory has no endpoint",
    )
