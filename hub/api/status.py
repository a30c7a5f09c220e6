"""Whether the hub is well: how far relay and router are behind, and what the probes of this process say."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from hub.api import queries
from hub.api.metrics import Metrics
from hub.api.services import Limits, Services
from hub.ledger import dispatches

STATES = ("waiting", "pending", "claimed", "doubtful", "sent", "unknown", "failed", "cancelled")


class Check(BaseModel):
    """One thing that readiness depends on."""

    ready: bool
    detail: str


class Readiness(BaseModel):
    """The body of /health/ready."""

    ready: bool
    checks: dict[str, Check]


@dataclass(frozen=True)
class Measured:
    """The figures behind readiness; ages in seconds, None where there is nothing to measure."""

    outbox_age: float | None
    lag: int
    waiting_age: float | None
    handled_age: float | None
    states: dict[str, int]
    tasks: int


async def measure(services: Services) -> Measured:
    """Read the figures from the ledger."""
    now = services.now()
    async with services.ledger.read() as tx:
        flow = await queries.flow(tx)
        states, tasks = await dispatches.count_by_state(tx), await queries.open_tasks(tx)
    return Measured(
        outbox_age=_age(flow.oldest_unpublished, now),
        lag=flow.lag,
        waiting_age=_age(flow.oldest_waiting, now),
        handled_age=_age(flow.last_handled, now),
        states=states,
        tasks=tasks,
    )


async def readiness(services: Services, measured: Measured) -> Readiness:
    """Judge the figures and ask every probe. An idle hub is ready; one that lets records wait is not."""
    checks = judged(measured, services.limits)
    for name, probe in services.probes.items():
        found = await probe()
        checks[name] = Check(ready=found.ready, detail=found.detail)
    return Readiness(ready=all(check.ready for check in checks.values()), checks=checks)


def judged(measured: Measured, limits: Limits) -> dict[str, Check]:
    """Compare the figures with the limits."""
    outbox, handled = measured.outbox_age or 0.0, measured.handled_age
    waits = (measured.waiting_age or 0.0) > limits.idle_seconds
    stuck = waits and (handled is None or handled > limits.idle_seconds)
    return {
        "ledger": Check(ready=True, detail="readable"),
        "outbox": Check(ready=outbox <= limits.outbox_seconds, detail=f"oldest unpublished record {outbox:.1f} s"),
        "lag": Check(ready=measured.lag <= limits.lag_records, detail=f"{measured.lag} records wait"),
        "router": Check(ready=not stuck, detail=_last(handled)),
    }


def show(measured: Measured, ready: bool, metrics: Metrics) -> None:
    """Set the gauges from the figures."""
    metrics.set("hub_outbox_unpublished_age_seconds", measured.outbox_age or 0.0)
    metrics.set("hub_log_lag_records", measured.lag)
    metrics.set("hub_last_handled_age_seconds", -1.0 if measured.handled_age is None else measured.handled_age)
    metrics.set("hub_tasks_open", measured.tasks)
    metrics.set("hub_ready", float(ready))
    for state in STATES:
        metrics.set("hub_dispatches", measured.states.get(state, 0), state=state)


def _last(handled: float | None) -> str:
    return "nothing handled yet" if handled is None else f"last handled {handled:.1f} s ago"


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())
