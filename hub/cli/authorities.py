"""`hub authorities`: who is where, on a date, and whose written procedure applies."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.common import USAGE, fail, settings

if TYPE_CHECKING:
    from hub.procedures.seated import Seated
    from hub.reference.areas import Authority

app = typer.Typer(help="Authorities, police forces and health bodies of a place, on a date.", no_args_is_help=True)
Named = Annotated[str | None, typer.Option(metavar="CODE|NAME")]


@app.command("resolve")
def resolve(
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The date to answer for.")],
    home: Named = None,
    responsible: Named = None,
    placed: Named = None,
    found: Named = None,
    seen: Named = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say for home, responsible, placed (host), found (receiving) and last seen who that is. Exit 1 if one is not."""
    from hub.procedures.loading import load_procedures
    from hub.procedures.seated import HOME, HOST, LAST_SEEN, RECEIVING, RESPONSIBLE, seats_at
    from hub.reference.geography import load_gazetteer
    from hub.routing.rules import BookError

    named = {HOME: home, RESPONSIBLE: responsible, HOST: placed, RECEIVING: found, LAST_SEEN: seen}
    given = {seat: asked for seat, asked in named.items() if asked and asked.strip()}
    if not given:
        fail(
            "No place is named.", "Give --home, --responsible, --placed, --found or --seen a code or name.", code=USAGE
        )
    try:
        procedures = load_procedures(settings().procedures_folder)
    except BookError as error:
        fail(str(error), "Correct the file at the place named.")
    seats = seats_at(given, on.date(), load_gazetteer(), procedures)
    if json:
        import orjson

        typer.echo(orjson.dumps([_as_json(one) for one in seats], option=orjson.OPT_INDENT_2).decode())
    else:
        for one in seats:
            _print(one)
    if any(one.place.authority is None for one in seats):
        raise typer.Exit(1)


def _as_json(one: "Seated") -> dict[str, Any]:
    place = one.place
    return {
        "seat": one.seat,
        "asked": place.asked,
        "on": place.on.isoformat(),
        "outcome": place.outcome,
        "authority": _authority(place.authority),
        "district": _authority(place.district),
        "police_force": place.force._asdict() if place.force else None,
        "boards": [board._asdict() for board in place.boards],
        "procedure": one.procedure,
        "candidates": [_authority(candidate) for candidate in place.candidates],
        "notes": list(place.notes),
    }


def _authority(one: "Authority | None") -> dict[str, str] | None:
    return {"code": one.code, "name": one.name, "nation": one.nation} if one else None


def _print(one: "Seated") -> None:
    place = one.place
    typer.secho(f"{one.seat.replace('_', ' ')}: {place.asked}", bold=True)
    _line("authority", _named(place.authority) if place.authority else f"{place.outcome}: see below")
    _line("district", _named(place.district))
    _line("police force", f"{place.force.name} ({place.force.code})" if place.force else "")
    for board in place.boards:
        _line(board.kind, " ".join(part for part in (board.name, f"({board.code})" if board.code else "") if part))
    _line("procedure", one.procedure)
    for note in place.notes:
        _line("note", note)
    if place.candidates:
        _line("candidates", "; ".join(_named(candidate) for candidate in place.candidates))


def _named(one: "Authority | None") -> str:
    return f"{one.name} ({one.code}), {one.nation}" if one else ""


def _line(what: str, text: str) -> None:
    if text:
        typer.echo(f"  {what}: {text}")
