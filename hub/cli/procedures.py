"""`hub procedures`: is every sentence of the written procedures accounted for, is a file right, who is owed what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import FAULT, USAGE, console, fail, settings

if TYPE_CHECKING:
    from hub.procedures.accounting import Account
    from hub.procedures.coverage import Coverage
    from hub.procedures.owed import Owed
    from hub.procedures.sentences import Sentence
    from hub.routing.rules import Procedure

app = typer.Typer(help="The written procedures: coverage, and what the rules say.", no_args_is_help=True)


@app.command("coverage")
def coverage(
    texts: Annotated[Path, typer.Argument(help="The folder of the documents' texts.", exists=True, file_okay=False)],
    whole: Annotated[
        list[str] | None, typer.Option(help="Fail for this document only; may be repeated. Default: for all.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count every sentence that may hold a duty: by rule, by reason, unaccounted, stale. Exit 1 if any is left."""
    found = _coverages(texts)
    unknown = set(whole or ()) - {one.document for one in found}
    if unknown:
        fail(
            f"No accounts are kept of {', '.join(sorted(unknown))}.", "Name a document as its accounts do.", code=USAGE
        )
    if json:
        _print_json(found)
    else:
        _print_table(found)
    left = [one.document for one in found if not one.whole and (not whole or one.document in whole)]
    if left:
        fail(
            f"Not accounted for whole: {', '.join(left)}.",
            "Account for each sentence named in hub/procedures/accounts: a rule, or a reason of the closed list.",
            code=FAULT,
        )


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A procedure's YAML file.", exists=True, dir_okay=False)],
) -> None:
    """Name every mistake of a procedure's file, beside those that are loaded: line, mistake, remedy. Exit 1 if any."""
    from hub.procedures.checking import mistakes
    from hub.routing.rules import BookError

    try:
        found = mistakes(file, settings().procedures_folder)
    except BookError as error:
        fail(str(error), "Correct that file first; it is loaded beside the one that you check.")
    for line in found:
        typer.echo(line)
    if found:
        fail(f"{len(found)} to correct in {file.name}.")
    typer.echo(f"{file.name}: nothing is wrong with it.")


@app.command("show")
def show(
    role: Annotated[str, typer.Argument(help="A role, such as designated_nurse_safeguarding.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what a role is owed by every procedure: kind, duty, clause, condition, deadline."""
    from contracts.codes import Role
    from hub.procedures.owed import owed_to

    wanted = Role(role)
    if wanted is Role.UNKNOWN:
        roles = ", ".join(sorted(one.value for one in Role if one is not Role.UNKNOWN))
        fail(f"`{role}` is no role.", f"These are: {roles}.", code=USAGE)
    _print_owed(f"owed to {wanted.value}", owed_to(wanted, _procedures()), json)


@app.command("diff")
def diff(
    one: Annotated[str, typer.Argument(help="A procedure, such as rotherham, or its authority's GSS code.")],
    other: Annotated[str, typer.Argument(help="The one to compare it with.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what each of two procedures tells, asks or forbids that the other does not."""
    from hub.procedures.owed import difference, find_procedure
    from hub.routing.rules import BookError

    loaded = _procedures()
    try:
        first, second = find_procedure(one, loaded), find_procedure(other, loaded)
    except BookError as error:
        fail(str(error), "Name a procedure that is loaded, or the authority that has one.", code=USAGE)
    if json:
        _print_owed("", (*difference(first, second), *difference(second, first)), json)
        return
    _print_owed(f"{first.procedure} but not {second.procedure}", difference(first, second), json)
    _print_owed(f"{second.procedure} but not {first.procedure}", difference(second, first), json)


def _procedures() -> "tuple[Procedure, ...]":
    from hub.procedures.loading import load_procedures
    from hub.routing.rules import BookError

    try:
        return load_procedures(settings().procedures_folder)
    except BookError as error:
        fail(str(error), "Correct the file at the place named.")


def _print_owed(title: str, found: "tuple[Owed, ...]", json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    typer.secho(f"{title}: {len(found) or 'nothing'}", bold=True)
    for one in found:
        typer.echo(f"  {one.role.value}: {one.duty.value}, {one.kind.value}, {one.deadline} ({one.clause})")
        typer.echo(f"    when {one.condition}; seat {one.seat}, at {one.at}; rule {one.rule}")


def _coverages(texts: Path) -> "list[Coverage]":
    from hub.procedures.coverage import coverage as compared
    from hub.procedures.loading import load_accounts, load_procedures
    from hub.procedures.sentences import duty_sentences
    from hub.routing.rules import BookError

    folder = settings().procedures_folder
    try:
        procedures, accounts = load_procedures(folder), load_accounts(folder)
    except BookError as error:
        fail(str(error), "Correct the file at the place named.")
    if not accounts:
        fail(f"{folder / 'accounts'} holds no accounts.", "Write one file for each document: docs/procedures.md.")
    found = []
    for one in accounts:
        try:
            text = (texts / one.text).read_text(encoding="utf-8")
            found.append(compared(one, duty_sentences(text, one.title, one.cited_by), procedures))
        except OSError:
            fail(f"{one.document}: {one.text} cannot be read in {texts}.", "Give the folder that holds it.", code=USAGE)
        except ValueError as error:
            fail(f"{one.text}: {error}.", f"Correct the title in the accounts of {one.document}.", code=USAGE)
    return found


def _print_table(found: "list[Coverage]") -> None:
    from hub.cli.showing import show_rows

    counts = {one.document: _counts(one) for one in found}
    lines = [
        {"": line, **{document: str(count[line]) for document, count in counts.items()}, "all": str(total)}
        for line in _counts(found[0])
        for total in [sum(count[line] for count in counts.values())]
    ]
    show_rows("sentences that may hold a duty", lines, console())
    for one in found:
        for sentence in one.unaccounted:
            typer.echo(f"{one.document} {sentence.place}: not accounted for (digest {sentence.digest})")
        for account in one.stale:
            typer.echo(f"{one.document} {account.at}: stale, no sentence there reads so any more ({account.digest})")
        for account, rule in one.unknown:
            typer.echo(f"{one.document} {account.at}: no rule is called {rule}")
        for account, rule in one.miscited:
            typer.echo(f"{one.document} {account.at}: {rule} does not cite {one.document} {account.section}")
        for rule in one.unsaid:
            typer.echo(f"{one.document}: no sentence accounts for the rule {rule}")


def _counts(one: "Coverage") -> dict[str, int]:
    from hub.procedures.accounting import REASONS

    return {
        "sentences": one.sentences,
        "by rule": one.by_rule,
        **{reason: one.by_reason.get(reason, 0) for reason in REASONS},
        "unaccounted": len(one.unaccounted),
        "stale": len(one.stale),
    }


def _print_json(found: "list[Coverage]") -> None:
    import orjson

    documents = [
        {
            "document": one.document,
            "counts": _counts(one),
            "unaccounted": [_named(sentence) for sentence in one.unaccounted],
            "stale": [_named(account) for account in one.stale],
            "unknown_rules": [rule for _, rule in one.unknown],
            "miscited": [rule for _, rule in one.miscited],
            "unsaid": list(one.unsaid),
            "whole": one.whole,
        }
        for one in found
    ]
    typer.echo(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())


def _named(one: "Sentence | Account") -> dict[str, str]:
    from hub.procedures.accounting import Account

    return {"at": one.at if isinstance(one, Account) else one.place, "digest": one.digest}
