"""The command: which part is measured, how much, on which servers."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench import flushing, growth, latency, memory, peers, raw, throughput
from bench.figures import Figure, table
from bench.latency import Pace
from bench.servers import Servers, machine, servers
from bench.writing import write

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class What(StrEnum):
    """The parts of the benchmark, in the order in which they run."""

    RAW = "raw"
    PEER = "peer"
    THROUGHPUT = "throughput"
    LATENCY = "latency"
    MEMORY = "memory"
    GROWTH = "growth"
    FLUSH = "flush"
    PROFILE = "profile"


@dataclass(frozen=True)
class Amounts:
    """How much each part does. `reports` is what throughput, peer and memory take; growth holds `few`, then `many`."""

    records: int = 20_000
    reports: int = 2_000
    pace: Pace = field(default_factory=Pace)
    few: int = 10_000
    many: int = 200_000
    flush_seconds: int = 2


QUICK = Amounts(records=2_000, reports=200, pace=Pace(steady=20, down=10), few=1_000, many=20_000, flush_seconds=1)
Part = Callable[[Servers, Path, Amounts], list[Figure]]
PARTS: Mapping[What, Part] = {
    What.RAW: lambda on, _, much: asyncio.run(raw.measure(on, much.records)),
    What.PEER: lambda on, folder, much: asyncio.run(peers.measure(on, folder, much.reports)),
    What.THROUGHPUT: lambda on, folder, much: asyncio.run(throughput.measure(on, folder, much.reports)),
    What.LATENCY: lambda on, folder, much: asyncio.run(latency.measure(on, folder, much.pace)),
    What.MEMORY: lambda on, folder, much: asyncio.run(memory.measure(on, folder, much.reports)),
    What.GROWTH: lambda on, folder, much: asyncio.run(
        growth.measure(on, folder, few=much.few, many=much.many, count=much.reports // 2)
    ),
    What.FLUSH: lambda on, folder, much: flushing.measure(on, folder, much.flush_seconds),
    What.PROFILE: lambda on, folder, much: asyncio.run(throughput.profile(on, folder, much.reports)),
}


@app.command()
def bench(
    what: Annotated[
        list[What] | None, typer.Argument(help="Parts to measure; without any, all but the profile.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small amounts: does it run, not how fast.")] = False,
    reports: Annotated[int, typer.Option(help="Reports that throughput, peer and memory take, and the loop.")] = 0,
    keep: Annotated[bool, typer.Option("--write", help="Put the table into docs/performance.md.")] = False,
) -> None:
    """Measure on real servers and print one table. Nothing else should run on the machine meanwhile."""
    much = QUICK if quick else Amounts()
    if reports:
        much = replace(much, records=reports, reports=reports)
    figures: list[Figure] = []
    with servers() as on, tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        told = [machine(), *on.names, f"Python {sys.version.split()[0]}"]
        typer.echo("\n".join([*told, ""]))
        for part in what or [one for one in What if one is not What.PROFILE]:
            found = PARTS[part](on, Path(folder), much)
            figures += found
            typer.echo(table(found) if found else "")
    typer.echo(table(figures))
    if keep:
        write(told, figures)
