"""How the channel is doing, for readiness and metrics: a connection that answers says nothing of a stuck consumer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.channel.consumer import BatchConsumer
from hub.ledger import outbox
from hub.ledger.engine import Ledger


@dataclass(frozen=True)
class Limits:
    """From when on the channel is not ready: oldest unpublished record, idle while records wait, records waiting."""

    outbox_age: timedelta = timedelta(seconds=60)
    idle: timedelta = timedelta(seconds=120)
    lag: int = 10_000


@dataclass(frozen=True)
class ConsumerStatus:
    """One consumer: its group, whether it runs, how many records wait, when it last handled some, why it stopped."""

    group: str
    running: bool
    lag: int
    last_handled_at: datetime | None
    stopped_by: str | None


@dataclass(frozen=True)
class ChannelStatus:
    """The whole channel at a moment; `reasons` say in words what is not as it should be (empty: ready)."""

    at: datetime
    outbox_age: timedelta
    consumers: tuple[ConsumerStatus, ...]
    reasons: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons


async def channel_status(
    ledger: Ledger, consumers: Sequence[BatchConsumer], now: datetime, started_at: datetime, limits: Limits
) -> ChannelStatus:
    """Look at outbox and consumers. `started_at` counts as the last handling until there is one."""
    async with ledger.read() as tx:
        oldest = await outbox.oldest_unpublished(tx)
    age = max(timedelta(), now - oldest) if oldest else timedelta()
    states = tuple([await _state(consumer) for consumer in consumers])
    reasons = [reason for state in states for reason in _wrong(state, now, started_at, limits)]
    if age > limits.outbox_age:
        reasons.append(f"the oldest unpublished record waits for {age.total_seconds():.0f} s: is Kafka reachable?")
    return ChannelStatus(now, age, states, tuple(reasons))


async def _state(consumer: BatchConsumer) -> ConsumerStatus:
    waiting = sum((await consumer.lag()).values()) if consumer.running else 0
    return ConsumerStatus(consumer.group, consumer.running, waiting, consumer.last_handled_at, consumer.stopped_by)


def _wrong(state: ConsumerStatus, now: datetime, started_at: datetime, limits: Limits) -> list[str]:
    if state.stopped_by is not None:
        return [f"{state.group}: {state.stopped_by}"]
    if not state.running:
        return [f"{state.group}: the consumer does not run"]
    reasons = []
    idle = now - (state.last_handled_at or started_at)
    if state.lag > limits.lag:
        reasons.append(f"{state.group}: {state.lag} records wait")
    if state.lag and idle > limits.idle:
        reasons.append(f"{state.group}: {state.lag} records wait and none was handled for {idle.total_seconds():.0f} s")
    return reasons
