"""When to try again, and when to give up."""

from datetime import timedelta

import pytest

from hub.delivery.backoff import Patience, exhausted, next_attempt
from tests.unit.delivery.outside import NOW

PATIENCE = Patience(first=1, factor=2, longest=60, attempts=5)
PAUSES = [
    (1, 1.0, 1),
    (2, 1.0, 2),
    (5, 1.0, 16),
    (6, 1.0, 32),
    (7, 1.0, 60),
    (50, 1.0, 60),
    (1, 0.0, 0.5),
    (2, 0.5, 1.5),
]


@pytest.mark.parametrize(("attempt", "jitter", "seconds"), PAUSES)
def test_pauses_double_up_to_the_longest_and_jitter_takes_at_most_half(
    attempt: int, jitter: float, seconds: float
) -> None:
    assert next_attempt(NOW, attempt, PATIENCE, jitter) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("attempt", "given_up"), [(1, False), (4, False), (5, True), (6, True)])
def test_patience_ends(attempt: int, given_up: bool) -> None:
    assert exhausted(attempt, PATIENCE) is given_up
