"""Random histories of an episode: every type of event, any order, any repetition."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from contracts.codes import FinderKind, RiskFlag, RiskLevel, Role, Seat, SubjectKind
from contracts.envelope import Event, derived_id, event_of
from contracts.events import DATA_OF, Data, EventType
from contracts.receipt import Stage
from tests.stories.events import CHILD, EPISODE, LAMBETH, NORFOLK, NORFOLK_POLICE, ROTHERHAM, SIBLING, START

RULES = (
    "rotherham.P10.onward-to-areas",
    "rotherham.P16.circulate-to-areas",
    "rotherham.P17.national-notification",
    "baseline.home-office-weekly-contact",
    "no.such.rule",
)
ids = st.sampled_from([CHILD, SIBLING])
codes = st.sampled_from([ROTHERHAM, NORFOLK, LAMBETH])
flags = st.none() | st.booleans()
moments = st.integers(-48, 24 * 20).map(lambda hours: (START + timedelta(hours=hours)).isoformat())


def group(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a group of facts in which any field may be left out."""
    return st.fixed_dictionaries({}, optional=fields)


care = group(
    looked_after=flags,
    child_protection_plan=flags,
    home_authority=codes,
    responsible_authority=codes,
    host_authority=codes,
    record_sensitive=flags,
    gp_practice=st.just("YROTHGP1"),
    service_0_19=st.just("YROTH019"),
    midwifery=st.just("YROTHMID"),
)
facts = st.fixed_dictionaries(
    {"subject_id": ids.map(str)},
    optional={
        "kind": st.sampled_from([kind.value for kind in SubjectKind]),
        "person": group(surname=st.sampled_from(["Quill", "Haile"])),
        "description": group(hair=st.sampled_from(["brown", "black"])),
        "care": care,
        "health": group(pregnant=flags),
        "unborn": group(child_protection_plan=flags),
        "immigration": group(subject_to_restriction=flags),
    },
)
risk = group(
    level=st.sampled_from([level.value for level in RiskLevel]),
    flags=st.lists(st.sampled_from([flag.value for flag in RiskFlag]), max_size=2),
)
found = group(at=moments, authority=codes, by=st.sampled_from([kind.value for kind in FinderKind]))
keys = st.lists(ids.map(lambda one: {"subject_id": str(one)}), max_size=2)
report = group(
    subjects=st.lists(facts, max_size=2),
    missing=group(missing_since=moments, reported_at=moments, report_completed_at=moments),
    risk=risk,
    police=group(force=st.just(NORFOLK_POLICE), report_reference=st.just("NP-1")),
)
named = group(subjects=keys)
decision = st.fixed_dictionaries(
    {"decision": st.sampled_from(RULES), "answer": st.booleans(), "decided_by": st.sampled_from(["A", "B"])},
    optional={
        "subject_id": ids.map(str),
        "areas": st.lists(codes, max_size=2),
        "decided_by_role": st.sampled_from(list(Role)),
    },
)
clock = st.fixed_dictionaries(
    {"rule": st.sampled_from(RULES), "due_at": moments},
    optional={"subject_id": ids.map(str), "tick": st.integers(1, 3), "seat": st.sampled_from(list(Seat))},
)
area = st.fixed_dictionaries({"authority": codes})
pair = st.fixed_dictionaries({"kept": ids.map(str), "merged": ids.map(str), "decided_by": st.just("A")})
receipt = st.fixed_dictionaries(
    {"dispatch_id": st.just(str(UUID(int=7))), "stage": st.sampled_from(list(Stage)), "at": moments}
)
earlier = st.fixed_dictionaries(
    {
        "subject_id": ids.map(str),
        "episode": st.sampled_from([str(UUID(int=8)), str(UUID(int=9))]),
        "missing_on": st.sampled_from(["2026-10-10", "2026-11-20"]),
        "confirmed": st.booleans(),
        "facts": st.integers(1, 3),
    }
)
SPECIAL: dict[EventType, st.SearchStrategy[dict[str, Any]]] = {
    **dict.fromkeys(
        (EventType.CONCERN_RAISED, EventType.ABSENCE_REPORTED, EventType.MISSING_REPORTED, EventType.EPISODE_UPDATED),
        report,
    ),
    EventType.RISK_ASSESSED: group(subjects=keys, risk=risk),
    EventType.CARE_CONTEXT_REQUESTED: st.just({"subject": {"subject_id": str(CHILD)}, "authority": ROTHERHAM}),
    EventType.CARE_CONTEXT_KNOWN: st.fixed_dictionaries(
        {"authority": codes}, optional={"subjects": st.lists(facts, max_size=2)}
    ),
    EventType.WHEREABOUTS_BELIEVED: group(subjects=keys, believed_left_area=flags, areas=st.lists(area, max_size=2)),
    EventType.SIGHTED: group(subjects=keys, confirmed=st.booleans(), last_seen=group(at=moments)),
    EventType.TRACING_REQUESTED: st.just({"agency": "dwp"}),
    EventType.TRACING_INFORMATION_RECEIVED: st.just({"agency": "dwp", "matched": True}),
    EventType.CONTACT_RECORDED: st.just({"contact": "home_office_weekly"}),
    EventType.DECISION_RECORDED: decision,
    EventType.FOUND: group(subjects=keys, found=found),
    EventType.IDENTITY_LINKED: pair,
    EventType.IDENTITY_UNLINKED: pair,
    EventType.CLOCK_FELL: clock,
    EventType.EARLIER_EPISODE_KNOWN: earlier,
    EventType.RECEIPT_RECORDED: st.fixed_dictionaries({"receipts": st.lists(receipt, min_size=1, max_size=3)}),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Draw one event of any type, at any moment around the story."""
    kind = draw(st.sampled_from([*EventType, EventType.MISSING_REPORTED, EventType.FOUND]))
    data: Data = DATA_OF[kind].model_validate(draw(SPECIAL.get(kind, named)))
    hours, version = draw(st.integers(-24, 24 * 15)), draw(st.integers(0, 2))
    moment = START + timedelta(hours=hours)
    return event_of(
        data,
        id=derived_id("history", kind, hours, version, data.model_dump_json()),
        source="/test",
        occurred_at=moment,
        recorded_at=moment,
        source_version=version,
        episode_id=EPISODE,
    )


histories = st.lists(events(), min_size=1, max_size=9)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """Draw a history, and an order with repetitions in which it arrives."""
    history = draw(histories)
    repeated = draw(st.lists(st.sampled_from(history), max_size=3))
    return history, draw(st.permutations(history + repeated))
