"""`hub demo`: the hub with every partner's simulator and the stories, on this machine."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    story: Annotated[str, typer.Option(help="away, unborn, restricted or all.")] = "all",
    once: Annotated[
        bool, typer.Option(help="End after the stories; the exit code says whether every receipt came.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Write a picture of the timeline here, as SVG.")] = None,
) -> None:
    """Play the stories against real simulators and show the timeline read back from the API."""
    from hub.demo import play

    raise typer.Exit(play(story=story, once=once, json=json, picture=picture))
