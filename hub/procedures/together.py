"""What only all procedures of a folder together show to be wrong, each with its file and line."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from hub.procedures.accounting import Accounts
from hub.procedures.writing import Lines
from hub.reference.geography import load_geography
from hub.routing.contradictions import contradictions
from hub.routing.disclosure import Disclosure
from hub.routing.rules import Mistake, Procedure


@dataclass(frozen=True)
class Read:
    """A procedure as it was read, and where in its file everything stands."""

    procedure: Procedure
    file: str
    lines: Lines


def wrong_together(read: Sequence[Read], disclosure: Disclosure, accounts: Sequence[Accounts]) -> list[str]:
    """Return a line for every mistake: file, line, rule, remedy. Clauses are looked at wherever accounts are kept."""
    found = contradictions([one.procedure for one in read], disclosure, load_geography())
    found += _miscited(read, {one.document for one in accounts})
    names = [one.procedure.procedure for one in read]
    twice = [one for number, one in enumerate(read) if one.procedure.procedure in names[:number]]
    return [
        *(
            f"{one.file}: line {one.lines(('procedure',))}: `{one.procedure.procedure}` is another file's; rename one"
            for one in twice
        ),
        *(_located(mistake, read) for mistake in found),
    ]


def _miscited(read: Sequence[Read], documents: Collection[str]) -> Iterator[Mistake]:
    if not documents:
        return
    for one in read:
        for rule in one.procedure.rules:
            cited = {part.split()[0] for part in rule.clause.split(";") if part.split()}
            for document in sorted(cited - set(documents)):
                known = ", ".join(sorted(documents))
                text = f"`{document}` is no document of the accounts ({known}); cite document and section"
                yield Mistake(rule, text, "clause")


def _located(mistake: Mistake, read: Sequence[Read]) -> str:
    for one in read:
        for number, rule in enumerate(one.procedure.rules):
            if rule is mistake.rule:
                path: list[str | int] = ["rules", number, *([mistake.field] if mistake.field else [])]
                return f"{one.file}: line {one.lines(path)}: {mistake}"
    return str(mistake)
