"""The benchmark runs: every part measures something on real servers. What it measures is not judged here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import growth, latency, memory, throughput
from bench.figures import Figure
from bench.latency import Pace
from bench.servers import Servers, servers
from tests.live.journeys.compose import ROOT
from tests.live.servers.process import Unavailable

pytestmark = pytest.mark.live
FEW = 20


@pytest.fixture(scope="module")
def on() -> Iterator[Servers]:
    """Servers of the benchmark's own: another hub on the same Kafka would share its consumer groups."""
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
        environment.delenv("DATABASE_URL", raising=False)
        try:
            running = stack.enter_context(servers())
        except Unavailable as reason:
            pytest.skip(str(reason))
        yield running


def test_the_command_measures_the_loop_and_the_peer_and_prints_one_table(on: Servers) -> None:
    given = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": on.kafka, "DATABASE_URL": on.postgres}
    command = [sys.executable, "-m", "bench", "raw", "peer", "--reports", str(FEW)]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Apache Kafka") == 1
    assert "raw aiokafka loop" in done.stdout
    assert done.stdout.count("peer, ") == 2 * 4, "each row in its part's table and in the whole"


async def test_every_report_gets_four_dispatches_two_of_them_checked_fhir_messages(on: Servers, tmp_path: Path) -> None:
    measured = await throughput.from_topic(on, tmp_path, throughput.ONE, FEW)
    assert measured.reports == FEW
    assert measured.dispatches == 4 * FEW
    assert set(measured.processor) == {"hub", "Kafka", "PostgreSQL"}


async def test_latency_is_seen_at_the_mailbox_with_and_without_the_other_recipient(on: Servers, tmp_path: Path) -> None:
    figures = await latency.measure(on, tmp_path, Pace(rate=5, warm=1, steady=2, down=2))
    assert _value(figures, "messages in the mailbox") == "25 of 25"


async def test_memory_is_measured_without_servers_and_on_them(on: Servers, tmp_path: Path) -> None:
    figures = await memory.measure(on, tmp_path, FEW)
    assert len([one for one in figures if one.what.startswith("hub ")]) == len(memory.PARTS)


async def test_growth_holds_copies_of_a_real_history(on: Servers, tmp_path: Path) -> None:
    figures = await growth.measure(on, tmp_path, few=200, many=400, count=FEW, quiet_seconds=0)
    assert "210 episodes held" in figures[0].what
    assert "440 episodes held" in figures[1].what


def _value(figures: list[Figure], what: str) -> str:
    return next(one.value for one in figures if what in one.what)
