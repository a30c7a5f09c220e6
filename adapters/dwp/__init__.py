"""DWP and Child Benefit: the Citizen API (a trace), the national notification, and the Child Benefit request."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.adapter import Adapter

    ADAPTER: Adapter


def __getattr__(name: str) -> object:
    """Make the adapter when it is first asked for: the simulator of this folder starts without it."""
    if name != "ADAPTER":
        raise AttributeError(name)
    from adapters.dwp.deliver import DwpAdapter

    globals()["ADAPTER"] = adapter = DwpAdapter()
    return adapter
