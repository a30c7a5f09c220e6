"""What people decided on a rule: the answer to its question, or the two who lift what it forbids. Pure."""

from dataclasses import dataclass
from unicodedata import normalize

from hub.episode.episode import Decision, Episode, Subject
from hub.routing.rules import Rule

PEOPLE_TO_LIFT = 2
"""How many different named people have to say yes before a `never` no longer forbids (DESIGN section 4, Duty)."""


@dataclass(frozen=True)
class Bar:
    """How a `never` stands: how many people have agreed to lift it, and for the how-manieth time it is laid."""

    agreed: int
    laid: int

    @property
    def lifted(self) -> bool:
        """Say whether it forbids nothing now."""
        return self.agreed >= PEOPLE_TO_LIFT

    @property
    def in_words(self) -> str:
        """How it stands, without anybody's name."""
        if self.lifted:
            return f"lifted by {self.agreed} people"
        return f"{self.agreed} of {PEOPLE_TO_LIFT} people have agreed to lift it" if self.agreed else "not lifted"


def decisions_on(rule: Rule, subject: Subject, episode: Episode) -> list[Decision]:
    """Return the decisions recorded for a rule about a subject, or about everybody, in their order."""
    return [
        decision
        for decision in episode.decisions
        if decision.data.decision == rule.id and decision.data.subject_id in (None, subject.id, subject.record_id)
    ]


def decision_on(rule: Rule, subject: Subject, episode: Episode) -> Decision | None:
    """Return the latest decision recorded for a rule about a subject, or None."""
    matching = decisions_on(rule, subject, episode)
    return matching[-1] if matching else None


def bar_on(rule: Rule, subject: Subject, episode: Episode) -> Bar:
    """Return how a `never` stands for a subject.

    People agree one by one, or one seconds the other. Anybody's no lays it again, whoever had agreed: then two people
    have to say yes anew.
    """
    agreed: set[str] = set()
    laid = 1
    for decision in decisions_on(rule, subject, episode):
        if decision.data.answer:
            agreed |= {_plain(decision.data.decided_by), _plain(decision.data.seconded_by or "")} - {""}
        else:
            laid += len(agreed) >= PEOPLE_TO_LIFT
            agreed = set()
    return Bar(len(agreed), laid)


def _plain(name: str) -> str:
    """Return a name by which somebody who is written in two ways is still one person."""
    signs = (sign if sign.isalnum() else " " for sign in normalize("NFKD", name).casefold() if sign.isprintable())
    return " ".join("".join(signs).split())
