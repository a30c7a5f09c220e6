"""As known at: only what had come in by then counts, and only what had arrived by then was told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Duty, Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Ground, Kind, Recipient, WithdrawalReason, dispatch_id
from contracts.envelope import Event, event_of
from contracts.events import Found, MissingReported, SubjectKey
from contracts.person import Person, SubjectFacts
from contracts.receipt import Receipt, Stage
from hub.routing.known_at import Course, KnownAt, known_at

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
EPISODE, SUBJECT = UUID("0e000000-0000-5000-8000-00000000000a"), UUID("0c000000-0000-5000-8000-00000000000a")
NURSE = Recipient(role=Role.DESIGNATED_NURSE_SAFEGUARDING, authority="E08000018")


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def reported(known: int) -> Event:
    facts = SubjectFacts(subject_id=SUBJECT, person=Person(surname="Example"))
    return event_of(
        MissingReported(subjects=(facts,)),
        id=UUID(int=1),
        source="/partners/norfolk-police",
        occurred_at=START,
        recorded_at=minute(known),
        episode_id=EPISODE,
    )


def found(happened: int, known: int) -> Event:
    return event_of(
        Found(subjects=(SubjectKey(subject_id=SUBJECT),)),
        id=UUID(int=2),
        source="/partners/norfolk-police",
        occurred_at=minute(happened),
        recorded_at=minute(known),
        episode_id=EPISODE,
    )


def copy(action: Action, revision: int, made: int) -> Dispatch:
    ground = Ground(
        rule="rotherham.P10.designated-nurse",
        clause="rotherham P10",
        procedure="rotherham",
        procedure_version="1",
        duty=Duty.MUST,
        occasion=1,
        due_at=START,
        purpose="safeguarding",
        lawful_basis="public task",
    )
    return Dispatch(
        id=dispatch_id(EPISODE, SUBJECT, NURSE, "notice", revision),
        episode_id=EPISODE,
        episode_reference="MC-TEST-TEST",
        subject_id=SUBJECT,
        subject_kind=SubjectKind.CHILD,
        recipient=NURSE,
        kind=Kind.NOTICE,
        thread="notice",
        action=action,
        revision=revision,
        grounds=(ground,),
        due_at=START,
        created_at=minute(made),
        content=Content(),
        reason=WithdrawalReason.FOUND if action is Action.WITHDRAW else None,
    )


RAISED = Course(copy(Action.RAISE, 1, 3), minute(5), None)
RECEIVED = replace(RAISED, receipts=(Receipt(dispatch_id=RAISED.dispatch.id, stage=Stage.OPENED, at=minute(7)),))
ENDED = Course(copy(Action.WITHDRAW, 2, 20), minute(25), None)
DOUBTFUL = Course(copy(Action.RAISE, 1, 3), minute(9), minute(5))
HISTORY = (reported(2), found(10, 15))


def answer(at: int, *courses: Course) -> KnownAt | None:
    return known_at(EPISODE, HISTORY, courses, minute(at))


@pytest.mark.parametrize(
    ("at", "status", "events"),
    [(2, "missing", 1), (10, "missing", 1), (14, "missing", 1), (15, "found", 2), (99, "found", 2)],
)
def test_what_happened_counts_from_when_the_hub_learned_of_it(at: int, status: str, events: int) -> None:
    known = answer(at)
    assert known is not None
    assert (known.status, len(known.events)) == (status, events)
    assert [(one.status, "person.surname" in one.fields) for one in known.subjects] == [(status, True)]


def test_before_anything_came_in_nothing_was_known() -> None:
    assert answer(1, RECEIVED) is None


@pytest.mark.parametrize(
    ("at", "courses", "standing", "revision", "stages"),
    [
        (3, (RECEIVED, ENDED), "not told yet", 1, ()),
        (5, (RECEIVED, ENDED), "told", 1, ()),
        (7, (RECEIVED, ENDED), "told", 1, (Stage.OPENED,)),
        (24, (RECEIVED, ENDED), "told", 1, (Stage.OPENED,)),
        (25, (ENDED, RECEIVED), "stood down", 2, ()),
        (5, (DOUBTFUL,), "may have been told", 1, ()),
        (9, (DOUBTFUL,), "told", 1, ()),
    ],
)
def test_what_an_agency_had(
    at: int, courses: tuple[Course, ...], standing: str, revision: int, stages: tuple[Stage, ...]
) -> None:
    known = answer(at, *courses)
    assert known is not None
    [held] = known.holdings
    assert (held.standing, held.dispatch.revision, held.stages) == (standing, revision, stages)


def test_what_was_not_made_yet_is_not_spoken_of() -> None:
    known = answer(2, RECEIVED, ENDED)
    assert known is not None
    assert known.holdings == ()


@given(st.integers(2, 40), st.integers(0, 40))
def test_what_comes_later_changes_no_answer_about_before(at: int, later: int) -> None:
    courses = (RECEIVED, ENDED)
    cut = minute(at)
    by_then = [
        replace(
            one,
            sent_at=one.sent_at if one.sent_at and one.sent_at <= cut else None,
            receipts=tuple(receipt for receipt in one.receipts if receipt.at <= cut),
        )
        for one in courses
        if one.dispatch.created_at <= cut
    ]
    events = [event for event in HISTORY if event.recorded_at <= minute(at + later)]
    assert known_at(EPISODE, events, courses, cut) == known_at(EPISODE, HISTORY, by_then, cut)
