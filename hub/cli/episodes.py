"""`hub explain` and `hub trace`: who would be told and why, and what became of an episode."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import USAGE, console, fail, run, settings

if TYPE_CHECKING:
    from datetime import datetime

    from contracts.envelope import Event


def explain(
    file: Annotated[
        Path | None, typer.Argument(help="Canonical CloudEvents, one JSON object a line.", exists=True, dir_okay=False)
    ] = None,
    episode: Annotated[str, typer.Option(help="Instead of a file: an episode of the running hub, by id.")] = "",
    at: Annotated[
        str,
        typer.Option(help="The moment to explain, such as 2026-07-01T09:00:00Z; default for a file: the last event."),
    ] = "",
    url: Annotated[str, typer.Option(help="The running hub; default: the one of the settings.")] = "",
    token: Annotated[str, typer.Option(envvar="HUB_TOKEN", help="An operator's token.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say who is told what, by when and under which clause, who is not told, and why.

    Of a file: what the procedures say. Of an episode: what was known, and what each agency had been told, at a moment.
    """
    if (file is None) == (not episode):
        fail("Either a file or --episode is needed.", "Give one of them: hub explain --help.", code=USAGE)
    if file is None:
        _explain_episode(episode, at, url, token, json=json)
    else:
        _explain_file(file, at, json=json)


def _explain_episode(episode: str, at: str, url: str, token: str, *, json: bool) -> None:
    from urllib.parse import quote

    from hub.cli.calling import call, need_token

    if not at:
        fail("--at is needed with --episode.", "Write the moment as 2026-07-01T09:00:00Z.", code=USAGE)
    need_token(token)
    moment = _moment(at)
    address = f"{url or settings().url}/episodes/{quote(episode, safe='')}/as-known?at={quote(moment.isoformat())}"
    found = run(call("GET", address, token))
    if json:
        import orjson

        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    from hub.cli.showing import show_as_known

    show_as_known(found, console())


def _explain_file(file: Path, at: str, *, json: bool) -> None:
    from hub.cli.histories import SeveralEpisodes, one_episode
    from hub.procedures import load_book
    from hub.routing.explain import explain as explained
    from hub.routing.rules import BookError

    try:
        events = one_episode(_read(file))
    except SeveralEpisodes:
        fail("The file tells of more than one episode.", "Keep each episode in a file of its own.", code=USAGE)
    chosen = settings()
    try:
        book = load_book(chosen.directory_file, chosen.procedures_folder)
    except BookError as error:
        fail(str(error), "Correct the file at the place named.")
    try:
        explanation = explained(events, book, _moment(at) if at else None)
    except ValueError as error:
        fail(f"Nothing to explain: {error}.", "Give a later moment with --at.", code=USAGE)
    if json:
        typer.echo(explanation.model_dump_json(indent=2))
    else:
        from hub.cli.showing import show_explanation

        show_explanation(explanation.model_dump(mode="json"), console())


def trace(
    episode: Annotated[str, typer.Argument(help="The episode's id, or its reference MC-....-.....")],
    url: Annotated[str, typer.Option(help="The running hub; default: the one of the settings.")] = "",
    token: Annotated[str, typer.Option(envvar="HUB_TOKEN", help="An operator's token.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show an episode's course: events, dispatches, attempts, receipts, what was withheld, tasks."""
    from urllib.parse import quote

    from hub.cli.calling import call, need_token

    need_token(token)
    address = f"{url or settings().url}/episodes/{quote(episode, safe='')}"
    found = run(call("GET", address, token))
    if json:
        import orjson

        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    from hub.cli.showing import show_timeline

    show_timeline(found, console())


def _read(file: Path) -> "list[Event]":
    """Read a file of events; the first bad line is named by its number, never by its content."""
    from contracts.envelope import from_structured
    from contracts.errors import InvalidMessage

    events = []
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            events.append(from_structured(line))
        except InvalidMessage as error:
            named = "; ".join(f"{problem.field} {problem.detail}" for problem in error.problems)
            fail(f"{file.name}, line {number}: {error.title} {named}", "Correct this line.", code=USAGE)
    if not events:
        fail(f"{file.name} holds no event.", "Give one CloudEvent a line.", code=USAGE)
    return events


def _moment(text: str) -> "datetime":
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail("--at is not a date and time.", "Write it as 2026-07-01T09:00:00Z.", code=USAGE)
    if moment.tzinfo is None:
        fail("--at has no time zone.", "Write it as 2026-07-01T09:00:00Z.", code=USAGE)
    return moment
