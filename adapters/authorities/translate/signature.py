"""The signature of a webhook, made by the hub and checked by whoever receives it. Needs nothing but Python itself.

After the Standard Webhooks convention: HMAC-SHA256 over `id.timestamp.body`, in base64, behind a version mark.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Container, Mapping
from datetime import datetime
from enum import StrEnum

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
TOLERANCE_SECONDS = 300
_BASE64_MARK = "whsec_"


class Verdict(StrEnum):
    """What a receiver should think of a signed message. Only `genuine` is to have an effect."""

    GENUINE = "genuine"
    REPEATED = "repeated"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"


def signed_headers(key: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers that sign `body` under `message_id` at `now`.

    `key` is the shared secret: plain text, or `whsec_` and base64. Raises ValueError when that base64 is broken.
    """
    timestamp = str(int(now.timestamp()))
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: f"v1,{_digest(key, message_id, timestamp, body)}"}


def verify(
    key: str, headers: Mapping[str, str], body: bytes, now: datetime, seen: Container[str] = frozenset()
) -> Verdict:
    """Judge a message: `headers` with lower-case names, `seen` the ids that already had their effect.

    The signature header may list several signatures, so that a key can be changed without a gap. The window is five
    minutes either way.
    """
    message_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    offered = [part[3:] for part in headers.get(SIGNATURE, "").split() if part.startswith("v1,")]
    if not (message_id and offered and timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return Verdict.UNSIGNED
    expected = _digest(key, message_id, timestamp, body).encode()
    if not any(hmac.compare_digest(expected, one.encode()) for one in offered):
        return Verdict.FORGED
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        return Verdict.STALE
    return Verdict.REPEATED if message_id in seen else Verdict.GENUINE


def _digest(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(_secret(key), content, hashlib.sha256).digest()).decode()


def _secret(key: str) -> bytes:
    if not key:
        raise ValueError("the signing key is empty")
    if not key.startswith(_BASE64_MARK):
        return key.encode()
    try:
        return base64.b64decode(key.removeprefix(_BASE64_MARK), validate=True)
    except binascii.Error:
        raise ValueError("the signing key is not valid base64 after 'whsec_'") from None
