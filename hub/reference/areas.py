"""Questions about areas, answered from tables in memory: the upper tier, the force, the care boards, on a date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

BOARDS_MERGED = date(2026, 4, 1)
_NO_CHILDRENS_SERVICES = frozenset({"COMB", "SRA"})


@dataclass(frozen=True)
class Authority:
    """A local authority. `start` and `end` are its first and last day where known; successors are GSS codes.

    `county` is the GSS code of the county above a district; `names` are all names it goes by, its own included.
    """

    code: str
    name: str
    nation: str
    region: str
    kind: str
    start: date | None = None
    end: date | None = None
    replaced_by: tuple[str, ...] = ()
    county: str | None = None
    names: tuple[str, ...] = ()

    @property
    def has_childrens_services(self) -> bool:
        """Say whether it is more than a combined or strategic authority, which has no children's services."""
        return self.kind not in _NO_CHILDRENS_SERVICES


@dataclass(frozen=True)
class District:
    """A district of England or Wales. Boards are ODS codes, the one with most of the district first."""

    code: str
    name: str
    upper_tier: str
    force: str
    boards_before: tuple[str, ...] = ()
    boards_after: tuple[str, ...] = ()
    health_board: str | None = None


class Force(NamedTuple):
    """A police force area: GSS code and name."""

    code: str
    name: str


@dataclass(frozen=True)
class Geography:
    """Every table, with its questions. A code that nobody knows gets None or nothing, never an error.

    `aliases` maps former and later GSS codes to the one that the tables use; `national_forces` maps the nations that
    have a single force to it.
    """

    authorities: Mapping[str, Authority]
    aliases: Mapping[str, str]
    districts: Mapping[str, District]
    forces: Mapping[str, str]
    national_forces: Mapping[str, Force]
    _members: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)
    _seated: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        members: dict[str, list[str]] = {}
        for district in self.districts.values():
            members.setdefault(district.upper_tier, []).append(district.code)
        object.__setattr__(self, "_members", {upper: tuple(sorted(codes)) for upper, codes in members.items()})
        tops = {code: self.upper_tier(code) or code for code in (*self.authorities, *self.aliases)}
        object.__setattr__(self, "_seated", tops)

    def authority(self, code: str, on: date) -> Authority | None:
        """Return the authority that a code meant or has become by a date; None for an unknown code.

        A renamed code is read as today's. An authority that ended before the date gives way to its successor; if it
        was split among several, it is itself returned, ended, with all its successors.
        """
        found = self.authorities.get(self.aliases.get(code, code))
        while found and found.end and on > found.end and len(found.replaced_by) == 1:
            found = self.authorities[found.replaced_by[0]]
        return found

    def upper_tier(self, code: str) -> str | None:
        """Return the authority with children's services for a code: the county of a district, else the code itself.

        An ended authority is followed to today's. One that was split stays itself: nobody can tell which part is meant.
        None for an unknown code and for a combined or strategic authority, which has no children's services.
        """
        found = self.authority(code, date.max)
        if found is None or not found.has_childrens_services:
            return None
        district = self.districts.get(found.code)
        return district.upper_tier if district else found.code

    def seated(self, code: str) -> str:
        """Return the code that directory and procedures know an authority by: today's, with children's services.

        A code that leads nowhere (unknown, split, a combined authority) stays what it is: nobody is told in its place.
        """
        return self._seated.get(code, code)

    def what_is_wrong_with(self, code: str) -> str | None:
        """Say why no post can be at this code today; None for an authority with children's services."""
        found = self.authority(code, date.max)
        if found is None:
            return f"no authority has or had the code {code}"
        if not found.has_childrens_services:
            return f"{found.name} ({code}) has no children's services; give the authority within it"
        if len(found.replaced_by) > 1:
            parts = " and ".join(f"{self.authorities[part].name} ({part})" for part in found.replaced_by)
            return f"{found.name} ({code}) ended on {found.end} and was split into {parts}; find out which is meant"
        return None

    def districts_of(self, code: str) -> tuple[str, ...]:
        """Return the districts of an authority, itself alone if it has none below it; nothing for an unknown code.

        One that was split has those of all its successors.
        """
        found = self.authority(code, date.max)
        if found is None:
            return ()
        if len(found.replaced_by) > 1:
            return tuple(district for part in found.replaced_by for district in self.districts_of(part))
        return (found.code,) if found.code in self.districts else self._members.get(found.code, (found.code,))

    def police_force_of(self, authority: str) -> Force | None:
        """Return the territorial force of an authority or district. No upper-tier authority spans two forces."""
        found = self.authority(authority, date.max)
        if found is None:
            return None
        if found.nation in self.national_forces:
            return self.national_forces[found.nation]
        forces = {district.force for district in self._districts(authority)}
        if len(forces) != 1:
            return None
        force = forces.pop()
        return Force(force, self.forces[force])

    def is_force(self, code: str) -> bool:
        """Say whether a code is a territorial police force area. British Transport Police has none."""
        return code in self.forces

    def force_name(self, code: str) -> str | None:
        """Return a force's name, or None for a code that is no force."""
        return self.forces.get(code)

    def force_covers(self, force_code: str, authority_code: str) -> bool:
        """Say whether an authority or district lies in a force's area."""
        force = self.police_force_of(authority_code)
        return force is not None and force.code == force_code

    def icbs_of(self, code: str, on: date) -> tuple[str, ...]:
        """Return every integrated care board (ODS code) of an authority or district on a date; England only.

        Some authorities span two or three. Within a district the board with most of it comes first.
        """
        boards = (
            board
            for district in self._districts(code)
            for board in (district.boards_before if on < BOARDS_MERGED else district.boards_after)
        )
        return tuple(dict.fromkeys(boards))

    def health_boards_of(self, code: str) -> tuple[str, ...]:
        """Return the Welsh local health boards (GSS codes) of an authority; nothing outside Wales."""
        return tuple(dict.fromkeys(item.health_board for item in self._districts(code) if item.health_board))

    def _districts(self, code: str) -> tuple[District, ...]:
        return tuple(self.districts[item] for item in self.districts_of(code) if item in self.districts)
