"""`hub simulate PARTNER`: one partner's stand-in, in a process of its own."""

import importlib.util
import os
import sys
from typing import Annotated

import typer

from hub.cli.common import USAGE, fail


def simulate(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(help="The adapter: police, health, authorities, homeoffice, dwp.")],
    port: Annotated[int, typer.Option(help="Port to listen on; 0 asks for a free one.")] = 0,
    hub: Annotated[str, typer.Option(help="The hub's address.")] = "http://127.0.0.1:8000",
) -> None:
    """Run a partner's simulator; further options are passed on to it (--token-file, --set NAME=VALUE)."""
    module = f"adapters.{partner}.simulator"
    if not partner.isidentifier() or not _exists(module):
        fail(f"There is no simulator for {partner!r}.", "Name an adapter that has one, such as police.", code=USAGE)
    command = [sys.executable, "-m", module, "--port", str(port), "--hub", hub, *context.args]
    os.execv(sys.executable, command)  # noqa: S606 - this process becomes the simulator


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
