"""A partner that insists: the same bytes again until the hub has taken them, as a partner's system would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.children import Document

PAUSE_SECONDS = 0.5
_COME_AGAIN = frozenset({429, 503})


class Refused(Exception):
    """The hub gave an answer that it never should to such a document."""


@dataclass
class Partners:
    """All partners: `tokens` by name, and how often each answer came. A sender waits as long as it is told to.

    `mistakes` are answers of a hub that made a mistake; a partner's system would try again, and so does this one.
    """

    hub: str
    tokens: Mapping[str, str] = field(repr=False)
    client: httpx.AsyncClient = field(repr=False)
    answers: dict[str, int] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    async def send(self, document: Document) -> dict[str, Any]:
        """Send until it is taken; returns the receipt. Raises Refused when it is refused for good."""
        while True:
            answer = await self._post(document)
            self._count("none" if answer is None else str(answer.status_code))
            if answer is not None and answer.status_code == 202:
                receipt: dict[str, Any] = answer.json()
                return receipt
            if answer is not None and answer.status_code not in _COME_AGAIN:
                what = f"{document.path} answered {answer.status_code}"
                if answer.status_code < 500:
                    raise Refused(what)
                self.mistakes.append(what)
            await asyncio.sleep(_pause(answer))

    async def send_again(self, document: Document, before: Mapping[str, Any]) -> None:
        """Send what was taken once more. Raises Refused when the answer is another one than before."""
        if await self.send(document) != before:
            raise Refused(f"{document.path} answered the same bytes in another way")

    async def _post(self, document: Document) -> httpx.Response | None:
        headers = {"Authorization": f"Bearer {self.tokens[document.partner]}", "Content-Type": document.content_type}
        try:
            return await self.client.post(f"{self.hub}{document.path}", content=document.body, headers=headers)
        except httpx.TransportError:
            return None

    def _count(self, answer: str) -> None:
        self.answers[answer] = self.answers.get(answer, 0) + 1


def _pause(answer: httpx.Response | None) -> float:
    stated = answer.headers.get("Retry-After", "") if answer is not None else ""
    return min(float(stated), 5.0) if stated.isdigit() else PAUSE_SECONDS
