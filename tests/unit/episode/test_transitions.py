"""The table of a subject's lifecycle, cell by cell."""

import pytest

from contracts.events import EventType
from hub.episode.transitions import Status, after

S = Status
MOVES: dict[EventType, str] = {
    #                               unreported concern  absent    missing    found     cancelled
    EventType.CONCERN_RAISED:      "concern    concern   absent    missing    found     cancelled",
    EventType.ABSENCE_REPORTED:    "absent     absent    absent    absent     found     cancelled",
    EventType.MISSING_REPORTED:    "missing    missing   missing   missing    missing   missing",
    EventType.FOUND:               "found      found     found     found      found     cancelled",
    EventType.RETURNED:            "found      found     found     found      found     cancelled",
    EventType.FOUND_RETRACTED:     "unreported concern   absent    missing    missing   cancelled",
    EventType.CANCELLED:           "cancelled  cancelled cancelled cancelled  cancelled cancelled",
}  # fmt: skip
STAY = "unreported concern absent missing found cancelled"


@pytest.mark.parametrize("event", EventType)
@pytest.mark.parametrize("place", range(6))
def test_every_cell(event: EventType, place: int) -> None:
    before, expected = STAY.split()[place], MOVES.get(event, STAY).split()[place]
    assert after(S(before), event) is S(expected)


def test_only_found_and_cancelled_end() -> None:
    assert {status for status in Status if status.ended} == {S.FOUND, S.CANCELLED}
