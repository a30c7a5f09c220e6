"""The words that forces use for closed lists, and what each means in the canonical model."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from contracts.codes import FinderKind, LegalStatus, PoliceCategory, RiskFlag, RiskLevel, Sex, SubjectKind

W = TypeVar("W", bound=StrEnum)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


class Status(StrEnum):
    """What a version of a report says about the report."""

    NEW = "new"
    UPDATE = "update"
    FOUND = "found"
    FOUND_IN_ERROR = "found_in_error"
    CANCELLED = "cancelled"
    CLOSED = "closed"


def plain(text: str) -> str:
    """Return a word without case, spaces and punctuation: `No apparent risk (absent)` is `no_apparent_risk_absent`."""
    return _NOT_WORD.sub("_", text.casefold()).strip("_")


def _words(kind: type[W], aliases: Mapping[str, W]) -> dict[str, W]:
    return {member.value: member for member in kind} | dict(aliases)


STATUS = _words(Status, {"updated": Status.UPDATE, "canceled": Status.CANCELLED, "located": Status.FOUND})
CATEGORY = _words(
    PoliceCategory,
    {
        "missing_person": PoliceCategory.MISSING,
        "absent": PoliceCategory.ABSENT,
        "no_apparent_risk_absent": PoliceCategory.ABSENT,
    },
)
# "No apparent risk (absent)" and "very low" stand for one another in different forces; each is kept as it was graded.
LEVEL = _words(RiskLevel, {"no_apparent_risk_absent": RiskLevel.NO_APPARENT_RISK, "absent": RiskLevel.NO_APPARENT_RISK})
FLAG = _words(
    RiskFlag,
    {
        "cse": RiskFlag.SEXUAL_EXPLOITATION,
        "child_sexual_exploitation": RiskFlag.SEXUAL_EXPLOITATION,
        "cce": RiskFlag.CRIMINAL_EXPLOITATION,
        "child_criminal_exploitation": RiskFlag.CRIMINAL_EXPLOITATION,
        "county_lines": RiskFlag.CRIMINAL_EXPLOITATION,
        "modern_slavery": RiskFlag.TRAFFICKING,
        "suicide": RiskFlag.SELF_HARM,
        "hba": RiskFlag.HONOUR_BASED_ABUSE,
        "hbv": RiskFlag.HONOUR_BASED_ABUSE,
        "fgm": RiskFlag.FEMALE_GENITAL_MUTILATION,
        "gangs": RiskFlag.GANG_AFFILIATION,
    },
)
SEX = _words(Sex, {"f": Sex.FEMALE, "m": Sex.MALE, "x": Sex.INDETERMINATE, "u": Sex.UNKNOWN, "not_known": Sex.UNKNOWN})
LEGAL_STATUS = _words(
    LegalStatus,
    {
        "none": LegalStatus.NOT_LOOKED_AFTER,
        "section_20": LegalStatus.ACCOMMODATED,
        "s20": LegalStatus.ACCOMMODATED,
        "accommodated": LegalStatus.ACCOMMODATED,
        "section_38": LegalStatus.INTERIM_CARE_ORDER,
        "s38": LegalStatus.INTERIM_CARE_ORDER,
        "interim_care_order": LegalStatus.INTERIM_CARE_ORDER,
        "section_31": LegalStatus.CARE_ORDER,
        "s31": LegalStatus.CARE_ORDER,
        "care_order": LegalStatus.CARE_ORDER,
        "full_care_order": LegalStatus.CARE_ORDER,
        "placement_order": LegalStatus.PLACEMENT_ORDER,
        "placed_for_adoption": LegalStatus.PLACEMENT_ORDER,
        "care_leaver": LegalStatus.LEAVING_CARE,
    },
)
LOOKED_AFTER = frozenset(
    {
        LegalStatus.ACCOMMODATED,
        LegalStatus.INTERIM_CARE_ORDER,
        LegalStatus.CARE_ORDER,
        LegalStatus.PLACEMENT_ORDER,
        LegalStatus.REMANDED,
    }
)
FINDER = _words(
    FinderKind,
    {
        "local_authority": FinderKind.AUTHORITY,
        "social_care": FinderKind.AUTHORITY,
        "immigration_enforcement": FinderKind.HOME_OFFICE,
        "border_force": FinderKind.HOME_OFFICE,
        "hospital": FinderKind.HEALTH,
        "ambulance": FinderKind.HEALTH,
        "parent": FinderKind.FAMILY,
        "self": FinderKind.RETURNED_BY_SELF,
        "returned": FinderKind.RETURNED_BY_SELF,
    },
)
SUBJECT = _words(SubjectKind, {})
YES = frozenset({"true", "yes", "y", "1"})
NO = frozenset({"false", "no", "n", "0"})
# How a force marks what it did not record as missing; social care gets it as a concern (norfolk P16).
CONCERN = frozenset({"cpi", "concern"})
