"""How much of everything: the full form, and the short one that runs before a change goes in. Times in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.network import HALF_A_BODY, LOST_REPLY, RESET, TOO_LATE

HITS = 2
DRAINED_WITHIN = 60.0


@dataclass(frozen=True)
class Plan:
    """One form of the run.

    `reports` at least are sent, one every `every` seconds, `at_once` stories at a time; each point is hit `hits` times;
    `frozen` is how long a process stands still, beyond every lease and session; `away` how long a server is away;
    `network` says how many faults of each kind the network has, and `likely` how likely a request meets one of them.
    """

    reports: int
    every: float
    at_once: int
    frozen: float
    away: float
    hits: int = HITS
    likely: float = 0.05
    network: Mapping[str, int] = field(
        default_factory=lambda: {RESET: 20, LOST_REPLY: 18, HALF_A_BODY: 18, TOO_LATE: 8}
    )
    patience: float = 600.0


FULL = Plan(
    reports=1_000,
    every=0.0,
    at_once=48,
    frozen=30.0,
    away=10.0,
    hits=4,
    likely=0.01,
    network={RESET: 60, LOST_REPLY: 60, HALF_A_BODY: 60, TOO_LATE: 30},
    patience=1_800.0,
)
SHORT = Plan(reports=80, every=1.0, at_once=40, frozen=12.0, away=4.0)
