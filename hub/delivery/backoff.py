"""When to try again, and when to give up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Patience:
    """How long the hub keeps trying. Times in seconds; `attempts` is the number after which a person is asked."""

    first: float = 1.0
    factor: float = 2.0
    longest: float = 300.0
    attempts: int = 12


def next_attempt(now: datetime, attempt: int, patience: Patience, jitter: float) -> datetime:
    """Return when to try again after the nth attempt (n from 1); `jitter` in 0..1 spreads it over half to all of it."""
    pause = min(patience.longest, patience.first * patience.factor ** (attempt - 1))
    return now + timedelta(seconds=pause * (0.5 + 0.5 * jitter))


def exhausted(attempt: int, patience: Patience) -> bool:
    """Say whether the hub gives up after this attempt."""
    return attempt >= patience.attempts
