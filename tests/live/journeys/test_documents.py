"""A child for each written procedure over the compose file's services: who is told in the end, and nobody else."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.envelope import from_kafka, to_structured
from hub.channel.topics import EPISODE
from hub.demo import reading
from hub.demo.stories import Story
from tests.live.channel.harness import until
from tests.live.journeys.documents import CHILDREN, DERBY, Child, told, told_while_missing
from tests.live.journeys.kcat import Read, read_topic
from tests.live.journeys.player import PATIENCE, Player
from tests.live.journeys.receivers import arrived
from tests.live.journeys.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
Json = dict[str, Any]
_ANSWERED_BEFORE = ("care_context_request", "parents-not-known")


@pytest.mark.parametrize("name", CHILDREN)
async def test_everybody_whom_the_procedures_name_is_told_once_and_nobody_else(stage: Stage, name: str) -> None:
    line = await _played(stage, name)

    assert _holds(line) == told(name)
    assert reading.live(line) == []
    await _collected(stage, line)
    assert await arrived(stage, line) == Counter(one["id"] for one in reading.told(line))


@pytest.mark.parametrize("name", CHILDREN)
async def test_explain_says_of_the_log_what_the_hub_did(stage: Stage, name: str, tmp_path: Path) -> None:
    line = await _played(stage, name)

    explanation = await _explained(stage, line["id"], tmp_path / "history.jsonl")
    said = {(one["role"], one["authority"], one["kind"]) for one in explanation["told"]}
    done = {(one["role"], *_place(one["recipient"]), one["kind"]) for one in reading.told(line)}
    assert {one for one in said ^ done if one[2] != "care_context_request"} == set()
    assert explanation["unrouted"] == []


async def test_of_three_authorities_the_one_without_a_procedure_has_the_baseline_only(
    stage: Stage, tmp_path: Path
) -> None:
    line = await _played(stage, "three authorities")

    explanation = await _explained(stage, line["id"], tmp_path / "history.jsonl")
    assert explanation["baseline_only"] == [DERBY]
    own = [one["rule"] for one in explanation["told"] if one["authority"] == DERBY and one["seat"] == "responsible"]
    assert own
    assert {rule.partition(".")[0] for rule in own} == {"baseline"}


async def _collected(stage: Stage, line: Json) -> None:
    """Wait until an authority has read what lies ready in its inbox, page by page."""
    ours = {one["id"] for one in reading.told(line)}

    async def all_there() -> bool:
        return ours <= (await arrived(stage, line)).keys()

    await until(all_there, "everything told has come to its receiver", PATIENCE)


def _holds(line: Json) -> set[str]:
    """Return who has been sent what: `recipient thread`, but for questions that may be answered before they are put."""
    found = {f"{one['recipient']} {one['thread']}" for one in reading.told(line)}
    return {one for one in found if not one.endswith(_ANSWERED_BEFORE)}


def _place(recipient: str) -> tuple[str | None]:
    """Return where a recipient sits, as an explanation writes it."""
    place = recipient.partition("@")[2]
    return (None if place == "national" else place,)


async def _played(stage: Stage, name: str) -> Json:
    """Return the timeline of a child's episode, played to its end when nobody did so before."""
    child: Child = CHILDREN[name]
    if name not in stage.played:
        player = Player(stage, Story(name, name, child.steps()), child.replace())
        report, context, found = child.steps()
        await player.send(report)
        await player.send(context)
        await player.watch(lambda line: _holds(line) >= told_while_missing(name), f"{name}: all are told")
        await player.send(found)
        await player.watch(lambda line: _holds(line) >= told(name), f"{name}: all are told of the end")
        stage.played[name] = await player.ended()
    return stage.played[name]


async def _explained(stage: Stage, episode: str, file: Path) -> Json:
    """Run `hub explain` on the episode's events as the log has them."""
    records = [one for one in await read_topic(stage.kafka, EPISODE) if one.key == episode]
    events = {one.headers["ce_id"]: _structured(one) for one in records}
    await asyncio.to_thread(file.write_text, "\n".join(events.values()), encoding="utf-8")
    api = stage.services["api"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "explain", str(file), "--json"),
        cwd=api.folder,
        env=api.environment,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    found: Json = json.loads(out)
    return found


def _structured(record: Read) -> str:
    headers = {name: text.encode() for name, text in record.headers.items()}
    return to_structured(from_kafka(headers, record.value.encode(), (record.key or "").encode())).decode()
