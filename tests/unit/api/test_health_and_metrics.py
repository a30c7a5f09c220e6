"""Readiness follows the records that wait, and every metric is documented."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.api.metrics import METRICS, Metrics, table
from hub.api.services import Limits, Probe
from hub.api.status import Measured, judged
from hub.ledger import outbox
from hub.ledger.outbox import EPISODE_TOPIC, OutRecord
from tests.unit.api.conftest import EPISODE, START, Desk, tell

ROOT = Path(__file__).resolve().parents[3]
WELL = Measured(outbox_age=None, lag=0, waiting_age=None, handled_age=None, states={}, tasks=0)
LIMITS = Limits(outbox_seconds=60, idle_seconds=120, lag_records=100)


@pytest.mark.parametrize(
    ("measured", "failing"),
    [
        (WELL, set()),
        (replace(WELL, handled_age=8 * 3600), set()),  # an idle night
        (replace(WELL, handled_age=8 * 3600, lag=1, waiting_age=0.5), set()),  # the first report of the morning
        (replace(WELL, outbox_age=61), {"outbox"}),
        (replace(WELL, lag=101), {"lag"}),
        (replace(WELL, lag=1, waiting_age=121, handled_age=121), {"router"}),
        (replace(WELL, lag=1, waiting_age=121, handled_age=None), {"router"}),
        (replace(WELL, lag=1, waiting_age=121, handled_age=3), set()),  # behind, but working
    ],
)
def test_judgement(measured: Measured, failing: set[str]) -> None:
    assert {name for name, check in judged(measured, LIMITS).items() if not check.ready} == failing


async def test_a_record_that_nobody_publishes_makes_the_hub_unready(desk: Desk) -> None:
    assert (await desk.client.get("/health/ready")).status_code == 200
    record = OutRecord(None, EPISODE_TOPIC, None, {}, b"{}", EPISODE, START)
    async with desk.ledger.begin() as tx:
        await outbox.add(tx, [record])
    desk.clock.now = START + timedelta(seconds=61)
    answer = await desk.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["outbox"] == {"ready": False, "detail": "oldest unpublished record 61.0 s"}
    assert answer.json()["checks"]["lag"]["detail"] == "1 records wait"


async def test_a_probe_counts(desk: Desk) -> None:
    async def broken() -> Probe:
        return Probe(ready=False, detail="no broker")

    desk.app.state.services = replace(desk.app.state.services, probes={"kafka": broken})
    answer = await desk.client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["kafka"]["detail"]) == (503, "no broker")


async def test_an_unreadable_ledger_is_said_plainly(desk: Desk) -> None:
    async with desk.ledger.begin() as tx:
        await tx.exec_driver_sql("DROP TABLE task")
    answer = await desk.client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]) == (
        503,
        {"ledger": {"ready": False, "detail": "not readable"}},
    )
    refused = await desk.get("/tasks")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await desk.client.get("/health/live")).status_code == 200


async def test_metrics_name_templates_and_states_and_nobody(desk: Desk) -> None:
    await tell(desk)
    await desk.get(f"/episodes/{EPISODE}")
    await desk.get("/nothing/CANARY")
    text = (await desk.get("/metrics")).text
    answered = 'hub_http_responses_total{method="GET",path_template="/episodes/{episode}",status="200"} 1.0'
    assert answered in text
    assert 'hub_dispatches{state="sent"} 2.0' in text
    assert str(EPISODE) not in text
    assert "CANARY" not in text


def test_every_metric_is_documented_and_only_those() -> None:
    served = {family.name for family in Metrics().registry.collect()}
    documented = {metric.name.removesuffix("_total") for metric in METRICS}
    assert served == documented
    assert table() in (ROOT / "docs/metrics.md").read_text()
