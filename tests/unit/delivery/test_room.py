"""How much of a lane may be under way, and that a recipient that does not answer is asked by one call only."""

from datetime import timedelta

from hub.delivery.room import CALLS_A_LANE, CALLS_AT_ONCE, LAID_READY_AT_ONCE, REST, Room
from tests.unit.delivery.outside import NOW

LANE, OTHER = "gp_practice@Y1", "gp_practice@Y2"


def test_a_lane_has_room_for_a_few_calls_and_another_lane_for_its_own() -> None:
    room = Room()
    room.begin(LANE, room.for_calls(LANE, NOW))
    assert (room.for_calls(LANE, NOW), room.for_calls(OTHER, NOW)) == (0, CALLS_A_LANE)
    assert room.end(LANE, 3), "something may have waited for the room"
    assert room.for_calls(LANE, NOW) == 3


def test_a_lane_that_was_never_short_of_room_wakes_nobody() -> None:
    room = Room()
    room.for_calls(LANE, NOW)
    room.begin(LANE, 2)
    assert not room.end(LANE, 2)


def test_all_lanes_together_are_bounded() -> None:
    room, lanes = Room(), [f"gp_practice@Y{n}" for n in range(CALLS_AT_ONCE // CALLS_A_LANE)]
    for lane in lanes:
        room.begin(lane, room.for_calls(lane, NOW))
    assert room.for_calls("gp_practice@Z", NOW) == 0
    assert room.end(lanes[0], 1)
    assert room.for_calls("gp_practice@Z", NOW) == 1


def test_what_is_laid_ready_goes_in_one_go_at_a_time() -> None:
    room = Room()
    assert room.for_laying_ready(LANE) == LAID_READY_AT_ONCE
    room.begin(LANE, 5)
    assert room.for_laying_ready(LANE) == 0
    assert room.end(LANE, 5), "more may have come meanwhile"
    assert room.for_laying_ready(LANE) == LAID_READY_AT_ONCE


def test_after_a_refusal_there_is_one_call_and_after_a_refused_probe_a_rest() -> None:
    room = Room()
    room.for_calls(LANE, NOW)
    room.begin(LANE, 2)
    assert not room.refused(LANE, NOW)
    room.end(LANE, 1)
    room.end(LANE, 1)
    assert room.for_calls(LANE, NOW) == 1
    room.begin(LANE, 1)
    assert room.refused(LANE, NOW), "that was the probe"
    room.end(LANE, 1)
    assert (room.for_calls(LANE, NOW), room.for_calls(LANE, NOW + REST)) == (0, 1)
    assert room.for_calls(OTHER, NOW) == CALLS_A_LANE


def test_an_answer_opens_the_lane_again() -> None:
    room = Room()
    room.begin(LANE, 1)
    room.refused(LANE, NOW)
    room.end(LANE, 1)
    room.begin(LANE, 1)
    room.refused(LANE, NOW)
    assert room.answered(LANE)
    assert not room.answered(LANE), "it had answered before"
    room.end(LANE, 1)
    assert room.for_calls(LANE, NOW + timedelta(0)) == CALLS_A_LANE
