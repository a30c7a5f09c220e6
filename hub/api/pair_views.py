"""What the API answers about pairs of subjects that may be one child."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.person import Identifiers, Person, Residence


class PairReason(BaseModel):
    """What speaks for two subjects being one (points above zero), against it, or is to be borne in mind (zero)."""

    points: int
    text: str


class PairView(BaseModel):
    """Two subjects that may be one child, and where the question stands: ids and reasons, nothing about anybody.

    `state`: proposed, lapsed, accepted, rejected or unlinked. `version` counts its changes.
    """

    id: UUID
    one: UUID
    other: UUID
    state: str
    version: int
    reasons: list[PairReason] = []
    proposed_at: AwareDatetime | None = None
    decided_at: AwareDatetime | None = None
    decided_by: str | None = None


class PairList(BaseModel):
    """The pairs that wait for a person."""

    pairs: list[PairView]


class ComparedSubject(BaseModel):
    """What is known of one of the two, for a person to compare."""

    subject: UUID
    episode: UUID
    status: str
    person: Person
    residence: Residence
    identifiers: Identifiers
    school: str | None = None
    school_urn: str | None = None
    gp_practice: str | None = None


class PairDetail(PairView):
    """A pair with what is known of both."""

    subjects: list[ComparedSubject] = []


class IdentityDecision(BaseModel):
    """The body of POST /identity/{pair}/decision: what a named person decided."""

    decision: Literal["accept", "reject", "unlink"]
    by: str = Field(min_length=1, max_length=200, description="Who decided.")
    revises: int | None = Field(None, description="The version of an earlier decision that this one puts right.")
