"""What a report says beside its persons: header, going missing, last seen, risk, police case, informant, the find."""

from dataclasses import dataclass
from datetime import datetime

from adapters.police.model.areas import is_known_force
from adapters.police.model.report import Found, Header, MissingReport
from adapters.police.translate.notes import Notes
from adapters.police.translate.values import Fields
from adapters.police.translate.words import CATEGORY, FINDER, FLAG, LEVEL, STATUS, Status, plain
from contracts.adapter import Document
from contracts.codes import is_gss_code
from contracts.envelope import Reference
from contracts.person import FoundDetails, LastSeen, Missing, PoliceCase, Risk
from contracts.person import Informant as InformantFacts


@dataclass(frozen=True)
class Heading:
    """The header, understood: whose report, which one, which version of it, what it says, and when it was written."""

    force: str | None
    reference: Reference
    version: int | None
    status: Status
    issued_at: datetime


def heading_of(header: Header, reference: str, document: Document, notes: Notes) -> Heading:
    """Read the header; what is missing is filled from what is known of the sender, with a warning."""
    fields = Fields(header, notes, document.received_at)
    force = _force(fields, document)
    version = fields.count("report_version", "police.report_version")
    if fields.text("report_version") is None:
        detail = "is missing; later versions cannot be told by number"
        notes.warn(fields.where("report_version"), detail, "Send 1, 2, 3.")
    issued_at = fields.moment("issued_at", "police.issued_at")
    if issued_at is None:
        detail = "is missing or unusable; the time of arrival is used"
        notes.warn(fields.where("issued_at"), detail, "Send when it was written.")
    issuer = force or header.source_system or document.partner.name
    return Heading(
        force=force,
        reference=Reference(kind="police_report", issuer=issuer, value=reference),
        version=version,
        status=_status(fields, version),
        issued_at=issued_at or document.received_at,
    )


def _force(fields: Fields, document: Document) -> str | None:
    """A force reporting under another's code is believed and flagged; a force without a territory has no code."""
    sent, own = fields.text("force_code"), document.partner.code
    if sent is None:
        fields.notes.warn(
            fields.where("force_code"), "is missing; the sender's own is used", "Send the force's GSS code."
        )
        return own
    code = sent.upper()
    if not (code.isascii() and is_gss_code(code)):
        detail = "is not a force's GSS code; the sender's own is used"
        fields.notes.doubt(fields.where("force_code"), "police.force", sent, detail, "Send a code such as E23000024.")
        return own
    if own is not None and code != own:
        detail = "is not the code that the sender is registered with; taken as sent"
        fields.notes.warn(fields.where("force_code"), detail, "Send your own force's code.")
    elif not is_known_force(code):
        fields.notes.warn(fields.where("force_code"), "is not the code of a known force area", "Check the code.")
    return code


def _status(fields: Fields, version: int | None) -> Status:
    """An unknown status never ends anything: the first version of a report is new, a later one an update."""
    status = STATUS.get(plain(fields.text("report_status") or ""))
    if status is not None:
        return status
    assumed = Status.UPDATE if version is not None and version > 1 else Status.NEW
    remedy = "Send new, update, found, found_in_error, cancelled or closed."
    fields.notes.warn(fields.where("report_status"), f"is missing or unknown; read as {assumed.value}", remedy)
    return assumed


def missing_of(report: MissingReport, notes: Notes, now: datetime) -> Missing:
    """Return the going missing itself."""
    fields = Fields(report.missing, notes, now)
    return Missing(
        missing_since=fields.moment("missing_since", "missing.missing_since"),
        reported_at=fields.moment("reported_at", "missing.reported_at"),
        report_completed_at=fields.moment("report_completed_at", "missing.report_completed_at"),
        missing_from=next((one.address.missing_from for one in report.person if one.address.missing_from), None),
        circumstances=report.last_seen.circumstances,
        with_persons=report.last_seen.with_persons,
    )


def last_seen_of(report: MissingReport, notes: Notes, now: datetime) -> LastSeen:
    """Return the last certain sighting."""
    seen = report.last_seen
    at = Fields(seen, notes, now).moment("at", "last_seen.at")
    return LastSeen(at=at, place=seen.place, postcode=seen.postcode, by=seen.by)


def risk_of(report: MissingReport, notes: Notes, now: datetime) -> Risk:
    """Return category and risk as police put them; the hub never grades."""
    fields = Fields(report.risk, notes, now)
    return Risk(
        category=fields.word("category", "risk.category", CATEGORY),
        level=fields.word("risk_level", "risk.level", LEVEL),
        flags=fields.words("risk_flags", "risk.flags", FLAG),
        assessed_at=fields.moment("assessed_at", "risk.assessed_at"),
        assessed_by=report.risk.assessed_by,
        rationale=report.risk.rationale,
    )


def police_of(report: MissingReport, heading: Heading, notes: Notes, now: datetime) -> PoliceCase:
    """Return how police run the case."""
    fields = Fields(report, notes, now)
    return PoliceCase(
        force=heading.force,
        force_name=report.header.force_name,
        report_reference=heading.reference.value,
        occurrence_reference=report.header.occurrence_reference,
        officer_name=report.officer.name,
        officer_contact=report.officer.contact,
        nationally_circulated_at=fields.moment("pnc_circulated_at", "police.nationally_circulated_at"),
        missing_persons_unit_notified_at=fields.moment("mpu_notified_at", "police.missing_persons_unit_notified_at"),
    )


def informant_of(report: MissingReport) -> InformantFacts | None:
    """Return who told police: kept for the record, never disclosed."""
    who = report.informant
    if who.name is None and who.relationship is None and who.contact is None:
        return None
    return InformantFacts(name=who.name, relationship=who.relationship, contact=who.contact)


def found_of(found: Found, notes: Notes, now: datetime) -> FoundDetails:
    """Return how it ended."""
    fields = Fields(found, notes, now)
    authority, _ = fields.authority("authority", "found.authority")
    return FoundDetails(
        at=fields.moment("at", "found.at"),
        place=found.place,
        authority=authority,
        by=fields.word("by", "found.by", FINDER),
        with_whom=found.with_whom,
        harm=found.harm,
        safe_and_well_at=fields.moment("safe_and_well_at", "found.safe_and_well_at"),
        return_interview_requested=fields.flag("return_interview_requested", "found.return_interview_requested"),
    )
