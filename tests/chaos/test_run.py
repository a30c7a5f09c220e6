"""The short form: everything goes wrong at once, and nothing is lost, doubled or left standing."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.chaos.plans import SHORT
from tests.chaos.run import run

pytestmark = pytest.mark.live
SEED = int(os.environ.get("CHAOS_SEED", "1"))


def test_nothing_is_lost_doubled_or_left_standing_whatever_goes_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = asyncio.run(run(SHORT, SEED, tmp_path, print))
    with capsys.disabled():
        print(f"\nchaos, seed {SEED}: {outcome.line}")
    assert outcome.faults_found() == []
