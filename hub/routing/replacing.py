"""Rules of an authority's own procedure that stand in the place of one of the baseline. Pure (DESIGN section 5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from contracts.codes import Duty, GssCode
from hub.routing.rules import Mistake, Procedure, Rule
from hub.routing.seats import Seats

Replacing = Mapping[str, Mapping[GssCode, Rule]]
"""From a rule of the baseline to the authorities that have a rule of their own in its place, and to that rule."""
NOBODY: frozenset[GssCode] = frozenset()


def replacing(procedures: Iterable[Procedure]) -> Replacing:
    """Return which rules of the baseline are replaced, for whom, and by which rule."""
    replaced: dict[str, dict[GssCode, Rule]] = {}
    for procedure in procedures:
        for rule in procedure.rules:
            if rule.replaces is not None and procedure.authority is not None:
                replaced.setdefault(rule.replaces, {})[procedure.authority] = rule
    return replaced


def without_whom(rule: Rule, seats: Seats, replaced: Replacing) -> frozenset[GssCode]:
    """Return the authorities at a rule's seat that have a rule of their own in its place."""
    own = replaced.get(rule.id)
    return NOBODY if own is None else frozenset(one for one in seats[rule.seat] if one in own)


def binds_anybody(rule: Rule, seats: Seats, without: frozenset[GssCode]) -> bool:
    """Say whether anybody is left whom a rule binds; nobody known yet at its seat counts as somebody."""
    return not without or len(without) < len(seats[rule.seat])


def wrongly_replaced(procedures: Sequence[Procedure]) -> list[Mistake]:
    """Name each rule whose `replaces` is wrong, and what to write instead.

    Only a rule of the baseline can be replaced, by one rule of an authority's own procedure at the same seat: so no
    authority takes away what binds another, and no rule replaces one that replaces it. A `never` stays a `never`.
    """
    wrong: list[Mistake] = []
    own: dict[tuple[str, str], str] = {}
    for procedure in procedures:
        for rule in procedure.rules:
            if rule.replaces is None:
                continue
            wrong += [Mistake(rule, text, "replaces") for text in _mistakes(procedure, rule, procedures)]
            first = own.setdefault((procedure.procedure, rule.replaces), rule.id)
            if first != rule.id:
                wrong.append(Mistake(rule, f"{first} replaces {rule.replaces} already; keep one of them", "replaces"))
    return wrong


def _mistakes(procedure: Procedure, rule: Rule, procedures: Sequence[Procedure]) -> Iterator[str]:
    if procedure.authority is None:
        yield "the baseline replaces nothing; change the rule itself, or give the procedure its `authority`"
        return
    holders = [(one, other) for one in procedures for other in one.rules if other.id == rule.replaces]
    if not holders:
        known = [other.id for one in procedures if one.authority is None for other in one.rules]
        near = get_close_matches(str(rule.replaces), known, n=1)
        yield f"no rule is called `{rule.replaces}`; name one of the baseline{f', such as {near[0]}' if near else ''}"
        return
    holder, other = holders[0]
    if holder.procedure == procedure.procedure:
        yield f"`{other.id}` is a rule of the same procedure; change it there, or take it out"
    elif holder.authority is not None:
        yield f"`{other.id}` binds {holder.authority} by its own procedure; only a rule of the baseline can be replaced"
    elif other.seat is not rule.seat:
        yield f"`{other.id}` binds the {other.seat.value} seat; write `seat: {other.seat.value}`, or replace nothing"
    elif other.duty is Duty.NEVER and rule.duty is not Duty.NEVER:
        yield f"`{other.id}` is a `never`, which two named people lift and no rule; write `duty: never`"
