"""What receivers hold, in one shape: read from each agency's own format, as the receiver itself would read it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from tests.chaos.model import DWP, HOME_OFFICE, Hold

_REFERENCE = re.compile(r"MC-[2-9A-Z]{4}-[2-9A-Z]{4}")
_SAID_ANEW = ("messageId", "issuedAt", "revision", "action", "dueAt")
_PROFILES = {"dwp-missing-notification": "notice", "child-benefit-request": "benefit_request"}


@dataclass(frozen=True)
class Message:
    """One message at a receiver: `about` names the episode (its id or spoken reference) or, for a trace, the surname.

    `subject` is the hub's id of whom it is about, where the format says so: a mother and her unborn child are two.
    `action` is raise, update or withdraw; `times` how often the receiver got it under this id; `digest` stands for what
    it says, leaving out what every message says anew (empty where the format does not allow to tell).
    """

    id: str
    about: str
    hold: Hold
    action: str
    revision: int
    times: int = 1
    digest: str = ""
    subject: str = ""

    def came(self, times: int) -> "Message":
        """Return the message as having come so often."""
        return replace(self, times=times)


def of_authority(receiver: str, body: Mapping[str, Any]) -> Message:
    """Read an authority's message, wherever it lies: webhook, inbox or topic."""
    hold = Hold(receiver, body["recipient"]["role"], body["thread"])
    return _plain(body, body["episodeReference"], hold)


def of_police(body: Mapping[str, Any]) -> Message:
    """Read a message at a police force."""
    to = body["recipient"]
    # Each piece of information is a thread of its own; the model knows that there is one.
    thread = "information" if body["thread"].startswith("information:") else body["thread"]
    hold = Hold(to["force"], to["role"], thread)
    return _plain(body, body["episodeId"], hold)


def of_home_office(body: Mapping[str, Any]) -> Message:
    """Read a message at the Home Office."""
    return _plain(body, body["episodeReference"], Hold(HOME_OFFICE, body["recipient"], body["thread"]))


def of_dwp(id: str, kept: Mapping[str, Any]) -> Message:
    """Read what DWP's stand-in keeps: a submission, or a trace, which has no message id but a correlation id."""
    body = kept["body"]
    if kept["kind"] == "trace":
        return Message(id, body["data"]["attributes"]["lastName"], Hold(DWP, "", "trace_request"), "raise", 1)
    return _plain(body, body["episodeReference"], Hold(DWP, "", _PROFILES[body["profile"]]))


def of_mesh(mailbox: str, local_id: str, document: bytes) -> Message:
    """Read a FHIR message in a mailbox."""
    bundle = json.loads(document)
    text = document.decode()
    found = _REFERENCE.search(text)
    values = [identifier for resource in _resources(bundle) for identifier in resource.get("identifier", ())]
    sequence = next(int(one["value"]) for one in values if one["system"].endswith("/sequence"))
    action = "withdraw" if '"Withdrawn:' in text else "raise" if sequence == 1 else "update"
    return Message(
        id=local_id,
        about=found[0] if found else "",
        hold=Hold(mailbox, "", _thread(bundle, values)),
        action=action,
        revision=sequence,
    )


def _thread(bundle: Mapping[str, Any], values: list[Mapping[str, str]]) -> str:
    event = next(iter(_resources(bundle)))["eventCoding"]["code"]
    if event != "missing-decision-request":
        return str(event).removeprefix("missing-")
    decision = next(one["value"] for one in values if one["system"].endswith("/decision"))
    return f"decision_request:{decision}"


def _resources(bundle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if isinstance(entry["resource"].get("identifier", []), list)]


def _plain(body: Mapping[str, Any], about: str, hold: Hold) -> Message:
    said = {name: value for name, value in body.items() if name not in _SAID_ANEW}
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    subject = body.get("subjectReference", "")
    return Message(body["messageId"], about, hold, body["action"], body["revision"], digest=digest, subject=subject)
