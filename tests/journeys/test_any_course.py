"""Whatever happens to a child, whenever it becomes known, while the hub sleeps: no clock fails, nobody is forgotten.

`COURSES=1000` plays as many courses as are asked for.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, given, settings

from contracts.codes import Duty
from contracts.envelope import Event
from contracts.events import ClockFell
from hub.episode.fold import fold, walk
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.deadlines import due_at, starts_at, tick_at
from hub.routing.deciding import decision_on
from hub.routing.explain import explain
from hub.routing.firing import firings, subjects_by_id
from hub.routing.plan import plan
from hub.routing.reconcile import _LEFT_ALONE as SAID_ONCE
from hub.routing.reconcile import AFTER_THE_FIND
from tests.journeys.course import Course, Life, live, renamed
from tests.journeys.courses import courses, whole_book

MANY = int(os.environ.get("COURSES", "15"))
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
often = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), phases=WITHOUT_SHRINKING)
IN_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[asyncio.Runner, Ledger]]:
    """A ledger in memory where the machine has such a folder, and the loop that it lives in."""
    folder = IN_MEMORY if IN_MEMORY.is_dir() else None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, tempfile.TemporaryDirectory(dir=folder) as path:
        url = f"sqlite+aiosqlite:///{path}/hub.db"
        runner.run(upgrade(url))
        ledger = runner.run(open_ledger(url))
        yield runner, ledger
        runner.run(ledger.close())


def lived(world: tuple[asyncio.Runner, Ledger], course: Course) -> Life:
    """Live through a course of an episode of its own."""
    runner, ledger = world
    life = Life(ledger, whole_book(), course)
    events = renamed([event for event, _ in course.arrivals], life)
    late = [hours for _, hours in course.arrivals]
    life.course = replace(course, arrivals=tuple(zip(events, late, strict=True)))
    runner.run(life.live())
    return life


@often
@given(courses())
def test_any_course(world: tuple[asyncio.Runner, Ledger], course: Course) -> None:
    runner, _ = world
    life = lived(world, course)
    history = runner.run(life.history())
    _every_clock_falls_once(life, history)
    _no_clock_is_left(life, history, runner)
    _everybody_holds_what_is_right(life, history, runner)
    _explain_says_the_same(life, history, runner)
    _the_same_as_in_order(life, history)


def _every_clock_falls_once(life: Life, history: list[Event]) -> None:
    """Nothing falls before its time by the hub's clock, and of one clock no moment falls twice."""
    stated = [event.data for event in history if isinstance(event.data, ClockFell)]
    assert len(stated) == len(life.fell)
    assert all(fell.due_at <= now for now, fell in life.fell)
    moments = [(fell.rule, fell.subject_id, fell.due_at, fell.tick) for fell in stated]
    once = {rule.id for one in life.book.procedures for rule in one.rules if rule.every and not rule.every.once}
    again = [one for one in moments if one[0] in once]
    assert len(again) == len(set(again))


def _no_clock_is_left(life: Life, history: list[Event], runner: asyncio.Runner) -> None:
    """At the end nothing is due; what stands has fallen as often as the calendar says, missed ticks counted."""
    end = max([life.course.end, *(event.occurred_at for event in history)])
    assert all(clock.due_at > life.course.end for clock in runner.run(life.clocks()))
    steps = tuple(walk(history, life.episode))
    episode = steps[-1].episode
    subjects = subjects_by_id(episode)
    for firing in firings(steps, life.book.procedures):
        subject, rule = subjects.get(firing.subject_id), firing.rule
        if subject is None:
            continue
        fallen = [
            tick.data
            for tick in episode.ticks
            if (tick.data.rule, tick.data.subject_id) == (rule.id, firing.subject_id) and tick.at >= firing.at
        ]
        if rule.duty is Duty.CONSIDER and decision_on(rule, subject, episode) is None:
            due = due_at(rule.by, firing.at, episode, subject)
            assert len(fallen) <= 1
            assert bool(fallen) or due > life.course.end
            assert all(one.missed == 0 for one in fallen)
        if rule.every is not None:
            start = starts_at(rule.every.start, firing.at, episode, subject)
            first = tick_at(rule.every, start, 1, subject)
            if first is not None and firing.at <= first <= life.course.end:
                assert fallen, (rule.id, first, end)


def _everybody_holds_what_is_right(life: Life, history: list[Event], runner: asyncio.Runner) -> None:
    """What is live is what the facts ask for, word for word; after the end nothing of the going missing is."""
    held = {key: one for key, one in live(runner.run(life.rows())).items() if one.kind not in SAID_ONCE}
    outcome = plan(history, [], life.book, life.course.end)
    truth = {
        (one.subject_id, one.recipient.key, one.thread): one.content
        for one in outcome.dispatches
        if one.kind not in SAID_ONCE
    }
    assert {key: one.content for key, one in held.items()} == truth
    ended = {subject.id for subject in outcome.episode.everyone if subject.status.ended}
    for (subject_id, _, _), one in held.items():
        assert subject_id not in ended or one.kind in AFTER_THE_FIND, "a raise that nobody took back"


def _explain_says_the_same(life: Life, history: list[Event], runner: asyncio.Runner) -> None:
    moment = max([life.course.end, *(event.occurred_at for event in history)])
    said = explain(history, life.book, moment)
    told = {
        (line.subject, line.role, line.authority, line.kind)
        for line in said.told
        if not line.withdrawn and line.kind not in SAID_ONCE
    }
    held = {
        (str(one.subject_id), one.recipient.role, one.recipient.organisation or one.recipient.authority, one.kind)
        for one in live(runner.run(life.rows())).values()
        if one.kind not in SAID_ONCE
    }
    assert told == held
    if moment == life.course.end:
        clocks = {(one.rule, str(one.subject_id), one.due_at) for one in runner.run(life.clocks())}
        assert {(line.rule, line.subject, line.by) for line in said.clocks} == clocks


def _the_same_as_in_order(life: Life, history: list[Event]) -> None:
    """The hub's own ticks apart, the episode is what it would be if everything had come at once and in order."""
    said = {event.id: event for event, _ in life.course.arrivals}
    known = [event for event in history if event.id in said]
    assert fold(known, life.episode) == fold(said.values(), life.episode)
    kept = plan(known, [], life.book, life.course.end)
    straight = plan(sorted(said.values(), key=lambda event: event.order), [], life.book, life.course.end)
    assert kept.dispatches == straight.dispatches
