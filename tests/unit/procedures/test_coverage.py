"""Sentences against their accounts: what is covered, and everything that can be wrong with an account."""

from typing import Any

import pytest

from hub.procedures.accounting import REASONS, Accounts, read_accounts
from hub.procedures.coverage import Coverage, cites, coverage
from hub.procedures.loading import load_accounts, load_procedures
from hub.procedures.sentences import duty_sentences
from hub.routing.rules import BookError
from tests.unit.routing.support import procedure

TEXT = "Ships\nThe crew must ring. The mate should ring.\nThe cook may ring."
FOUND = duty_sentences(TEXT, "Ships", "paragraphs")
RING, MATE, COOK = ({"at": one.place, "digest": one.digest} for one in FOUND)
RULES = [procedure({"id": "test.P2.ring", "clause": "test P2"}, {"id": "test.P3.other", "clause": "test P3; test P30"})]


def accounts(*sentences: dict[str, Any]) -> Accounts:
    raw = {
        "document": "test",
        "text": "t.txt",
        "title": "Ships",
        "cited_by": "paragraphs",
        "sentences": list(sentences),
    }
    return read_accounts("test.yaml", raw)


def covered(*sentences: dict[str, Any]) -> Coverage:
    return coverage(accounts(*sentences), FOUND, RULES)


def test_nothing_accounted_for() -> None:
    found = covered()
    assert (found.sentences, found.by_rule, found.whole) == (3, 0, False)
    assert [one.place for one in found.unaccounted] == ["P2 s1", "P2 s2", "P3 s1"]
    assert found.unsaid == ("test.P2.ring", "test.P3.other")


def test_everything_accounted_for() -> None:
    found = covered(
        {**RING, "rules": ["test.P2.ring"]},
        {**MATE, "reason": "task", "by": "test.P2.ring"},
        {**COOK, "rules": ["test.P3.other"]},
    )
    assert found.whole
    assert (found.by_rule, dict(found.by_reason), found.unsaid) == (2, {"task": 1}, ())


def test_every_sentence_counts_once() -> None:
    found = covered({**RING, "rules": ["test.P2.ring"]}, {**MATE, "reason": "duplicate", "of": RING["at"]})
    assert found.sentences == found.by_rule + sum(found.by_reason.values()) + len(found.unaccounted)


def test_an_account_of_other_words_is_stale_and_its_sentence_is_unaccounted() -> None:
    found = covered({**RING, "digest": "0" * 12, "rules": ["test.P2.ring"]})
    assert [one.at for one in found.stale] == ["P2 s1"]
    assert "P2 s1" in [one.place for one in found.unaccounted]
    assert found.by_rule == 0


def test_an_account_rests_on_a_rule_that_is_there_and_cites_its_section() -> None:
    found = covered({**RING, "rules": ["test.P2.rang"]}, {**MATE, "rules": ["test.P3.other"]})
    assert [rule for _, rule in found.unknown] == ["test.P2.rang"]
    assert [rule for _, rule in found.miscited] == ["test.P3.other"]
    assert not found.whole


@pytest.mark.parametrize(
    ("clause", "section", "holds"),
    [
        ("test P2", "P2", True),
        ("test P1; test P2 (who rings)", "P2", True),
        ("test P20", "P2", False),
        ("test P2 b1", "P2", False),
        ("other P2", "P2", False),
    ],
)
def test_what_a_clause_cites(clause: str, section: str, holds: bool) -> None:
    rule = procedure({"clause": clause}).rules[0]
    assert cites(rule, "test", section) is holds


WRONG: list[tuple[list[dict[str, Any]], str]] = [
    ([RING], "either `rules` or `reason` is needed"),
    ([{**RING, "rules": ["test.P2.ring"], "reason": "practice"}], "either `rules` or `reason` is needed, not both"),
    ([{**RING, "reason": "too hard"}], "reason: Input should be 'explains'"),
    ([{**RING, "reason": "task"}], "`by` names the rule that sets a `task`"),
    ([{**RING, "reason": "practice", "by": "test.P2.ring"}], "`by` names the rule that sets a `task`"),
    ([{**RING, "reason": "duplicate"}], "`of` names the sentence that a `duplicate` repeats"),
    ([{**RING, "reason": "duplicate", "of": "P9 s9"}], "`of: P9 s9` is no sentence of this document"),
    ([{**RING, "reason": "practice"}, {**RING, "reason": "explains"}], "accounted for twice: P2 s1"),
    ([{**RING, "digest": "words", "reason": "practice"}], "digest: String should match"),
    ([{**RING, "reson": "practice"}], "`reson` is not a field here"),
]


@pytest.mark.parametrize(("sentences", "message"), WRONG)
def test_a_wrong_account_is_refused(sentences: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(BookError) as caught:
        accounts(*sentences)
    assert message in str(caught.value)


def test_every_reason_has_a_definition_and_the_products_own_accounts_rest_on_rules_that_are_there() -> None:
    rules = {rule.id for one in load_procedures() for rule in one.rules}
    kept = [one for document in load_accounts() for one in document.sentences]
    assert {one.reason for one in kept if one.reason} <= set(REASONS)
    assert {rule for one in kept for rule in one.named_rules} <= rules
