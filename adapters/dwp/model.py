"""DWP's wire shapes: the Citizen API's match request, and three profiles of our own for what has no public format.

Assumed: `dwp-missing-notification` v1, `child-benefit-request` v1, `dwp-trace-answer` v1; see this folder's README.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.codes import OpenCode

LEGISLATION = "Children Act 1989 ss.43-52"
RECORD_PARTS = {
    "current-residential-address": "a current home address",
    "current-correspondence-address": "a current address for letters",
    "addresses": "earlier addresses",
    "relationships": "related persons",
    "claims": "claims",
}


class WireModel(BaseModel):
    """The base of DWP's shapes: camelCase on the wire, frozen, lenient to what a newer sender adds."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    def to_json(self) -> dict[str, Any]:
        """Return the shape as JSON values, without what is not known."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class MatchAttributes(WireModel):
    """What the Citizen API matches on (openapi.yml, MatchJSONData); lengths are the contract's."""

    first_name: str = Field(max_length=70)
    last_name: str = Field(max_length=35)
    date_of_birth: date
    nino_fragment: str = Field(max_length=4)
    alternate_name: str | None = Field(default=None, max_length=70)
    alternate_name_history: list[str] | None = None
    postcode: str | None = Field(default=None, max_length=8)
    contact_details: list[str] | None = None


class TraceResult(OpenCode):
    """What a match request ended in."""

    MATCHED = "matched"
    NONE = "none"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


class TraceAnswer(WireModel):
    """`dwp-trace-answer` v1: what the Citizen API answered, reduced to what the officer in the case may need.

    The citizen's rotating GUID and the National Insurance number of the answer are left out on purpose.
    """

    profile: Literal["dwp-trace-answer"] = "dwp-trace-answer"
    version: int = 1
    dispatch: UUID
    episode: UUID | None = None
    subject: UUID | None = None
    result: TraceResult
    scenario: str | None = None
    holds: tuple[str, ...] = ()


class Basis(WireModel):
    """Why DWP is told: clause, deadline, purpose and lawful basis of one rule."""

    clause: str
    procedure: str
    due_at: datetime
    purpose: str
    lawful_basis: str


class Individual(WireModel):
    """A person as DWP or Child Benefit knows people."""

    name: str | None = None
    surname: str | None = None
    forenames: str | None = None
    known_as: tuple[str, ...] | None = None
    date_of_birth: date | None = None
    sex: str | None = None
    nationality: str | None = None
    relationship: str | None = None
    expected_date_of_delivery: date | None = None
    national_insurance_number: str | None = None
    child_benefit_number: str | None = None
    address: str | None = None
    postcode: str | None = None


class LastSeenAt(WireModel):
    """When the person went missing, and the last certain sighting."""

    missing_since: datetime | None = None
    missing_from: str | None = None
    at: datetime | None = None
    place: str | None = None
    postcode: str | None = None


class Police(WireModel):
    """The police case to quote, and the officer to call."""

    force: str | None = None
    force_name: str | None = None
    report_reference: str | None = None
    occurrence_reference: str | None = None
    officer_name: str | None = None
    officer_contact: str | None = None


class Caller(WireModel):
    """Who asks: the authority's team, its address and phone."""

    name: str | None = None
    department: str | None = None
    authority: str | None = None
    home_authority: str | None = None
    address: str | None = None
    phone: str | None = None
    out_of_hours_phone: str | None = None


class IfSeen(WireModel):
    """What to do when the person is seen, and whom to call."""

    action: str | None = None
    phone: str | None = None
    out_of_hours_phone: str | None = None


class Submission(WireModel):
    """What the notification and the Child Benefit request share. `subject_id` stays the same over all revisions."""

    version: int = 1
    message_id: UUID
    action: Literal["raise", "update", "withdraw"]
    revision: int
    episode_reference: str
    subject_id: UUID
    reason: str | None = None
    caller: Caller | None = None
    basis: tuple[Basis, ...] | None = None
    if_seen: IfSeen | None = None


class MissingNotification(Submission):
    """`dwp-missing-notification` v1: national notification of a missing person."""

    profile: Literal["dwp-missing-notification"] = "dwp-missing-notification"
    person: Individual | None = None
    relatives: tuple[Individual, ...] | None = None
    last_seen: LastSeenAt | None = None
    police: Police | None = None


class ChildBenefitRequest(Submission):
    """`child-benefit-request` v1: asks the Child Benefit office for what it holds, under the legislation named."""

    profile: Literal["child-benefit-request"] = "child-benefit-request"
    legislation: str | None = None
    child: Individual | None = None
    customers: tuple[Individual, ...] | None = None
    police: Police | None = None
