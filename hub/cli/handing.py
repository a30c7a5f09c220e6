"""Handing over what is secret: printed once, or into a file that nobody else can read. Never on a command line."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

import typer

from hub.cli.common import USAGE, fail

SecretsTo = Annotated[
    Path | None, typer.Option(help="A new file, readable by you alone, for what is secret, instead of printing it.")
]


class HandOver(Protocol):
    """Gives what is secret to whoever called the command; may be called once."""

    def __call__(self, name: str, secrets: Mapping[str, str]) -> None:
        """Hand over a partner's secrets by what they are; `token` first."""


@contextmanager
def handing(to: Path | None) -> Iterator[HandOver]:
    """Give the way to hand over. A file is made before anything else happens, and removed again when that fails."""
    if to is None:
        yield _print
        return
    descriptor = _private_file(to)

    def write(name: str, secrets: Mapping[str, str]) -> None:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"partner": name, **secrets}, file, indent=2)
            file.write("\n")
        typer.secho(f"{_listed(name, secrets)} in {to}. Nobody can show it again.", err=True)

    try:
        yield write
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _print(name: str, secrets: Mapping[str, str]) -> None:
    for text in secrets.values():
        typer.echo(text)
    typer.secho(f"{_listed(name, secrets)}, one a line. This is shown once and never again.", err=True)


def _listed(name: str, secrets: Mapping[str, str]) -> str:
    return f"{name}'s {' and '.join(what.replace('_', ' ') for what in secrets)}"


def _private_file(path: Path) -> int:
    """Make the file, for its owner only. An existing one may be another's, or a link to somewhere else."""
    try:
        mode = path.parent.stat().st_mode
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            fail(f"Others can write in the folder of {path}.", "Choose a folder that is yours alone.", code=USAGE)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        fail(f"{path} is there already.", "Name a file that does not exist yet.", code=USAGE)
    except OSError as error:
        fail(f"{path} cannot be made: {error.strerror}.", "Name a file in a folder of yours.", code=USAGE)
