"""Planning one episode so that one bad event never holds back the next, least of all its end. Pure (promise G4)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from traceback import extract_tb
from typing import Generic, TypeVar
from uuid import UUID

from contracts.envelope import Event
from contracts.events import EventType

P = TypeVar("P")
_ENDS = frozenset({EventType.FOUND, EventType.CANCELLED, EventType.RETURNED})


@dataclass(frozen=True)
class Planned(Generic[P]):
    """A plan, and the events it had to leave out: id to the reason, without personal data. No plan: nothing worked."""

    plan: P | None
    set_aside: Mapping[UUID, str] = field(default_factory=dict)


def plan_in_isolation(
    events: Sequence[Event], aside: Collection[UUID], planner: Callable[[Sequence[Event]], P]
) -> Planned[P]:
    """Plan an episode from its events without those already set aside; on failure find out which ones are to blame."""
    usable = [event for event in events if event.id not in aside]
    if not usable:
        return Planned(None)
    try:
        return Planned(planner(usable))
    except Exception:  # noqa: BLE001 - the next step finds the event at fault and keeps its reason
        return _without_the_bad_ones(usable, planner)


def _without_the_bad_ones(events: Sequence[Event], planner: Callable[[Sequence[Event]], P]) -> Planned[P]:
    """Add the events by halves, the ends first so that `found` is the last to be blamed; leave out what breaks."""
    good: list[Event] = []
    plan: P | None = None
    reasons: dict[UUID, str] = {}
    untried = [sorted(events, key=lambda one: (one.type not in _ENDS, one.order))]
    while untried:
        some = untried.pop()
        try:
            plan = planner([*good, *some])
        except Exception as error:  # noqa: BLE001 - every fault of fold and routing is some event's dead letter
            if len(some) == 1:
                reasons[some[0].id] = reason_of(error)
            else:
                middle = len(some) // 2
                untried += [some[middle:], some[:middle]]
        else:
            good += some
    return Planned(plan, reasons)


def reason_of(error: BaseException) -> str:
    """Say what went wrong and where in the code, never the error's text: it may quote a person's data."""
    frames = extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
