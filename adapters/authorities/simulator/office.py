"""The people and the case system behind the webhook: they take in, acknowledge, answer, and read their inbox."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.authorities.simulator import answers
from adapters.simulation import Sending, Simulation

CARE_CONTEXT, FACTS, RECEIPTS = "/intake/authorities/care-context", "/intake/authorities/facts", "/receipts"
_JSON = "application/json"
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.5


def clock() -> datetime:
    """Return the time by this process's own clock: a stand-in for a partner has no hub to lend it one."""
    return datetime.now(UTC)  # noqa: TID251 - see above


@dataclass
class Office(Simulation):
    """The state of all authorities: what waits to be answered, and which episode each case was asked about."""

    now: Callable[[], datetime] = clock
    waiting: asyncio.Queue[tuple[str, answers.Message]] = field(default_factory=asyncio.Queue)
    episodes: dict[str, str] = field(default_factory=dict)

    def signing_key(self, partner: str) -> str:
        """Return the key that the hub signs with for a partner, or an empty text."""
        return self.settings.get(f"signing_key.{partner}", self.settings.get("signing_key", ""))

    def take_in(self, partner: str, via: str, message_id: str, message: answers.Message) -> None:
        """Keep a message; the first time it also goes to the people who answer it."""
        if self.keep(message_id, {"partner": partner, "via": via, "message": message}):
            self.waiting.put_nowait((partner, message))

    async def work(self) -> None:
        """Acknowledge and answer one message after the other, for ever."""
        while True:
            partner, message = await self.waiting.get()
            for path, body in self._reactions(message):
                await self._insist(partner, path, body)

    async def read_inbox(self) -> None:
        """Collect what the hub keeps for the authority that reads an inbox, for ever."""
        partner = self.settings.get("inbox", "lambeth-council")
        pause = float(self.settings.get("inbox_seconds", _PAUSE_SECONDS))
        after = 0
        while partner in self.tokens:
            if self.mode != "down":
                after = await self._collect(partner, after)
            await asyncio.sleep(pause)

    async def send(
        self, sample: str, partner: str | None = None, replace: dict[str, str] | None = None, *, today: bool = False
    ) -> tuple[int, Any]:
        """Send a sample file as the authority would, quoting what the hub sent it about that case."""
        message = json.loads(self.text_of(sample, replace or {}, today=today))
        return await self.post(self.sending(sample, partner), json.dumps(self._quoting(message)).encode())

    def _quoting(self, message: answers.Message) -> answers.Message:
        """Add what a case system would quote: the episode of its case, and the request that a decision answers."""
        episode = self.episodes.get(message.get("caseId", ""))
        if episode is None:
            return message
        decisions = {fact.get("decision") for fact in message.get("facts", [])} - {None}
        known = [kept["message"] for kept in self.received.values()]
        asked = [one for one in known if one.get("episodeReference") == episode and "question" in one]
        answered = [one["messageId"] for one in asked if one["question"]["decision"] in decisions]
        return {"episodeReference": episode, **({"inAnswerTo": answered[-1]} if answered else {}), **message}

    def _reactions(self, message: answers.Message) -> list[tuple[str, answers.Message]]:
        now = self.now().astimezone(UTC).isoformat()
        reactions = [(RECEIPTS, {"receipts": answers.receipts(message, now)})]
        if message.get("action") != "raise" or self.settings.get("answers") == "no":
            return reactions
        if message["messageType"] == "careContextRequest":
            reply = answers.care_context(message, answers.stories(self.samples), self.settings.get("story"), now)
            if reply is not None:
                self.episodes[reply["caseId"]] = message["episodeReference"]
                reactions.append((CARE_CONTEXT, reply))
        decides = self.settings.get("decisions", "yes")
        if message["messageType"] == "decisionRequest" and decides != "none":
            reactions.append((FACTS, answers.decision(message, decides == "yes", now)))
        return reactions

    async def _insist(self, partner: str, path: str, body: answers.Message) -> None:
        """Send to the hub until it takes it; after 20 attempts or a refusal, give up as people would."""
        if partner not in self.tokens:
            return
        content = json.dumps(body).encode()
        for _ in range(_ATTEMPTS):
            answer = await _unless_lost(lambda: self.post(Sending(path, _JSON, partner), content))
            if answer is not None and answer[0] < 500 and answer[0] != 429:
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _collect(self, partner: str, after: int) -> int:
        """Fetch one page of the inbox; returns where the next one begins."""
        headers = {"Authorization": f"Bearer {self.tokens[partner]}"}
        answer = await _unless_lost(
            lambda: self.client.get(f"{self.hub}/inbox", params={"after": after}, headers=headers)
        )
        if answer is None or answer.status_code != 200:
            return after
        page = answer.json()
        for item in page["items"]:
            self.take_in(partner, "inbox", item["dispatch_id"], json.loads(item["body"]))
        return int(page["next"])


async def _unless_lost(call: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a call to the hub returns, or None when it failed on the way, for whatever reason."""
    results = await asyncio.gather(call(), return_exceptions=True)
    return None if isinstance(results[0], Exception) else results[0]
