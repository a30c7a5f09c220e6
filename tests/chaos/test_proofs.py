"""Six scenarios that are right with every safeguard, and red as soon as the one that they need is left out."""

import pytest

from tests.chaos.proofs import Proofs, line
from tests.chaos.scenarios import SCENARIOS

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


async def test_with_all_safeguards_every_scenario_is_right(proofs: Proofs, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = await proofs.with_everything()
    with capsys.disabled():
        print(f"\nwith all safeguards: {line(verdicts.values())}")
    assert {name: verdict.lines() for name, verdict in verdicts.items() if not verdict.well} == {}


@pytest.mark.parametrize("safeguard", SCENARIOS)
async def test_without_a_safeguard_its_scenario_goes_red(
    proofs: Proofs, safeguard: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = await proofs.without(safeguard)
    with capsys.disabled():
        print(f"\nwithout {safeguard}: {line([verdict])}")
    assert not verdict.well
