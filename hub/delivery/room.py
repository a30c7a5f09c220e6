"""How much of each lane may be under way: a few calls at once, and one to a recipient that does not answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.delivery.recording import queue_of
from hub.ledger.lanes import Claimed

CALLS_A_LANE = 16
CALLS_AT_ONCE = 800
LAID_READY_AT_ONCE = 100
WRITTEN_TOGETHER = 400
REST = timedelta(seconds=2)


def together(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    """Part what is laid ready into groups, in the order in which it was made; one recipient and subject stay together.

    So what an episode tells several recipients is mostly one group, and its receipts one event.
    """
    groups: list[list[Claimed]] = []
    group_of: dict[object, list[Claimed]] = {}
    for one in sorted(claimed, key=lambda one: one.position):
        if not groups or len(groups[-1]) >= WRITTEN_TOGETHER:
            groups.append([])
        group_of.setdefault(queue_of(one), groups[-1]).append(one)
    return [group for group in groups if group]


@dataclass
class Lane:
    """A recipient's lane: what is under way, how often in a row the recipient wanted nothing, until when it rests.

    `room` was given last; `short` says that more may have been due than there was room for.
    """

    under_way: int = 0
    refusals: int = 0
    rests_until: datetime | None = None
    room: int = 0
    short: bool = False


class Room:
    """Keeps count of what is under way and says how much more of a lane may be claimed. No input or output.

    After a refusal a lane has room for one call only: the probe, which speaks for everything that waits beside it.
    After a probe that was refused too the lane rests for a moment.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = defaultdict(Lane)
        self._under_way = 0

    def for_calls(self, lane: str, now: datetime) -> int:
        """Return how many more calls to a recipient may be begun."""
        state = self._lanes[lane]
        rests = state.rests_until is not None and now < state.rests_until
        most = 0 if rests else 1 if state.refusals else CALLS_A_LANE
        return self._give(state, min(most - state.under_way, CALLS_AT_ONCE - self._under_way))

    def for_laying_ready(self, lane: str) -> int:
        """Return of how many subjects a lane may be laid ready in one go; its next go waits for the end of this one."""
        state = self._lanes[lane]
        return self._give(state, 0 if state.under_way else LAID_READY_AT_ONCE)

    def begin(self, lane: str, number: int) -> None:
        """Count what is begun."""
        state = self._lanes[lane]
        state.under_way += number
        state.short = state.short or number >= state.room
        self._under_way += number

    def end(self, lane: str, number: int) -> bool:
        """Count what is over; says whether something may have waited for the room."""
        state = self._lanes[lane]
        short = state.short or self._under_way >= CALLS_AT_ONCE
        state.under_way -= number
        state.short = False
        self._under_way -= number
        return short

    def refused(self, lane: str, now: datetime) -> bool:
        """Note that a recipient could not be reached, or wanted nothing now; says whether that was the probe."""
        state = self._lanes[lane]
        probe = state.refusals > 0 and state.under_way == 1
        state.refusals += 1
        if probe:
            state.rests_until = now + REST
        return probe

    def answered(self, lane: str) -> bool:
        """Note that a recipient answered; says whether it had not before."""
        state = self._lanes[lane]
        again, state.refusals, state.rests_until = state.refusals > 0, 0, None
        return again

    @staticmethod
    def _give(state: Lane, room: int) -> int:
        state.room = max(0, room)
        state.short = state.short or state.room == 0
        return state.room
