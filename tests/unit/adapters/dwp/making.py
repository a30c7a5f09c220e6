"""Makes dispatches and documents for DWP's tests; the people are invented."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts.adapter import Channel, Document, Endpoint, Partner, PartnerKind
from contracts.codes import Duty, Role, Seat, Sex, SubjectKind
from contracts.dispatch import (
    Action,
    Content,
    Dispatch,
    Ground,
    Guidance,
    Kind,
    Recipient,
    WithdrawalReason,
    dispatch_id,
)
from contracts.person import (
    Care,
    Contact,
    Identifiers,
    LastSeen,
    Missing,
    Parent,
    Person,
    PoliceCase,
    Relations,
    Residence,
    Unborn,
)

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EPISODE = UUID("7b0c6f0e-4b7e-5e57-9a3c-0d6a3f1c2b10")
SUBJECT = UUID("2f9d1f4a-8f59-5a2b-8a59-9c1b7d0e4a11")
DWP = Partner(name="dwp", kind=PartnerKind.DWP)
ROLE_OF = {
    Kind.TRACE_REQUEST: Role.DWP_CITIZEN_TRACE,
    Kind.NOTICE: Role.DWP_NOTIFICATIONS,
    Kind.BENEFIT_REQUEST: Role.CHILD_BENEFIT_OFFICE,
}
TRACE_OPTIONS = {
    "policy_id": "missing-children",
    "context": "missing-children-hub",
    "instigating_user_id": "duty.team@example.org",
}


def mother(**changes: Any) -> Content:
    """All that DWP may be told about a pregnant woman, with groups replaced by `changes`."""
    groups: dict[str, Any] = {
        "person": Person(
            surname="Ashgrove",
            forenames="Maren Ellis",
            known_as=("Ren", "Mar"),
            date_of_birth=date(1998, 2, 14),
            sex=Sex.FEMALE,
            nationality="British",
        ),
        "identifiers": Identifiers(national_insurance_number="NP112233C", child_benefit_number="CHB12345678AB"),
        "residence": Residence(home_address="4 Example Row, Rotherham", home_postcode="S60 1AE"),
        "care": Care(
            case_team_name="Duty and Assessment",
            case_team_phone="01632 960101",
            out_of_hours_phone="01632 960102",
            responsible_authority="E08000018",
        ),
        "unborn": Unborn(expected_date_of_delivery=date(2027, 1, 9)),
        "contact": Contact(phones=("07700 900123",), emails=("ren@example.org",)),
        "relations": Relations(parents=(Parent(name="Corin Ashgrove", relationship="father"),)),
        "missing": Missing(missing_since=NOW, missing_from="4 Example Row"),
        "last_seen": LastSeen(at=NOW, place="Example Interchange", postcode="S60 1AB"),
        "police": PoliceCase(force="E23000011", force_name="South Yorkshire", report_reference="SYP-26-0042"),
        "guidance": Guidance(action="Call the duty team", phone="01632 960101"),
    }
    return Content(**(groups | changes))


def dispatch(
    kind: Kind,
    content: Content | None = None,
    *,
    action: Action = Action.RAISE,
    revision: int = 1,
    subject_kind: SubjectKind = SubjectKind.PREGNANT_WOMAN,
) -> Dispatch:
    """A dispatch for the role that belongs to the kind; a withdrawal loses its content."""
    recipient = Recipient(role=ROLE_OF.get(kind, Role.DWP_NOTIFICATIONS))
    withdrawn = action is Action.WITHDRAW
    return Dispatch(
        id=dispatch_id(EPISODE, SUBJECT, recipient, kind.value, revision),
        episode_id=EPISODE,
        episode_reference="MC-7F3K-2Q9D",
        subject_id=SUBJECT,
        subject_kind=subject_kind,
        recipient=recipient,
        kind=kind,
        thread=kind.value,
        action=action,
        revision=revision,
        grounds=(
            Ground(
                rule="rotherham-national-notification",
                clause="rotherham P17",
                procedure="rotherham",
                procedure_version="1",
                seat=Seat.HOME,
                duty=Duty.CONSIDER,
                occasion=1,
                due_at=NOW,
                purpose="national notification",
                lawful_basis="authority-to-dwp",
            ),
        ),
        due_at=NOW,
        created_at=NOW,
        content=Content() if withdrawn else (content or mother()),
        reason=WithdrawalReason.FOUND if withdrawn else None,
    )


def endpoint(address: str = "http://127.0.0.1:9", **options: str) -> Endpoint:
    """An endpoint of this adapter; without a policy id it is one of the submission services."""
    return Endpoint(id="dwp", adapter="dwp", channel=Channel.HTTPS, address=address, partner="dwp", options=options)


def citizen_api(address: str = "http://127.0.0.1:9", **options: str) -> Endpoint:
    """The Citizen API's endpoint."""
    return endpoint(address, **(TRACE_OPTIONS | options))


def document(body: bytes, message_id: str | None = None, route: str = "trace-results") -> Document:
    """A document as intake hands it in."""
    return Document(DWP, route, body, "application/json", NOW, message_id)
