"""Any order and any repetition of events ends in the same state and the same live alerts (promises G2, G4, G6)."""

from itertools import permutations
from random import Random

import pytest

from contracts.codes import FinderKind, SubjectKind
from contracts.dispatch import Action, Kind, WithdrawalReason
from contracts.envelope import Event
from contracts.events import (
    Cancelled,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    SubjectKey,
)
from contracts.person import Care, Description, FoundDetails, Health, Missing, PoliceCase, SubjectFacts
from hub.episode.episode import Episode
from hub.episode.fold import fold
from hub.episode.transitions import Status
from hub.routing.plan import plan
from tests.journeys.everywhere import everywhere
from tests.journeys.receiver import LATER, Key, Partners, after_the_find, play
from tests.stories.events import (
    CHILD,
    EPISODE,
    LAMBETH,
    NORFOLK_POLICE,
    ROTHERHAM,
    SIBLING,
    START,
    STORIES,
    at,
    away,
    restricted,
    unborn,
)

RANDOM_ORDERS = 1000


def state(events: list[Event]) -> Episode:
    """Return the state that the events make in the order in which they happened."""
    return fold(events, EPISODE).model_copy(update={"updated_at": None})


def wanted(events: list[Event]) -> set[Key]:
    """Return who ought to hold something when all the events are known and nothing was ever sent."""
    outcome = plan(events, [], everywhere(), LATER)
    return {(one.subject_id, one.recipient.key, one.thread) for one in outcome.dispatches}


def assert_settled(partners: Partners, truth: Episode, live: set[Key]) -> None:
    """Assert the promises once everything has arrived and gone out."""
    assert partners.last is not None
    assert partners.last.episode.model_copy(update={"updated_at": None}) == truth
    assert partners.double_raises == 0, "somebody held an alert and got it raised again"
    assert partners.late_raises == 0, "something was raised after the end was known"
    assert partners.strangers_withdrawn == 0, "somebody who was never told was told to stand down"
    assert partners.talking_withdrawals == 0
    assert set(partners.held) == live
    unreleased = {key for key in partners.ever - partners.stood_down if key in withdrawable(partners)} - live
    assert not unreleased, "somebody who was told was never stood down"


def withdrawable(partners: Partners) -> set[Key]:
    """Return the threads that can be withdrawn at all."""
    lasting = (Kind.ALERT, Kind.NOTICE, Kind.DECISION_REQUEST, Kind.BENEFIT_REQUEST, Kind.FOUND_NOTICE, Kind.TASK)
    return {one.key for one in partners.issued if one.dispatch.kind in lasting}


def away_without(left_out: int) -> list[Event]:
    """Return five of the six events of away."""
    events = away()
    return events[:left_out] + events[left_out + 1 :]


FIVE_EVENTS = {
    "away, circulation never decided": away_without(4),
    "away, context never": away_without(1),
    "unborn": unborn(),
    "restricted": restricted(),
}


@pytest.mark.parametrize("story", FIVE_EVENTS)
def test_every_order_of_a_story(story: str) -> None:
    events = FIVE_EVENTS[story]
    truth, live = state(events), wanted(events)
    assert all(after_the_find(key[2]) for key in live), "the story ends: no alert may be live"
    for number, order in enumerate(permutations(events)):
        partners = play(everywhere(), order, seed=(story, number))
        assert_settled(partners, truth, live)
        assert partners.alerts == set()


@pytest.mark.parametrize("part", range(4))
def test_random_orders_with_repetitions(part: int) -> None:
    rng = Random(part)
    for number in range(RANDOM_ORDERS // 4):
        story = rng.choice(sorted(STORIES))
        events = STORIES[story]()
        order = events + rng.choices(events, k=rng.randint(1, 4))
        rng.shuffle(order)
        partners = play(everywhere(), order, seed=(part, number), echo=True)
        assert_settled(partners, state(events), wanted(events))


@pytest.mark.parametrize("story", STORIES)
def test_while_missing_every_order_ends_with_the_same_alerts(story: str) -> None:
    events = STORIES[story]()[:-1]
    truth = plan(events, [], everywhere(), LATER)
    contents = {(d.subject_id, d.recipient.key, d.thread): d.content for d in truth.dispatches}
    orders = Random(1).sample(list(permutations(events)), 24)
    for number, order in enumerate(orders):
        partners = play(everywhere(), order, seed=(story, number))
        assert partners.held == {key: contents[key] for key in partners.held}
        assert set(partners.held) == {key for key in contents if key in withdrawable(partners)}
        assert (partners.double_raises, partners.strangers_withdrawn) == (0, 0)


def test_found_found_in_error_found_again() -> None:
    partners = Partners(everywhere(), Random(0))
    counts = []
    endings = (
        at(6, FoundRetracted(reason="mistaken identity")),
        at(7, Found(found=FoundDetails(by=FinderKind.POLICE))),
    )
    for event in (*away(), *endings):
        partners.arrive(event)
        partners.settle()
        counts.append(len(partners.alerts))
    told = counts[4]
    assert counts[4:] == [told, 0, told, 0]
    assert told == 31
    assert (partners.double_raises, partners.late_raises) == (0, 0)


def test_missing_again_is_raised_again() -> None:
    again = at(48, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),), missing=Missing(missing_since=START)))
    found = at(72, Found())
    partners = Partners(everywhere(), Random(0))
    counts = []
    for event in (*away(), again, found):
        partners.arrive(event)
        partners.settle()
        counts.append(len(partners.alerts))
    assert counts[-3:] == [0, counts[4], 0]


REPORT, CONTEXT, FIRST_FIND = away()[0], away()[1], away()[5]
IN_ERROR = at(6, FoundRetracted(reason="mistaken identity"))
FOUND_AGAIN = at(7, Found(found=FoundDetails(by=FinderKind.POLICE)))
MISSING_AGAIN = at(30, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),)))
TURNS = {
    "found in error": ([REPORT, CONTEXT, FIRST_FIND, IN_ERROR], True),
    "found again": ([REPORT, CONTEXT, FIRST_FIND, IN_ERROR, FOUND_AGAIN], False),
    "missing again": ([REPORT, CONTEXT, FIRST_FIND, MISSING_AGAIN], True),
    "in error, found again, missing again": ([REPORT, FIRST_FIND, IN_ERROR, FOUND_AGAIN, MISSING_AGAIN], True),
}


@pytest.mark.parametrize("turn", TURNS)
def test_every_order_of_found_in_error_and_missing_again(turn: str) -> None:
    events, missing = TURNS[turn]
    truth, live = state(events), wanted(events)
    assert any(not after_the_find(key[2]) for key in live) is missing
    for number, order in enumerate(permutations(events)):
        partners = play(everywhere(), order, seed=number)
        assert partners.last is not None
        assert partners.last.episode.model_copy(update={"updated_at": None}) == truth
        assert set(partners.held) == {key for key in live if key in withdrawable(partners)}
        assert (partners.double_raises, partners.late_raises, partners.strangers_withdrawn) == (0, 0, 0)


def siblings() -> Event:
    """Return a report of two children of Rotherham."""
    facts = [
        SubjectFacts(
            subject_id=one,
            kind=SubjectKind.CHILD,
            care=Care(home_authority=ROTHERHAM, gp_practice="YROTHGP1", service_0_19="YROTH019"),
        )
        for one in (CHILD, SIBLING)
    ]
    return at(0, MissingReported(subjects=tuple(facts), police=PoliceCase(force=NORFOLK_POLICE, report_reference="2")))


def test_one_sibling_found_leaves_the_other_alone() -> None:
    partners = Partners(everywhere(), Random(0))
    partners.arrive(siblings())
    partners.settle()
    before = {key: content for key, content in partners.held.items() if key[0] == SIBLING}
    sent = len(partners.issued)
    outcome = partners.arrive(at(2, Found(subjects=(SubjectKey(subject_id=CHILD),))))
    partners.settle()
    assert before
    assert {key: content for key, content in partners.held.items() if not after_the_find(key[2])} == before
    assert {one.dispatch.subject_id for one in partners.issued[sent:]} == {CHILD}
    assert outcome.episode.status is Status.MISSING


def with_context(when: str) -> Partners:
    """Play the restricted story's first day with care context before the report, after it, or never."""
    report, context = restricted()[:2]
    events = {"before": [at(-1, context.data), report], "after": [report, context], "never": [report]}[when]
    return play(everywhere(), events, seed=when)


def test_context_before_and_after_reach_the_same_recipients() -> None:
    before, after = with_context("before"), with_context("after")
    assert set(before.held) == set(after.held)
    assert {"service_0_19@YROTH019", "gp_practice@YROTHGP1"} <= {key[1] for key in before.held}
    assert before.last is not None
    assert after.last is not None
    assert before.last.tasks == after.last.tasks == ()


def test_context_never_is_one_task_and_alerts_go_on_what_is_known() -> None:
    never = with_context("never")
    assert never.last is not None
    assert [task.kind for task in never.last.tasks] == ["unmatched"]
    assert never.last.tasks[0].detail["roles"] == "gp_practice, service_0_19"
    assert {key[1] for key in never.held} == {
        f"case_team@{ROTHERHAM}",
        f"independent_reviewing_officer@{ROTHERHAM}",
        f"placement@{ROTHERHAM}",
        f"pupil_tracking_officer@{ROTHERHAM}",
        f"senior_management@{ROTHERHAM}",
    }
    assert [one.authority for one in [event.data for event in never.last.events]] == [ROTHERHAM]  # type: ignore[attr-defined]


def test_the_unmatched_task_is_settled_by_context_and_by_the_find() -> None:
    report, context = restricted()[:2]
    assert plan([report, context], [], everywhere(), LATER).tasks == ()
    assert plan([report, at(3, Found())], [], everywhere(), LATER).tasks == ()


def test_a_context_request_is_not_sent_again_once_answered() -> None:
    partners = with_context("after")
    requests = [one for one in partners.issued if one.dispatch.kind is Kind.CARE_CONTEXT_REQUEST]
    assert len(requests) == 1


@pytest.mark.parametrize("seed", range(10))
def test_raised_wrongly_withdraws_everything(seed: int) -> None:
    partners = play(everywhere(), [*away()[:-1], at(5, Cancelled(reason="duplicate"))], seed)
    assert partners.held == {}
    reasons = {one.dispatch.reason for one in partners.issued if one.dispatch.action is Action.WITHDRAW}
    assert {reason.value for reason in reasons if reason} == {"cancelled"}


def test_cancelled_after_found_withdraws_the_news_of_the_find_too() -> None:
    partners = play(everywhere(), [*restricted(), at(24 * 9, Cancelled(reason="wrong child"))], seed=1)
    assert partners.held == {}


@pytest.mark.parametrize("seed", range(10))
def test_found_before_the_report_is_held_and_nothing_is_raised(seed: int) -> None:
    events = away()
    partners = Partners(everywhere(), Random(seed))
    first = partners.arrive(events[-1])
    assert first.dispatches == ()
    for event in events[:-1]:
        partners.arrive(event)
    partners.settle()
    assert partners.alerts == set()
    assert all(after_the_find(key[2]) for key in partners.ever), "what a return asks for, and nothing else"


def test_an_older_report_version_after_a_newer_one_changes_nothing() -> None:
    def version(number: int, hair: str) -> Event:
        facts = SubjectFacts(subject_id=CHILD, description=Description(hair=hair))
        event = at(number, EpisodeUpdated(subjects=(facts,)), name=str(number))
        return event.model_copy(update={"source_version": number})

    older, newer = version(2, "brown"), version(3, "dyed black")
    partners = play(everywhere(), [*away()[:2], newer], seed=4)
    sent = len(partners.issued)
    outcome = partners.arrive(older)
    assert outcome.episode.subjects[0].facts.description.hair == "dyed black"
    assert len(partners.issued) == sent


def test_versions_of_one_moment_are_ordered_by_their_number() -> None:
    def version(number: int) -> Event:
        facts = SubjectFacts(subject_id=CHILD, description=Description(hair=f"version {number}"))
        return at(2, EpisodeUpdated(subjects=(facts,)), name=str(number)).model_copy(update={"source_version": number})

    for order in permutations([away()[0], *(version(n) for n in (1, 2, 10))]):
        assert fold(order, EPISODE).subjects[0].facts.description.hair == "version 10"


def test_an_update_goes_only_to_those_whose_own_projection_changed() -> None:
    partners = play(everywhere(), away()[:2], seed=0)
    before = len(partners.issued)
    facts = SubjectFacts(subject_id=CHILD, description=Description(hair="dyed black"))
    partners.arrive(at(2.5, EpisodeUpdated(subjects=(facts,))))
    revised = {one.dispatch.recipient.role.value for one in partners.issued[before:]}
    assert revised == {"case_team", "duty_team"}
    assert LAMBETH not in {one.dispatch.recipient.authority for one in partners.issued}


def test_when_she_turns_out_not_to_be_expecting_what_was_told_of_the_unborn_child_is_withdrawn() -> None:
    partners = play(everywhere(), unborn()[:2], seed=0)
    told = {one.dispatch.recipient.role for one in partners.issued if one.dispatch.kind is Kind.ALERT}
    before = len(partners.issued)
    facts = SubjectFacts(subject_id=CHILD, health=Health(pregnant=False))
    partners.arrive(at(2.5, EpisodeUpdated(subjects=(facts,))))
    withdrawn = [one.dispatch for one in partners.issued[before:] if one.dispatch.kind is Kind.ALERT]
    assert {one.recipient.role for one in withdrawn} == told != set()
    assert {(one.action, one.reason) for one in withdrawn} == {(Action.WITHDRAW, WithdrawalReason.CORRECTED)}
