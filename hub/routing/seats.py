"""Which authority sits where in an episode (DESIGN: home, responsible, host, receiving). Pure."""

from contracts.codes import GssCode, Seat
from hub.episode.episode import Subject

Seats = dict[Seat, tuple[GssCode, ...]]


def seats_of(subject: Subject) -> Seats:
    """Return the authorities at each seat; a seat may be empty, and only the receiving one may hold several.

    The responsible authority of a child who is not looked after is the home authority (READINGS, Whose procedure).
    """
    care = subject.facts.care
    responsible = care.responsible_authority or care.home_authority
    home = care.home_authority or care.responsible_authority
    host = care.host_authority if care.host_authority != responsible else None
    thought = [area.authority for area in subject.whereabouts.areas]
    receiving = [one for one in (subject.found.authority, *thought) if one and one not in (responsible, home)]
    return {
        Seat.HOME: _some(home),
        Seat.RESPONSIBLE: _some(responsible),
        Seat.HOST: _some(host),
        Seat.RECEIVING: tuple(dict.fromkeys(receiving)),
    }


def _some(authority: GssCode | None) -> tuple[GssCode, ...]:
    return (authority,) if authority else ()
