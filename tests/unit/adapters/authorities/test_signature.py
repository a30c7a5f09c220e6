"""A receiver takes a message once: signed with the shared key, lately, unchanged, and not seen before."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from adapters.authorities.translate.signature import Verdict, signed_headers, verify
from tests.unit.adapters.authorities.support import KEY, RECEIVED_AT

BODY = b'{"messageId":"m-1"}'
SIGNED = signed_headers(KEY, "m-1", RECEIVED_AT, BODY)

CASES = [
    ("genuine", SIGNED, BODY, 0, (), Verdict.GENUINE),
    ("five minutes old", SIGNED, BODY, 300, (), Verdict.GENUINE),
    ("five minutes early", SIGNED, BODY, -300, (), Verdict.GENUINE),
    ("older than five minutes", SIGNED, BODY, 301, (), Verdict.STALE),
    ("too far ahead", SIGNED, BODY, -301, (), Verdict.STALE),
    ("the same again", SIGNED, BODY, 1, ("m-1",), Verdict.REPEATED),
    ("another key", signed_headers("other", "m-1", RECEIVED_AT, BODY), BODY, 0, (), Verdict.FORGED),
    ("changed body", SIGNED, BODY + b" ", 0, (), Verdict.FORGED),
    ("changed body of a seen id", SIGNED, BODY + b" ", 0, ("m-1",), Verdict.FORGED),
    ("changed id", {**SIGNED, "webhook-id": "m-2"}, BODY, 0, ("m-1",), Verdict.FORGED),
    (
        "renewed time",
        {**SIGNED, "webhook-timestamp": str(int(RECEIVED_AT.timestamp()) + 1)},
        BODY,
        0,
        (),
        Verdict.FORGED,
    ),
    ("a stale repeat", SIGNED, BODY, 301, ("m-1",), Verdict.STALE),
    ("no signature", {**SIGNED, "webhook-signature": ""}, BODY, 0, (), Verdict.UNSIGNED),
    ("another version of signature", {**SIGNED, "webhook-signature": "v2,abc"}, BODY, 0, (), Verdict.UNSIGNED),
    ("signature that is not ASCII", {**SIGNED, "webhook-signature": "v1,\u00e9"}, BODY, 0, (), Verdict.FORGED),
    ("no id", {**SIGNED, "webhook-id": ""}, BODY, 0, (), Verdict.UNSIGNED),
    ("no time", {**SIGNED, "webhook-timestamp": "now"}, BODY, 0, (), Verdict.UNSIGNED),
    ("endless time", {**SIGNED, "webhook-timestamp": "9" * 5000}, BODY, 0, (), Verdict.UNSIGNED),
    ("no headers", {}, BODY, 0, (), Verdict.UNSIGNED),
]


@pytest.mark.parametrize(
    ("headers", "body", "seconds", "seen", "verdict"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_verdicts(headers: dict[str, str], body: bytes, seconds: int, seen: tuple[str, ...], verdict: Verdict) -> None:
    assert verify(KEY, headers, body, RECEIVED_AT + timedelta(seconds=seconds), seen) is verdict


def test_the_signature_is_what_the_convention_says() -> None:
    secret = base64.b64encode(b"0123456789abcdef01234567").decode()
    content = f"m-1.{int(RECEIVED_AT.timestamp())}.".encode() + BODY
    expected = base64.b64encode(hmac.new(b"0123456789abcdef01234567", content, hashlib.sha256).digest()).decode()

    assert signed_headers(f"whsec_{secret}", "m-1", RECEIVED_AT, BODY)["webhook-signature"] == f"v1,{expected}"


def test_a_key_can_be_changed_without_a_gap() -> None:
    new = signed_headers("new", "m-1", RECEIVED_AT, BODY)["webhook-signature"]
    both = {**SIGNED, "webhook-signature": f"{new} {SIGNED['webhook-signature']}"}

    assert verify(KEY, both, BODY, RECEIVED_AT) is Verdict.GENUINE
    assert verify("new", both, BODY, RECEIVED_AT) is Verdict.GENUINE


@pytest.mark.parametrize("key", ["", "whsec_not base64"])
def test_a_broken_key_signs_nothing(key: str) -> None:
    with pytest.raises(ValueError, match="signing key"):
        signed_headers(key, "m-1", RECEIVED_AT, BODY)
