"""What the router asks of the reference data. Pure."""

from datetime import date
from typing import Protocol

from contracts.codes import GssCode


class Geography(Protocol):
    """Authorities, the police forces that cover them and the care boards that they lie in."""

    def police_force_of(self, authority: GssCode) -> tuple[str, str] | None:
        """Return (GSS code, name) of the force that covers an authority, or None when it is not known."""
        ...

    def seated(self, code: GssCode) -> GssCode:
        """Return the code that an authority is known by today: a district's county, a former code's present one."""
        ...

    def what_is_wrong_with(self, code: GssCode) -> str | None:
        """Say why nobody can be told at this code (unknown, split, no children's services); None if all is well."""
        ...

    def icbs_of(self, code: GssCode, on: date) -> tuple[str, ...]:
        """Return the integrated care boards (ODS codes) of an authority on a date, the largest share first."""
        ...
