"""A stand-in for the health services of the demo: collects from MESH, keeps records, and answers as a service would.

`python -m adapters.health.simulator --port P --set mesh=http://127.0.0.1:PORT/messageexchange --set shared_key=KEY`
"""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Serve on loopback until stopped."""
    from adapters.health.simulator.server import services
    from adapters.simulation import arguments, run

    chosen = arguments(argv)
    run(services(chosen.hub, chosen.tokens, chosen.settings), chosen.port)
