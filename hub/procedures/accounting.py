"""What became of each sentence of a written procedure: a rule, or a reason of a closed list why there is none. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.procedures.sentences import Citing
from hub.routing.rules import BookError, LineOf, explain_error

Reason = Literal["explains", "practice", "beforehand", "inside", "task", "duplicate"]
REASONS: Mapping[str, str] = {
    "explains": "says what a word means, to whom the text applies or why; asks nothing of anybody",
    "practice": "says how people work (care, search, assessment, an interview, records): nobody is to be told, asked, "
    "met, reviewed or kept from knowing",
    "beforehand": "planning and precaution before anybody is missing",
    "inside": "an agency's own act in its own house or system; what matters of it reaches the hub as an event",
    "task": "done by a person as part of the task that the rule in `by` sets",
    "duplicate": "the same duty as the sentence in `of`",
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Strict):
    """The account of one sentence. `at` is its place (`P7 s1`), `digest` tells whether it still reads the same.

    `rules` are the rules that do what it says; else `reason` says why there is none, `by` which rule sets the task and
    `of` which sentence says the same. `note` is for people.
    """

    at: str
    digest: str = Field(pattern=r"^[0-9a-f]{12}$")
    rules: tuple[str, ...] = ()
    reason: Reason | None = None
    by: str | None = None
    of: str | None = None
    note: str | None = None

    @property
    def section(self) -> str:
        """The section in which the sentence stands."""
        return self.at.rpartition(" s")[0]

    @property
    def named_rules(self) -> tuple[str, ...]:
        """Every rule that this account rests on."""
        return (*self.rules, self.by) if self.by else self.rules

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if bool(self.rules) is (self.reason is not None):
            raise ValueError("either `rules` or `reason` is needed, not both; keep one")
        if (self.reason == "task") is not (self.by is not None):
            raise ValueError("`by` names the rule that sets a `task`; give it there and nowhere else")
        if (self.reason == "duplicate") is not (self.of is not None):
            raise ValueError("`of` names the sentence that a `duplicate` repeats; give it there and nowhere else")
        return self


class Accounts(_Strict):
    """All accounts of one document. `text` is the file's name, `title` the line from which it counts."""

    document: str
    text: str
    title: str
    cited_by: Citing
    sentences: tuple[Account, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        places = [one.at for one in self.sentences]
        twice = sorted({one for one in places if places.count(one) > 1})
        if twice:
            raise ValueError(f"accounted for twice: {', '.join(twice)}; keep one account")
        lost = [one.of for one in self.sentences if one.of is not None and one.of not in places]
        if lost:
            raise ValueError(f"`of: {lost[0]}` is no sentence of this document; correct the place")
        return self


def read_accounts(name: str, raw: Any, line_of: LineOf | None = None) -> Accounts:
    """Read one document's accounts from its parsed YAML. Raises BookError naming line, place and remedy."""
    try:
        return Accounts.model_validate(raw)
    except ValidationError as error:
        raise BookError(explain_error(name, raw, error, line_of)) from error
