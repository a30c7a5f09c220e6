"""What came, collected where it came: mailboxes, stand-ins, a partner's topic, an inbox; never the hub's own word."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from tests.chaos import messages
from tests.chaos.children import Child
from tests.chaos.judging import actions
from tests.chaos.messages import Message
from tests.chaos.model import LAMBETH, NORFOLK, Hold
from tests.live.journeys.kcat import read_topic
from tests.live.journeys.postroom import Postroom

# A look at everything may take long when there is much: it never takes more than half of the time.
LEAST_PAUSE_SECONDS = 0.7
# A reader may wait for a broker that is away; the others are not to wait with it.
LONGEST_LOOK_SECONDS = 30.0
PAGE = 500


@dataclass
class Places:
    """Where to look: each stand-in's address, the post room, Kafka, and the hub's API with the inbox reader's token."""

    stand_ins: Mapping[str, str]
    post: Postroom
    kafka: str
    hub: str
    token: str = field(repr=False)


@dataclass
class Receivers:
    """What all receivers hold, looked up again and again; `known` by receiver's message, `children` by what names them.

    `unreadable` are messages that this program cannot place: a message about nobody that anybody reported.
    """

    places: Places
    client: httpx.AsyncClient = field(repr=False)
    known: dict[tuple[str, str], Message] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    _by_child: dict[int, dict[Hold, list[Message]]] = field(default_factory=dict)
    _letters: int = 0
    _after: int = 0
    _lain: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _looked: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, child: Child, episode: str, reference: str) -> None:
        """Say which child an episode is about, once the hub has given its id and its spoken reference."""
        self.children |= dict.fromkeys((episode, reference, child.surname), child)

    def held(self) -> dict[int, dict[Hold, list[Message]]]:
        """Return what is held of each child, by her number and by hold."""
        found: dict[int, dict[Hold, list[Message]]] = defaultdict(lambda: defaultdict(list))
        for message in self.known.values():
            if message.about in self.children:
                found[self.children[message.about].number][message.hold].append(message)
        return {number: dict(holds) for number, holds in found.items()}

    def strangers(self) -> list[str]:
        """Return the messages that are about nobody who was reported."""
        return [f"{one.hold.receiver} {one.id}" for one in self.known.values() if one.about not in self.children]

    async def until_told(self, child: Child, holds: Iterable[Hold], patience: float) -> bool:
        """Wait until all these have been raised at their receivers; false when they were not in time."""
        wanted, deadline = set(holds), monotonic() + patience
        while monotonic() < deadline:
            held = self.held_of(child)
            if all("raise" in actions(held, hold) for hold in wanted):
                return True
            await self.next_look()
        return False

    def held_of(self, child: Child) -> Mapping[Hold, list[Message]]:
        """Return what is held of one child."""
        return self._by_child.get(child.number, {})

    async def next_look(self) -> None:
        """Wait until everything has been looked up once more."""
        await self._looked.wait()

    async def look(self) -> None:
        """Look everywhere once. Raises what the place raises that cannot be read now."""
        for name, url in self.places.stand_ins.items():
            answer = await self.client.get(f"{url}/received")
            self._take(_STAND_INS[name], answer.json()["received"])
        self._take_letters()
        self._take(_of_topic, [vars(one) for one in await read_topic(self.places.kafka, NORFOLK)])
        await self._read_inbox()

    async def look_for_ever(self) -> None:
        """Look again and again; what cannot be read now is read the next time."""
        while True:
            began = monotonic()
            with suppress(httpx.HTTPError, AssertionError, OSError):
                async with asyncio.timeout(LONGEST_LOOK_SECONDS):
                    await self.look()
            self._by_child = self.held()
            looked, self._looked = self._looked, asyncio.Event()
            looked.set()
            await asyncio.sleep(max(LEAST_PAUSE_SECONDS, monotonic() - began))

    def _take(self, read: Callable[[Mapping[str, Any]], Message], found: Iterable[Mapping[str, Any]]) -> None:
        came: dict[tuple[str, str], int] = defaultdict(int)
        for one in found:
            message = read(one)
            key = (message.hold.receiver, message.id)
            came[key] += message.times
            self.known[key] = message.came(came[key])

    def _take_letters(self) -> None:
        fresh, self._letters = self.places.post.letters[self._letters :], len(self.places.post.letters)
        for letter in fresh:
            message = messages.of_mesh(letter.mailbox, letter.local_id, letter.document)
            key = (letter.mailbox, letter.local_id)
            self.known[key] = message.came(self.known[key].times + 1 if key in self.known else 1)

    async def _read_inbox(self) -> None:
        headers = {"Authorization": f"Bearer {self.places.token}"}
        while True:
            page = {"after": self._after, "limit": PAGE}
            answer = await self.client.get(f"{self.places.hub}/inbox", params=page, headers=headers)
            answer.raise_for_status()
            items = answer.json()["items"]
            self._after = answer.json()["next"]
            for item in items:
                # Handed out twice is one thing that lay there; two places are two.
                self._lain[item["dispatch_id"]].add(item["position"])
                message = messages.of_authority(LAMBETH, json.loads(item["body"]))
                self.known[LAMBETH, message.id] = message.came(len(self._lain[item["dispatch_id"]]))
            if len(items) < PAGE:
                return


@asynccontextmanager
async def watched(receivers: Receivers) -> AsyncIterator[Receivers]:
    """Look everywhere again and again while the block runs; what cannot be understood ends the block."""
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(receivers.look_for_ever())
        yield receivers
        looking.cancel()


def _came(one: Mapping[str, Any], message: Message) -> Message:
    return message.came(one["times"])


def _of_authorities(one: Mapping[str, Any]) -> Message:
    return _came(one, messages.of_authority(one["partner"], one["message"]))


def _of_health(one: Mapping[str, Any]) -> Message:
    return _came(one, messages.of_mesh(one["mailbox"], one["local_id"], one["document"].encode()))


def _of_topic(record: Mapping[str, Any]) -> Message:
    return messages.of_authority(NORFOLK, json.loads(record["value"]))


_STAND_INS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "authorities": _of_authorities,
    "health": _of_health,
    "police": lambda one: _came(one, messages.of_police(one["body"])),
    "homeoffice": lambda one: _came(one, messages.of_home_office(one["message"])),
    "dwp": lambda one: _came(one, messages.of_dwp(one["id"], one)),
}
