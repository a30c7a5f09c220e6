"""No secret of a whole run stands on a command line, in a log, or in a file that others can read."""

import asyncio
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.live.access.guarded import NORFOLK, Guarded
from tests.live.journeys.player import played

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
# What the MESH sandbox itself calls its mailboxes' password and key: words, and no secrets.
SANDBOX = ("mesh_password", "mesh_shared_key", "dwp_client_id")


def secrets_of(guarded: Guarded) -> set[str]:
    """Return every secret that the run knows."""
    company = guarded.stage.company
    keys = {key for name, key in company.keys.items() if name not in SANDBOX}
    kafka = {guarded.password, guarded.kafka.password, *guarded.stage.passwords.values()}
    return {*company.tokens.values(), *keys, *kafka}


def command_lines() -> set[bytes]:
    """Return the command lines of everything that runs on this machine."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.add(file.read_bytes())
    return found


def readable_by_others(folder: Path, secrets: Iterable[str]) -> list[Path]:
    """Return the files under a folder that hold a secret, and that others than their owner may read."""
    wanted = [secret.encode() for secret in secrets]
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH):
            content = path.read_bytes()
            found += [path for secret in wanted if secret in content]
    return found


async def test_no_command_line_shows_one(guarded: Guarded) -> None:
    await played(guarded.stage, "away")
    seen = command_lines()
    renewing = asyncio.create_task(guarded.partner("rotate", NORFOLK, "--kafka"))
    while not renewing.done():
        seen |= command_lines()
        await asyncio.sleep(0.01)
    (guarded.stage.passwords[NORFOLK],) = await renewing
    assert any(b"partner\0rotate" in line for line in seen), "the command was seen while it ran"
    assert not [line for line in seen for secret in secrets_of(guarded) if secret.encode() in line]


async def test_no_log_and_no_file_of_others_holds_one(guarded: Guarded) -> None:
    await played(guarded.stage, "away")
    secrets = secrets_of(guarded)
    logs = [service.log for service in guarded.stage.services.values()]
    assert all(log.stat().st_size for log in logs)
    assert not [log for log in logs for secret in secrets if secret in log.read_text(errors="replace")]
    assert readable_by_others(guarded.folder, secrets) == []


async def test_the_look_finds_one_where_there_is_one(guarded: Guarded) -> None:
    secret = guarded.stage.passwords[NORFOLK]
    with tempfile.TemporaryDirectory() as folder:
        open_file = Path(folder) / "open"
        open_file.write_text(f"password={secret}")
        open_file.chmod(0o644)
        assert readable_by_others(Path(folder), [secret]) == [open_file]
        open_file.chmod(0o600)
        assert readable_by_others(Path(folder), [secret]) == []
