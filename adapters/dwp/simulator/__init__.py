"""A stand-in for DWP and the Child Benefit office: `python -m adapters.dwp.simulator --port P --token-file FILE`.

The Citizen API is generated from the published contract and mock answers; the two submission services are assumed.
"""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette

from adapters.dwp.simulator.citizen import CitizenApi
from adapters.dwp.simulator.submissions import Submissions
from adapters.simulation import Sending, Simulation, arguments, run

SAMPLES = Path(__file__).parent.parent / "samples"


def sending(_: str, partner: str | None) -> Sending:
    """Say how a sample of this folder reaches the hub: all of them are answers of a trace."""
    return Sending("/intake/dwp/trace-results", "application/json", partner or "dwp")


def build(simulation: Simulation) -> Starlette:
    """Return the web application of all three services."""
    return simulation.app([*CitizenApi(simulation).routes(), *Submissions(simulation).routes()])


def main(argv: Sequence[str] | None = None) -> None:
    """Run the simulator from its command line."""
    chosen = arguments(argv)
    simulation = Simulation("dwp", SAMPLES, chosen.hub, chosen.tokens, chosen.settings, sending=sending)
    run(build(simulation), chosen.port)
