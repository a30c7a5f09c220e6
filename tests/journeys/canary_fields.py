"""Every field that police and authorities can send, and what stands in it: a token found nowhere else.

One token for each canonical field, written alike wherever a format carries that field: so it is known from the table
of disclosure alone who may hold it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
ROTHERHAM, NORFOLK, LAMBETH = "E08000018", "E10000020", "E09000022"
# What nobody is ever told: kept by police, by the hub, or for the record of a decision.
NOBODY = "nobody"
# What the officer in the case is told of a sighting or a search, beside the fields of the table.
INFORMATION = "information"


@dataclass(frozen=True)
class Field:
    """A canonical field (`group.field`, or NOBODY), and where police and authorities write it.

    Paths below `person`, `header`, ... of a police report; below a subject, or `<fact>.<field>`, of an authority's
    message. `kind`: text, list, moment, or the value itself where the format wants a number with a check.
    """

    canonical: str
    police: str = ""
    authority: str = ""
    kind: str = "text"


def _same(group: str, police: str, authority: str, *names: tuple[str, str, str, str]) -> tuple[Field, ...]:
    """Fields of one group: canonical name, police name, authority name, kind; an empty name is none."""
    return tuple(
        Field(f"{group}.{name}", p and f"{police}{p}", a and f"{authority}{a}", kind) for name, p, a, kind in names
    )


_PERSON = _same(
    "person",
    "person.",
    "subject.",
    ("surname", "surname", "surname", "text"),
    ("forenames", "forenames", "forenames", "text"),
    ("known_as", "knownAs", "knownAs", "list"),
    ("date_of_birth", "dob", "dateOfBirth", "2011-03-17"),
    ("ethnicity", "ethnicity", "ethnicity", "text"),
    ("nationality", "nationality", "nationality", "text"),
    ("birthplace", "birthplace", "birthplace", "text"),
    ("preferred_language", "preferredLanguage", "preferredLanguage", "text"),
)
_DESCRIPTION = _same(
    "description",
    "person.",
    "subject.appearance.",
    *((name, name, name, "text") for name in ("height", "build", "hair", "eyes")),
    *((name, name, name, "list") for name in ("marks", "clothing", "possessions")),
    ("photo_reference", "photoRef", "photoReference", "text"),
)
_IDENTIFIERS = _same(
    "identifiers",
    "person.",
    "subject.",
    ("nhs_number", "nhsNumber", "nhsNumber", "9991234527"),
    ("police_person_reference", "personReference", "policePersonReference", "text"),
    ("pnc_id", "pncId", "pncId", "text"),
    ("case_id", "address.socialCareReference", "caseId", "text"),
    ("national_insurance_number", "", "nationalInsuranceNumber", "NP765432C"),
    ("child_benefit_number", "", "childBenefitNumber", "CHB87654321AB"),
    ("home_office_reference", "", "immigrationStatus.homeOfficeReference", "text"),
    ("port_reference", "", "immigrationStatus.portReference", "text"),
    ("arc_number", "", "immigrationStatus.arcNumber", "text"),
    ("nrm_reference", "", "immigrationStatus.nrmReference", "text"),
)
_RESIDENCE = _same(
    "residence",
    "person.address.",
    "subject.",
    ("home_address", "home", "homeAddress", "text"),
    ("home_postcode", "homePostcode", "homePostcode", "text"),
    ("placement_type", "placementType", "placement.type", "text"),
    ("placement_name", "placementName", "placement.name", "text"),
    ("placement_address", "placementAddress", "placement.address", "text"),
    ("placement_postcode", "placementPostcode", "placement.postcode", "text"),
)
_CARE = _same(
    "care",
    "",
    "subject.",
    ("case_team_name", "", "caseTeam.name", "text"),
    ("case_team_phone", "", "caseTeam.phone", "text"),
    ("out_of_hours_phone", "", "caseTeam.outOfHoursPhone", "text"),
    ("reviewing_officer_name", "", "independentReviewingOfficer", "text"),
    ("core_group", "", "coreGroup", "list"),
    ("school", "", "school", "text"),
)
_HEALTH = _same(
    "health",
    "person.health.",
    "subject.healthNeeds.",
    ("conditions", "conditions", "conditions", "list"),
    ("medication", "medication", "medication", "text"),
) + _same(
    "unborn",
    "person.health.",
    "subject.unbornChild.",
    ("expected_date_of_delivery", "edd", "expectedDateOfDelivery", "2031-09-23"),
    ("concerns", "unbornConcerns", "concerns", "text"),
)
_RELATIONS = _same(
    "relations",
    "person.",
    "subject.",
    ("family", "family", "family", "list"),
    ("associates", "associates", "associates", "list"),
    ("likely_places", "likelyPlaces", "likelyPlaces", "list"),
    ("parents", "", "parents.name", "text"),
    ("parents", "", "parents.relationship", "text"),
    ("parents", "", "parents.phone", "text"),
)
_CONTACT = _same(
    "contact",
    "person.contact.",
    "subject.waysToReach.",
    ("phones", "phones", "phones", "list"),
    ("emails", "emails", "emails", "list"),
    ("social_accounts", "social", "socialAccounts", "list"),
    ("bank_card", "bankCard", "bankCard", "text"),
    ("travel_card", "travelCard", "travelCard", "text"),
    ("vehicle", "vehicle", "vehicle", "text"),
)
_CASE = (
    Field("missing.missing_since", "missing.missingSince", kind="moment"),
    Field("missing.reported_at", "missing.reportedAt", kind="moment"),
    Field("missing.report_completed_at", "missing.reportCompletedAt", kind="moment"),
    Field("missing.missing_from", "person.address.missingFrom"),
    Field("missing.circumstances", "lastSeen.circumstances"),
    Field("missing.with_persons", "lastSeen.withPersons", kind="list"),
    Field("last_seen.at", "lastSeen.at", kind="moment"),
    Field("last_seen.place", "lastSeen.place"),
    Field("last_seen.postcode", "lastSeen.postcode"),
    Field("last_seen.by", "lastSeen.by"),
    Field("risk.assessed_at", "risk.assessedAt", "riskAssessed.assessedAt", "moment"),
    Field("risk.assessed_by", "risk.assessedBy", "riskAssessed.assessedBy"),
    Field("risk.rationale", "risk.rationale", "riskAssessed.rationale"),
    Field("police.force_name", "header.forceName"),
    Field("police.report_reference", "header.reportReference"),
    Field("police.occurrence_reference", "header.occurrenceReference"),
    Field("police.officer_name", "officer.name"),
    Field("police.officer_contact", "officer.contact"),
    Field("police.nationally_circulated_at", "pncCirculatedAt", kind="moment"),
    Field("police.missing_persons_unit_notified_at", "mpuNotifiedAt", kind="moment"),
    Field("whereabouts.areas", "", "whereaboutsBelieved.areas.link"),
    Field("whereabouts.areas", "", "whereaboutsBelieved.areas.seenPostcode"),
    Field("found.at", "found.at", "found.at", "moment"),
    Field("found.place", "found.place", "found.place"),
    Field("found.with_whom", "found.withWhom", "found.withWhom"),
    Field("found.harm", "found.harm", "found.harm"),
    Field("found.safe_and_well_at", "found.safeAndWellAt", "found.safeAndWellAt", "moment"),
)
_INFORMATION = (
    Field(INFORMATION, "", "sighted.at", "moment"),
    Field(INFORMATION, "", "sighted.place"),
    Field(INFORMATION, "", "sighted.reportedBy"),
    Field(INFORMATION, "", "sighted.what"),
    Field(INFORMATION, "", "tracingInformation.agency"),
    Field(INFORMATION, "", "tracingInformation.information"),
)
_KEPT = (
    *(Field(NOBODY, f"informant.{name}") for name in ("name", "relationship", "contact")),
    Field(NOBODY, "header.sourceSystem"),
    Field(NOBODY, "header.statusReason"),
    # The person's own clothing and possessions are there; what stands with the last sighting only stands in for them.
    Field(NOBODY, "lastSeen.clothing", kind="list"),
    Field(NOBODY, "lastSeen.possessions", kind="list"),
    # A word where a number is meant: doubtful, kept, and told to nobody.
    Field(NOBODY, "person.ageApparent", "subject.ageApparent"),
    Field(NOBODY, "", "whereaboutsBelieved.statedBy"),
    Field(NOBODY, "", "sighted.postcode"),
    Field(NOBODY, "", "sighted.seenBy"),
    *(Field(NOBODY, "", f"decision.{name}") for name in ("decidedBy", "secondedBy", "reason")),
    *(Field(NOBODY, "", f"contactRecorded.{name}") for name in ("contact", "by")),
    Field(NOBODY, "", "contactRecorded.withAgencies", "list"),
    Field(NOBODY, "", "foundInError.reason"),
    Field(NOBODY, "", "returned.at", "moment"),
    Field(NOBODY, "", "safeAndWellChecked.at", "moment"),
    Field(NOBODY, "", "safeAndWellChecked.by"),
    *(Field(NOBODY, "", f"returnInterview{how}.provider") for how in ("Offered", "Held", "Refused")),
)
FIELDS = (
    *_PERSON,
    *_DESCRIPTION,
    *_IDENTIFIERS,
    *_RESIDENCE,
    *_CARE,
    *_HEALTH,
    *_RELATIONS,
    *_CONTACT,
    *_CASE,
    *_INFORMATION,
    *_KEPT,
)
# Closed words, truth values, small numbers and codes: the same for many people, and so no token can stand in them.
POLICE_WORDS: Mapping[str, str] = {
    "header.schemaVersion": "1",
    "header.variant": "compact",
    "header.forceCode": "E23000024",
    "header.recorded": "true",
    "header.recordType": "MISPER",
    "risk.category": "missing",
    "risk.riskLevel": "high",
    "risk.riskFlags": "cse",
    "person.subjectType": "child",
    "person.sex": "female",
    "person.previousEpisodes": "2",
    "person.address.homeLA": ROTHERHAM,
    "person.address.responsibleLA": ROTHERHAM,
    "person.address.hostLA": NORFOLK,
    "person.address.cpPlan": "true",
    "person.address.lookedAfter": "true",
    "person.address.legalStatus": "care_order",
    "person.health.medicationDependent": "true",
    "person.health.pregnancy": "true",
    "person.health.unbornCpPlan": "true",
}
POLICE_FOUND_WORDS: Mapping[str, str] = {
    "found.authority": LAMBETH,
    "found.by": "police",
    "found.returnInterviewRequested": "true",
}
SUBJECT_WORDS: Mapping[str, Any] = {
    "subject.kind": "child",
    "subject.sex": "female",
    "subject.lookedAfter": True,
    "subject.legalStatus": "careOrder",
    "subject.childProtectionPlan": True,
    "subject.childProtectionEnquiry": True,
    "subject.homeAuthority": ROTHERHAM,
    "subject.responsibleAuthority": ROTHERHAM,
    "subject.hostAuthority": NORFOLK,
    # True would keep addresses from everybody: the table could then not be seen at work.
    "subject.recordSensitive": False,
    "subject.identityProtected": False,
    "subject.gpPractice": "YROTHGP1",
    "subject.service0To19": "YROTH019",
    "subject.midwifery": "YROTHMID",
    "subject.schoolUrn": "123456",
    "subject.knownAgencies": ["rotherham-youth-justice"],
    "subject.caseOpen": True,
    "subject.previousMissingEpisodes": 2,
    "subject.healthNeeds.medicationDependent": True,
    "subject.healthNeeds.pregnant": True,
    "subject.unbornChild.childProtectionPlan": True,
    "subject.immigrationStatus.subjectToRestriction": True,
    "subject.immigrationStatus.restrictionGround": "temporaryAdmission",
    "subject.parents.parentalResponsibility": True,
    "subject.parents.safeToTell": "safe",
}
FACT_WORDS: Mapping[str, Any] = {
    "whereaboutsBelieved.believedLeftArea": True,
    "whereaboutsBelieved.believedLeftUk": True,
    "whereaboutsBelieved.areas.authority": LAMBETH,
    "decision.answer": True,
    "decision.role": "caseTeam",
    "decision.areas": [LAMBETH],
    "found.authority": LAMBETH,
    "found.by": "homeOffice",
    "found.returnInterviewRequested": True,
    "returned.by": "family",
    "sighted.confirmed": False,
    "riskAssessed.level": "high",
    "riskAssessed.flags": ["trafficking"],
    "tracingInformation.matched": True,
    **{f"returnInterview{how}.independent": True for how in ("Offered", "Held", "Refused")},
}
# Each is a list of one in the authority's JSON.
_LISTED = ("parents", "areas")


def token(number: int, kind: str, start: datetime) -> str:
    """Return the nth token: at most eight signs, or a moment to the second that no clock or deadline gives."""
    if kind == "moment":
        # Odd seconds, some eight days ago: seven days on, and 48 hours on, are no token.
        return (start - timedelta(days=8) + timedelta(seconds=61 * number)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"Zq{number:03d}xW" if kind in ("text", "list") else kind


@dataclass(frozen=True)
class Canary:
    """All tokens, and the documents that carry them."""

    tokens: Mapping[Field, str]

    @property
    def all(self) -> frozenset[str]:
        """Every token."""
        return frozenset(self.tokens.values())

    def of(self, canonical: Iterable[str]) -> set[str]:
        """Return the tokens of canonical fields."""
        wanted = set(canonical)
        return {one for field, one in self.tokens.items() if field.canonical in wanted}

    def inside(self, text: str | bytes) -> set[str]:
        """Return the tokens that a text holds."""
        plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return {one for one in self.all if one in plain}

    def police(self, words: Mapping[str, str], groups: Iterable[str] | None = None) -> str:
        """Return a police report as XML; `groups` limits it to some of its parts."""
        tree: Json = {}
        given = {field.police: self._sent(field) for field in self.tokens if field.police}
        for path, value in {**given, **words}.items():
            if groups is None or path.split(".")[0] in groups:
                _put(tree, path.split("."), value)
        order = ("header", "risk", "person", "missing", "lastSeen", "informant", "officer")
        tree = {name: tree[name] for name in (*order, *tree) if name in tree}
        return f'<missingReport xmlns="urn:missing-children-hub:police-missing-report">{_xml(tree)}</missingReport>'

    def authority(self, part: str, words: Mapping[str, Any]) -> Json:
        """Return what an authority writes of a subject (`subject`) or states in one kind of fact."""
        tree: Json = {}
        given = {field.authority: self._sent(field) for field in self.tokens if field.authority}
        lists = {field.authority for field in self.tokens if field.kind == "list"}
        for path, value in {**given, **words}.items():
            first, *rest = path.split(".")
            if first == part:
                _put(tree, rest, [value] if path in lists else value)
        return {name: [value] if name in _LISTED and isinstance(value, dict) else value for name, value in tree.items()}

    def _sent(self, field: Field) -> str:
        return self.tokens[field] + ("Z" if field.kind == "moment" else "")


def canary(start: datetime) -> Canary:
    """Return tokens for every field of a story that began some days before `start`."""
    return Canary({field: token(n, field.kind, start.astimezone(UTC)) for n, field in enumerate(FIELDS)})


def _put(tree: Json, steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
    tree[steps[-1]] = value


def _xml(tree: Json) -> str:
    return "".join(
        f"<{name}>{_xml(value) if isinstance(value, dict) else value}</{name}>" for name, value in tree.items()
    )
