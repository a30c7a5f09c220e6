"""Random courses of an episode: what happens to a child, told in any order, repeated, late, as the clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from contracts.codes import Duty
from contracts.envelope import Event, derived_id, event_of
from contracts.events import DATA_OF, EventType
from hub.routing.book import Book
from hub.routing.rules import read_procedure
from tests.journeys.course import HOUR, Course, unchased
from tests.journeys.everywhere import everywhere
from tests.stories.events import CHILD, EPISODE, LAMBETH, NORFOLK, NORFOLK_POLICE, ROTHERHAM, SIBLING

HELD = "missing.return-interview.held.v1"
# The clocks go forward on 29 March and back on 25 October; Christmas and Easter take working days away.
STARTS = (
    datetime(2026, 3, 27, 20, tzinfo=UTC),
    datetime(2026, 4, 1, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 23, 21, 30, tzinfo=UTC),
    datetime(2026, 11, 20, 18, tzinfo=UTC),
    datetime(2026, 12, 23, 16, tzinfo=UTC),
)
DAYS = 5
"""How long something may happen; two days later everything has arrived."""


def _rule(id: str, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    tell = [{"role": "case_team", "kind": "reminder"}]
    return {"id": f"clocks.{id}", "clause": "test 1", "when": when, "tell": tell, **more}


MISSING, FOUND = {"status": ["missing"]}, {"status": ["found"]}
CLOCKS = read_procedure(
    "clocks.yaml",
    {
        "procedure": "clocks",
        "title": "One clock of every kind, beside those of the written procedures",
        "version": "1",
        "rules": [
            _rule("days", MISSING, every={"days": 2, "text": "Day by day."}),
            _rule("second", MISSING, every={"days": 3, "after": {"hours": 30}, "text": "Later."}),
            _rule("evening", MISSING, every={"end_of_working_day": True, "after": {"hours": 24}, "text": "Evening."}),
            _rule("once", MISSING, every={"after": {"hours": 36}, "text": "Once."}),
            _rule("high", {**MISSING, "risk_level": ["high"]}, every={"days": 2, "from": "trigger", "text": "High."}),
            _rule("home", FOUND, every={"days": 2, "from": "end_told", "text": "Home."}),
            _rule(
                "due", FOUND, until={"heard": [HELD]}, every={"after": {"hours": 72}, "from": "found", "text": "Due."}
            ),
        ],
    },
)


@cache
def whole_book() -> Book:
    """Return every loaded procedure, and one with a clock of every kind."""
    book = unchased(everywhere())
    return replace(book, procedures=(*book.procedures, CLOCKS))


CONSIDERED = sorted(r.id for p in everywhere().procedures for r in p.rules if r.duty is not Duty.MUST)
CODES = st.sampled_from([ROTHERHAM, NORFOLK, LAMBETH])
FLAGS = st.booleans()
SOMEBODY = st.sampled_from([[], [{"subject_id": str(CHILD)}], [{"subject_id": str(SIBLING)}]])


def group(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a group of facts in which any field may be left out."""
    return st.fixed_dictionaries({}, optional=fields)


OURS = st.sampled_from([ROTHERHAM, ROTHERHAM, NORFOLK, LAMBETH])
CARE_FACTS: dict[str, st.SearchStrategy[Any]] = {
    "looked_after": FLAGS,
    "child_protection_plan": FLAGS,
    "home_authority": CODES,
    "host_authority": CODES,
    "case_open": FLAGS,
    "gp_practice": st.just("YROTHGP1"),
    "service_0_19": st.just("YROTH019"),
    "school_urn": st.just("123456"),
}
RESTRICTED = group(subject_to_restriction=st.sampled_from([True, True, False]))
PARENT = st.fixed_dictionaries({"safe_to_tell": st.sampled_from(["safe", "unsafe", "unknown"])})


def facts(subject: st.SearchStrategy[Any], whole: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return what is said about one person; `whole` says whose child it is, and most of what rules ask about."""
    care = {"responsible_authority": OURS, **CARE_FACTS}
    first = {"care": st.fixed_dictionaries(care), "immigration": RESTRICTED} if whole else {}
    return st.fixed_dictionaries(
        {"subject_id": subject.map(str), **first},
        optional={
            "kind": st.sampled_from(["child", "child", "pregnant_woman", "care_leaver"]),
            "person": group(surname=st.sampled_from(["Quill", "Haile"])),
            **({} if whole else {"care": group(**care), "immigration": RESTRICTED}),
            "health": group(pregnant=FLAGS),
            "relations": group(parents=st.lists(PARENT, max_size=2)),
        },
    )


ANYBODY = st.sampled_from([CHILD, SIBLING])
RISK = group(
    level=st.sampled_from(["low", "medium", "high"]),
    flags=st.lists(st.sampled_from(["trafficking", "abduction"]), max_size=1),
)
NAMED = st.fixed_dictionaries({"subjects": SOMEBODY})


def report(start: datetime, who: st.SearchStrategy[Any], whole: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return a report; the going missing was up to two days before the start, or a few days after it."""
    moment = st.integers(-48, 24 * 4).map(lambda hours: (start + hours * HOUR).isoformat())
    return st.fixed_dictionaries(
        {"subjects": st.lists(facts(who, whole), min_size=1, max_size=2)},
        optional={
            "missing": group(missing_since=moment, reported_at=moment, report_completed_at=moment),
            "risk": RISK,
            "police": group(force=st.just(NORFOLK_POLICE), report_reference=st.just("NP-1")),
        },
    )


def _kinds(start: datetime) -> list[tuple[EventType, st.SearchStrategy[dict[str, Any]]]]:
    said = report(start, ANYBODY)
    decision = st.fixed_dictionaries(
        {"decision": st.sampled_from(CONSIDERED), "answer": FLAGS, "decided_by": st.sampled_from(["A", "B"])},
        optional={"subject_id": ANYBODY.map(str), "areas": st.lists(CODES, max_size=2)},
    )
    left = group(
        believed_left_area=FLAGS,
        believed_left_uk=FLAGS,
        areas=st.lists(st.fixed_dictionaries({"authority": CODES}), max_size=2),
    )
    found = group(authority=CODES, by=st.sampled_from(["police", "home_office"]))
    return [
        (EventType.MISSING_REPORTED, said),
        (EventType.EPISODE_UPDATED, said),
        (EventType.ABSENCE_REPORTED, said),
        (
            EventType.CARE_CONTEXT_KNOWN,
            st.fixed_dictionaries({"authority": CODES, "subjects": st.lists(facts(ANYBODY), min_size=1, max_size=1)}),
        ),
        (EventType.RISK_ASSESSED, st.fixed_dictionaries({"subjects": SOMEBODY, "risk": RISK})),
        (EventType.WHEREABOUTS_BELIEVED, left),
        (EventType.SIGHTED, NAMED),
        (EventType.CONTACT_RECORDED, st.just({"contact": "dwp_by_police"})),
        (EventType.FOUND, st.fixed_dictionaries({"subjects": SOMEBODY, "found": found})),
        (EventType.FOUND, st.just({})),
        (EventType.RETURNED, NAMED),
        (EventType.FOUND_RETRACTED, st.just({})),
        (EventType.CANCELLED, NAMED),
        (EventType.RETURN_INTERVIEW_OFFERED, NAMED),
        (EventType.RETURN_INTERVIEW_HELD, NAMED),
        (EventType.RETURN_INTERVIEW_REFUSED, NAMED),
        (EventType.SAFE_AND_WELL_CHECKED, NAMED),
        *[(EventType.DECISION_RECORDED, decision)] * 3,
    ]


def _event(kind: EventType, data: dict[str, Any], at: datetime, number: int) -> Event:
    return event_of(
        DATA_OF[kind].model_validate(data),
        id=derived_id("course", kind, at, number),
        source="/test",
        occurred_at=at,
        recorded_at=at,
        episode_id=EPISODE,
    )


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Draw a course: a report, what happens after it, and how it becomes known."""
    start = draw(st.sampled_from(STARTS))
    happened = [_event(EventType.MISSING_REPORTED, draw(report(start, st.just(CHILD), whole=True)), start, 0)]
    kinds = _kinds(start)
    for number in range(draw(st.integers(1, 8))):
        kind, data = draw(st.sampled_from(kinds))
        at = start + timedelta(hours=draw(st.integers(0, 24 * DAYS)), minutes=draw(st.sampled_from([0, 30])))
        happened.append(_event(kind, draw(data), at, number + 1))
    late = st.sampled_from([0, 0, 0, 1, 30])
    arrivals = [(event, draw(late)) for event in happened]
    arrivals += [(event, draw(late)) for event in draw(st.lists(st.sampled_from(happened), max_size=2))]
    off = draw(st.none() | st.tuples(st.integers(0, 24 * DAYS), st.just(72)))
    jump = st.tuples(st.integers(0, 24 * DAYS), st.sampled_from([-30, -2, 2, 30]))
    jumps = draw(st.lists(jump, max_size=2))
    return Course(start, tuple(arrivals), 24 * (DAYS + 4), off, tuple(jumps), draw(FLAGS))
