"""Dispatches out: the Citizen API's match request, the national notification and the Child Benefit request."""

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson

from adapters.dwp.model import (
    LEGISLATION,
    Basis,
    Caller,
    ChildBenefitRequest,
    IfSeen,
    Individual,
    LastSeenAt,
    MatchAttributes,
    MissingNotification,
    Police,
    Submission,
    WireModel,
)
from contracts.adapter import Endpoint, Wire
from contracts.codes import SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Kind
from contracts.errors import Undeliverable
from contracts.person import Parent

JSON = "application/json"
_CUSTOMERS = (SubjectKind.PREGNANT_WOMAN, SubjectKind.ADULT, SubjectKind.CARE_LEAVER, SubjectKind.UNBORN_CHILD)
Shape = TypeVar("Shape", bound=WireModel)


def render(dispatch: Dispatch, endpoint: Endpoint) -> Wire:
    """Write a dispatch as the body of DWP's or Child Benefit's request.

    Raises Undeliverable for a kind that DWP does not take, and when a field that the contract requires is not known.
    """
    if dispatch.kind is Kind.TRACE_REQUEST:
        body: dict[str, Any] = match_request(dispatch)
    elif dispatch.kind is Kind.BENEFIT_REQUEST:
        body = child_benefit_request(dispatch, endpoint.options).to_json()
    elif dispatch.kind is Kind.NOTICE:
        body = missing_notification(dispatch).to_json()
    else:
        raise Undeliverable(
            f"DWP takes no dispatch of the kind {dispatch.kind.value}: correct the rule or the directory"
        )
    return Wire(orjson.dumps(body), JSON)


def match_request(dispatch: Dispatch) -> dict[str, Any]:
    """Return the JSON:API body of POST /capi/v2/citizens/match (openapi.yml, RequestJSON).

    Raises Undeliverable naming every required field that is not known: a person must find it out.
    """
    content = dispatch.content
    person, contact = content.person, content.contact
    number = content.identifiers.national_insurance_number
    required = {
        "firstName": next(iter((person.forenames or "").split()), None),
        "lastName": person.surname,
        "dateOfBirth": person.date_of_birth,
        "ninoFragment": number and number[4:8],
    }
    missing = [name for name, value in required.items() if not value]
    if missing:
        raise Undeliverable(
            f"the Citizen API requires {', '.join(missing)}: not known, so ask whoever may know, or DWP"
        )
    attributes = MatchAttributes.model_validate(
        required
        | {
            "firstName": str(required["firstName"])[:70],
            "lastName": str(required["lastName"])[:35],
            "alternateName": person.known_as[0][:70] if person.known_as else None,
            "alternateNameHistory": list(person.known_as[1:]) or None,
            "postcode": _postcode(content),
            "contactDetails": [*contact.phones, *contact.emails] or None,
        }
    )
    return {"jsonapi": {"version": "1.0"}, "data": {"type": "Match", "attributes": attributes.to_json()}}


def missing_notification(dispatch: Dispatch) -> MissingNotification:
    """Return the national notification of a dispatch; a withdrawal carries its reason only (promise G6)."""
    shared = _submission(dispatch)
    if dispatch.action is Action.WITHDRAW:
        return MissingNotification(**shared)
    content = dispatch.content
    return MissingNotification(
        **shared,
        caller=_caller(content),
        basis=_basis(dispatch),
        person=_person(content),
        relatives=tuple(_relative(parent) for parent in content.relations.parents) or None,
        last_seen=_last_seen(content),
        police=_police(content),
        if_seen=_if_seen(content),
    )


def child_benefit_request(dispatch: Dispatch, options: Mapping[str, str]) -> ChildBenefitRequest:
    """Return the request to the Child Benefit office, with the legislation relied on.

    `options` may name the caller's `department`, `authority_address`, and another `legislation`. Raises Undeliverable
    when neither a child nor a customer can be named.
    """
    shared = _submission(dispatch)
    if dispatch.action is Action.WITHDRAW:
        return ChildBenefitRequest(**shared)
    content, person = dispatch.content, _person(dispatch.content)
    customers = tuple(_relative(parent) for parent in content.relations.parents)
    child = person
    if dispatch.subject_kind in _CUSTOMERS:
        customers, child = ((person,) if person else ()) + customers, None
    if not (child or customers):
        raise Undeliverable("Child Benefit needs the child's or the customer's name: neither is known")
    return ChildBenefitRequest(
        **shared,
        caller=_caller(content, department=options.get("department"), address=options.get("authority_address")),
        basis=_basis(dispatch),
        legislation=options.get("legislation", LEGISLATION),
        child=child,
        customers=customers or None,
        police=_police(content),
        if_seen=_if_seen(content),
    )


def _submission(dispatch: Dispatch) -> dict[str, Any]:
    return Submission(
        message_id=dispatch.id,
        action=dispatch.action.value,
        revision=dispatch.revision,
        episode_reference=dispatch.episode_reference,
        subject_id=dispatch.subject_id,
        reason=dispatch.reason.value if dispatch.reason else None,
    ).model_dump(exclude={"caller", "basis", "if_seen"})


def _basis(dispatch: Dispatch) -> tuple[Basis, ...]:
    return tuple(
        Basis(
            clause=ground.clause,
            procedure=ground.procedure,
            due_at=ground.due_at,
            purpose=ground.purpose,
            lawful_basis=ground.lawful_basis,
        )
        for ground in dispatch.grounds
    )


def _filled(shape: type[Shape], **values: Any) -> Shape | None:
    """Return the shape with what is known, or None when nothing is: an empty group never leaves."""
    known = {name: value for name, value in values.items() if value not in (None, (), "")}
    return shape.model_validate(known) if known else None


def _postcode(content: Content) -> str | None:
    postcode = content.residence.home_postcode or content.residence.placement_postcode
    return postcode if postcode and len(postcode) <= 8 else None


def _person(content: Content) -> Individual | None:
    person, residence = content.person, content.residence
    return _filled(
        Individual,
        surname=person.surname,
        forenames=person.forenames,
        known_as=person.known_as,
        date_of_birth=person.date_of_birth,
        sex=person.sex and person.sex.value,
        nationality=person.nationality,
        expected_date_of_delivery=content.unborn.expected_date_of_delivery,
        national_insurance_number=content.identifiers.national_insurance_number,
        child_benefit_number=content.identifiers.child_benefit_number,
        address=residence.home_address,
        postcode=residence.home_postcode,
    )


def _relative(parent: Parent) -> Individual:
    return Individual(name=parent.name, relationship=parent.relationship)


def _caller(content: Content, *, department: str | None = None, address: str | None = None) -> Caller | None:
    care = content.care
    return _filled(
        Caller,
        name=care.case_team_name,
        department=department,
        authority=care.responsible_authority,
        home_authority=care.home_authority,
        address=address,
        phone=care.case_team_phone or content.guidance.phone,
        out_of_hours_phone=care.out_of_hours_phone,
    )


def _if_seen(content: Content) -> IfSeen | None:
    return _filled(IfSeen, **content.guidance.model_dump())


def _last_seen(content: Content) -> LastSeenAt | None:
    seen, missing = content.last_seen, content.missing
    return _filled(
        LastSeenAt,
        missing_since=missing.missing_since,
        missing_from=missing.missing_from,
        at=seen.at,
        place=seen.place,
        postcode=seen.postcode,
    )


def _police(content: Content) -> Police | None:
    police = content.police
    return _filled(
        Police,
        force=police.force,
        force_name=police.force_name,
        report_reference=police.report_reference,
        occurrence_reference=police.occurrence_reference,
        officer_name=police.officer_name,
        officer_contact=police.officer_contact,
    )
