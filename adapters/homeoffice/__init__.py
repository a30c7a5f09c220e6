"""The Home Office: notifications of a missing child subject to immigration restriction, both ways (childrens-home 6.6).

`ADAPTER` is made on first use, so that the simulator of this folder starts without the canonical model.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.homeoffice.deliver import ADAPTER

__all__ = ["ADAPTER"]


def __getattr__(name: str) -> object:
    """Return `ADAPTER`; any other name raises AttributeError."""
    if name == "ADAPTER":
        from adapters.homeoffice.deliver import ADAPTER

        return ADAPTER
    raise AttributeError(name)
