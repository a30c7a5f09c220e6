"""`hub docs`: what is generated from the code: OpenAPI, AsyncAPI, JSON Schemas, tables of settings and metrics."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import FAULT, fail

ROOT = Path(__file__).resolve().parents[2]


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a file is not up to date.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    """Write the generated documents, or check that those in the folder are up to date."""
    from hub.cli.generating import documents

    stale = []
    for name, content in documents().items():
        path = root / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    if check and stale:
        fail(f"Not up to date: {', '.join(stale)}.", "Run `hub docs` and commit what it writes.", code=FAULT)
    typer.echo(f"{len(stale)} written." if stale else "Everything is up to date.")
