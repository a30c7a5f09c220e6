"""Police forces: missing reports in, notices and tracing information out. See README.md."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.adapter import Adapter

    ADAPTER: Adapter


def __getattr__(name: str) -> object:
    """Build ADAPTER when first asked for, so that the simulator starts without the translator's libraries."""
    if name == "ADAPTER":
        from adapters.police.deliver import PoliceAdapter

        globals()[name] = PoliceAdapter()
        return globals()[name]
    raise AttributeError(name)
