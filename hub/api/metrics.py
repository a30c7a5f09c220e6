"""The hub's Prometheus metrics; docs/metrics.md is generated from `METRICS`. Labels name configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

PREFIX = "hub_"


@dataclass(frozen=True)
class Metric:
    """One metric: its kind, its labels and what it tells the operator."""

    name: str
    kind: type[Counter] | type[Gauge] | type[Histogram]
    meaning: str
    labels: tuple[str, ...] = ()


METRICS = (
    Metric("hub_http_responses_total", Counter, "Answers of the API.", ("method", "path_template", "status")),
    Metric("hub_http_seconds", Histogram, "Seconds from request to answer.", ("method", "path_template")),
    Metric("hub_intake_messages_total", Counter, "Messages by what became of them.", ("adapter", "outcome")),
    Metric("hub_intake_bytes_total", Counter, "Bytes of messages that were stored.", ("adapter",)),
    Metric("hub_refused_access_total", Counter, "Requests refused before they were read.", ("reason",)),
    Metric("hub_outbox_unpublished_age_seconds", Gauge, "Age of the oldest record not yet in the log; 0 when none."),
    Metric("hub_log_lag_records", Gauge, "Records in the log that the router has not handled yet."),
    Metric(
        "hub_last_handled_age_seconds", Gauge, "Seconds since the router last handled a record; -1 before the first."
    ),
    Metric("hub_dispatches", Gauge, "Dispatches by state.", ("state",)),
    Metric("hub_tasks_open", Gauge, "Tasks that wait for a person."),
    Metric("hub_ready", Gauge, "1 when /health/ready answers 200."),
)


@dataclass
class Metrics:
    """One registry with every metric of `METRICS`; each application has its own, so that tests do not share counts."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _by_name: dict[str, Counter | Gauge | Histogram] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Register every metric once."""
        for metric in METRICS:
            self._by_name[metric.name] = metric.kind(metric.name, metric.meaning, metric.labels, registry=self.registry)

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        found = self._of(name, labels)
        assert isinstance(found, Counter)  # noqa: S101 - METRICS says so
        found.inc(amount)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add one duration to a histogram."""
        found = self._of(name, labels)
        assert isinstance(found, Histogram)  # noqa: S101
        found.observe(seconds)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        found = self._of(name, labels)
        assert isinstance(found, Gauge)  # noqa: S101
        found.set(value)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _of(self, name: str, labels: Mapping[str, str]) -> Counter | Gauge | Histogram:
        metric = self._by_name[name]
        return metric.labels(**labels) if labels else metric


def table() -> str:
    """Return the metrics as a Markdown table: name, kind, labels, meaning."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.name}` | {metric.kind.__name__.lower()} | {labels} | {metric.meaning} |")
    return "\n".join(rows) + "\n"
