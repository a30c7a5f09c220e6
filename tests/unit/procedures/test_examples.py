"""Each written procedure by its own examples: all that is told and nothing else; and they catch every mutant."""

import pytest

from hub.routing.rules import read_procedure
from tests.unit.procedures import (
    examples_childrens_home,
    examples_essex,
    examples_lambeth,
    examples_norfolk,
    examples_rotherham,
)
from tests.unit.procedures.examples import Example, mutants, outcome, raw_procedure

EXAMPLES: dict[str, dict[str, Example]] = {
    "rotherham": examples_rotherham.EXAMPLES,
    "essex": examples_essex.EXAMPLES,
    "norfolk": examples_norfolk.EXAMPLES,
    "childrens-home": examples_childrens_home.EXAMPLES,
    "lambeth": examples_lambeth.EXAMPLES,
}
# Mutants that do the same as the rule, each with the reason why no example could tell them apart.
SAME: dict[str, dict[str, str]] = {
    "rotherham": examples_rotherham.SAME,
    "essex": examples_essex.SAME,
    "norfolk": examples_norfolk.SAME,
    "childrens-home": examples_childrens_home.SAME,
    "lambeth": examples_lambeth.SAME,
}
CASES = [(document, name) for document, some in EXAMPLES.items() for name in some]


@pytest.mark.parametrize(("document", "name"), CASES, ids=lambda value: str(value))
def test_who_is_told_and_who_is_not(document: str, name: str) -> None:
    one = EXAMPLES[document][name]
    found = outcome(read_procedure(document, raw_procedure(document)), one)
    assert sorted(found) == sorted(one.lines)


@pytest.mark.parametrize("document", EXAMPLES)
def test_the_examples_catch_every_mutant(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    made, survived = 0, []
    for name, mutant in mutants(raw_procedure(document)):
        made += 1
        if all(outcome(mutant, one) == one.lines for one in EXAMPLES[document].values()):
            survived.append(name)
    with capsys.disabled():
        print(
            f"\n{document}: {made - len(survived)} of {made} mutants caught, {len(SAME[document])} known to be the same"
        )
    assert survived == list(SAME[document]), "\n".join(survived)


@pytest.mark.parametrize("document", EXAMPLES)
def test_every_rule_and_every_recipient_is_in_an_example(document: str) -> None:
    raw = raw_procedure(document)
    shown = {tuple(line.split()[:2]) for one in EXAMPLES[document].values() for line in one.lines}
    told = {(rule, who.partition("@")[0]) for rule, who in shown}
    lacking = [
        (rule["id"], tell["role"])
        for rule in raw["rules"]
        for tell in (*rule.get("tell", ()), *rule.get("ask", ()))
        if (rule["id"].partition(".")[2], tell["role"]) not in told
    ]
    assert lacking == []
