"""Every mistake of one procedure's file at once, before anybody loads it."""

import re
from collections.abc import Callable
from pathlib import Path

from hub.procedures.loading import check_ids, load_accounts, load_disclosure, load_procedure, load_procedures, read_yaml
from hub.procedures.writing import Lines, repeated_keys
from hub.routing.book import check_book
from hub.routing.rules import BookError, Procedure

_RULE = re.compile(r"rule (?P<id>\S+?):? ")


def mistakes(file: Path, folder: Path) -> list[str]:
    """Return what is wrong with a procedure's file beside the other files of `folder`: line, mistake and remedy."""
    try:
        read_yaml(file)
        text = file.read_text(encoding="utf-8")
        found = [
            f"{file.name}: line {line}: `{key}` stands twice in one place; keep one"
            for line, key in repeated_keys(text)
        ]
        procedure = load_procedure(file)
    except BookError as error:
        return str(error).splitlines()
    return found + _beside_others(procedure, file, folder)


def _beside_others(procedure: Procedure, file: Path, folder: Path) -> list[str]:
    """Look at what only all files together show; a file of the same name in the folder is the one being replaced."""
    found: list[str] = []
    lines = Lines(file.read_text(encoding="utf-8"))
    others = tuple(one for one in load_procedures(folder) if one.procedure != procedure.procedure)
    documents = {one.document for one in load_accounts(folder)}
    looks: tuple[Callable[[], None], ...] = (
        lambda: check_ids((*others, procedure)),
        lambda: check_book((*others, procedure), load_disclosure(folder)),
    )
    for look in looks:
        try:
            look()
        except BookError as error:
            found += [_with_line(line, procedure, file.name, lines) for line in str(error).splitlines()]
    for number, rule in enumerate(procedure.rules):
        cited = {part.split()[0] for part in rule.clause.split(";") if part.split()}
        for document in sorted(cited - documents):
            line = lines(("rules", number, "clause"))
            found.append(
                f"{file.name}: line {line}: rule {rule.id}: clause cites `{document}`, which is no document of the "
                f"accounts ({', '.join(sorted(documents))}); cite document and section"
            )
    return found


def _with_line(mistake: str, procedure: Procedure, name: str, lines: Lines) -> str:
    match = _RULE.search(mistake)
    number = next((at for at, rule in enumerate(procedure.rules) if match and rule.id == match["id"]), None)
    where = f"line {lines(('rules', number))}: " if number is not None else ""
    return f"{name}: {where}{mistake}"
