"""What the health adapter's tests share: samples, endpoints, documents, and a MESH server as strict as its contract."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from adapters.health.model import FHIR_JSON, MESH_REPORT
from contracts.adapter import Channel, Document, Endpoint, HttpResponse, Partner, PartnerKind, Reach, TlsIdentity
from contracts.codes import Role
from contracts.dispatch import Dispatch

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = ROOT / "adapters" / "health" / "samples"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BASE_URL = "https://mesh.example/messageexchange"
NURSE = Partner(
    name="rotherham-designated-nurse",
    kind=PartnerKind.HEALTH,
    code="YROTHNUR",
    roles=(Role.DESIGNATED_NURSE_SAFEGUARDING,),
)


def names(suffix: str) -> list[str]:
    """Return the names of the samples with a suffix."""
    return sorted(path.name.removesuffix(suffix) for path in SAMPLES.glob(f"*{suffix}"))


def dispatch_of(name: str) -> Dispatch:
    """Return the dispatch of a sample pair."""
    return Dispatch.model_validate_json((SAMPLES / f"{name}.dispatch.json").read_bytes())


def bundle_of(name: str) -> dict[str, Any]:
    """Return the message of a sample pair."""
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.bundle.json").read_bytes())
    return loaded


def message_of(name: str) -> dict[str, Any]:
    """Return an inbound message of a sample pair."""
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.message.json").read_bytes())
    return loaded


def endpoint_for(dispatch: Dispatch, **options: str) -> Endpoint:
    """Return a MESH endpoint for a dispatch's recipient."""
    return mesh_endpoint(dispatch.recipient.organisation or "YROTHNUR", **options)


def mesh_endpoint(address: str = "YROTH019", **options: str) -> Endpoint:
    """Return a MESH endpoint."""
    known = {"base_url": BASE_URL, "from_mailbox": "HUB001", **options}
    return Endpoint(id="mesh-1", adapter="health", channel=Channel.MESH, address=address, options=known)


def document(
    body: bytes | dict[str, Any], *, content_type: str = FHIR_JSON, headers: Mapping[str, str] | None = None
) -> Document:
    """Return a document as it came out of the hub's mailbox."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Document(NURSE, "mesh", raw, content_type, NOW, "20261122085900000000_AAA111", headers or {})


def sample_document(name: str) -> Document:
    """Return the inbound document of a sample pair."""
    return document(message_of(name), content_type=MESH_REPORT if name.startswith("report") else FHIR_JSON)


def resource(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the first resource of a type."""
    return next(iter(resources(bundle, kind)))


def resources(bundle: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Return the resources of a type."""
    yield from (entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind)


Answer = Callable[[str, str, Mapping[str, str], bytes], HttpResponse]


@dataclass
class StrictMesh:
    """The HTTP port, answered by `answer`, behind the access rules of mesh-api.yaml: one use a token, two hours off.

    The NHS's sandbox takes repeated and old tokens; this one does not.
    """

    answer: Answer
    now: datetime = NOW
    passwords: Mapping[str, str] = field(default_factory=lambda: {"HUB001": "password"})
    shared_key: str = "TestKey"
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    identities: list[TlsIdentity | None] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        identity: TlsIdentity | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        """Check the token, then answer."""
        given = dict(headers or {})
        self.seen.append((method, url, given, body))
        self.identities.append(identity)
        if not self._allowed(given.get("authorization", "")):
            return HttpResponse(403, {}, b"")
        return self.answer(method, url, given, body)

    def _allowed(self, token: str) -> bool:
        if token in self.used or not token.startswith("NHSMESH "):
            return False
        parts = token.removeprefix("NHSMESH ").split(":")
        if len(parts) != 5 or not parts[2].isdigit() or parts[0] not in self.passwords:
            return False
        mailbox, nonce, count, stamp, digest = parts
        stated = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=UTC)
        secret = f"{mailbox}:{nonce}:{count}:{self.passwords[mailbox]}:{stamp}"
        wanted = hmac.new(self.shared_key.encode(), secret.encode(), sha256).hexdigest()
        UUID(nonce)
        self.used.add(token)
        return abs(self.now - stated) <= timedelta(hours=2) and hmac.compare_digest(digest, wanted)


def answering(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer that is always the same."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda *_: HttpResponse(status, headers or {}, raw)


def reach_of(http: StrictMesh, *, now: datetime = NOW, new_id: Callable[[], UUID] = uuid4) -> Reach:
    """Return what the hub lends for one call."""
    secrets = {"password": "password", "shared_key": http.shared_key}
    return Reach(http=http, now=lambda: now, new_id=new_id, secrets=secrets)
