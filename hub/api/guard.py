"""How often a partner may ask, and how often an address may fail to sign in. Each API process counts for itself."""

import math
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from contracts.adapter import Partner
from hub.api.bucket import Buckets, Rate
from hub.api.problems import ApiProblem
from hub.api.services import Limits

# Whoever has an IPv6 address has at least this whole network of them.
_IPV6_NETWORK_BITS = 64


class Guard:
    """One application's buckets. What a partner states has one of its own, so that no asking uses it up."""

    def __init__(self, limits: Limits) -> None:
        rate = Rate(limits.rate_per_second, limits.rate_burst)
        self._stating, self._asking = Buckets(rate), Buckets(rate)
        self._failing = Buckets(Rate(limits.failures_per_minute / 60, limits.failures_per_minute))

    def too_many(self, partner: Partner, method: str, now: float) -> ApiProblem | None:
        """Count a partner's request; return the answer to give instead when it is one too many."""
        buckets = self._stating if method == "POST" else self._asking
        wait = buckets.take(partner.name, now)
        if not wait:
            return None
        detail = (
            "Nothing was taken in. Send the same again, with the same Message-Id, after Retry-After seconds; "
            "if a child is missing, telephone."
        )
        return ApiProblem(429, "too-many-requests", "Too many requests of your partner.", detail, headers=_after(wait))

    def too_many_failures(self, address: str, now: float) -> ApiProblem | None:
        """Count a request without a valid token; return the answer to give instead when it is one too many."""
        wait = self._failing.take(_network(address), now)
        if not wait:
            return None
        detail = "No valid bearer token came with any of them. Mend the token before you send again."
        return ApiProblem(
            429, "too-many-failures", "Too many requests without a valid token.", detail, headers=_after(wait)
        )


def _after(wait: float) -> Mapping[str, str]:
    return {"Retry-After": str(max(1, math.ceil(wait)))}


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(int(parsed) >> (128 - _IPV6_NETWORK_BITS))
    return address
