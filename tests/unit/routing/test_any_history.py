"""Whatever happens, in whatever order: routing gives one answer, gives it once, and never fails (promise G4)."""

from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings

from contracts.dispatch import Action, Content, Kind
from contracts.envelope import Event
from hub.episode.fold import fold
from hub.routing.explain import explain
from hub.routing.plan import Issued, Plan, plan
from tests.journeys.everywhere import everywhere
from tests.journeys.receiver import LATER, play
from tests.stories.events import EPISODE, away, restricted, unborn
from tests.unit.episode.histories import arrivals, histories

often = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
less_often = settings(often, max_examples=60)


def sent(outcome: Plan) -> list[Issued]:
    """Return what a plan sends, as having left."""
    return [Issued(one, "sent", True) for one in outcome.dispatches]


def test_the_histories_cover_what_routes() -> None:
    """A generator that never raises anything would prove nothing: the stories are among its examples."""
    assert all(plan(story()[:-1], [], everywhere(), LATER).dispatches for story in (away, unborn, restricted))


@often
@given(arrivals())
@example((away(), [*reversed(away()), away()[5]]))
@example((restricted(), list(reversed(restricted()))))
def test_any_arrival_gives_the_same_state_and_the_same_wishes(drawn: tuple[list[Event], list[Event]]) -> None:
    history, arrival = drawn
    assert fold(arrival, EPISODE) == fold(history, EPISODE)
    one, other = plan(history, [], everywhere(), LATER), plan(arrival, [], everywhere(), LATER)
    assert one.assessment.wanted == other.assessment.wanted
    assert (one.dispatches, one.clocks, one.tasks) == (other.dispatches, other.clocks, other.tasks)


@often
@given(histories)
@example(away()[:-1])
def test_a_second_plan_right_after_changes_nothing(history: list[Event]) -> None:
    first = plan(history, [], everywhere(), LATER)
    for state, left in (("sent", True), ("pending", False), ("unknown", True), ("failed", False)):
        issued = [replace(one, state=state, may_have_left=left) for one in sent(first)]
        again = plan(history, issued, everywhere(), LATER)
        assert (again.dispatches, again.cancelled) == ((), ())


@often
@given(histories)
def test_a_dispatch_id_is_made_once_and_withdrawals_say_nothing(history: list[Event]) -> None:
    first = plan(history, [], everywhere(), LATER)
    ids = [one.id for one in first.dispatches]
    assert len(ids) == len(set(ids))
    assert all(one.action is Action.RAISE for one in first.dispatches), "nobody is withdrawn who was never told"
    assert first.dispatches == plan(history, [], everywhere(), LATER).dispatches
    assert all(one.content != Content() or one.kind is not Kind.ALERT for one in first.dispatches)


@less_often
@given(arrivals())
@example((restricted(), restricted()))
def test_partners_end_up_holding_what_is_wanted(drawn: tuple[list[Event], list[Event]]) -> None:
    history, arrival = drawn
    partners = play(everywhere(), arrival, seed=[str(event.id) for event in arrival])
    truth = plan(history, [], everywhere(), LATER).dispatches
    wanted = {(one.subject_id, one.recipient.key, one.thread): one.content for one in truth}
    assert partners.held == {key: wanted[key] for key in partners.held}
    lasting = {key for key in wanted if not key[2].startswith(("information", "reminder", "care_", "trace_"))}
    assert set(partners.held) == lasting
    assert (partners.double_raises, partners.late_raises) == (0, 0)
    assert (partners.strangers_withdrawn, partners.talking_withdrawals) == (0, 0)


@less_often
@given(histories)
def test_every_history_can_be_explained(history: list[Event]) -> None:
    explanation = explain(history, everywhere())
    assert explanation.status == fold(history, EPISODE).status.value
