"""Reading a topic with kcat: a Kafka client that shares no line of code with the hub's."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Mapping
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
    out = await _kcat(b"", "-b", kafka, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J")
    return [_read(json.loads(line)) for line in out.splitlines()]


async def write_record(kafka: str, topic: str, key: str, headers: Mapping[str, str], value: bytes) -> None:
    """Write one record as a partner would: `value` is one line."""
    named = [part for name, text in headers.items() for part in ("-H", f"{name}={text}")]
    await _kcat(value + b"\n", "-b", kafka, "-P", "-t", topic, "-k", key, *named)


async def _kcat(sent: bytes, *arguments: str) -> bytes:
    program = shutil.which("kcat")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("CI=true and kcat is missing: install Debian's package of that name")
        pytest.skip("no kcat: install Debian's package of that name")
    process = await asyncio.create_subprocess_exec(program, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        out, err = await process.communicate(sent)
    finally:
        if process.returncode is None:  # it waits for a broker, and nobody waits for it any more
            process.kill()
    assert process.returncode == 0, err.decode()
    return out


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
