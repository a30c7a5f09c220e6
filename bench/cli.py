"""The command: which part is measured, how much, on which servers."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench import flushing, growth, latency, memory, peers, raw, throughput
from bench.figures import Figure, table
from bench.servers import Servers, machine, servers

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class What(StrEnum):
    """The parts of the benchmark."""

    RAW = "raw"
    PEER = "peer"
    THROUGHPUT = "throughput"
    PROFILE = "profile"
    LATENCY = "latency"
    MEMORY = "memory"
    FLUSH = "flush"
    GROWTH = "growth"


Part = Callable[[Servers, Path, bool], list[Figure]]
PARTS: dict[What, Part] = {
    What.RAW: lambda on, _, quick: asyncio.run(raw.measure(on, 2_000 if quick else 20_000)),
    What.PEER: lambda on, folder, quick: asyncio.run(peers.measure(on, folder, 1_000 if quick else 4_000)),
    What.THROUGHPUT: lambda on, folder, quick: asyncio.run(throughput.measure(on, folder, 200 if quick else 1_000)),
    What.PROFILE: lambda on, folder, quick: asyncio.run(throughput.profile(on, folder, 200 if quick else 1_000)),
    What.LATENCY: lambda on, folder, quick: asyncio.run(
        latency.measure(on, folder, *((20, 10) if quick else (120, 30)))
    ),
    What.MEMORY: lambda on, folder, quick: asyncio.run(memory.measure(on, folder, 100 if quick else 1_000)),
    What.FLUSH: lambda on, folder, quick: flushing.measure(on, folder, 1 if quick else 2),
    What.GROWTH: lambda on, folder, quick: asyncio.run(
        growth.measure(on, folder, *((1_000, 20_000, 100) if quick else (10_000, 200_000, 500)))
    ),
}


@app.command()
def bench(
    what: Annotated[list[What] | None, typer.Argument(help="Parts to measure; all when none is named.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small amounts: does it run, not how fast.")] = False,
) -> None:
    """Measure on real servers and print one table. Nothing else should run on the machine meanwhile."""
    figures: list[Figure] = []
    with servers() as on, tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        typer.echo("\n".join([machine(), *on.names, f"Python {sys.version.split()[0]}", ""]))
        for part in what or list(What):
            found = PARTS[part](on, Path(folder), quick)
            figures += found
            typer.echo(table(found) if found else "")
    if len(what or What) > 1:
        typer.echo(table(figures))
