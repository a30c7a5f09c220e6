"""The words of the health services' side: code systems, identifier systems, MESH headers and the MESH access token.

Plain strings and the standard library only, so that the simulator starts quickly.
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

# Our own systems. No national code for a missing child exists, so these names are ours and versioned with this hub.
BASE = "https://missing-children-hub.example/fhir"
EVENT_SYSTEM = f"{BASE}/CodeSystem/message-event"
CONCERN_SYSTEM = f"{BASE}/CodeSystem/missing-concern"
TASK_SYSTEM = f"{BASE}/CodeSystem/missing-task"
OUTPUT_SYSTEM = f"{BASE}/CodeSystem/decision-output"

MESSAGE_ID = f"{BASE}/Id/message"
EPISODE_ID = f"{BASE}/Id/episode"
SUBJECT_ID = f"{BASE}/Id/subject"
UNBORN_SUBJECT_ID = f"{BASE}/Id/unborn-subject-on-mothers-record"
FLAG_ID = f"{BASE}/Id/flag"
TASK_ID = f"{BASE}/Id/task"
COMMUNICATION_ID = f"{BASE}/Id/communication"
SEQUENCE_ID = f"{BASE}/Id/sequence"
DECISION_ID = f"{BASE}/Id/decision"

# Systems of others.
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
GSS_CODE = "http://statistics.data.gov.uk/id/statistical-geography"
MESSAGE_REASON = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
SNOMED = "http://snomed.info/sct"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
COMMUNICATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"

# Message events: three leave, three come back.
EVENT_ALERT = "missing-alert"
EVENT_NOTICE = "missing-notice"
EVENT_DECISION_REQUEST = "missing-decision-request"
EVENT_ACKNOWLEDGEMENT = "missing-acknowledgement"
EVENT_DECISION = "missing-decision"
EVENT_SEEN = "missing-seen"

EVENT_DISPLAY = {
    EVENT_ALERT: "Missing child alert",
    EVENT_NOTICE: "Missing child notice",
    EVENT_DECISION_REQUEST: "Missing child decision request",
    EVENT_ACKNOWLEDGEMENT: "Missing child business acknowledgement",
    EVENT_DECISION: "Missing child decision",
    EVENT_SEEN: "Missing child possibly seen",
}

# Outputs of the task that answers a decision request.
OUTPUT_ANSWER = "answer"
OUTPUT_AREA = "area"

FHIR_JSON = "application/fhir+json"
MESH_REPORT = "application/vnd.mesh.report+json"
MESH_JSON = "application/vnd.mesh.v2+json"
ROUTE = "mesh"
MOST_BYTES = 5_000_000
MOST_DEPTH = 40

WORKFLOW = "MISSING_CHILD_ALERT"
WORKFLOW_REPLY = "MISSING_CHILD_ALERT_ACK"

ACCESS_REFUSED = "MESH refuses the access token: check the mailbox, its password, the shared key and the clock"

# What mesh-api.yaml (Asynchronous error reporting, Error codes) says of a REPORT's status code, in our words.
REPORT_REASONS = {
    "02": "the data was missing",
    "06": "the headers were malformed",
    "07": "the sender does not match the access token",
    "08": "no recipient was named",
    "11": "the message type was wrong",
    "12": "the recipient mailbox is not registered",
    "14": "not collected within five days",
    "16": "the sender may not send this workflow",
    "17": "the workflow is not registered for the mailbox",
}


def access_token(mailbox: str, password: str, shared_key: str, nonce: str, count: int, at: datetime) -> str:
    """Return the MESH Authorization header for one request (mesh-api.yaml, MESH Authorization header).

    `at` must carry a time zone; MESH refuses a token that is more than two hours off, or used twice.
    """
    timestamp = at.astimezone(UTC).strftime("%Y%m%d%H%M")
    secret = ":".join((mailbox, nonce, str(count), password, timestamp))
    digest = hmac.new(shared_key.encode(), secret.encode(), sha256).hexdigest()
    return f"NHSMESH {mailbox}:{nonce}:{count}:{timestamp}:{digest}"


def codeable(system: str, code: str, display: str) -> dict[str, object]:
    """Return a FHIR CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}
