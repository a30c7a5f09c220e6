"""The token bucket: a table of moments, and what holds for any moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.api.bucket import Bucket, Buckets, Rate, take

TWO = Rate(per_second=2.0, burst=3)
MOMENTS = st.lists(st.floats(0, 1000), max_size=60)
RATES = st.builds(Rate, per_second=st.floats(0.01, 500), burst=st.integers(1, 50))


@pytest.mark.parametrize(
    ("moments", "waits"),
    [
        ([0, 0, 0, 0], [0, 0, 0, 0.5]),
        ([0, 0, 0, 0.25, 0.5], [0, 0, 0, 0.25, 0]),
        ([0, 0, 0, 10, 10, 10, 10], [0, 0, 0, 0, 0, 0, 0.5]),
        ([10, 10, 10, 10, 4, 4.5], [0, 0, 0, 0.5, 0.5, 0]),  # a clock that was put back
    ],
)
def test_moments(moments: list[float], waits: list[float]) -> None:
    bucket, found = None, []
    for now in moments:
        bucket, wait = take(bucket, TWO, now)
        found.append(wait)
    assert found == pytest.approx(waits)


@given(rate=RATES, moments=MOMENTS)
def test_never_more_than_the_burst_and_what_time_gives(rate: Rate, moments: list[float]) -> None:
    bucket: Bucket | None = None
    taken: list[float] = []
    for now in sorted(moments):
        bucket, wait = take(bucket, rate, now)
        if not wait:
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            most = rate.burst + (taken[last] - start) * rate.per_second
            assert last - first + 1 <= most + 1e-6


@given(rate=RATES, moments=MOMENTS)
def test_whoever_waits_as_told_is_served(rate: Rate, moments: list[float]) -> None:
    bucket: Bucket | None = None
    for now in sorted(moments):
        bucket, wait = take(bucket, rate, now)
        assert 0 <= wait <= 1 / rate.per_second + 1e-6
        if wait:
            assert take(bucket, rate, now + wait)[1] == 0


def test_one_key_costs_no_other_and_memory_is_bounded() -> None:
    buckets = Buckets(Rate(1.0, 1), most=2)
    assert [buckets.take(key, 0) for key in ("a", "a", "b")] == [0, 1, 0]
    buckets.take("c", 0)  # a, the longest unused, is forgotten
    assert [buckets.take(key, 0) for key in ("c", "b", "a")] == [1, 1, 0]
