"""What a code or a name of a place meant on a date: authority, district, force, care boards. Pure.

Nothing is guessed: where more than one authority may be meant, none is named and the candidates are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from contracts.codes import is_gss_code
from hub.reference.areas import Authority, Force, Geography
from hub.reference.naming import MOST_CANDIDATES, alike, called, names_of, plain

ONE, SEVERAL, UNKNOWN, NONE = "one", "several", "unknown", "none"
"""How many authorities a place stands for; `none` is a known place or body without children's services."""


class Board(NamedTuple):
    """A body that plans or runs health care: its code, None where it has none here, and its name where known."""

    kind: str
    code: str | None
    name: str | None


class FormerCouncil(NamedTuple):
    """A council of Northern Ireland that ended in 2015; none of them has a GSS code."""

    name: str
    replaced_by: str
    trust: str
    parts_to: str | None


@dataclass(frozen=True)
class Place:
    """The answer about one place on one date. `notes` say what was renamed, merged, split or cannot be told."""

    asked: str
    on: date
    outcome: str
    authority: Authority | None = None
    district: Authority | None = None
    force: Force | None = None
    boards: tuple[Board, ...] = ()
    candidates: tuple[Authority, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gazetteer:
    """The tables that a place is looked up in. `boards_elsewhere` is by council (Scotland, Northern Ireland)."""

    geography: Geography
    boards_elsewhere: Mapping[str, tuple[Board, ...]]
    welsh_boards: Mapping[str, str]
    former_councils: Mapping[str, FormerCouncil]
    forces_without_territory: Mapping[str, str]
    _names: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    _before: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = self.geography.authorities.values()
        before: dict[str, tuple[str, ...]] = {}
        for one in known:
            for successor in one.replaced_by:
                before[successor] = (*before.get(successor, ()), one.code)
        object.__setattr__(self, "_names", names_of(known))
        object.__setattr__(self, "_before", before)

    def place(self, asked: str, on: date) -> Place:
        """Answer about a GSS code or a name, as it was on a date. An unknown one gets candidates, never an error."""
        text = asked.strip()
        if body := self.forces_without_territory.get(plain(text)):
            note = f"{body} has no territory: no authority follows from it. Name the authority of the place instead."
            return Place(asked, on, NONE, notes=(note,))
        if is_gss_code(text.upper()):
            return self._coded(asked, text.upper(), on)
        former = self.former_councils.get(plain(text))
        codes = called(text, self._names)
        if former and not self._standing(codes, on):
            return self._former_council(asked, former, on)
        return self._named(asked, codes, on)

    def _coded(self, asked: str, code: str, on: date) -> Place:
        geography = self.geography
        if geography.is_force(code):
            force = Force(code, geography.force_name(code) or code)
            note = f"{force.name} is a police force, not an authority: name the authority in its area that is meant."
            return Place(asked, on, NONE, force=force, candidates=self._in_force(force), notes=(note,))
        current = geography.aliases.get(code, code)
        if current not in geography.authorities:
            return Place(asked, on, UNKNOWN, notes=(f"No authority has or had the code {code}.",))
        notes = (f"{code} is another code of {geography.authorities[current].name} ({current}).",)
        return self._on_date(asked, [geography.authorities[current]], on, notes if current != code else ())

    def _named(self, asked: str, codes: frozenset[str], on: date) -> Place:
        if not codes:
            near = self._sorted(alike(asked, self._names))
            note = "No authority is called that" + (": these come near." if near else "; give its GSS code.")
            return Place(asked, on, UNKNOWN, candidates=near[:MOST_CANDIDATES], notes=(note,))
        # An authority that stood on the date is meant before one of the same name that did not.
        meant = self._sorted(self._standing(codes, on) or codes)
        return self._on_date(asked, meant, on, ())

    def _former_council(self, asked: str, former: FormerCouncil, on: date) -> Place:
        council = self.geography.authorities[former.replaced_by]
        notes = [f"{former.name} ended on 2015-03-31 and became part of {council.name} ({council.code})."]
        if former.parts_to:
            notes.append(f"Parts of it went to {self.geography.authorities[former.parts_to].name} ({former.parts_to}).")
        if council.start and on < council.start:
            notes.append("Councils of before then have no code here: today's answer is given.")
        board = Board("health and social care trust", None, former.trust)
        return Place(
            asked,
            on,
            ONE,
            council,
            force=self.geography.police_force_of(council.code),
            boards=(board,),
            notes=(*notes, _TRUSTS_CARE),
        )

    def _on_date(self, asked: str, meant: Iterable[Authority], on: date, notes: tuple[str, ...]) -> Place:
        """Follow each to what stood for it on the date, then go up to the one with children's services."""
        said: list[str] = list(notes)
        standing = self._unique(one for each in meant for one in self._at(each, on, said))
        upper = self._unique(self._upper(one, on, said) for one in standing)
        if len(upper) == 1:
            return self._one(asked, upper[0], standing, on, tuple(dict.fromkeys(said)))
        if not upper:
            return Place(asked, on, NONE, notes=tuple(dict.fromkeys(said)))
        return self._several(asked, upper, on, tuple(dict.fromkeys(said)))

    def _one(
        self, asked: str, authority: Authority, standing: tuple[Authority, ...], on: date, notes: tuple[str, ...]
    ) -> Place:
        district = standing[0] if len(standing) == 1 and standing[0] != authority else None
        boards = self.boards_of((district or authority).code, on)
        return Place(
            asked,
            on,
            ONE,
            authority,
            district,
            self._force((authority,)),
            boards,
            notes=(*notes, *self._about_boards(authority, district, boards)),
        )

    def _several(self, asked: str, upper: tuple[Authority, ...], on: date, notes: tuple[str, ...]) -> Place:
        boards = tuple(dict.fromkeys(board for one in upper for board in self.boards_of(one.code, on)))
        names = ", ".join(f"{one.name} ({one.code})" for one in upper)
        note = f"More than one authority may be meant: {names}. Give the one, or a district in it."
        force = self._force(upper)
        return Place(asked, on, SEVERAL, force=force, boards=boards, candidates=upper, notes=(*notes, note))

    def _at(self, one: Authority, on: date, said: list[str]) -> tuple[Authority, ...]:
        """Return what stood on the date for an authority: itself, its successors, or those that it came from."""
        known = self.geography.authorities
        if one.end and on > one.end and one.replaced_by:
            successors = tuple(known[code] for code in one.replaced_by)
            verb = "was split into" if len(successors) > 1 else "became part of"
            names = " and ".join(f"{each.name} ({each.code})" for each in successors)
            said.append(f"{one.name} ({one.code}) ended on {one.end} and {verb} {names}.")
            return tuple(after for each in successors for after in self._at(each, on, said))
        earlier = self._before.get(one.code, ())
        if one.start and on < one.start and earlier:
            said.append(f"{one.name} ({one.code}) begins on {one.start}; before then its area lay in others.")
            return tuple(before for code in earlier for before in self._at(known[code], on, said))
        return (one,)

    def _upper(self, one: Authority, on: date, said: list[str]) -> Authority | None:
        if not one.has_childrens_services:
            said.append(f"{one.name} ({one.code}) has no children's services: name the authority within it.")
            return None
        county = self._county(one)
        return self.geography.authorities[county] if county else one

    def _county(self, one: Authority) -> str | None:
        if one.kind != "NMD":
            return None
        if district := self.geography.districts.get(one.code):
            return district.upper_tier
        # A district that ended lies where its successor lies, if that is a district as well.
        successor = self.geography.districts.get(one.replaced_by[0]) if len(one.replaced_by) == 1 else None
        return successor.upper_tier if successor and successor.upper_tier != successor.code else one.county

    def boards_of(self, code: str, on: date) -> tuple[Board, ...]:
        """Return the health bodies of an authority or district on a date, the largest share first where known."""
        if code in self.boards_elsewhere:
            return self.boards_elsewhere[code]
        english = [Board("integrated care board", board, None) for board in self.geography.icbs_of(code, on)]
        welsh = self.geography.health_boards_of(code)
        return (*english, *(Board("local health board", board, self.welsh_boards.get(board)) for board in welsh))

    def _about_boards(
        self, authority: Authority, district: Authority | None, boards: tuple[Board, ...]
    ) -> Iterable[str]:
        if authority.nation == "Northern Ireland":
            yield _TRUSTS_CARE
        if len(boards) > 1:
            where = district or authority
            why = "lies in several boards" if district else "spans several boards: give the district to narrow them"
            yield f"{where.name} {why}; all are listed."

    def _force(self, authorities: Iterable[Authority]) -> Force | None:
        """Return the force when all of them, or what became of them, lie in the area of one."""
        forces = {self.geography.police_force_of(one.code) for one in authorities}
        return forces.pop() if len(forces) == 1 else None

    def _in_force(self, force: Force) -> tuple[Authority, ...]:
        tops = {self.geography.upper_tier(code) for code in self.geography.authorities}
        return self._sorted(code for code in tops if code and self.geography.force_covers(force.code, code))

    def _standing(self, codes: frozenset[str], on: date) -> frozenset[str]:
        known = self.geography.authorities
        return frozenset(
            code
            for code in codes
            if not ((end := known[code].end) and on > end) and not ((start := known[code].start) and on < start)
        )

    def _sorted(self, codes: Iterable[str]) -> tuple[Authority, ...]:
        found = (self.geography.authorities[code] for code in codes)
        return tuple(sorted(found, key=lambda one: (one.end is not None, one.name, one.code)))

    def _unique(self, authorities: Iterable[Authority | None]) -> tuple[Authority, ...]:
        return tuple({one.code: one for one in authorities if one}.values())


_TRUSTS_CARE = "In Northern Ireland the health and social care trust, not the council, has children's social care."
