"""`hub check`: would the hub run here, is everybody reachable, and who could not be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import console, run, settings

if TYPE_CHECKING:
    from datetime import datetime

    from contracts.adapter import Endpoint, Health
    from hub.app import Hub
    from hub.routing.book import Book
    from hub.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it is not well, or well enough but could be better."""

    what: str
    well: bool
    detail: str
    remedy: str = ""


def check(
    offline: Annotated[bool, typer.Option(help="Look at files only; ask no partner and no server.")] = False,
) -> None:
    """Check configuration, directory gaps and, unless --offline, the ledger and every partner. Exit 1 if any fails."""
    from hub.cli.showing import show_rows

    chosen = settings()
    findings = list(_files(chosen))
    if not offline and all(finding.well for finding in findings):
        findings += run(_servers(chosen))
    rows = [{"": _verdict(one), "what": one.what, "detail": one.detail, "remedy": one.remedy} for one in findings]
    show_rows("check", rows, console())
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


def _verdict(one: Finding) -> str:
    if not one.well:
        return "FAILS"
    return "look" if one.remedy else "ok"


def _files(chosen: "Settings") -> Iterator[Finding]:
    from hub.app import adapter_names, now
    from hub.procedures import load_book
    from hub.routing.rules import BookError

    yield Finding("settings", True, f"environment {chosen.environment}")
    yield _secret_files(chosen)
    try:
        book = load_book(chosen.directory_file, chosen.procedures_folder, adapter_names())
    except (BookError, OSError) as error:
        yield Finding("procedures and directory", False, str(error), "Correct the file at the place named.")
        return
    yield Finding("procedures and directory", True, f"{len(book.procedures)} procedures")
    yield from gaps(book, now())


def _secret_files(chosen: "Settings") -> Finding:
    """Others who may change a secret fail the check; others who may only read it do not: containers mount them so."""
    from pathlib import Path

    from hub.secrets import exposed, files_of

    what = "files with secrets"
    try:
        files = [path for path in (Path(".env"), *files_of(chosen.secrets_folder)) if path.is_file()]
        found = exposed(files)
    except OSError as error:
        return Finding(what, False, f"{error.filename}: {error.strerror}", "Correct HUB_SECRETS_FOLDER.")
    if found.writable:
        names = ", ".join(path.name for path in found.writable)
        return Finding(
            what, False, f"others may change {names}", "chmod go-rwx: who changes a secret stands in for you."
        )
    if found.readable:
        names = ", ".join(path.name for path in found.readable)
        return Finding(
            what, True, f"others may read {names}", "chmod go-rwx, unless only the hub can reach the folder."
        )
    return Finding(what, True, f"{len(files)}, readable by their owner alone")


def gaps(book: "Book", at: "datetime") -> Iterator[Finding]:
    """Find every recipient that a procedure may tell or ask and that the directory cannot reach (promise G8)."""
    from hub.routing.gaps import gaps as missing

    for gap in missing(book, at):
        where = f"at {gap.place}" if gap.place else "anywhere"
        remedy = "Add an entry to the directory; until then it waits and a task is open."
        yield Finding(f"role {gap.role.value}", False, f"no endpoint {where}; told by {', '.join(gap.rules)}", remedy)


async def _servers(chosen: "Settings") -> list[Finding]:
    from hub.app import build

    async with build(chosen) as hub:
        answers = await reach(hub)
    findings = [Finding("ledger", True, "opened and up to date")]
    for endpoint, health in sorted(answers.items()):
        remedy = "" if health.reachable else "Correct the endpoint in the directory, or ask the partner."
        findings.append(Finding(f"endpoint {endpoint}", health.reachable, health.detail, remedy))
    return findings


async def reach(hub: "Hub") -> dict[str, "Health"]:
    """Ask every endpoint that lies outside the hub whether it can be reached; nothing about anybody is sent."""
    import asyncio

    from contracts.adapter import Channel

    outside = [
        one for one in hub.book.directory.endpoints.values() if one.channel not in (Channel.INBOX, Channel.TOPIC)
    ]
    answers = await asyncio.gather(*(_ask(hub, endpoint) for endpoint in outside))
    return {endpoint.id: answer for endpoint, answer in zip(outside, answers, strict=True)}


async def _ask(hub: "Hub", endpoint: "Endpoint") -> "Health":
    from contracts.adapter import Health, Reach
    from contracts.errors import RetryLater, Undeliverable

    lent = hub.delivery
    reach = Reach(lent.http, lent.now, lent.new_id, lent.secrets_of(endpoint))
    try:
        return await hub.registry[endpoint.adapter].check(endpoint, reach)
    except (RetryLater, Undeliverable) as error:
        return Health(reachable=False, detail=error.reason)
    except KeyError as error:
        return Health(reachable=False, detail=f"the secret {error} is not set")
