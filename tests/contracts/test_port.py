"""The small things that every adapter needs of an endpoint and an answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.adapter import Channel, Endpoint, HttpResponse

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 09:05:00 GMT", NOW + timedelta(minutes=5)),
        ("99999999999999", NOW + timedelta(days=1)),
        ("Sun, 22 Nov 2099 09:05:00 GMT", NOW + timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_in_both_forms_and_never_more_than_a_day_ahead(stated: str, expected: datetime | None) -> None:
    assert HttpResponse(503, {"retry-after": stated}, b"").retry_after(NOW) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"reference": "R-1"}', "R-1"),
        (b'{"reference": 7}', None),
        (b'["reference"]', None),
        (b"<html>", None),
        (b"", None),
        (b'{"reference": "' + b"x" * 300 + b'"}', "x" * 200),
    ],
)
def test_a_partners_own_reference(body: bytes, expected: str | None) -> None:
    assert HttpResponse(202, {}, body).reference == expected


def test_the_client_certificate_comes_from_the_endpoints_options() -> None:
    options = {"tls_certificate": "/c.pem", "tls_key": "/k.pem", "policy_id": "x"}
    endpoint = Endpoint(id="a", adapter="dwp", channel=Channel.HTTPS, address="https://x.example", options=options)
    identity = endpoint.tls_identity
    assert identity is not None
    assert (identity.certificate, identity.key, identity.authority) == (Path("/c.pem"), Path("/k.pem"), None)
    assert endpoint.model_copy(update={"options": {}}).tls_identity is None
