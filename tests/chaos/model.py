"""Who must have been told of a child in each story, and who withdrawn: written down here, never read from the hub."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.children import Child

ROTHERHAM, NORFOLK, LAMBETH = "rotherham-council", "missing.to.norfolk-council.v1", "lambeth-council"
HEALTH_VISITORS, GP, MIDWIFERY = "YROTH019", "YROTHGP1", "YROTHMID"
NURSE, NURSE_IN_LAMBETH = "YROTHNUR", "YLAMBNUR"
SOUTH_YORKSHIRE, METROPOLITAN = "E23000011", "E23000001"
HOME_OFFICE, DWP = "home-office", "dwp"
NATIONAL = "decision_request:rotherham.P17.national-notification"
ONWARD = "decision_request:rotherham.P10.onward-to-areas"
CIRCULATE = "decision_request:rotherham.P16.circulate-to-areas"


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


TOLD: Mapping[str, Mapping[str, tuple[Hold, ...]]] = {
    "away": {
        "report": (
            _rotherham("caseTeam"),
            _rotherham("independentReviewingOfficer"),
            _rotherham("caseTeam", NATIONAL),
            Hold(NORFOLK, "dutyTeam", "notice"),
        ),
        "context": _alerts(HEALTH_VISITORS, GP),
        "whereabouts": (
            Hold(NURSE, "", "notice"),
            Hold(NURSE, "", ONWARD),
            _rotherham("caseTeam", CIRCULATE),
            Hold(NURSE_IN_LAMBETH, "", "notice"),
        ),
        "decision": (Hold(LAMBETH, "dutyTeam", "notice"),),
    },
    "unborn": {
        "report": (
            _rotherham("caseTeam"),
            _rotherham("safeguardingUnitManager"),
            _rotherham("coreGroup"),
            _rotherham("caseTeam", NATIONAL),
        ),
        "context": _alerts(HEALTH_VISITORS, GP, MIDWIFERY),
        "decision": (
            Hold(DWP, "", "notice"),
            Hold(DWP, "", "benefit_request"),
            Hold(DWP, "", "trace_request"),
            Hold(SOUTH_YORKSHIRE, "police_force", "information"),
        ),
    },
    "restricted": {
        "report": (
            _rotherham("caseTeam"),
            _rotherham("independentReviewingOfficer"),
            _rotherham("caseTeam", NATIONAL),
        ),
        "context": (Hold(HOME_OFFICE, "home_office_notifications", "notice"), *_alerts(HEALTH_VISITORS, GP)),
        "found": (
            Hold(SOUTH_YORKSHIRE, "police_force", "found_notice"),
            Hold(METROPOLITAN, "police_force", "found_notice"),
            _rotherham("caseTeam", "found_notice"),
            Hold(LAMBETH, "dutyTeam", "found_notice"),
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
    return {hold for hold in told(child) if hold.thread not in NOT_WITHDRAWN} if child.found else set()


def allowed(child: Child) -> set[Hold]:
    """Return everything that may be told of her; anything else is one told too many."""
    return told(child) | {ASKED}
