"""Simulators as real processes, each on a free port of loopback, and what they say of themselves over HTTP."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conformance.found import ROOT
from tests.live.servers.process import free_ports, running, spawn, wait_for

# A simulator takes the secrets of its endpoints as settings of the same names, and ignores a name it does not know.
SECRETS = {
    "token": "hub-to-partner",
    "signing_key": "a-key-that-both-sides-know",
    "client_id": "the-hub",
    "client_secret": "of-the-hub",
    "password": "password",
    "shared_key": "TestKey",
}


@dataclass(frozen=True)
class Stand:
    """A running simulator: its address, and the hub that it believes in."""

    adapter: str
    url: str

    def get(self, path: str) -> Any:
        """Return the JSON of one of the common routes."""
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=10).raise_for_status().json()

    def mode(self, mode: str) -> None:
        """Set a mode of failing."""
        httpx.post(f"{self.url}/mode", json={"mode": mode}, trust_env=False, timeout=10).raise_for_status()

    def effects(self, message_id: str) -> list[dict[str, Any]]:
        """Return what the simulator did about one message."""
        return [one for one in self.get("/received")["received"] if one["id"] == message_id]

    def send(self, sample: str, partner: str) -> dict[str, Any]:
        """Let the simulator send one of its samples to the hub as a partner."""
        body = {"sample": sample, "as": partner}
        answer = httpx.post(f"{self.url}/send", json=body, trust_env=False, timeout=30)
        sent: dict[str, Any] = answer.raise_for_status().json()
        return sent


@contextmanager
def stand(adapter: str, folder: Path, tokens: dict[str, str], **more: str) -> Iterator[Stand]:
    """Run `python -m adapters.<name>.simulator` until the block ends. `more` are settings beside the secrets.

    `hub` among them is the hub's address.
    """
    port, log = free_ports(1)[0], folder / f"{adapter}.log"
    hub = more.pop("hub", "http://127.0.0.1:9")
    private = folder / f"{adapter}-tokens.json"
    private.write_text(json.dumps({"tokens": tokens, "settings": {**SECRETS, **more}}), encoding="utf-8")
    command = [sys.executable, "-m", f"adapters.{adapter}.simulator", "--port", str(port), "--hub", hub]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with running(spawn([*command, "--token-file", private], log, env=environment)):
        started = Stand(adapter, f"http://127.0.0.1:{port}")
        wait_for(lambda: _answers(started), what=f"the simulator of {adapter} answers", log=log)
        yield started


def _answers(started: Stand) -> bool:
    try:
        return bool(started.get("/health"))
    except httpx.HTTPError:
        return False
