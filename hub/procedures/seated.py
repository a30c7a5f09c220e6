"""Which authority sits where for a child, and whose written procedure binds it there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.codes import Seat
from hub.reference.places import Gazetteer, Place
from hub.routing.rules import Procedure

HOME, RESPONSIBLE, HOST, RECEIVING, LAST_SEEN = "home", "responsible", "host", "receiving", "last_seen"
BASELINE = "baseline only"
_NOBODY = "not settled: no authority is named"
_SEEN = "none: where a child was last seen binds nobody; believed or found there, it would be the receiving seat"
_SAME = "as at the responsible seat, where it sits as well"


@dataclass(frozen=True)
class Seated:
    """One seat: the place named for it, and the procedure that binds it there."""

    seat: str
    place: Place
    procedure: str


def seats_at(
    named: Mapping[str, str], on: date, gazetteer: Gazetteer, procedures: Sequence[Procedure]
) -> tuple[Seated, ...]:
    """Answer for each seat that a place is named for. The home authority is responsible when no other is named."""
    places = {seat: gazetteer.place(asked, on) for seat, asked in named.items()}
    if HOME in places and RESPONSIBLE not in places:
        places[RESPONSIBLE] = places[HOME]
    if RESPONSIBLE in places and HOME not in places:
        places[HOME] = places[RESPONSIBLE]
    order = (HOME, RESPONSIBLE, HOST, RECEIVING, LAST_SEEN)
    return tuple(
        Seated(seat, places[seat], _procedure(seat, places, gazetteer, procedures)) for seat in order if seat in places
    )


def _procedure(seat: str, places: Mapping[str, Place], gazetteer: Gazetteer, procedures: Sequence[Procedure]) -> str:
    authority = places[seat].authority
    if authority is None:
        return _NOBODY
    if seat == LAST_SEEN:
        return _SEEN
    responsible = places[RESPONSIBLE].authority if RESPONSIBLE in places else None
    if seat != RESPONSIBLE and responsible == authority:
        return _SAME
    # Procedures are known by today's code: what was loaded is applied today, whatever the date asked about.
    code = gazetteer.geography.seated(authority.code)
    own = next((one for one in procedures if one.authority == code), None)
    if own is None:
        return BASELINE
    rules = sum(rule.seat is Seat(seat) for rule in own.rules)
    if not rules:
        return f"{BASELINE}: {own.procedure} has no rule for this seat"
    return f"{own.procedure} {own.version}: {rules} rules for this seat, beside the baseline"
