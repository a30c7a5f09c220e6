"""What each kind of fact becomes: one small function each, and the table from the profile's word to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.authorities.model import message as wire
from adapters.authorities.model.words import Wire
from contracts import events
from contracts.codes import GssCode
from contracts.person import FoundDetails, KnownLink, LastSeen, Risk

Subjects = tuple[events.SubjectKey, ...]


class NotUsableError(Exception):
    """A fact lacks what it cannot do without; `fields` are the profile's names of it."""

    def __init__(self, *fields: str) -> None:
        super().__init__("a fact lacks what it cannot do without")
        self.fields = fields


@dataclass(frozen=True)
class Setting:
    """What surrounds a fact: whom it names (nobody = everybody of the episode) and which authority states it."""

    subjects: Subjects
    authority: GssCode

    @property
    def only_subject(self) -> UUID | None:
        """The hub's id of the one person named, if it is one and was quoted."""
        return self.subjects[0].subject_id if len(self.subjects) == 1 else None


@dataclass(frozen=True)
class FactKind:
    """How one kind of fact is read and what it becomes. `build` raises NotUsableError."""

    shape: type[Wire]
    build: Callable[[Any, Setting], events.Data]


def _whereabouts(fact: wire.WhereaboutsFact, setting: Setting) -> events.Data:
    if fact.believed_left_area is None and fact.believed_left_uk is None and not fact.areas:
        raise NotUsableError("believedLeftArea", "believedLeftUk", "areas")
    return events.WhereaboutsBelieved(
        subjects=setting.subjects,
        believed_left_area=fact.believed_left_area,
        believed_left_uk=fact.believed_left_uk,
        areas=tuple(KnownLink(**area.model_dump()) for area in fact.areas),
        stated_by=fact.stated_by,
    )


def _decision(fact: wire.DecisionFact, setting: Setting) -> events.Data:
    if fact.decision is None or fact.answer is None or fact.decided_by is None:
        stated = {"decision": fact.decision, "answer": fact.answer, "decidedBy": fact.decided_by}
        raise NotUsableError(*(name for name, value in stated.items() if value is None))
    return events.DecisionRecorded(
        decision=fact.decision,
        subject_id=fact.subject_reference or setting.only_subject,
        answer=fact.answer,
        decided_by=fact.decided_by,
        decided_by_role=fact.role,
        seconded_by=fact.seconded_by,
        areas=fact.areas,
        reason=fact.reason,
    )


def _found(fact: wire.FoundFact, setting: Setting) -> events.Data:
    return events.Found(subjects=setting.subjects, found=FoundDetails(**fact.model_dump()))


def _found_in_error(fact: wire.FoundInErrorFact, setting: Setting) -> events.Data:
    return events.FoundRetracted(subjects=setting.subjects, reason=fact.reason)


def _returned(fact: wire.ReturnedFact, setting: Setting) -> events.Data:
    return events.Returned(subjects=setting.subjects, at=fact.at, by=fact.by)


def _sighted(fact: wire.SightedFact, setting: Setting) -> events.Data:
    if fact.place is None and fact.postcode is None and fact.what is None:
        raise NotUsableError("place", "postcode", "what")
    return events.Sighted(
        subjects=setting.subjects,
        last_seen=LastSeen(at=fact.at, place=fact.place, postcode=fact.postcode, by=fact.seen_by),
        reported_by=fact.reported_by,
        confirmed=fact.confirmed,
        what=fact.what,
    )


def _contact(fact: wire.ContactFact, setting: Setting) -> events.Data:
    if fact.contact is None:
        raise NotUsableError("contact")
    return events.ContactRecorded(
        subjects=setting.subjects, contact=fact.contact, by=fact.by, with_agencies=fact.with_agencies
    )


def _risk(fact: wire.RiskFact, setting: Setting) -> events.Data:
    if fact.level is None and not fact.flags:
        raise NotUsableError("level", "flags")
    return events.RiskAssessed(subjects=setting.subjects, risk=Risk(**fact.model_dump()))


def _tracing(fact: wire.TracingFact, setting: Setting) -> events.Data:
    if fact.information is None and fact.matched is None:
        raise NotUsableError("information", "matched")
    return events.TracingInformationReceived(
        subjects=setting.subjects,
        agency=fact.agency or setting.authority,
        matched=fact.matched,
        information=fact.information,
    )


def _interview(kind: type[events.ReturnInterview]) -> Callable[[Any, Setting], events.Data]:
    def build(fact: wire.ReturnInterviewFact, setting: Setting) -> events.Data:
        return kind(subjects=setting.subjects, provider=fact.provider, independent=fact.independent)

    return build


def _safe_and_well(fact: wire.SafeAndWellFact, setting: Setting) -> events.Data:
    return events.SafeAndWellChecked(subjects=setting.subjects, at=fact.at, by=fact.by)


KINDS: Mapping[str, FactKind] = {
    "whereaboutsBelieved": FactKind(wire.WhereaboutsFact, _whereabouts),
    "decision": FactKind(wire.DecisionFact, _decision),
    "found": FactKind(wire.FoundFact, _found),
    "foundInError": FactKind(wire.FoundInErrorFact, _found_in_error),
    "returned": FactKind(wire.ReturnedFact, _returned),
    "sighted": FactKind(wire.SightedFact, _sighted),
    "contactRecorded": FactKind(wire.ContactFact, _contact),
    "riskAssessed": FactKind(wire.RiskFact, _risk),
    "tracingInformation": FactKind(wire.TracingFact, _tracing),
    "returnInterviewOffered": FactKind(wire.ReturnInterviewFact, _interview(events.ReturnInterviewOffered)),
    "returnInterviewHeld": FactKind(wire.ReturnInterviewFact, _interview(events.ReturnInterviewHeld)),
    "returnInterviewRefused": FactKind(wire.ReturnInterviewFact, _interview(events.ReturnInterviewRefused)),
    "safeAndWellChecked": FactKind(wire.SafeAndWellFact, _safe_and_well),
}
