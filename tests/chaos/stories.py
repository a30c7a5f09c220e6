"""Playing a child's story: each partner sends when it would, and `found` comes when everybody has been told."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.chaos.children import SAMPLES, Child
from tests.chaos.model import told_by
from tests.chaos.receivers import Receivers
from tests.chaos.sending import Partners

SENT_TWICE = 0.1
FOUND = 0.85


@dataclass
class Cast:
    """What a story is played with; `patience` is how long it waits for people to be told, in seconds.

    `taken` has each child by her number, with the last step of her story that the hub has taken in.
    """

    partners: Partners
    receivers: Receivers
    chance: random.Random
    clock: Callable[[], datetime]
    patience: float
    taken: dict[int, Child] = field(default_factory=dict)

    async def play(self, child: Child) -> None:
        """Play a story to its end: whoever was not told in time is not waited for any longer.

        The authority says at once what it knows, without waiting for anybody to be told.
        """
        receipt = await self._send(child, "report")
        self.receivers.expect(child, receipt["episode"], receipt["reference"])
        await self._send(child, "context")
        for step in child.steps()[2:]:
            if not await self._told_so_far(child, step):
                return
            await self._send(child, step)

    async def _told_so_far(self, child: Child, step: str) -> bool:
        steps = child.steps()
        before = [hold for each in steps[: steps.index(step)] for hold in told_by(child, each)]
        return await self.receivers.until_told(child, before, self.patience)

    async def _send(self, child: Child, step: str) -> dict[str, str]:
        document = child.document(step, self.clock())
        receipt = await self.partners.send(document)
        self.taken[child.number] = replace(child, last=step)
        if self.chance.random() < SENT_TWICE:
            await self.partners.send_again(document, receipt)
        return receipt


def child_of(number: int, chance: random.Random) -> Child:
    """Choose a child's story, and whether she will be found: most are."""
    story = chance.choice(list(SAMPLES))
    return Child(number, story, list(SAMPLES[story])[-1 if chance.random() < FOUND else -2])
