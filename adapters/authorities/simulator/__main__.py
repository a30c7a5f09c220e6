"""Start the authorities: `python -m adapters.authorities.simulator --port P --hub URL --token-file FILE [--set ...]`.

Settings: `signing_key` (of every webhook) or `signing_key.<partner>`; `story` (which sample answers a request for care
context; without it the sample whose person fits); `decisions` (`yes` | `no` | `none`); `answers` (`no`: stay silent);
`inbox` (the partner whose inbox is read, default lambeth-council); `inbox_seconds`.
"""

from adapters.authorities.simulator.server import authorities
from adapters.simulation import arguments, run

if __name__ == "__main__":
    chosen = arguments()
    run(authorities(chosen.hub, chosen.tokens, chosen.settings), chosen.port)
