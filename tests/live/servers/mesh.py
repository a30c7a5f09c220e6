"""The NHS's own MESH sandbox with the hub's mailboxes, from the virtual environment that is its own."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from mesh_client import MeshClient

from tests.live.servers.process import Unavailable, running, spawn, tail, wait_for

_ROOT = Path(__file__).resolve().parents[3]
_PYTHON = _ROOT / ".venv-mesh" / "bin" / "python"
_LAUNCHER = _ROOT / "hub" / "demo" / "mesh_sandbox_launcher.py"
MAILBOXES = _ROOT / "hub" / "demo" / "mesh"


@dataclass(frozen=True)
class MeshSandbox:
    """A running sandbox: where it is and what its mailboxes need to sign in."""

    url: str
    shared_key: str
    version: str
    mailboxes: dict[str, str]
    """Mailbox id to password."""

    def client(self, mailbox: str) -> MeshClient:
        """Open a mailbox with the independent client; close it after use: `with sandbox.client("HUB001") as hub`."""
        key = self.shared_key.encode()
        return MeshClient(self.url, mailbox, self.mailboxes[mailbox], shared_key=key, timeout=10)

    def reset(self) -> None:
        """Empty every mailbox."""
        httpx.delete(f"{self.url}/messageexchange/admin/reset").raise_for_status()


@contextlib.contextmanager
def local_mesh_sandbox(folder: Path, mailboxes: Path = MAILBOXES, port: int = 0) -> Iterator[MeshSandbox]:
    """Run a sandbox that logs into `folder`; Unavailable when its virtual environment is not there."""
    if not _PYTHON.exists():
        raise Unavailable("no MESH sandbox: `make test` installs it into .venv-mesh from requirements-mesh-sandbox.txt")
    log = folder / "mesh-sandbox.log"
    process = spawn([_PYTHON, "-P", _LAUNCHER, "--port", str(port), "--mailboxes", mailboxes], log)
    with running(process):
        wait_for(lambda: _said(process, log), what="the MESH sandbox names its address", log=log)
        said = json.loads(log.read_text().splitlines()[0])
        yield MeshSandbox(said["url"], said["shared_key"], said["version"], _passwords(mailboxes))


def _said(process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the MESH sandbox ended by itself\n{tail(log)}")
    return log.read_text().endswith("\n")


def _passwords(mailboxes: Path) -> dict[str, str]:
    lines = (mailboxes / "data" / "mailboxes.jsonl").read_text().splitlines()
    return {box["mailbox_id"]: box["password"] for box in map(json.loads, lines)}
