"""What the router asks of the reference data. Pure."""

from typing import Protocol

from contracts.codes import GssCode


class Geography(Protocol):
    """Authorities and the police forces that cover them."""

    def police_force_of(self, authority: GssCode) -> tuple[str, str] | None:
        """Return (GSS code, name) of the force that covers an authority, or None when it is not known."""
        ...
