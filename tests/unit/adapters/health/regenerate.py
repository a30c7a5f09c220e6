"""Writes the second half of every sample pair anew; read the difference before it is committed.

python -m tests.unit.adapters.health.regenerate
"""

import json

from adapters.health import ADAPTER
from contracts.envelope import to_structured
from tests.unit.adapters.health.support import SAMPLES, dispatch_of, endpoint_for, names, sample_document


def main() -> None:
    """Render every dispatch and read every message."""
    for name in names(".dispatch.json"):
        dispatch = dispatch_of(name)
        bundle = json.loads(ADAPTER.render(dispatch, endpoint_for(dispatch)).body)
        (SAMPLES / f"{name}.bundle.json").write_text(json.dumps(bundle, indent=2) + "\n")
    for name in names(".message.json"):
        events = [json.loads(to_structured(event)) for event in ADAPTER.read(sample_document(name)).events]
        (SAMPLES / f"{name}.canonical.json").write_text(json.dumps(events, indent=2) + "\n")


if __name__ == "__main__":
    main()
