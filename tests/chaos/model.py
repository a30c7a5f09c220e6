"""Who must have been told of a child in each story, and who withdrawn: written down here, never read from the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.chaos.children import Child

ROTHERHAM, NORFOLK, LAMBETH = "rotherham-council", "missing.to.norfolk-council.v1", "lambeth-council"
HEALTH_VISITORS, GP, MIDWIFERY = "YROTH019", "YROTHGP1", "YROTHMID"
NURSE, NURSE_IN_LAMBETH = "YROTHNUR", "YLAMBNUR"
SOUTH_YORKSHIRE, METROPOLITAN, NORFOLK_POLICE = "E23000011", "E23000001", "E23000024"
HOME_OFFICE, DWP = "home-office", "dwp"
NATIONAL = "decision_request:rotherham.P17.national-notification"
ONWARD = "decision_request:rotherham.P10.onward-to-areas"
CIRCULATE = "decision_request:rotherham.P16.circulate-to-areas"
FOUND = "found:"


@dataclass(frozen=True, order=True)
class Hold:
    """One thing that a receiver holds about one child: where it lies, for whom there, and on which thread."""

    receiver: str
    role: str
    thread: str


def _rotherham(role: str, thread: str = "notice") -> Hold:
    return Hold(ROTHERHAM, role, thread)


def _alerts(*mailboxes: str) -> tuple[Hold, ...]:
    return tuple(Hold(mailbox, "", "alert") for mailbox in mailboxes)


PARENTS = _rotherham("caseTeam", "decision_request:rotherham.P13.parents-not-known")
PARENTS_IN_CARE = _rotherham("caseTeam", "decision_request:baseline.parents-not-known")
"""Both asked while nobody has said whether it is safe to tell the parents: of some children only until the context
comes."""


def _tasks(*rules: str, role: str = "caseTeam") -> tuple[Hold, ...]:
    return tuple(_rotherham(role, f"task:rotherham.{rule}") for rule in rules)


def _questions(*rules: str, role: str = "caseTeam") -> tuple[Hold, ...]:
    return tuple(_rotherham(role, f"decision_request:rotherham.{rule}") for rule in rules)


_ANYBODY = (
    _rotherham("caseTeam"),
    _rotherham("ukMissingPersonsUnit"),
    *_tasks("P9.check-records", "P15.strategy-discussion"),
    _rotherham("caseTeam", NATIONAL),
    *_questions("P18.help-of-dwp", role="seniorManagement"),
)
_ANY_CHILD = (
    *_ANYBODY,
    *_tasks("P12.pupil-tracking", role="pupilTrackingOfficer"),
    *_questions("P14.extended-family"),
)
_PLACEMENT, _REVIEWING_OFFICER = "placement", "independentReviewingOfficer"


def _baseline(kind: str, *rules: str, role: str = "caseTeam") -> tuple[Hold, ...]:
    return tuple(_rotherham(role, f"{kind}:baseline.{rule}") for rule in rules)


_IN_CARE = (
    _rotherham(_REVIEWING_OFFICER),
    *_baseline("task", "reviewing-officer-tries", role=_REVIEWING_OFFICER),
    *_baseline("task", "search", "meeting", role=_PLACEMENT),
    *_baseline("decision_request", "regulator", role=_PLACEMENT),
    *_baseline("task", "immediate-strategy", "meeting"),
    *_baseline("decision_request", "recovery-order"),
)
_LOCATION = (
    *_baseline("task", "location-not-divulged"),
    *_baseline("task", "location-not-divulged", role=_PLACEMENT),
)
_RETURNED_TO_CARE = (
    *_baseline(f"{FOUND}task", "return-steps", "private-meeting", role=_PLACEMENT),
    *_baseline(f"{FOUND}task", "return-interview", "follow-up"),
    *_baseline(f"{FOUND}decision_request", "abuse-suspected"),
    *_baseline(f"{FOUND}task", "statutory-review", role=_REVIEWING_OFFICER),
)
_CIRCULATED = (
    *_tasks("P20.letter"),
    *_tasks("P21.distribution", "P31.register", role="safeguardingUnitManager"),
    _rotherham("headOfService"),
    *_tasks("P22.head-and-press", role="pressOffice"),
)
_RETURNED = (
    Hold(METROPOLITAN, "police_force", f"{FOUND}task:lambeth.8.found-here"),
    _rotherham("caseTeam", f"{FOUND}task:rotherham.P25.interview"),
    *(
        _rotherham("caseTeam", f"{FOUND}decision_request:rotherham.{rule}")
        for rule in ("P24.discussion-when-found", "P28.receiving-authority", "P30.legal-action")
    ),
)

TOLD: Mapping[str, Mapping[str, tuple[Hold, ...]]] = {
    "away": {
        "report": (
            *_ANY_CHILD,
            *_IN_CARE,
            *_baseline("decision_request", "care-plan-review", role=_PLACEMENT),
            Hold(NORFOLK, "dutyTeam", "notice"),
            Hold(NORFOLK, "dutyTeam", "decision_request:norfolk.P27.strategy-meeting"),
        ),
        "context": (
            *_alerts(HEALTH_VISITORS, GP),
            *_tasks("P13.parents-safe", "P13.parents-unsafe"),
            *_baseline("task", "parents-safe", "parents-unsafe"),
        ),
        "whereabouts": (
            Hold(NURSE, "", "notice"),
            Hold(NURSE, "", ONWARD),
            _rotherham("caseTeam", CIRCULATE),
            Hold(NURSE_IN_LAMBETH, "", "notice"),
        ),
        "decision": (Hold(LAMBETH, "dutyTeam", "notice"), *_CIRCULATED),
        "found": (
            *_RETURNED,
            Hold(NORFOLK, "dutyTeam", f"{FOUND}decision_request:norfolk.P25.offer-interview"),
            Hold(NORFOLK_POLICE, "police_force", f"{FOUND}task:norfolk.P28.safe-and-well-of-hosted"),
            *_RETURNED_TO_CARE,
            *_baseline(f"{FOUND}task", "earlier-actions"),
            *_baseline(f"{FOUND}decision_request", "risk-management-meeting", role=_PLACEMENT),
            Hold(NORFOLK_POLICE, "police_force", f"{FOUND}decision_request:baseline.safe-and-well-agreed"),
        ),
    },
    "unborn": {
        "report": (
            *_ANYBODY,
            _rotherham("safeguardingUnitManager"),
            _rotherham("coreGroup"),
            _rotherham("childProtectionConferenceChair"),
            *_tasks("P31.register", role="safeguardingUnitManager"),
        ),
        "context": _alerts(HEALTH_VISITORS, GP, MIDWIFERY),
        "decision": (
            Hold(DWP, "", "notice"),
            Hold(DWP, "", "benefit_request"),
            Hold(DWP, "", "trace_request"),
            Hold(SOUTH_YORKSHIRE, "police_force", "information"),
            *_CIRCULATED,
        ),
        "found": (
            _rotherham("caseTeam", f"{FOUND}task:rotherham.P24.discussion-on-a-plan"),
            _rotherham("caseTeam", f"{FOUND}decision_request:rotherham.P29.review-conference-when-found"),
        ),
    },
    "restricted": {
        "report": (
            *_ANY_CHILD,
            PARENTS,
            *_IN_CARE,
            PARENTS_IN_CARE,
            *_LOCATION,
        ),
        "context": (
            Hold(HOME_OFFICE, "home_office_notifications", "notice"),
            *_baseline("decision_request", "trafficking"),
            *_alerts(HEALTH_VISITORS, GP),
        ),
        "found": (
            Hold(SOUTH_YORKSHIRE, "police_force", "found_notice"),
            Hold(METROPOLITAN, "police_force", "found_notice"),
            _rotherham("caseTeam", "found_notice"),
            Hold(LAMBETH, "dutyTeam", "found_notice"),
            *_RETURNED,
            *_RETURNED_TO_CARE,
            *(replace(hold, thread=f"{FOUND}{hold.thread}") for hold in _LOCATION),
            Hold(SOUTH_YORKSHIRE, "police_force", f"{FOUND}task:baseline.safe-and-well"),
        ),
    },
}
"""Who must hold what once a step of the story has been taken in, beside what the steps before it told."""

NOT_WITHDRAWN = frozenset({"trace_request", "information", "found_notice"})
"""What leaves nothing standing, or says itself that the child is found."""

ASKED = _rotherham("caseTeam", "care_context_request")
"""Told only where the report was routed before the authority had said by itself what it knows."""


def told_by(child: Child, step: str) -> tuple[Hold, ...]:
    """Return who must hold what after a step; nothing for a step that tells nobody anything new."""
    return TOLD[child.story].get(step, ())


def told(child: Child) -> set[Hold]:
    """Return everything that must have been told of a child by the end of her story."""
    return {hold for step in child.steps() for hold in told_by(child, step)}


def withdrawn(child: Child) -> set[Hold]:
    """Return what must have been withdrawn in the end: everything that stands at somebody, once she is found."""
    ended = {hold for hold in told(child) if not hold.thread.startswith(FOUND)}
    return {hold for hold in ended if hold.thread not in NOT_WITHDRAWN} if child.found else set()


def allowed(child: Child) -> set[Hold]:
    """Return everything that may be told of her; anything else is one told too many."""
    return told(child) | {ASKED, PARENTS, PARENTS_IN_CARE}
