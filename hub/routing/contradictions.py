"""What no rule may say beside the others: what can never be sent, what is forbidden, what is not there. Pure."""

from collections.abc import Iterator, Sequence

from contracts.codes import Duty
from contracts.dispatch import Kind
from hub.episode.transitions import Status
from hub.routing.disclosure import Disclosure
from hub.routing.geography import Geography
from hub.routing.reconcile import AFTER_THE_FIND
from hub.routing.replacing import wrongly_replaced
from hub.routing.rules import Mistake, Procedure, Rule, Tell

Held = tuple[Procedure, Rule]


def contradictions(
    procedures: Sequence[Procedure], disclosure: Disclosure, geography: Geography | None = None
) -> list[Mistake]:
    """Return every mistake that only all procedures together show, in the order of the rules in each kind."""
    held = [(procedure, rule) for procedure in procedures for rule in procedure.rules]
    return [
        *_doubled(held),
        *_without_row(held, disclosure),
        *_after_the_end(held),
        *_forbidden(held),
        *_not_decided(held),
        *wrongly_replaced(procedures),
        *(_nowhere(procedures, geography) if geography is not None else ()),
    ]


def _doubled(held: Sequence[Held]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for procedure, rule in held:
        if rule.id in seen:
            yield Mistake(rule, f"already stands in {seen[rule.id]}; rename one", "id")
        seen.setdefault(rule.id, procedure.procedure)


def _without_row(held: Sequence[Held], disclosure: Disclosure) -> Iterator[Mistake]:
    for _, rule in held:
        for tell, kind in (*_kinds(rule.tell, None), *_kinds(rule.ask, Kind.DECISION_REQUEST)):
            if rule.duty is not Duty.NEVER and disclosure.row(tell.role, kind) is None:
                text = f"no disclosure row lets {tell.role.value} have a {kind.value}; add one to disclosure.yaml"
                yield Mistake(rule, text)


def _after_the_end(held: Sequence[Held]) -> Iterator[Mistake]:
    """Name what would be sent to nobody: alerts and notices of a going missing end with it."""
    for _, rule in held:
        statuses = [argument for name, _, argument in rule.when.tests if name == "status"]
        if rule.duty is Duty.NEVER or not statuses or not all(one.ended for one in statuses[0]):
            continue
        sent = AFTER_THE_FIND if Status.FOUND in statuses[0] else ()
        for tell in rule.tell:
            if tell.kind not in sent:
                names = ", ".join(kind.value for kind in AFTER_THE_FIND)
                text = f"a {tell.kind.value} is not sent any more then; with `status: [found]` write one of: {names}"
                yield Mistake(rule, text, "tell")


def _forbidden(held: Sequence[Held]) -> Iterator[Mistake]:
    """Name each `must` that can never be done, because a `never` that binds with it bars that role whenever it holds.

    An authority's own bar may cut into a wider rule of the baseline: that is what it is for. With the same condition it
    would silently undo that rule.
    """
    bars = [one for one in held if one[1].duty is Duty.NEVER and one[1].until is None]
    for holder, bar in bars:
        for procedure, rule in held:
            roles = {tell.role.value for tell in rule.tell} & {tell.role.value for tell in bar.tell}
            if rule.duty is not Duty.MUST or rule.id == bar.replaces or not roles:
                continue
            barred, told = set(bar.when.parts), set(rule.when.parts)
            who = ", ".join(sorted(roles))
            if holder.authority in (None, procedure.authority) and barred <= told:
                yield Mistake(rule, f"{bar.id} forbids {who} whenever this rule holds; narrow one of the two")
            elif procedure.authority is None and barred == told:
                yield Mistake(bar, f"{rule.id} must tell {who} on the same condition; write `replaces: {rule.id}`")


def _not_decided(held: Sequence[Held]) -> Iterator[Mistake]:
    decided = {rule.id for _, rule in held if rule.duty is not Duty.MUST}
    for _, rule in held:
        for field in ("when", "until"):
            condition = getattr(rule, field)
            named = set().union(*condition.arguments("decided")) if condition is not None else set()
            for name in sorted(named - decided):
                text = f"`decided: {name}` names no rule that anybody decides on; name a `consider` or a `never`"
                yield Mistake(rule, text, field)


def _nowhere(procedures: Sequence[Procedure], geography: Geography) -> Iterator[Mistake]:
    for one in procedures:
        if one.authority is not None and geography.police_force_of(one.authority) is None:
            text = f"no authority has the code {one.authority}, so its procedure would bind nobody; correct `authority`"
            yield Mistake(one.rules[0], text)


def _kinds(tells: Sequence[Tell], kind: Kind | None) -> list[tuple[Tell, Kind]]:
    return [(tell, kind or tell.kind) for tell in tells]
