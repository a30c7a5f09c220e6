"""What the commands share: settings, running a coroutine, and failing with a remedy."""

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from hub.settings import Settings

Result = TypeVar("Result")
USAGE, FAULT = 2, 1


class Part(StrEnum):
    """The parts that can be served on their own."""

    API = "api"
    ROUTER = "router"
    RELAY = "relay"
    DELIVER = "deliver"


def settings() -> "Settings":
    """Read the settings from the environment; a wrong one is named without its value."""
    from pydantic import ValidationError

    from hub.settings import Settings, environment_name

    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"{_variable(item['loc'], environment_name)}: {item['msg']}" for item in error.errors(include_input=False)
        ]
        fail(
            "Settings are wrong. " + "; ".join(wrong), "Correct the environment; docs/settings.md lists every variable."
        )


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end; what keeps the hub from opening is told in its own sentence."""
    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except Exception as error:
        # By name, so that the command line itself need not import the rooms that raise them.
        if type(error).__name__ not in ("LedgerBusy", "BookError", "ClusterUnready", "UsersRefused"):
            raise
        fail(str(error))


def console() -> "Console":
    """Return the terminal."""
    from rich.console import Console

    return Console()


def fail(what: str, remedy: str = "", *, code: int = FAULT) -> NoReturn:
    """End the command: what is wrong, and what to do about it, on the error stream."""
    typer.secho(what, fg="red", err=True)
    if remedy:
        typer.echo(remedy, err=True)
    raise typer.Exit(code)


def _variable(place: tuple[int | str, ...], name_of: Any) -> str:
    field = str(place[0]) if place else ""
    try:
        return str(name_of(field))
    except KeyError:
        return field
