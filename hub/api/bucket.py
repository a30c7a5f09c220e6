"""The token bucket: how often somebody may ask. The arithmetic is pure: the clock, in seconds, is passed in."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

# What a sum of fractions may lack to a whole one.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Rate:
    """`per_second` on the average, and `burst` at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Bucket:
    """How many may go at once at the moment `at` (seconds)."""

    level: float
    at: float


def take(bucket: Bucket | None, rate: Rate, now: float) -> tuple[Bucket, float]:
    """Take one out of a bucket; None is a full one. Also returns the seconds to wait: 0.0 means that it was there.

    A clock that was put back refills nothing, and holds nothing up either.
    """
    before = bucket or Bucket(float(rate.burst), now)
    level = min(float(rate.burst), before.level + max(0.0, now - before.at) * rate.per_second)
    if level >= 1.0 - _ROUNDING:
        return Bucket(max(0.0, level - 1.0), now), 0.0
    return Bucket(level, now), (1.0 - level) / rate.per_second


class Buckets:
    """A bucket for each key, in this process's memory; of more than `most` the longest unused is forgotten (full)."""

    def __init__(self, rate: Rate, most: int = 10_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable, now: float) -> float:
        """Take one; returns the seconds to wait, 0.0 when it was there."""
        bucket, wait = take(self._buckets.pop(key, None), self._rate, now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait
