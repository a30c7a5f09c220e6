"""A partner's own MESH mailbox, as the simulator reaches it."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from adapters.health.model import FHIR_JSON, MESH_JSON, WORKFLOW_REPLY, access_token


def now() -> datetime:
    """Return this partner's own time."""
    return datetime.now(UTC)  # noqa: TID251 - the simulator stands for a partner, who has a clock of its own


@dataclass
class Mailbox:
    """One mailbox; `client` is the simulation's HTTP client, `base_url` ends in /messageexchange."""

    client: Any
    base_url: str
    id: str
    password: str
    shared_key: str
    # One nonce for the life of the process, counted up: the other way that MESH allows.
    _nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    _count: Any = field(default_factory=count)

    async def waiting(self) -> list[str]:
        """Return the ids of the messages that wait."""
        answer = await self._request("GET", f"{self.id}/inbox")
        answer.raise_for_status()
        return list(answer.json()["messages"])

    async def fetch(self, message_id: str) -> tuple[Mapping[str, str], bytes]:
        """Return a message's headers and body."""
        answer = await self._request("GET", f"{self.id}/inbox/{message_id}")
        answer.raise_for_status()
        return answer.headers, answer.content

    async def acknowledge(self, message_id: str) -> None:
        """Say that a message is stored."""
        (await self._request("PUT", f"{self.id}/inbox/{message_id}/status/acknowledged")).raise_for_status()

    async def send(self, recipient: str, body: bytes, local_id: str) -> tuple[int, Any]:
        """Send a FHIR message; returns MESH's status and JSON."""
        headers = {
            "mex-from": self.id,
            "mex-to": recipient,
            "mex-workflowid": WORKFLOW_REPLY,
            "mex-localid": local_id,
            "content-type": FHIR_JSON,
        }
        answer = await self._request("POST", f"{self.id}/outbox", headers, body)
        return answer.status_code, json.loads(answer.content or b"null")

    async def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Any:
        token = access_token(self.id, self.password, self.shared_key, self._nonce, next(self._count), now())
        sent = {"authorization": token, "accept": MESH_JSON, **(headers or {})}
        return await self.client.request(method, f"{self.base_url}/{path}", headers=sent, content=body)
