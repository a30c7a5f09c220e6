"""Reading a topic with kcat: a Kafka client that shares no line of code with the hub's."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Read:
    """One record as kcat shows it."""

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: dict[str, str]
    value: str


async def read_topic(kafka: str, topic: str) -> list[Read]:
    """Read a topic from its beginning to its present end."""
    program = shutil.which("kcat")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("CI=true and kcat is missing: install Debian's package of that name")
        pytest.skip("no kcat: install Debian's package of that name")
    process = await asyncio.create_subprocess_exec(
        program, "-b", kafka, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J", stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [_read(json.loads(line)) for line in out.splitlines()]


def _read(shown: dict[str, object]) -> Read:
    flat = shown.get("headers") or []
    assert isinstance(flat, list)
    return Read(
        topic=str(shown["topic"]),
        partition=int(str(shown["partition"])),
        offset=int(str(shown["offset"])),
        key=None if shown["key"] is None else str(shown["key"]),
        headers=dict(zip(flat[::2], flat[1::2], strict=True)),
        value=str(shown["payload"]),
    )
