"""After how many minutes what nobody has seen is sent again, and where: the directory's `escalation`. Pure."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.events import EscalationStep
from contracts.receipt import Stage

_PERSON = (Stage.OPENED, Stage.ACCEPTED, Stage.ACTED_ON, Stage.REJECTED)
_SEEN_BY = {
    "transported": frozenset({Stage.TRANSPORTED, *_PERSON}),
    "opened": frozenset(_PERSON),
    "accepted": frozenset({Stage.ACCEPTED, Stage.ACTED_ON, Stage.REJECTED}),
}


class Ladder(BaseModel):
    """When each step is taken, in minutes, and which receipt (`needs`) ends it. None leaves a step out.

    Nobody can leave out the telephone: in the end a person rings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: Literal["transported", "opened", "accepted"]
    remind: float | None = Field(gt=0)
    out_of_hours: float | None = Field(gt=0)
    manager: float | None = Field(gt=0)
    telephone: float = Field(gt=0)

    @property
    def seen_by(self) -> frozenset[Stage]:
        """The stages of a receipt that end it."""
        return _SEEN_BY[self.needs]

    @property
    def after(self) -> tuple[tuple[EscalationStep, timedelta], ...]:
        """The steps with how long after the start each is due, the earliest first."""
        steps = [step for step in EscalationStep if step is not EscalationStep.UNKNOWN]
        given = [(step, minutes) for step in steps if (minutes := getattr(self, step.value)) is not None]
        return tuple((step, timedelta(minutes=minutes)) for step, minutes in sorted(given, key=lambda one: one[1]))


class HighRisk(Ladder):
    """Of an alert or notice of a child at high risk, counted from when it was made."""

    needs: Literal["transported", "opened", "accepted"] = "opened"
    remind: float | None = Field(5, gt=0)
    out_of_hours: float | None = Field(10, gt=0)
    manager: float | None = Field(30, gt=0)
    telephone: float = Field(15, gt=0)


class Others(Ladder):
    """Of everything else, counted from when it was due."""

    needs: Literal["transported", "opened", "accepted"] = "transported"
    remind: float | None = Field(15, gt=0)
    out_of_hours: float | None = Field(30, gt=0)
    manager: float | None = Field(45, gt=0)
    telephone: float = Field(60, gt=0)


class Steps(BaseModel):
    """Both ladders. What a directory does not say stays as it is here; no document gives the minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    high_risk: HighRisk = HighRisk()
    others: Others = Others()
