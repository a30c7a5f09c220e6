"""Start the NHS's own MESH sandbox on a loopback port with the mailboxes of a folder.

Run with the Python of the sandbox's virtual environment, never imported by the hub:

    .venv-mesh/bin/python -P hub/demo/mesh_sandbox_launcher.py --mailboxes hub/demo/mesh --port 0

`--mailboxes` names a folder that holds data/mailboxes.jsonl and data/workflows.jsonl; port 0 is any free one. The
environment may set SHARED_KEY, and MAILBOX_PASSWORD, which then takes the place of every password in the folder.
The first line on standard output is JSON, written once the sandbox is ready to answer:

    {"url": "http://127.0.0.1:40001", "shared_key": "TestKey", "version": "1.0.137"}
"""

import argparse
import json
import logging
import os
import shutil
import socket
import tempfile
import threading
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


def main() -> None:
    """Bind the port, say where, and serve until the process is told to end."""
    wanted = _arguments()
    bound = socket.create_server((wanted.host, wanted.port))
    _configure(wanted.mailboxes, wanted.shared_key)
    if wanted.with_parent:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    app = _sandbox()
    url = f"http://{wanted.host}:{bound.getsockname()[1]}"
    print(json.dumps({"url": url, "shared_key": wanted.shared_key, "version": version("mesh-sandbox")}), flush=True)
    _serve(app, bound)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The NHS MESH sandbox with the mailboxes of a folder.")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--mailboxes", type=Path, required=True, help="folder with data/mailboxes.jsonl")
    parser.add_argument("--shared-key", default=os.environ.get("SHARED_KEY", "TestKey"))
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    return parser.parse_args()


def _configure(mailboxes: Path, shared_key: str) -> None:
    """Give the sandbox its settings; it reads them and its mailboxes while its app is imported and first used."""
    if not (mailboxes / "data" / "mailboxes.jsonl").is_file():
        raise SystemExit(f"No data/mailboxes.jsonl in {mailboxes}: give --mailboxes a folder that has one.")
    os.environ.update(AUTH_MODE="full", STORE_MODE="memory", SHARED_KEY=shared_key)
    from mesh_sandbox.store import canned_store

    if password := os.environ.get("MAILBOX_PASSWORD"):
        mailboxes = _with_password(mailboxes, password)
    canned_store.__file__ = str(mailboxes.resolve() / "canned_store.py")


def _with_password(mailboxes: Path, password: str) -> Path:
    """Copy the folder, every mailbox with this password; gives the copy."""
    copy = Path(tempfile.mkdtemp(prefix="mesh-mailboxes-"))
    shutil.copytree(mailboxes / "data", copy / "data")
    listed = copy / "data" / "mailboxes.jsonl"
    boxes = [json.loads(line) | {"password": password} for line in listed.read_text().splitlines() if line.strip()]
    listed.write_text("".join(f"{json.dumps(box)}\n" for box in boxes))
    return copy


def _sandbox() -> "FastAPI":
    # Its own lines name a mailbox for every request, and its imports warn of what only its makers can change.
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    from mesh_sandbox.api import app

    sandbox: FastAPI = app
    return sandbox


def _serve(app: "FastAPI", bound: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", access_log=False, workers=1)
    uvicorn.Server(config).run(sockets=[bound])


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
