"""The messages that an authority sends: the header of all, and one shape per fact."""

from typing import Annotated
from uuid import UUID

from adapters.authorities.model.words import (
    CODE,
    LIST,
    Day,
    FinderWord,
    Gss,
    Moment,
    Nhs,
    RiskFlagWords,
    RiskLevelWord,
    RoleWord,
    Text,
    Texts,
    Wire,
)
from contracts.codes import GssCode, Role

PROFILE = "authority-message"
VERSION = 1


class Header(Wire):
    """What every message says about itself.

    `case_id` is the authority's own case; `episode_reference`, `subject_reference` and `in_answer_to` are quoted from
    what the hub sent.
    """

    profile: Text = None
    version: int | None = None
    message_id: Text = None
    issued_at: Moment = None
    authority: Gss = None
    case_id: Text = None
    episode_reference: Text = None
    subject_reference: UUID | None = None
    in_answer_to: UUID | None = None
    missing_risk_assessment_shared: bool | None = None


class NamedSubject(Wire):
    """How a fact points at one person of the episode: by the hub's reference, the case id or the NHS number."""

    subject_reference: UUID | None = None
    case_id: Text = None
    nhs_number: Nhs = None
    date_of_birth: Day = None


class KnownArea(Wire):
    """An area, and what is known that links the person to it."""

    authority: Annotated[GssCode, CODE]
    link: Text = None
    seen_postcode: Text = None


class WhereaboutsFact(Wire):
    """`whereaboutsBelieved`: the belief that somebody left the area or the country (rotherham P10)."""

    believed_left_area: bool | None = None
    believed_left_uk: bool | None = None
    areas: Annotated[tuple[KnownArea, ...], LIST] = ()
    stated_by: Text = None


class DecisionFact(Wire):
    """`decision`: a named person's answer to a decision request; `decision` is quoted from the request."""

    decision: Text = None
    subject_reference: UUID | None = None
    answer: bool | None = None
    decided_by: Text = None
    role: RoleWord = Role.UNKNOWN
    seconded_by: Text = None
    areas: Annotated[tuple[Annotated[GssCode, CODE], ...], LIST] = ()
    reason: Text = None


class FoundFact(Wire):
    """`found`: how it ended."""

    at: Moment = None
    place: Text = None
    authority: Gss = None
    by: FinderWord = None
    with_whom: Text = None
    harm: Text = None
    safe_and_well_at: Moment = None
    return_interview_requested: bool | None = None


class FoundInErrorFact(Wire):
    """`foundInError`: still missing after all."""

    reason: Text = None


class ReturnedFact(Wire):
    """`returned`: back where they live."""

    at: Moment = None
    by: FinderWord = None


class SightedFact(Wire):
    """`sighted`: a possible sighting, for a person to confirm."""

    at: Moment = None
    place: Text = None
    postcode: Text = None
    seen_by: Text = None
    reported_by: Text = None
    confirmed: bool = False
    what: Text = None


class ContactFact(Wire):
    """`contactRecorded`: a contact that a procedure asks for was made."""

    contact: Text = None
    by: Text = None
    with_agencies: Texts = ()


class RiskFact(Wire):
    """`riskAssessed`: a risk was graded or flagged. The police category is not an authority's to state."""

    level: RiskLevelWord = None
    flags: RiskFlagWords = ()
    assessed_at: Moment = None
    assessed_by: Text = None
    rationale: Text = None


class TracingFact(Wire):
    """`tracingInformation`: what a search of an agency's records brought (rotherham P9)."""

    agency: Text = None
    matched: bool | None = None
    information: Text = None


class ReturnInterviewFact(Wire):
    """`returnInterviewOffered`, `returnInterviewHeld`, `returnInterviewRefused`."""

    provider: Text = None
    independent: bool | None = None


class SafeAndWellFact(Wire):
    """`safeAndWellChecked`, also called prevention interview or vulnerability check."""

    at: Moment = None
    by: Text = None
