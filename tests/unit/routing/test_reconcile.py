"""What is wanted against what was sent: the table of what goes out (promises G2, G4, G6)."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from contracts.codes import Role
from contracts.dispatch import Action, Content, Dispatch, Kind, Recipient, WithdrawalReason, dispatch_id
from contracts.events import Cancelled, Found, MissingReported
from contracts.person import Person, SubjectFacts
from hub.episode.episode import Episode, Subject
from hub.episode.fold import fold
from hub.routing.disclosure import Projection
from hub.routing.reconcile import Changes, Issued, reconcile
from hub.routing.wanted import Wanted
from tests.journeys.everywhere import everywhere
from tests.stories.events import CHILD, EPISODE, START, at

NOW = START + timedelta(days=1)
RECIPIENT = Recipient(role=Role.GP_PRACTICE, organisation="YROTHGP1")
OLD, NEW = Content(person=Person(surname="Old")), Content(person=Person(surname="New"))
MISSING = fold([at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),)))], EPISODE)
FOUND = fold([at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))), at(1, Found())], EPISODE)
CANCELLED = fold([at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))), at(1, Cancelled())], EPISODE)


def wish(content: Content, subject: Subject, kind: Kind = Kind.ALERT) -> Wanted:
    """Return a wish for the one recipient of these tests."""
    return Wanted(subject, RECIPIENT, kind, kind.value, (), START, Projection(content, (), {}))


def past(steps: str, kind: Kind = Kind.ALERT) -> list[Issued]:
    """Return a history written as words: action, state and, for a raise or update, content.

    `raise-sent-old update-pending-new withdraw-doubtful`: states sent, doubtful, unknown and claimed may have left.
    """
    made = []
    for revision, step in enumerate(steps.split(), start=1):
        action, state, *content = step.split("-")
        made.append(Issued(dispatched(Action(action), revision, content, kind), state, state not in NOT_LEFT))
    return made


NOT_LEFT = ("pending", "waiting", "failed", "cancelled")


def dispatched(action: Action, revision: int, content: list[str], kind: Kind) -> Dispatch:
    """Return a dispatch of the one thread of these tests."""
    return Dispatch(
        id=dispatch_id(EPISODE, CHILD, RECIPIENT, kind.value, revision),
        episode_id=EPISODE,
        episode_reference="MC-TEST-TEST",
        subject_id=CHILD,
        subject_kind=MISSING.subjects[0].kind,
        recipient=RECIPIENT,
        kind=kind,
        thread=kind.value,
        action=action,
        revision=revision,
        grounds=(),
        due_at=START,
        created_at=START,
        content={"old": OLD, "new": NEW}[content[0]] if content else Content(),
        reason=WithdrawalReason.FOUND if action is Action.WITHDRAW else None,
    )


def changes(wanted: Content | None, history: str, episode: Episode = MISSING, kind: Kind = Kind.ALERT) -> Changes:
    """Reconcile one thread."""
    wishes = [] if wanted is None else [wish(wanted, episode.subjects[0], kind)]
    return reconcile(episode, wishes, past(history, kind), everywhere().stand_down, NOW)


class Case(NamedTuple):
    """One line of the table: revisions are numbers of the history's steps, from 1."""

    wanted: Content | None
    history: str
    sends: str
    closes: tuple[int, ...]
    comment: str


TABLE = [
    Case(NEW, "", "raise-1", (), "nobody was told yet"),
    Case(None, "", "", (), "nothing wanted, nothing sent"),
    Case(NEW, "raise-sent-new", "", (), "it holds what it ought to"),
    Case(NEW, "raise-waiting-new", "", (), "it waits for a route: no second one beside it"),
    Case(NEW, "raise-unknown-new", "", (), "it may hold it: never a blind repeat"),
    Case(NEW, "raise-failed-new", "", (), "refused for good: a person has a task"),
    Case(NEW, "raise-sent-old", "update-2", (), "its projection changed"),
    Case(NEW, "raise-doubtful-old", "update-2", (), "it may hold the old one: the new one updates it"),
    Case(NEW, "raise-pending-old", "raise-2", (1,), "the old one never left: the new one is the first"),
    Case(NEW, "raise-failed-old", "raise-2", (1,), "never arrived: the new one is the first"),
    Case(NEW, "raise-sent-old update-pending-old", "update-3", (2,), "one pending revision at a time"),
    Case(OLD, "raise-sent-old update-pending-new", "", (2,), "changed back before it left: it holds the right one"),
    Case(NEW, "raise-sent-old update-sent-new", "", (), "updated already"),
    Case(None, "raise-sent-new", "withdraw-2", (), "told, so stood down"),
    Case(None, "raise-doubtful-new", "withdraw-2", (), "may have been told, so stood down"),
    Case(None, "raise-unknown-new", "withdraw-2", (), "may have been told, so stood down"),
    Case(None, "raise-claimed-new", "withdraw-2", (), "on its way, so stood down"),
    Case(None, "raise-pending-new", "", (1,), "never left: closed, and not told by a withdrawal"),
    Case(None, "raise-waiting-new", "", (1,), "never left: closed, and not told by a withdrawal"),
    Case(None, "raise-failed-new", "", (1,), "known not to have arrived"),
    Case(None, "raise-cancelled-new", "", (), "closed already"),
    Case(None, "raise-sent-old update-pending-new", "withdraw-3", (2,), "the update never left, the raise did"),
    Case(None, "raise-sent-new withdraw-pending", "", (), "the withdrawal is on its way"),
    Case(None, "raise-sent-new withdraw-sent", "", (), "stood down already"),
    Case(NEW, "raise-sent-new withdraw-sent", "raise-3", (), "found in error: a new occasion"),
    Case(NEW, "raise-sent-new withdraw-unknown", "raise-3", (), "it may have stood down: raised anew"),
    Case(NEW, "raise-sent-new withdraw-pending", "", (2,), "found in error before the withdrawal left"),
    Case(NEW, "raise-sent-old withdraw-pending", "update-3", (2,), "the same, and its projection changed"),
    Case(None, "raise-sent-new withdraw-sent raise-pending-new", "", (3,), "the second raise never left"),
    Case(None, "raise-sent-new withdraw-sent raise-sent-new", "withdraw-4", (), "the second time told"),
    Case(NEW, "raise-cancelled-new", "raise-2", (), "closed once, wanted again"),
]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case.history or 'nothing'} ({case.comment})")
def test_reconcile(case: Case) -> None:
    outcome = changes(case.wanted, case.history)
    assert " ".join(f"{one.action.value}-{one.revision}" for one in outcome.dispatches) == case.sends
    revisions = {one.dispatch.id: one.dispatch.revision for one in past(case.history)}
    assert tuple(revisions[one] for one in outcome.cancelled) == case.closes


@pytest.mark.parametrize(
    ("episode", "reason"),
    [
        (FOUND, WithdrawalReason.FOUND),
        (CANCELLED, WithdrawalReason.CANCELLED),
        (MISSING, WithdrawalReason.CORRECTED),
    ],
)
def test_a_withdrawal_says_why_and_nothing_else(episode: Episode, reason: WithdrawalReason) -> None:
    withdrawal = changes(None, "raise-sent-new", episode).dispatches[0]
    assert (withdrawal.reason, withdrawal.content) == (reason, Content())
    assert withdrawal.due_at == NOW
    assert [ground.rule for ground in withdrawal.grounds] == ["national.stand-down"]
    assert withdrawal.grounds[0].lawful_basis


@pytest.mark.parametrize("episode", [FOUND, CANCELLED])
def test_a_late_raise_loses(episode: Episode) -> None:
    assert changes(NEW, "", episode).dispatches == []


SURVIVES_THE_FIND = [
    (Kind.FOUND_NOTICE, FOUND, ["raise"], "the find itself is told"),
    (Kind.FOUND_NOTICE, CANCELLED, [], "raised wrongly: there was no find to tell of"),
    (Kind.ALERT, FOUND, [], "nothing is raised after the end"),
]


@pytest.mark.parametrize(("kind", "episode", "actions", "comment"), SURVIVES_THE_FIND)
def test_what_is_raised_after_the_end(kind: Kind, episode: Episode, actions: list[str], comment: str) -> None:
    assert [one.action.value for one in changes(NEW, "", episode, kind).dispatches] == actions, comment


@pytest.mark.parametrize("kind", [Kind.INFORMATION, Kind.REMINDER, Kind.CARE_CONTEXT_REQUEST, Kind.TRACE_REQUEST])
def test_what_was_said_once_is_not_withdrawn_but_closed_when_unsent(kind: Kind) -> None:
    assert changes(None, "raise-sent-new", FOUND, kind).dispatches == []
    assert len(changes(None, "raise-pending-new", FOUND, kind).cancelled) == 1


def test_threads_do_not_mix() -> None:
    other = [
        replace(one, dispatch=one.dispatch.model_copy(update={"thread": "notice"})) for one in past("raise-sent-new")
    ]
    outcome = reconcile(MISSING, [wish(NEW, MISSING.subjects[0])], other, everywhere().stand_down, NOW)
    assert [(one.thread, one.action) for one in outcome.dispatches] == [
        ("alert", Action.RAISE),
        ("notice", Action.WITHDRAW),
    ]
