"""Every sentence of a written procedure against its account: what is covered, by what, and what is not. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.procedures.accounting import Account, Accounts
from hub.procedures.sentences import Sentence
from hub.routing.rules import Procedure, Rule


@dataclass(frozen=True)
class Coverage:
    """One document's table. `sentences` is the denominator: every sentence with a word of duty.

    `stale` are accounts of sentences that are no longer there or read otherwise; `unknown` are accounts that name a
    rule that is not loaded, `miscited` those whose rule cites another section; `unsaid` are the procedure's rules that
    no sentence accounts for.
    """

    document: str
    sentences: int
    by_rule: int
    by_reason: Mapping[str, int]
    unaccounted: tuple[Sentence, ...]
    stale: tuple[Account, ...]
    unknown: tuple[tuple[Account, str], ...]
    miscited: tuple[tuple[Account, str], ...]
    unsaid: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Say whether every sentence has an account that still holds."""
        return not (self.unaccounted or self.stale or self.unknown or self.miscited)


def coverage(accounts: Accounts, sentences: Sequence[Sentence], procedures: Iterable[Procedure]) -> Coverage:
    """Compare a document's sentences with their accounts."""
    rules = {rule.id: rule for procedure in procedures for rule in procedure.rules}
    there = {(one.place, one.digest): one for one in sentences}
    held = {(one.at, one.digest): one for one in accounts.sentences}
    matched = [account for key, account in held.items() if key in there]
    named = {rule for account in matched for rule in account.named_rules}
    claims = [(account, rule) for account in matched for rule in account.rules]
    return Coverage(
        document=accounts.document,
        sentences=len(sentences),
        by_rule=sum(bool(account.rules) for account in matched),
        by_reason=Counter(account.reason for account in matched if account.reason),
        unaccounted=tuple(sentence for key, sentence in there.items() if key not in held),
        stale=tuple(account for key, account in held.items() if key not in there),
        unknown=tuple((one, rule) for one in matched for rule in one.named_rules if rule not in rules),
        miscited=tuple(
            (account, rule)
            for account, rule in claims
            if rule in rules and not cites(rules[rule], accounts.document, account.section)
        ),
        unsaid=tuple(
            rule.id
            for procedure in procedures
            if procedure.procedure == accounts.document
            for rule in procedure.rules
            if rule.id not in named
        ),
    )


def cites(rule: Rule, document: str, section: str) -> bool:
    """Say whether a rule's clause names a section of a document; what follows in brackets is for people."""
    clauses = [" ".join(part.partition("(")[0].split()) for part in rule.clause.split(";")]
    return f"{document} {section}" in clauses
