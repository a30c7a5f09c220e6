"""Plays a story's files on the stage, as the partners send them, and watches the hub's API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.demo import reading
from hub.demo.stories import STORIES, Step, Story
from tests.live.channel.harness import until
from tests.live.journeys.stage import Stage

Json = dict[str, Any]
PATIENCE = 90.0


@dataclass
class Player:
    """One story on the stage; `replace` makes it another episode of the same child."""

    stage: Stage
    story: Story
    replace: Mapping[str, str]
    episode: str = ""

    async def send(self, step: Step) -> Json:
        """Let a partner send its file; returns the hub's receipt."""
        wanted = {"sample": step.sample, "as": step.partner, "today": True, "replace": dict(self.replace)}
        answer = await self.stage.client.post(f"{self.stage.company.urls[step.adapter]}/send", json=wanted)
        sent: Json = answer.json()
        assert sent["status"] == 202, sent
        self.episode = self.episode or sent["body"]["episode"]
        return dict(sent["body"])

    async def told(self, step: Step) -> Json:
        """Wait until everybody whom a step concerns has been told."""
        return await self.watch(
            lambda line: all(reading.has_been_told(line, role, thread) for role, thread in step.then),
            f"{step.sample}: {step.then} are told",
        )

    async def ended(self) -> Json:
        """Wait for the end: found, nothing live, nothing unsettled, every dispatch proven to have arrived."""

        def over(line: Json) -> bool:
            if line["status"] != "found" or reading.live(line) or reading.unsettled(line):
                return False
            return all(reading.proven(one, self.stage.adapter_of) for one in reading.told(line))

        return await self.watch(over, f"{self.story.name} has ended")

    async def play(self) -> Json:
        """Play the story to its end; returns the episode's timeline."""
        for step in self.story.steps:
            await self.send(step)
            await self.told(step)
        return await self.ended()

    async def watch(self, enough: Callable[[Json], bool], what: str) -> Json:
        """Look at the episode until it is so."""
        line: Json = {}

        async def so() -> bool:
            nonlocal line
            line = await self.stage.api.episode(self.episode)
            return enough(line)

        try:
            await until(so, what, PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}: {_standing(line)}") from None
        return line


def story(stage: Stage, name: str, replace: Mapping[str, str] | None = None) -> Player:
    """Return a player for one of the three stories."""
    return Player(stage, STORIES[name], replace or {})


async def played(stage: Stage, name: str) -> Json:
    """Return the timeline of a story that has been played to its end; it is played when nobody did so before."""
    if name not in stage.played:
        stage.played[name] = await story(stage, name).play()
    return stage.played[name]


def again(number: int) -> dict[str, str]:
    """Return what makes `away` a new going-missing of the same child: every reference and message id is another."""
    return {
        "MP-26-004127": f"MP-26-9{number:05}",
        "ROT-OUT-70118": f"ROT-OUT-8{number:04}",
        "ROT-OUT-70121": f"ROT-OUT-9{number:04}",
    }


def _standing(line: Json) -> str:
    states = [
        f"{one['recipient']} {one['thread']} {one['action']} {one['state']}" for one in line.get("dispatches", ())
    ]
    events = [f"{one['occurred_at']} {one['type']} {one['source']}" for one in line.get("events", ())]
    said = [one for one in events if "missing.receipt." not in one]
    return "; ".join([str(line.get("status")), *said, *states])
